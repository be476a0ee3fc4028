#include "benchmarks/follower.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <optional>
#include <thread>

#include "acquisition/growing_file.h"
#include "acquisition/journal_reader.h"

namespace etalon {

using namespace acquisition;

FollowerProcess::FollowerProcess(const std::string& path, int readings) {
  int ends[2];
  if (::pipe(ends) != 0) return;
  pipe_ = ends[0];
  // A program of its own: a fork would carry the library's state along.
  process_ = ::fork();
  if (process_ == 0) {
    ::dup2(ends[1], STDOUT_FILENO);
    ::close(ends[0]);
    ::close(ends[1]);
    ::execl("/proc/self/exe", "follower", "follow", path.c_str(), std::to_string(readings).c_str(), nullptr);
    ::_exit(127);
  }
  ::close(ends[1]);
}

FollowerProcess::~FollowerProcess() {
  if (pipe_ >= 0) ::close(pipe_);
  if (process_ <= 0) return;
  ::kill(process_, SIGKILL);  // where it still waits for readings that will not come
  ::waitpid(process_, nullptr, 0);
}

bool FollowerProcess::told() {
  char byte = 0;
  return pipe_ >= 0 && ::read(pipe_, &byte, 1) == 1;
}

bool FollowerProcess::opened() {
  return told();
}

bool FollowerProcess::saw_all() {
  return told();
}

int follow(const std::string& path, int readings, bool (*right)(const JournalReading& reading, std::int64_t number)) {
  std::optional<JournalReader> reader;
  JournalPosition position;
  std::int64_t seen = 0;
  bool told = false;
  while (seen < readings) {
    const JournalNews news = while_growing(path, [&] {
      if (!reader) reader.emplace(path, position);
      try {
        if (!told && ::write(STDOUT_FILENO, "o", 1) != 1) throw base::InputError("nobody listens");
        told = true;
        return reader->read_new();
      } catch (const RunFileError&) {
        reader.reset();
        throw;
      }
    });
    position = reader->position();
    for (const JournalReading& row : news.readings) {
      if (!right(row, ++seen)) return 1;
    }
    if (news.readings.empty()) std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  return ::write(STDOUT_FILENO, "e", 1) == 1 ? 0 : 1;
}

}  // namespace etalon
