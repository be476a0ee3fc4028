#include "acquisition/last_resort.h"

#include <atomic>
#include <cstdlib>
#include <exception>

namespace etalon::acquisition {

namespace {

std::atomic<const std::function<void()>*> chosen{nullptr};
std::terminate_handler former = nullptr;

[[noreturn]] void act_and_end() {
  if (const auto* act = chosen.exchange(nullptr)) {
    try {
      (*act)();
    } catch (...) {
      // Nothing more can be done.
    }
  }
  if (former) former();
  std::abort();
}

}  // namespace

LastResort::LastResort(std::function<void()> act) : act_(std::move(act)) {
  former = std::set_terminate(act_and_end);
  chosen = &act_;
}

LastResort::~LastResort() {
  chosen = nullptr;
  std::set_terminate(former);
}

}  // namespace etalon::acquisition
