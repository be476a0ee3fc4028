// A few threads for one piece of work.
#pragma once

#include <cstddef>
#include <exception>
#include <mutex>
#include <system_error>
#include <thread>
#include <vector>

namespace etalon::calibration {

// Runs work(0) … work(threads - 1) at the same time and waits for all; the first exception is thrown on. For each
// thread that the system does not start, missing() is called instead.
template <class Work, class Missing>
void run_in_parallel(std::size_t threads, const Work& work, const Missing& missing) {
  std::mutex mutex;
  std::exception_ptr failure;
  const auto guarded = [&](std::size_t index) {
    try {
      work(index);
    } catch (...) {
      const std::lock_guard lock(mutex);
      if (!failure) failure = std::current_exception();
    }
  };
  {
    std::vector<std::jthread> others;
    others.reserve(threads);
    for (std::size_t i = 1; i < threads; ++i) {
      try {
        others.emplace_back(guarded, i);
      } catch (const std::system_error&) {
        missing();
      }
    }
    guarded(0);
  }
  if (failure) std::rethrow_exception(failure);
}

}  // namespace etalon::calibration
