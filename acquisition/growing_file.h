// Reading a file that another process is writing.
#pragma once

#include <chrono>
#include <string>
#include <thread>

#include "acquisition/journal_reader.h"
#include "acquisition/run_file_error.h"

namespace etalon::acquisition {

// A reader can meet the moment in which the writer has noted a new end of the file and not yet made it so long; it is
// over when the writer's thread goes on, which takes long on a busy machine.
inline constexpr std::chrono::seconds growing_patience{5};

// Does `look` again after a RunFileError while the file is being written.
template <typename Look>
auto while_growing(const std::string& path, const Look& look) {
  const auto end = std::chrono::steady_clock::now() + growing_patience;
  for (;;) {
    try {
      return look();
    } catch (const RunFileError&) {
      if (!is_being_written(path) || std::chrono::steady_clock::now() > end) throw;
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
}

}  // namespace etalon::acquisition
