#include "drivers/links/prologix_link.h"

#include <algorithm>
#include <thread>
#include <utility>

#include "drivers/links/escaped_bytes.h"

namespace etalon::drivers {

namespace {

constexpr milliseconds poll_interval{20};  // of the SRQ line
constexpr milliseconds asking_time{10000};

}  // namespace

PrologixLink::PrologixLink(std::shared_ptr<PrologixAdapter> adapter, const GpibAddress& address,
                           const LinkOptions& options)
    : Link(format_address(address), options), adapter_(std::move(adapter)), station_(std::make_shared<GpibStation>()) {
  station_->address = address;
  station_->instrument = options.instrument.empty() ? format_address(address) : options.instrument;
}

PrologixLink::~PrologixLink() = default;

template <typename Work>
auto PrologixLink::at_adapter(Work work) {
  try {
    return work();
  } catch (const AdapterError& wrong) {
    throw error(wrong.fault, wrong.received, wrong.detail);
  }
}

bool PrologixLink::is_open() const {
  return generation_ != 0 && generation_ == adapter_->generation();
}

void PrologixLink::open_device(const Deadline& deadline) {
  generation_ = at_adapter([&] { return adapter_->attach(station_, deadline); });
}

void PrologixLink::close_device() noexcept {
  generation_ = 0;
  written_.clear();
  received_ = {};
  received_end_ = false;
}

std::size_t PrologixLink::send_device(std::string_view bytes, const Deadline& deadline) {
  written_ += bytes;
  if (!sends_last()) return bytes.size();
  const std::string message = std::exchange(written_, {});
  received_ = {};
  const std::string dropped = at_adapter([&] { return adapter_->write(station_, message, deadline); });
  if (!dropped.empty()) note("discarded: " + printable(dropped));
  return bytes.size();
}

std::size_t PrologixLink::receive_device(char* data, std::size_t size, const Deadline& deadline) {
  received_end_ = false;
  if (received_.bytes.empty() && !received_.end) {
    auto piece = at_adapter([&] { return adapter_->read(station_, deadline); });
    if (!piece) return 0;
    received_ = std::move(*piece);
  }
  const std::size_t count = std::min(size, received_.bytes.size());
  received_.bytes.copy(data, count);
  received_.bytes.erase(0, count);
  if (received_.bytes.empty()) received_end_ = std::exchange(received_.end, false);
  return count;
}

void PrologixLink::clear_device(const Deadline& deadline) {
  written_.clear();
  received_ = {};
  at_adapter([&] { adapter_->clear(station_, deadline); });
}

std::uint8_t PrologixLink::poll_device(const Deadline& deadline) {
  return at_adapter([&] { return adapter_->poll(station_, deadline); });
}

bool PrologixLink::await_service_request(const Deadline& deadline) {
  return at_adapter([&] {
    for (;;) {
      // Asking takes its time, however short the wait is to be.
      Deadline asking = within(asking_time, deadline.cancellation);
      asking.at = std::max(asking.at, deadline.at);
      // The line is that of all instruments: who it was tells the serial poll.
      if (!station_->service_requested && adapter_->service_line(station_, asking)) adapter_->poll(station_, asking);
      if (std::exchange(station_->service_requested, false)) return true;
      if (deadline.passed()) return false;
      const Deadline pause = deadline.earlier(std::chrono::steady_clock::now() + poll_interval);
      if (deadline.cancellation) {
        deadline.cancellation->sleep(pause.at - std::chrono::steady_clock::now());
      } else {
        std::this_thread::sleep_until(pause.at);
      }
    }
  });
}

void PrologixLink::trigger_device(const Deadline& deadline) {
  at_adapter([&] { adapter_->trigger(station_, deadline); });
}

void PrologixLink::release_device(const Deadline& deadline) {
  at_adapter([&] { adapter_->go_to_local(station_, deadline); });
}

}  // namespace etalon::drivers
