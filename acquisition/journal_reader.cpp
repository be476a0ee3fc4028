#include "acquisition/journal_reader.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <iterator>

#include "acquisition/journal_seal.h"
#include "acquisition/journal_tables.h"
#include "acquisition/run_file_format.h"
#include "base/language.h"

namespace etalon::acquisition {

using base::tr;

namespace {

// In nanoseconds, as a power of two, how long a reader waits for a part of a growing file to become whole. The
// library's own 100 would be for ever on a damaged file.
constexpr unsigned read_attempts = 27;

herr_t collect_name(hid_t group, const char* name, const H5O_info_t* info, void* names) {
  (void)group;
  if (info->type == H5O_TYPE_DATASET) static_cast<std::vector<std::string>*>(names)->push_back(name);
  return 0;
}

int readable_version(const std::string& path, const std::string& text) {
  const bool is_number = !text.empty() && text.size() <= 6 && text.find_first_not_of("0123456789") == std::string::npos;
  const int version = is_number ? std::stoi(text) : 0;
  if (version < 1) throw RunFileError(path, fmt::format(fmt::runtime(tr("has no format version: '{}'")), text));
  if (version > run_file_version) {
    throw RunFileError(path,
                       fmt::format(fmt::runtime(tr("has format version {}, this program reads up to {}: it was made "
                                                   "by a newer etalon")),
                                   version, run_file_version));
  }
  return version;
}

Hdf5Handle open_table(hid_t file, const std::string& path, const char* name) {
  return {checked(H5Dopen2(file, name, H5P_DEFAULT), path, "find the journal"), H5Dclose};
}

// The rows from `first` on, and `first` moves behind them.
template <typename Row>
std::vector<Row> read_rows(hid_t table, const std::string& path, const char* name, hid_t row_type,
                           std::uint64_t& already_read) {
  const hsize_t first = already_read;
  checked(H5Drefresh(table), path, "look at the journal again");
  const Hdf5Handle space(H5Dget_space(table), H5Sclose);
  const hssize_t count = H5Sget_simple_extent_npoints(space.id());
  if (!plausible(path, count, sizeof(Row)) || static_cast<hsize_t>(count) < first)
    throw RunFileError(path, fmt::format(fmt::runtime(tr("{} has an impossible size")), name));
  const hsize_t added = static_cast<hsize_t>(count) - first;
  std::vector<Row> rows(added);
  if (added == 0) return rows;
  H5Sselect_hyperslab(space.id(), H5S_SELECT_SET, &first, nullptr, &added, nullptr);
  const Hdf5Handle memory(H5Screate_simple(1, &added, nullptr), H5Sclose);
  checked(H5Dread(table, row_type, memory.id(), space.id(), H5P_DEFAULT, rows.data()), path, "read the journal");
  // The last row may be just being written, or its writer was killed in this moment: it was never acknowledged. What an
  // event said in the rows before it goes with it.
  if (!is_whole(rows.back())) {
    const std::int64_t broken_off = rows.back().sequence;
    do {
      rows.pop_back();
    } while (broken_off > 0 && !rows.empty() && rows.back().sequence == broken_off);
  }
  for (const Row& row : rows) {
    if (row.sequence <= 0 || !is_whole(row)) {
      throw RunFileError(path, fmt::format(fmt::runtime(tr("{} is damaged: a row is not as it was written")), name));
    }
  }
  already_read += rows.size();
  return rows;
}

}  // namespace

struct JournalReader::State {
  std::string path;
  JournalPosition position;
  Hdf5Handle file, readings, events;
  Hdf5Handle reading_type = reading_row_type();
  Hdf5Handle event_type = event_row_type();
  int version = 0;
  std::string software, plan_json;
};

JournalReader::~JournalReader() = default;
JournalReader::JournalReader(JournalReader&&) noexcept = default;

int JournalReader::version() const {
  return state_->version;
}
const std::string& JournalReader::software() const {
  return state_->software;
}
const std::string& JournalReader::plan_json() const {
  return state_->plan_json;
}
const JournalPosition& JournalReader::position() const {
  return state_->position;
}

JournalReader::JournalReader(const std::string& path, const JournalPosition& from) {
  silence_hdf5();
  state_ = std::make_unique<State>();
  state_->path = path;
  state_->position = from;
  std::error_code ignored;
  if (!std::filesystem::is_regular_file(path, ignored))
    throw base::InputError(fmt::format(fmt::runtime(tr("{}: there is no such run file")), path));
  // Opened as a reader of a growing file: that is right also when its writer was killed.
  const Hdf5Handle access = latest_format();
  H5Pset_metadata_read_attempts(access.id(), read_attempts);
  state_->file = Hdf5Handle(H5Fopen(path.c_str(), H5F_ACC_RDONLY | H5F_ACC_SWMR_READ, access.id()), H5Fclose);
  if (!state_->file)
    throw RunFileError(path, fmt::format(fmt::runtime(tr("is no HDF5 file that can be read: {}")), hdf5_reason()));
  if (read_attribute(state_->file.id(), "format") != run_file_format)
    throw RunFileError(path, tr("is HDF5, but no etalon run file"));
  state_->version = readable_version(path, read_attribute(state_->file.id(), "version"));
  state_->software = read_attribute(state_->file.id(), "software");
  state_->plan_json = read_bytes(state_->file.id(), path, "/plan");
  state_->events = open_table(state_->file.id(), path, events_table);
  state_->readings = open_table(state_->file.id(), path, readings_table);
}

std::map<std::string, std::string> JournalReader::inputs() const {
  const Hdf5Handle group(H5Gopen2(state_->file.id(), "/inputs", H5P_DEFAULT), H5Gclose);
  std::vector<std::string> names;
  if (group) H5Ovisit(group.id(), H5_INDEX_NAME, H5_ITER_INC, collect_name, &names);
  std::map<std::string, std::string> texts;
  for (const std::string& name : names)
    texts[name] = read_bytes(state_->file.id(), state_->path, "/inputs/" + name);
  return texts;
}

JournalNews JournalReader::read_new() {
  JournalNews news;
  JournalPosition position = state_->position;
  const bool from_first = position.events == 0;
  std::uint64_t rows_of_last = 0;
  // Events first: while the file grows, an event that says "finished" must not be seen without its readings.
  for (const EventRow& row :
       read_rows<EventRow>(state_->events.id(), state_->path, events_table, state_->event_type.id(), position.events)) {
    JournalEvent event = from_row(row);
    if (news.events.empty() || news.events.back().sequence != event.sequence) rows_of_last = 0;
    ++rows_of_last;
    if (!news.events.empty() && news.events.back().sequence == event.sequence) {
      news.events.back().text += event.text;
    } else {
      news.events.push_back(std::move(event));
    }
  }
  // Its seal is just being written, or the writer was killed in this moment: it was never acknowledged.
  if (state_->version >= first_sealed_version && !news.events.empty() &&
      seal_follows(news.events.back(), from_first && news.events.size() == 1)) {
    news.events.pop_back();
    position.events -= rows_of_last;
  }
  const auto rows = read_rows<ReadingRow>(state_->readings.id(), state_->path, readings_table,
                                          state_->reading_type.id(), position.readings);
  news.readings.reserve(rows.size());
  std::transform(rows.begin(), rows.end(), std::back_inserter(news.readings),
                 [](const ReadingRow& row) { return from_row(row); });
  state_->position = position;
  return news;
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

void require_no_gap(const std::string& path, const std::vector<JournalReading>& readings,
                    const std::vector<JournalEvent>& events) {
  if (events.empty()) return;
  const std::int64_t last = events.back().sequence;
  std::vector<std::int64_t> numbers;
  for (const JournalEvent& event : events)
    numbers.push_back(event.sequence);
  for (const JournalReading& reading : readings)
    numbers.push_back(reading.sequence);
  std::sort(numbers.begin(), numbers.end());
  for (std::size_t i = 0; i < numbers.size() && numbers[i] <= last; ++i) {
    const auto expected = static_cast<std::int64_t>(i) + 1;
    if (numbers[i] != expected) {
      throw RunFileError(
          path, fmt::format(fmt::runtime(tr("the journal is damaged: row {} is missing or stands twice")), expected));
    }
  }
}

}  // namespace etalon::acquisition
