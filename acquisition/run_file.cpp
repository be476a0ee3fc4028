#include "acquisition/run_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <limits>
#include <vector>

#include "acquisition/hdf5_handle.h"
#include "acquisition/journal_seal.h"
#include "acquisition/journal_tables.h"
#include "acquisition/run_file_format.h"
#include "base/clock.h"
#include "base/language.h"

namespace etalon::acquisition {

using base::tr;

namespace {

// Room on the disk beyond the end of the file, in bytes, without which a row is not begun. One row can need a chunk (34
// KB) and some index. Readings stop first: what happened then can still be noted.
constexpr std::uintmax_t reserve_for_events = 128u << 10;
constexpr std::uintmax_t reserve_for_readings = 2 * reserve_for_events;
constexpr std::uintmax_t reserve_piece = 1u << 20;
constexpr std::uintmax_t reserve_for_new_file = 2 * reserve_for_readings;

// A lock of the open file description: gone when the process is, however it ends. HDF5's own locks do not meet it.
int lock_file(const std::string& path) {
  const int descriptor = ::open(path.c_str(), O_RDWR | O_CLOEXEC);
  if (descriptor < 0) throw base::InputError(fmt::format("{}: {}", path, std::strerror(errno)));
  struct flock lock {};
  lock.l_type = F_WRLCK;
  lock.l_whence = SEEK_SET;
  struct stat mine {};
  struct stat named {};
  const bool locked = ::fcntl(descriptor, F_OFD_SETLK, &lock) == 0;
  const bool same = ::fstat(descriptor, &mine) == 0 && ::stat(path.c_str(), &named) == 0 && mine.st_ino == named.st_ino;
  if (!locked || !same) {
    ::close(descriptor);
    throw base::InputError(
        fmt::format(fmt::runtime(tr("{}: another process is writing this run; wait for it or end it first")), path));
  }
  return descriptor;
}

[[noreturn]] void refuse_room(const std::string& path, int reason) {
  throw RunFileError(path, fmt::format(fmt::runtime(tr("cannot write to the journal (is the disk full?): {}")),
                                       std::strerror(reason)));
}

// What is known of the file's place on the disk, without asking for every row.
struct Room {
  std::uintmax_t size_at_most = 0;  // of the file
  std::uintmax_t taken = 0;         // up to where the file has room
  std::uintmax_t allowed = 0;       // up to where the process may write
};

// Takes the room from the disk before the library needs it: a write that fails inside the library cannot be undone. It
// is asked for in larger pieces.
void require_room(int descriptor, const std::string& path, std::uintmax_t reserve, Room& room) {
  // What a row can need is reserved: so much the file can grow by it.
  room.size_at_most += reserve;
  if (room.size_at_most <= std::min(room.taken, room.allowed)) return;
  struct stat status {};
  if (::fstat(descriptor, &status) != 0) refuse_room(path, errno);
  const std::uintmax_t needed = static_cast<std::uintmax_t>(status.st_size) + reserve;
  struct rlimit limit {};
  const bool limited = ::getrlimit(RLIMIT_FSIZE, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY;
  room.allowed = limited ? limit.rlim_cur : std::numeric_limits<std::uintmax_t>::max();
  room.size_at_most = needed;
  if (needed > room.allowed) refuse_room(path, EFBIG);
  if (needed <= room.taken) return;
  // Beyond the end: the file's size stays. A large piece when there is one, else just what is needed.
  for (const std::uintmax_t piece : {reserve + reserve_piece, reserve}) {
    if (::fallocate(descriptor, FALLOC_FL_KEEP_SIZE, status.st_size, static_cast<off_t>(piece)) == 0) {
      room.taken = static_cast<std::uintmax_t>(status.st_size) + piece;
      return;
    }
  }
  if (errno == ENOSPC || errno == EDQUOT || errno == EFBIG) refuse_room(path, errno);
  // A file system that cannot do it: then only the library's own error is left.
}

// Before a file is there: what the file system says is free.
void require_room_for_new_file(const std::string& path, std::uintmax_t size) {
  struct rlimit limit {};
  if (::getrlimit(RLIMIT_FSIZE, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY && size > limit.rlim_cur) {
    refuse_room(path, EFBIG);
  }
  const auto parent = std::filesystem::path(path).parent_path();
  struct statvfs disk {};
  if (::statvfs(parent.empty() ? "." : parent.c_str(), &disk) == 0 &&
      static_cast<std::uintmax_t>(disk.f_bavail) * disk.f_frsize < size) {
    refuse_room(path, ENOSPC);
  }
}

// Made at `place`; errors speak of `path`.
void write_new_file(const std::string& place, const std::string& path, const std::string& plan_json,
                    const std::map<std::string, std::string>& inputs, const std::string& software, int version) {
  silence_hdf5();
  std::uintmax_t size = reserve_for_new_file + plan_json.size();
  for (const auto& [name, bytes] : inputs)
    size += bytes.size() + 1024;
  require_room_for_new_file(path, size);
  const Hdf5Handle access = latest_format();
  const Hdf5Handle file(
      written(H5Fcreate(place.c_str(), H5F_ACC_TRUNC, in_pages().id(), access.id()), path, "make the run file"),
      H5Fclose);
  write_attribute(file.id(), path, "format", run_file_format);
  write_attribute(file.id(), path, "version", std::to_string(version));
  write_attribute(file.id(), path, "software", software);
  write_bytes(file.id(), path, "/plan", plan_json);
  for (const auto& [name, bytes] : inputs)
    write_bytes(file.id(), path, "/inputs/" + name, bytes);
  create_table(file.id(), path, readings_table, reading_row_type().id());
  create_table(file.id(), path, events_table, event_row_type().id());
  written(H5Fflush(file.id(), H5F_SCOPE_GLOBAL), path, "write the run file");
}

// The name, too, survives a loss of power. Some file systems cannot do it (EINVAL): then it is done by itself.
void synchronise_folder(const std::string& path) {
  const auto parent = std::filesystem::path(path).parent_path();
  const int folder = ::open(parent.empty() ? "." : parent.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (folder < 0) return;
  (void)::fsync(folder);
  ::close(folder);
}

}  // namespace

struct RunWriter::State {
  std::string path;
  int lock = -1;
  Hdf5Handle file;
  Hdf5Handle readings;
  Hdf5Handle events;
  Hdf5Handle reading_type = reading_row_type();
  Hdf5Handle event_type = event_row_type();
  hsize_t reading_count = 0;
  hsize_t event_count = 0;
  Hdf5Handle place = Hdf5Handle(H5Screate(H5S_SIMPLE), H5Sclose);   // of the new rows in their table
  Hdf5Handle memory = Hdf5Handle(H5Screate(H5S_SIMPLE), H5Sclose);  // and in the program
  hsize_t rows_in_memory = 0;
  Room room;
  std::int64_t sequence = 0;
  int version = run_file_version;  // a run that was begun as an earlier one stays so: its beginning was not sealed
  Sums sums;
  RowChain chain;
  double last_monotonic = 0;
  double last_utc = 0;

  ~State() {
    readings.reset();
    events.reset();
    file.reset();
    if (lock < 0) return;
    struct stat status {};
    if (::fstat(lock, &status) == 0) (void)!::ftruncate(lock, status.st_size);  // gives back what was reserved
    ::close(lock);
  }

  void open(const std::string& place) {
    const Hdf5Handle access = latest_format();
    file = Hdf5Handle(checked(H5Fopen(place.c_str(), H5F_ACC_RDWR | H5F_ACC_SWMR_WRITE, access.id()), path,
                              "open the run file for writing"),
                      H5Fclose);
    // No chunk is kept in memory: a row goes to the file by itself, not with the 63 others of its chunk every time.
    const Hdf5Handle uncached(H5Pcreate(H5P_DATASET_ACCESS), H5Pclose);
    H5Pset_chunk_cache(uncached.id(), 0, 0, H5D_CHUNK_CACHE_W0_DEFAULT);
    readings =
        Hdf5Handle(checked(H5Dopen2(file.id(), readings_table, uncached.id()), path, "open the journal"), H5Dclose);
    events = Hdf5Handle(checked(H5Dopen2(file.id(), events_table, uncached.id()), path, "open the journal"), H5Dclose);
  }

  void check_usable() const {
    if (hdf5_abandoned())
      throw RunFileError(path, tr("an earlier write failed: nothing more can be written by this program"));
  }

  void append_rows(hid_t table, hid_t type, hsize_t& count, const void* rows, hsize_t added) {
    const hsize_t size = count + added;
    written(H5Dset_extent(table, &size), path, "lengthen the journal");
    // The two spaces are made once: they would be a good part of what a row costs.
    H5Sset_extent_simple(place.id(), 1, &size, nullptr);
    H5Sselect_hyperslab(place.id(), H5S_SELECT_SET, &count, nullptr, &added, nullptr);
    if (added != rows_in_memory) H5Sset_extent_simple(memory.id(), 1, &added, nullptr);
    rows_in_memory = added;
    written(H5Dwrite(table, type, memory.id(), place.id(), H5P_DEFAULT, rows), path, "write to the journal");
    written(H5Dflush(table), path, "write to the journal");
    count = size;
  }

  // As they are, with their sequence numbers. Refused before a first byte of them is written, or written whole.
  void write(const std::vector<JournalReading>& added) {
    std::vector<ReadingRow> rows;
    rows.reserve(added.size());
    for (const JournalReading& reading : added)
      rows.push_back(to_row(reading, reading.sequence));
    write(rows);
  }
  void write(const std::vector<ReadingRow>& rows) {
    if (rows.empty()) return;
    check_usable();
    require_room(lock, path, reserve_for_readings + 2 * rows.size() * sizeof(ReadingRow), room);
    append_rows(readings.id(), reading_type.id(), reading_count, rows.data(), rows.size());
    for (const ReadingRow& row : rows)
      chain.add(row);
    note_sequence(rows);
  }
  // An event and the seal that follows it are written at once: nobody sees the one without the other.
  void write(const JournalEvent& event) {
    std::vector<EventRow> rows = rows_of(event);
    const bool first = event_count == 0;
    if (version >= first_sealed_version && seal_follows(event, first)) {
      RowChain with_event = chain;
      for (const EventRow& row : rows)
        with_event.add(row);
      const std::vector<EventRow> seal = rows_of(seal_after(event, first, sums, with_event));
      rows.insert(rows.end(), seal.begin(), seal.end());
    }
    write(rows);
  }
  void write(const std::vector<EventRow>& rows) {
    if (rows.empty()) return;
    check_usable();
    require_room(lock, path, reserve_for_events + 2 * rows.size() * sizeof(EventRow), room);
    append_rows(events.id(), event_type.id(), event_count, rows.data(), rows.size());
    for (const EventRow& row : rows)
      chain.add(row);
    note_sequence(rows);
  }
  static std::vector<EventRow> rows_of(const JournalEvent& event) {
    std::vector<EventRow> rows;
    const std::size_t parts = rows_needed(event);
    for (std::size_t part = 0; part < parts; ++part)
      rows.push_back(to_row(event, part));
    return rows;
  }

  // What was written before, with its seals. The order of the two tables' rows among each other is that of the chain.
  void write_again(const RunRecord& record) {
    std::vector<ReadingRow> reading_rows;
    std::vector<EventRow> event_rows;
    RowChain in_order;
    auto reading = record.readings.begin();
    const auto readings_before = [&](std::int64_t end) {
      for (; reading != record.readings.end() && reading->sequence < end; ++reading)
        in_order.add(reading_rows.emplace_back(to_row(*reading, reading->sequence)));
    };
    for (const JournalEvent& event : record.events) {
      readings_before(event.sequence);
      for (const EventRow& row : rows_of(event))
        in_order.add(event_rows.emplace_back(row));
    }
    readings_before(std::numeric_limits<std::int64_t>::max());
    write(reading_rows);
    write(event_rows);
    chain = std::move(in_order);
  }

  void note_sequence(const auto& added) {
    for (const auto& row : added)
      sequence = std::max(sequence, row.sequence);
  }
};

RunWriter::RunWriter(std::unique_ptr<State> state) : state_(std::move(state)) {}
RunWriter::~RunWriter() = default;
RunWriter::RunWriter(RunWriter&&) noexcept = default;

RunWriter RunWriter::create(const std::string& path, const std::string& plan_json,
                            const std::map<std::string, std::string>& inputs, const std::string& software) {
  std::error_code made;
  if (std::filesystem::exists(path, made)) {
    throw base::InputError(fmt::format(
        fmt::runtime(tr("{} exists already; go on with it by `etalon resume {}`, or give another --out")), path, path));
  }
  const auto parent = std::filesystem::path(path).parent_path();
  if (!parent.empty()) std::filesystem::create_directories(parent, made);
  if (made) throw RunFileError(path, fmt::format(fmt::runtime(tr("cannot make its folder: {}")), made.message()));
  // Made beside its place and put there whole: nobody ever sees a part of a run file, and no two runs make one file.
  const std::string fresh = fmt::format("{}.{}-new", path, ::getpid());
  try {
    silence_hdf5();  // before any other call into the library
    auto state = std::make_unique<State>();
    state->path = path;
    write_new_file(fresh, path, plan_json, inputs, software, run_file_version);
    state->sums = sums_of(software, plan_json, inputs);
    state->lock = lock_file(fresh);
    state->open(fresh);
    RunWriter writer(std::move(state));
    writer.synchronise();
    // link() never replaces a file; a file system without hard links has the check above.
    if (::link(fresh.c_str(), path.c_str()) == 0) {
      ::unlink(fresh.c_str());
    } else if (errno == EEXIST) {
      throw base::InputError(fmt::format(fmt::runtime(tr("{} exists already; give another --out")), path));
    } else {
      std::filesystem::rename(fresh, path);
    }
    synchronise_folder(path);
    return writer;
  } catch (const std::filesystem::filesystem_error& error) {
    ::unlink(fresh.c_str());
    throw RunFileError(path, error.what());
  } catch (...) {
    ::unlink(fresh.c_str());
    throw;
  }
}

RunWriter RunWriter::reopen(const std::string& path) {
  const int old_lock = lock_file(path);
  const std::string fresh = path + ".rewriting";
  try {
    const RunRecord record = read_run(path);
    silence_hdf5();  // before any other call into the library
    auto state = std::make_unique<State>();
    write_new_file(fresh, path, record.plan_json, record.inputs, record.software, record.version);
    state->path = path;
    state->version = record.version;
    state->sums = sums_of(record.software, record.plan_json, record.inputs);
    state->lock = lock_file(fresh);
    state->open(fresh);
    state->write_again(record);
    const auto note_times = [&](const auto& row) {
      state->last_monotonic = std::max(state->last_monotonic, row.monotonic);
      state->last_utc = std::max(state->last_utc, base::parse_utc(row.utc));
    };
    std::for_each(record.readings.begin(), record.readings.end(), note_times);
    std::for_each(record.events.begin(), record.events.end(), note_times);
    RunWriter writer(std::move(state));
    writer.synchronise();
    std::filesystem::rename(fresh, path);
    synchronise_folder(path);
    ::close(old_lock);
    return writer;
  } catch (const std::filesystem::filesystem_error& error) {
    ::unlink(fresh.c_str());
    ::close(old_lock);
    throw RunFileError(path, error.what());
  } catch (...) {
    ::unlink(fresh.c_str());  // the old file is still in its place
    ::close(old_lock);
    throw;
  }
}

void RunWriter::append(const JournalReading& reading) {
  append(std::span(&reading, 1));
}

void RunWriter::append(std::span<const JournalReading> readings) {
  std::vector<ReadingRow> rows;
  rows.reserve(readings.size());
  std::int64_t sequence = state_->sequence;
  for (const JournalReading& reading : readings)
    rows.push_back(to_row(reading, ++sequence));
  state_->write(rows);
}

void RunWriter::append(JournalEvent event) {
  event.sequence = state_->sequence + 1;
  state_->write(event);
}

void RunWriter::synchronise() {
  state_->check_usable();
  written(H5Fflush(state_->file.id(), H5F_SCOPE_GLOBAL), state_->path, "write the run file");
  if (::fdatasync(state_->lock) != 0)
    throw RunFileError(state_->path, fmt::format(fmt::runtime(tr("cannot reach the disk: {}")), std::strerror(errno)));
}

const std::string& RunWriter::path() const {
  return state_->path;
}
double RunWriter::last_monotonic() const {
  return state_->last_monotonic;
}
double RunWriter::last_utc() const {
  return state_->last_utc;
}

}  // namespace etalon::acquisition
