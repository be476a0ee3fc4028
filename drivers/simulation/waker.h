// Wakes a thread that waits in poll(2), and asks it to do what only it may do.
#pragma once

#include <atomic>

#include "drivers/links/file_descriptor.h"

namespace etalon::drivers {

class Waker {
 public:
  Waker();
  int descriptor() const { return event_.get(); }  // readable once woken
  void wake();
  void stop();         // for good
  void drop_client();  // once
  // The waiting thread's side.
  void calm();
  bool stopped() const { return stopped_; }
  bool take_drop() { return drop_.exchange(false); }

 private:
  FileDescriptor event_;
  std::atomic<bool> stopped_{false}, drop_{false};
};

}  // namespace etalon::drivers
