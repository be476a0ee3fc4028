#include "acquisition/run_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <thread>

#include "acquisition/hdf5_handle.h"
#include "acquisition/journal_tables.h"
#include "base/clock.h"
#include "base/language.h"

namespace etalon::acquisition {

using base::tr;

namespace {

constexpr const char* format_name = "etalon run";
constexpr int format_version = 1;
constexpr hsize_t rows_per_chunk = 64;
// Room on the disk beyond the end of the file, in bytes, without which a row is not begun. One row can need a chunk (34
// KB) and some index. Readings stop first: what happened then can still be noted.
constexpr std::uintmax_t reserve_for_events = 128u << 10;
constexpr std::uintmax_t reserve_for_readings = 2 * reserve_for_events;
constexpr std::uintmax_t reserve_piece = 1u << 20;
constexpr std::uintmax_t reserve_for_new_file = 2 * reserve_for_readings;
// In nanoseconds, as a power of two, how long a reader waits for a part of a growing file to become whole. The
// library's own 100 would be for ever on a damaged file.
constexpr unsigned read_attempts = 27;

// Texts of files are kept as bytes: exact, also when they are no UTF-8.
void write_bytes(hid_t file, const std::string& path, const std::string& name, const std::string& bytes) {
  const hsize_t size = bytes.size();
  const Hdf5Handle space(written(H5Screate_simple(1, &size, nullptr), path, "make a dataset"), H5Sclose);
  const Hdf5Handle links(H5Pcreate(H5P_LINK_CREATE), H5Pclose);
  H5Pset_create_intermediate_group(links.id(), 1);
  const Hdf5Handle data(
      written(H5Dcreate2(file, name.c_str(), H5T_NATIVE_UINT8, space.id(), links.id(), H5P_DEFAULT, H5P_DEFAULT), path,
              "make a dataset"),
      H5Dclose);
  if (size > 0)
    written(H5Dwrite(data.id(), H5T_NATIVE_UINT8, H5S_ALL, H5S_ALL, H5P_DEFAULT, bytes.data()), path, "write");
}

// Whether a file can hold so much at all: a damaged size must not ask for more memory than the machine has.
bool plausible(const std::string& path, hssize_t count, std::size_t size) {
  std::error_code ignored;
  const auto whole = std::filesystem::file_size(path, ignored);
  return count >= 0 && !ignored && static_cast<std::uintmax_t>(count) <= whole / size + rows_per_chunk;
}

std::string read_bytes(hid_t file, const std::string& path, const std::string& name) {
  const Hdf5Handle data(checked(H5Dopen2(file, name.c_str(), H5P_DEFAULT), path, "find the dataset"), H5Dclose);
  const Hdf5Handle space(H5Dget_space(data.id()), H5Sclose);
  const hssize_t size = H5Sget_simple_extent_npoints(space.id());
  if (!plausible(path, size, 1))
    throw RunFileError(path, fmt::format(fmt::runtime(tr("{} has an impossible size")), name));
  std::string bytes(static_cast<std::size_t>(size), '\0');
  if (size > 0)
    checked(H5Dread(data.id(), H5T_NATIVE_UINT8, H5S_ALL, H5S_ALL, H5P_DEFAULT, bytes.data()), path, "read");
  return bytes;
}

void write_attribute(hid_t file, const std::string& path, const char* name, const std::string& text) {
  const Hdf5Handle type(H5Tcopy(H5T_C_S1), H5Tclose);
  H5Tset_size(type.id(), std::max<std::size_t>(1, text.size()));
  H5Tset_cset(type.id(), H5T_CSET_UTF8);
  const Hdf5Handle space(H5Screate(H5S_SCALAR), H5Sclose);
  const Hdf5Handle attribute(
      written(H5Acreate2(file, name, type.id(), space.id(), H5P_DEFAULT, H5P_DEFAULT), path, "make an attribute"),
      H5Aclose);
  written(H5Awrite(attribute.id(), type.id(), text.c_str()), path, "write an attribute");
}

std::string read_attribute(hid_t file, const char* name) {
  const Hdf5Handle attribute(H5Aopen(file, name, H5P_DEFAULT), H5Aclose);
  if (!attribute) return "";
  const Hdf5Handle type(H5Aget_type(attribute.id()), H5Tclose);
  std::string text(H5Tget_size(type.id()), '\0');
  if (H5Tis_variable_str(type.id()) != 0 || H5Aread(attribute.id(), type.id(), text.data()) < 0) return "";
  return text.c_str();
}

void create_table(hid_t file, const std::string& path, const char* name, hid_t row_type) {
  const hsize_t none = 0;
  const hsize_t unlimited = H5S_UNLIMITED;
  const Hdf5Handle space(H5Screate_simple(1, &none, &unlimited), H5Sclose);
  const Hdf5Handle properties(H5Pcreate(H5P_DATASET_CREATE), H5Pclose);
  H5Pset_chunk(properties.id(), 1, &rows_per_chunk);
  const Hdf5Handle links(H5Pcreate(H5P_LINK_CREATE), H5Pclose);
  H5Pset_create_intermediate_group(links.id(), 1);
  const Hdf5Handle table(written(H5Dcreate2(file, name, row_type, space.id(), links.id(), properties.id(), H5P_DEFAULT),
                                 path, "make a table"),
                         H5Dclose);
}

template <typename Row>
std::vector<Row> read_table(hid_t file, const std::string& path, const char* name, hid_t row_type) {
  const Hdf5Handle table(checked(H5Dopen2(file, name, H5P_DEFAULT), path, "find the journal"), H5Dclose);
  const Hdf5Handle space(H5Dget_space(table.id()), H5Sclose);
  const hssize_t count = H5Sget_simple_extent_npoints(space.id());
  if (!plausible(path, count, sizeof(Row)))
    throw RunFileError(path, fmt::format(fmt::runtime(tr("{} has an impossible size")), name));
  std::vector<Row> rows(static_cast<std::size_t>(count));
  if (count > 0)
    checked(H5Dread(table.id(), row_type, H5S_ALL, H5S_ALL, H5P_DEFAULT, rows.data()), path, "read the journal");
  // The last row may be just being written, or its writer was killed in this moment: it was never acknowledged.
  if (!rows.empty() && !is_whole(rows.back())) rows.pop_back();
  for (const Row& row : rows) {
    if (row.sequence <= 0 || !is_whole(row)) {
      throw RunFileError(path, fmt::format(fmt::runtime(tr("{} is damaged: a row is not as it was written")), name));
    }
  }
  return rows;
}

// Sequence numbers count over both tables. Up to the last event none is missing: an event is only written when what
// came before it is in the file.
void require_no_gap(const RunRecord& record) {
  if (record.events.empty()) return;
  const std::int64_t last = record.events.back().sequence;
  std::vector<std::int64_t> numbers;
  for (const JournalEvent& event : record.events)
    numbers.push_back(event.sequence);
  for (const JournalReading& reading : record.readings)
    numbers.push_back(reading.sequence);
  std::sort(numbers.begin(), numbers.end());
  for (std::size_t i = 0; i < numbers.size() && numbers[i] <= last; ++i) {
    const auto expected = static_cast<std::int64_t>(i) + 1;
    if (numbers[i] != expected) {
      throw RunFileError(
          record.path,
          fmt::format(fmt::runtime(tr("the journal is damaged: row {} is missing or stands twice")), expected));
    }
  }
}

// Metadata never crosses a page: a process that is killed within a write leaves whole pages, but perhaps only the first
// of two, and then a check sum of the library fails and with it the whole table.
Hdf5Handle in_pages() {
  Hdf5Handle creation(H5Pcreate(H5P_FILE_CREATE), H5Pclose);
  H5Pset_file_space_strategy(creation.id(), H5F_FSPACE_STRATEGY_PAGE, false, 1);
  H5Pset_file_space_page_size(creation.id(), 4096);
  return creation;
}

Hdf5Handle latest_format() {
  Hdf5Handle access(H5Pcreate(H5P_FILE_ACCESS), H5Pclose);
  H5Pset_libver_bounds(access.id(), H5F_LIBVER_LATEST, H5F_LIBVER_LATEST);
  return access;
}

herr_t collect_name(hid_t group, const char* name, const H5O_info_t* info, void* names) {
  (void)group;
  if (info->type == H5O_TYPE_DATASET) static_cast<std::vector<std::string>*>(names)->push_back(name);
  return 0;
}

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

// Takes the room from the disk before the library needs it: a write that fails inside the library cannot be undone.
// `taken` is up to where the file has room; it is asked for in larger pieces.
void require_room(int descriptor, const std::string& path, std::uintmax_t reserve, std::uintmax_t& taken) {
  struct stat status {};
  if (::fstat(descriptor, &status) != 0) refuse_room(path, errno);
  const std::uintmax_t needed = static_cast<std::uintmax_t>(status.st_size) + reserve;
  struct rlimit limit {};
  if (::getrlimit(RLIMIT_FSIZE, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY && needed > limit.rlim_cur) {
    refuse_room(path, EFBIG);
  }
  if (needed <= taken) return;
  // Beyond the end: the file's size stays. A large piece when there is one, else just what is needed.
  for (const std::uintmax_t piece : {reserve + reserve_piece, reserve}) {
    if (::fallocate(descriptor, FALLOC_FL_KEEP_SIZE, status.st_size, static_cast<off_t>(piece)) == 0) {
      taken = static_cast<std::uintmax_t>(status.st_size) + piece;
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
                    const std::map<std::string, std::string>& inputs, const std::string& software) {
  silence_hdf5();
  std::uintmax_t size = reserve_for_new_file + plan_json.size();
  for (const auto& [name, bytes] : inputs)
    size += bytes.size() + 1024;
  require_room_for_new_file(path, size);
  const Hdf5Handle access = latest_format();
  const Hdf5Handle file(
      written(H5Fcreate(place.c_str(), H5F_ACC_TRUNC, in_pages().id(), access.id()), path, "make the run file"),
      H5Fclose);
  write_attribute(file.id(), path, "format", format_name);
  write_attribute(file.id(), path, "version", std::to_string(format_version));
  write_attribute(file.id(), path, "software", software);
  write_bytes(file.id(), path, "/plan", plan_json);
  for (const auto& [name, bytes] : inputs)
    write_bytes(file.id(), path, "/inputs/" + name, bytes);
  create_table(file.id(), path, "/journal/readings", reading_row_type().id());
  create_table(file.id(), path, "/journal/events", event_row_type().id());
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

bool is_being_written(const std::string& path) {
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) return false;
  struct flock lock {};
  lock.l_type = F_RDLCK;
  lock.l_whence = SEEK_SET;
  const bool known = ::fcntl(descriptor, F_OFD_GETLK, &lock) == 0;
  ::close(descriptor);
  return known && lock.l_type != F_UNLCK;
}

RunRecord read_whole_run(const std::string& path) {
  silence_hdf5();
  std::error_code ignored;
  if (!std::filesystem::is_regular_file(path, ignored))
    throw base::InputError(fmt::format(fmt::runtime(tr("{}: there is no such run file")), path));
  // Opened as a reader of a growing file: that is right also when its writer was killed.
  const Hdf5Handle access = latest_format();
  H5Pset_metadata_read_attempts(access.id(), read_attempts);
  const Hdf5Handle file(H5Fopen(path.c_str(), H5F_ACC_RDONLY | H5F_ACC_SWMR_READ, access.id()), H5Fclose);
  if (!file)
    throw RunFileError(path, fmt::format(fmt::runtime(tr("is no HDF5 file that can be read: {}")), hdf5_reason()));
  if (read_attribute(file.id(), "format") != format_name)
    throw RunFileError(path, tr("is HDF5, but no etalon run file"));
  const std::string version = read_attribute(file.id(), "version");
  if (version != std::to_string(format_version)) {
    throw RunFileError(
        path, fmt::format(fmt::runtime(tr("has format version {}; this program reads {}")), version, format_version));
  }
  RunRecord record;
  record.path = path;
  record.software = read_attribute(file.id(), "software");
  record.plan_json = read_bytes(file.id(), path, "/plan");
  record.plan = plan_from_json(record.plan_json);
  const Hdf5Handle group(H5Gopen2(file.id(), "/inputs", H5P_DEFAULT), H5Gclose);
  std::vector<std::string> names;
  if (group) H5Ovisit(group.id(), H5_INDEX_NAME, H5_ITER_INC, collect_name, &names);
  for (const std::string& name : names)
    record.inputs[name] = read_bytes(file.id(), path, "/inputs/" + name);
  // Events first: while the file grows, an event that says "finished" must not be seen without its readings.
  for (const EventRow& row : read_table<EventRow>(file.id(), path, "/journal/events", event_row_type().id())) {
    JournalEvent event = from_row(row);
    if (!record.events.empty() && record.events.back().sequence == event.sequence) {
      record.events.back().text += event.text;
    } else {
      record.events.push_back(std::move(event));
    }
  }
  for (const ReadingRow& row : read_table<ReadingRow>(file.id(), path, "/journal/readings", reading_row_type().id())) {
    record.readings.push_back(from_row(row));
  }
  require_no_gap(record);
  return record;
}

// A reader can meet the moment in which the writer has noted a new end of the file and not yet made it so long; it is
// over when the writer's thread goes on, which takes long on a busy machine.
constexpr std::chrono::seconds growing_patience{5};

}  // namespace

RunRecord read_run(const std::string& path) {
  const auto end = std::chrono::steady_clock::now() + growing_patience;
  for (;;) {
    try {
      return read_whole_run(path);
    } catch (const RunFileError&) {
      if (!is_being_written(path) || std::chrono::steady_clock::now() > end) throw;
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
}

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
  std::uintmax_t room_taken = 0;
  std::int64_t sequence = 0;
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
    readings =
        Hdf5Handle(checked(H5Dopen2(file.id(), "/journal/readings", H5P_DEFAULT), path, "open the journal"), H5Dclose);
    events =
        Hdf5Handle(checked(H5Dopen2(file.id(), "/journal/events", H5P_DEFAULT), path, "open the journal"), H5Dclose);
  }

  void check_usable() const {
    if (hdf5_abandoned())
      throw RunFileError(path, tr("an earlier write failed: nothing more can be written by this program"));
  }

  void append_rows(hid_t table, hid_t type, hsize_t& count, const void* rows, hsize_t added) {
    const hsize_t size = count + added;
    written(H5Dset_extent(table, &size), path, "lengthen the journal");
    const Hdf5Handle space(H5Dget_space(table), H5Sclose);
    H5Sselect_hyperslab(space.id(), H5S_SELECT_SET, &count, nullptr, &added, nullptr);
    const Hdf5Handle memory(H5Screate_simple(1, &added, nullptr), H5Sclose);
    written(H5Dwrite(table, type, memory.id(), space.id(), H5P_DEFAULT, rows), path, "write to the journal");
    written(H5Dflush(table), path, "write to the journal");
    count = size;
  }

  // As they are, with their sequence numbers. Refused before a first byte of them is written, or written whole.
  void write(const std::vector<JournalReading>& added) {
    if (added.empty()) return;
    std::vector<ReadingRow> rows;
    for (const JournalReading& reading : added)
      rows.push_back(to_row(reading));
    check_usable();
    require_room(lock, path, reserve_for_readings + 2 * rows.size() * sizeof(ReadingRow), room_taken);
    append_rows(readings.id(), reading_type.id(), reading_count, rows.data(), rows.size());
    note_sequence(added);
  }
  void write(const std::vector<JournalEvent>& added) {
    if (added.empty()) return;
    std::vector<EventRow> rows;
    for (const JournalEvent& event : added) {
      const std::size_t parts = rows_needed(event);
      for (std::size_t part = 0; part < parts; ++part)
        rows.push_back(to_row(event, part));
    }
    check_usable();
    require_room(lock, path, reserve_for_events + 2 * rows.size() * sizeof(EventRow), room_taken);
    append_rows(events.id(), event_type.id(), event_count, rows.data(), rows.size());
    note_sequence(added);
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
    auto state = std::make_unique<State>();
    state->path = path;
    write_new_file(fresh, path, plan_json, inputs, software);
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
    auto state = std::make_unique<State>();
    write_new_file(fresh, path, record.plan_json, record.inputs, record.software);
    state->path = path;
    state->lock = lock_file(fresh);
    state->open(fresh);
    state->write(record.readings);
    state->write(record.events);
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

void RunWriter::append(JournalReading reading) {
  reading.sequence = state_->sequence + 1;
  state_->write(std::vector{std::move(reading)});
}

void RunWriter::append(JournalEvent event) {
  event.sequence = state_->sequence + 1;
  state_->write(std::vector{std::move(event)});
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
