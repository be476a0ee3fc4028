#include "drivers/simulation/status_registers.h"

#include <utility>

namespace etalon::drivers::simulation {

namespace {

constexpr std::uint8_t error_queue_bit = 0x04, event_summary_bit = 0x20, master_summary_bit = 0x40;

}  // namespace

void StatusRegisters::set_listener(Listener listener) {
  const std::lock_guard lock(mutex_);
  listener_ = std::move(listener);
}

std::uint8_t StatusRegisters::summary() const {
  std::uint8_t status = 0;
  if (error_waits_) status |= error_queue_bit;
  if ((events_ & event_mask_) != 0) status |= event_summary_bit;
  return status;
}

void StatusRegisters::changed() {
  const std::uint8_t status = summary();
  const auto reasons = static_cast<std::uint8_t>(status & service_mask_);
  const bool is_new = (reasons & ~reasons_) != 0;
  const bool same = status == std::exchange(told_, status);
  if (reasons == std::exchange(reasons_, reasons) && same) return;
  if (!listener_) return;
  listener_(status, is_new ? Request::now : reasons != 0 ? Request::as_before : Request::none);
}

void StatusRegisters::power_on() {
  const std::lock_guard lock(mutex_);
  events_ = power_was_on;
  event_mask_ = service_mask_ = 0;
  error_waits_ = false;
  due_.reset();
  changed();
}

void StatusRegisters::clear() {
  const std::lock_guard lock(mutex_);
  events_ = 0;
  error_waits_ = false;
  due_.reset();
  changed();
}

void StatusRegisters::raise(Event event) {
  const std::lock_guard lock(mutex_);
  events_ |= event;
  changed();
}

void StatusRegisters::set_error_waits(bool waits) {
  const std::lock_guard lock(mutex_);
  error_waits_ = waits;
  changed();
}

void StatusRegisters::set_event_mask(std::uint8_t mask) {
  const std::lock_guard lock(mutex_);
  event_mask_ = mask;
  changed();
}

void StatusRegisters::set_service_mask(std::uint8_t mask) {
  const std::lock_guard lock(mutex_);
  service_mask_ = static_cast<std::uint8_t>(mask & ~master_summary_bit);
  changed();
}

std::uint8_t StatusRegisters::event_mask() const {
  const std::lock_guard lock(mutex_);
  return event_mask_;
}

std::uint8_t StatusRegisters::service_mask() const {
  const std::lock_guard lock(mutex_);
  return service_mask_;
}

std::uint8_t StatusRegisters::take_events() {
  const std::lock_guard lock(mutex_);
  const std::uint8_t events = std::exchange(events_, std::uint8_t{0});
  changed();
  return events;
}

std::uint8_t StatusRegisters::status_byte() const {
  const std::lock_guard lock(mutex_);
  const std::uint8_t status = summary();
  return (status & service_mask_) != 0 ? status | master_summary_bit : status;
}

void StatusRegisters::complete_at(base::Seconds due, base::Seconds now) {
  {
    const std::lock_guard lock(mutex_);
    due_ = due;
  }
  look(now);
}

bool StatusRegisters::awaits_completion() const {
  const std::lock_guard lock(mutex_);
  return due_.has_value();
}

void StatusRegisters::look(base::Seconds now) {
  const std::lock_guard lock(mutex_);
  if (!due_ || now < *due_) return;
  due_.reset();
  events_ |= operation_complete;
  changed();
}

}  // namespace etalon::drivers::simulation
