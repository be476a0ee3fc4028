// How a run file is laid out in HDF5: what its writer and its readers share (docs/run-file.md).
#pragma once

#include <cstdint>
#include <string>

#include "acquisition/hdf5_handle.h"
#include "acquisition/run_file_version.h"

namespace etalon::acquisition {

inline constexpr const char* run_file_format = "etalon run";
inline constexpr const char* readings_table = "/journal/readings";
inline constexpr const char* events_table = "/journal/events";
inline constexpr hsize_t rows_per_chunk = 64;

// Metadata never crosses a page: a process that is killed within a write leaves whole pages, but perhaps only the first
// of two, and then a check sum of the library fails and with it the whole table.
Hdf5Handle in_pages();
Hdf5Handle latest_format();

// Texts of files are kept as bytes: exact, also when they are no UTF-8. Missing groups are made.
void write_bytes(hid_t file, const std::string& path, const std::string& name, const std::string& bytes);
std::string read_bytes(hid_t file, const std::string& path, const std::string& name);
void write_attribute(hid_t file, const std::string& path, const char* name, const std::string& text);
std::string read_attribute(hid_t file, const char* name);  // empty when there is none
void create_table(hid_t file, const std::string& path, const char* name, hid_t row_type);

// Whether a file can hold `count` things of `size` bytes at all: a damaged size must not ask for more memory than the
// machine has.
bool plausible(const std::string& path, hssize_t count, std::size_t size);

}  // namespace etalon::acquisition
