// What is done when the program ends by an error that nothing catches (std::terminate, in any thread): no destructor
// runs then, and a source would stay on.
#pragma once

#include <functional>

namespace etalon::acquisition {

// One at a time; `act` may throw.
class LastResort {
 public:
  explicit LastResort(std::function<void()> act);
  ~LastResort();
  LastResort(const LastResort&) = delete;
  LastResort& operator=(const LastResort&) = delete;

 private:
  std::function<void()> act_;
};

}  // namespace etalon::acquisition
