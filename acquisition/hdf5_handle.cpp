#include "acquisition/hdf5_handle.h"

#include <atomic>

namespace etalon::acquisition {

namespace {
std::atomic<bool> abandoned{false};
}

void abandon_hdf5() {
  abandoned = true;
}
bool hdf5_abandoned() {
  return abandoned;
}

void silence_hdf5() {
  static const herr_t once = H5dont_atexit();  // only possible before the library's first other call
  (void)once;
  H5Eset_auto2(H5E_DEFAULT, nullptr, nullptr);
}

std::string hdf5_reason() {
  std::string reason;
  const auto keep_innermost = [](unsigned, const H5E_error2_t* error, void* data) -> herr_t {
    *static_cast<std::string*>(data) = error->desc ? error->desc : "";
    return 1;  // the first is the innermost: stop
  };
  H5Ewalk2(H5E_DEFAULT, H5E_WALK_UPWARD, keep_innermost, &reason);
  return reason.empty() ? "unknown HDF5 error" : reason;
}

}  // namespace etalon::acquisition
