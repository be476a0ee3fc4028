// Reading or writing a run file failed (disk full, file damaged). What was written before is kept.
#pragma once

#include <string>

#include "base/error.h"

namespace etalon::acquisition {

class RunFileError : public base::Error {
 public:
  RunFileError(const std::string& path, const std::string& what)
      : base::Error(base::ExitCode::bad_input, path + ": " + what) {}
};

}  // namespace etalon::acquisition
