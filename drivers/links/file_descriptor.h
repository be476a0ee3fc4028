// Owns a file descriptor; waits on one with a deadline.
#pragma once

#include <utility>

namespace etalon::drivers {

struct Deadline;

class FileDescriptor {
 public:
  FileDescriptor() = default;
  explicit FileDescriptor(int descriptor) : descriptor_(descriptor) {}
  ~FileDescriptor() { reset(); }
  FileDescriptor(FileDescriptor&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}
  FileDescriptor& operator=(FileDescriptor&& other) noexcept {
    if (this != &other) {
      reset();
      descriptor_ = std::exchange(other.descriptor_, -1);
    }
    return *this;
  }
  bool valid() const { return descriptor_ >= 0; }
  int get() const { return descriptor_; }
  void reset() noexcept;

 private:
  int descriptor_ = -1;
};

// poll(2) for `events` until the deadline; false when it passed. Cancellation is InterruptedError, at most 20 ms late.
bool wait_for(int descriptor, short events, const Deadline& deadline);

}  // namespace etalon::drivers
