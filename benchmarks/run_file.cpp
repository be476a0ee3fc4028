// What a row of the run file costs. Prints one number: microseconds a row, or rows a second.
#include <fcntl.h>
#include <hdf5.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include "acquisition/journal_tables.h"
#include "acquisition/run_file.h"
#include "base/clock.h"
#include "benchmarks/follower.h"
#include "benchmarks/stopwatch.h"

using namespace etalon;
using namespace etalon::acquisition;

namespace {

JournalReading reading(int i) {
  return {0, 1, 1, "meter:dc voltage", base::utc_text(1.78e9), 1e-3 * i, 1e-6 * i, "V", 0, "+1.00000123E+00"};
}

RunWriter new_log(const std::string& path) {
  std::filesystem::remove(path);
  return RunWriter::create(path, "{}", {}, "benchmark");
}

// One row at a time; `durable`: each down to the disk before the next.
double appended(const std::string& path, int rows, bool durable) {
  RunWriter writer = new_log(path);
  std::vector<JournalReading> readings;
  for (int i = 0; i < rows; ++i)
    readings.push_back(reading(i));
  writer.append(readings[0]);
  const Stopwatch watch;
  for (const JournalReading& row : readings) {
    writer.append(row);
    if (durable) writer.synchronise();
  }
  return watch.seconds() / rows * 1e6;
}

// The peer of `durable`: the bytes of a row at the end of a plain file, and fdatasync.
double bare_synchronised(const std::string& path, int rows) {
  const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  std::vector<char> row(sizeof(ReadingRow), 'r');
  const Stopwatch watch;
  for (int i = 0; i < rows; ++i) {
    if (::write(file, row.data(), row.size()) != static_cast<ssize_t>(row.size()) || ::fdatasync(file) != 0) return -1;
  }
  const double time = watch.seconds() / rows * 1e6;
  ::close(file);
  return time;
}

// What the library costs without our rows' check sums, numbers and room: one row lengthens the table, is written and
// flushed.
double bare_hdf5(const std::string& path, int rows) {
  std::filesystem::remove(path);
  const hid_t access = H5Pcreate(H5P_FILE_ACCESS);
  H5Pset_libver_bounds(access, H5F_LIBVER_LATEST, H5F_LIBVER_LATEST);
  const hid_t file = H5Fcreate(path.c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, access);
  const hsize_t none = 0;
  const hsize_t unlimited = H5S_UNLIMITED;
  const hsize_t chunk = 64;
  const hid_t space = H5Screate_simple(1, &none, &unlimited);
  const hid_t properties = H5Pcreate(H5P_DATASET_CREATE);
  H5Pset_chunk(properties, 1, &chunk);
  const hid_t type = H5Tcreate(H5T_OPAQUE, sizeof(ReadingRow));
  const hid_t table = H5Dcreate2(file, "rows", type, space, H5P_DEFAULT, properties, H5P_DEFAULT);
  H5Fstart_swmr_write(file);
  const std::vector<char> row(sizeof(ReadingRow), 'r');
  const hsize_t one = 1;
  const hid_t memory = H5Screate_simple(1, &one, nullptr);
  const Stopwatch watch;
  for (hsize_t i = 0; i < static_cast<hsize_t>(rows); ++i) {
    const hsize_t size = i + 1;
    H5Dset_extent(table, &size);
    const hid_t place = H5Dget_space(table);
    H5Sselect_hyperslab(place, H5S_SELECT_SET, &i, nullptr, &one, nullptr);
    H5Dwrite(table, type, memory, place, H5P_DEFAULT, row.data());
    H5Sclose(place);
    H5Dflush(table);
  }
  const double time = watch.seconds() / rows * 1e6;
  for (const hid_t id : {memory, space})
    H5Sclose(id);
  H5Dclose(table);
  H5Tclose(type);
  H5Pclose(properties);
  H5Pclose(access);
  H5Fclose(file);
  return time;
}

// Blocks of readings, as a meter with a memory delivers them, while another process follows the file. Rows a second
// until that process has seen the last one.
double followed_blocks(const std::string& path, int rows) {
  constexpr int block = 1000;
  std::vector<JournalReading> readings;
  for (int i = 0; i < block; ++i)
    readings.push_back(reading(i));
  RunWriter writer = new_log(path);
  FollowerProcess follower(path, rows);
  if (!follower.opened()) return -1;
  const Stopwatch watch;
  for (int written = 0; written < rows; written += block)
    writer.append(readings);
  if (!follower.saw_all()) return -1;
  return rows / watch.seconds();
}

// The rows as they were numbered, without a gap.
bool in_order(const JournalReading& row, std::int64_t number) {
  return row.sequence == number;
}

}  // namespace

int main(int count, char** values) {
  if (count != 4) {
    std::fprintf(stderr, "usage: benchmark_run_file append|append-durable|bare-fdatasync|bare-hdf5|blocks FILE ROWS\n");
    return 2;
  }
  const std::string what = values[1];
  const std::string path = values[2];
  const int rows = std::atoi(values[3]);
  double result = 0;
  if (what == "follow") return follow(path, rows, in_order);
  if (what == "append") {
    result = appended(path, rows, false);
  } else if (what == "append-durable") {
    result = appended(path, rows, true);
  } else if (what == "bare-fdatasync") {
    result = bare_synchronised(path, rows);
  } else if (what == "bare-hdf5") {
    result = bare_hdf5(path, rows);
  } else if (what == "blocks") {
    result = followed_blocks(path, rows);
  } else {
    return 2;
  }
  std::filesystem::remove(path);
  if (result < 0) return 1;
  std::printf("%.3f\n", result);
  return 0;
}
