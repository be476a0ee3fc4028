// HDF5 identifiers that close themselves, and its errors as one sentence.
#pragma once

#include <hdf5.h>

#include <string>

#include "acquisition/run_file_error.h"

namespace etalon::acquisition {

// After a failed write the library (1.10) crashes when it closes the file, at the latest at the end of the program:
// from then on nothing is closed any more. What was flushed before is in the file.
void abandon_hdf5();
bool hdf5_abandoned();

class Hdf5Handle {
 public:
  Hdf5Handle() = default;
  Hdf5Handle(hid_t id, herr_t (*close)(hid_t)) : id_(id), close_(close) {}
  ~Hdf5Handle() { reset(); }
  Hdf5Handle(Hdf5Handle&& other) noexcept : id_(other.id_), close_(other.close_) { other.id_ = -1; }
  Hdf5Handle& operator=(Hdf5Handle&& other) noexcept {
    if (this != &other) {
      reset();
      id_ = other.id_;
      close_ = other.close_;
      other.id_ = -1;
    }
    return *this;
  }
  Hdf5Handle(const Hdf5Handle&) = delete;
  Hdf5Handle& operator=(const Hdf5Handle&) = delete;

  hid_t id() const { return id_; }
  explicit operator bool() const { return id_ >= 0; }
  void reset() {
    if (id_ >= 0 && !hdf5_abandoned()) close_(id_);
    id_ = -1;
  }

 private:
  hid_t id_ = -1;
  herr_t (*close_)(hid_t) = nullptr;
};

// Switches the library's own error printing off for this thread, and its closing of files at the end of the program.
void silence_hdf5();
// The innermost reason of the last failed call.
std::string hdf5_reason();
// Throws RunFileError when `result` is negative.
template <typename Result>
Result checked(Result result, const std::string& path, const char* doing) {
  if (result < 0) throw RunFileError(path, std::string("cannot ") + doing + ": " + hdf5_reason());
  return result;
}
// The same for calls that write.
template <typename Result>
Result written(Result result, const std::string& path, const char* doing) {
  if (result >= 0) return result;
  const std::string reason = hdf5_reason();
  abandon_hdf5();
  throw RunFileError(path, std::string("cannot ") + doing + " (is the disk full?): " + reason);
}

}  // namespace etalon::acquisition
