#include "acquisition/run_file_format.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "base/language.h"

namespace etalon::acquisition {

using base::tr;

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

}  // namespace etalon::acquisition
