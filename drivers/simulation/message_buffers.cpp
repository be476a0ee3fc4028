#include "drivers/simulation/message_buffers.h"

#include <algorithm>
#include <chrono>
#include <cstring>
#include <utility>

namespace etalon::drivers {

namespace {

constexpr std::uint8_t request_service = 0x40;

}  // namespace

std::size_t MessageBuffers::read(char* data, std::size_t size, const base::Cancellation& cancellation) {
  std::unique_lock lock(mutex_);
  for (;;) {
    cancellation.check();
    if (!input_.empty()) break;
    changed_.wait_for(lock, std::chrono::milliseconds(20));
  }
  // Never bytes of two messages in one call, so that a reply finds its query.
  Input& next = input_.front();
  if (next.end_of_era) {
    input_.pop_front();
    return 0;
  }
  const std::size_t count = std::min(size, next.bytes.size());
  std::memcpy(data, next.bytes.data(), count);
  next.bytes.erase(0, count);
  number_ = next.number;
  read_era_ = next.era;
  if (next.bytes.empty()) input_.pop_front();
  return count;
}

bool MessageBuffers::write(std::string_view bytes, bool end) {
  {
    const std::lock_guard lock(mutex_);
    if (read_era_ != era_) return false;
    replies_.push_back({std::string(bytes), end, number_});
  }
  woken_();
  return true;
}

void MessageBuffers::set_status(std::uint8_t status) {
  {
    const std::lock_guard lock(mutex_);
    if ((status & request_service) != 0 && (status_ & request_service) == 0) service_request_ = true;
    status_ = status;
  }
  woken_();
}

void MessageBuffers::set_status_bits(std::uint8_t bits) {
  const std::lock_guard lock(mutex_);
  status_ = static_cast<std::uint8_t>((status_ & request_service) | (bits & ~request_service));
}

void MessageBuffers::take(std::string_view bytes, bool end, std::uint32_t number) {
  {
    const std::lock_guard lock(mutex_);
    if (input_.empty() || input_.back().end_of_era || input_.back().number != number)
      input_.push_back({"", number, era_, false});
    std::string& text = input_.back().bytes;
    text += bytes;
    // NL, END and both together end a message (IEEE 488.2, 7.5).
    if (end && !text.ends_with('\n')) text += '\n';
    if (text.empty()) input_.pop_back();
  }
  changed_.notify_all();
}

void MessageBuffers::end_era() {
  replies_.clear();
  ++era_;
  input_.push_back({"", 0, era_, true});
}

void MessageBuffers::forget() {
  {
    const std::lock_guard lock(mutex_);
    // What an earlier client said before it left is not this one's to clear.
    std::erase_if(input_, [&](const Input& input) { return input.era == era_ && !input.end_of_era; });
    end_era();
  }
  changed_.notify_all();
}

void MessageBuffers::leave() {
  {
    const std::lock_guard lock(mutex_);
    end_era();
  }
  changed_.notify_all();
}

bool MessageBuffers::has_reply() const {
  const std::lock_guard lock(mutex_);
  return !replies_.empty();
}

MessageBuffers::Reply MessageBuffers::take_reply(std::size_t size) {
  const std::lock_guard lock(mutex_);
  if (replies_.empty()) return {"", false, 0};
  Reply& next = replies_.front();
  if (next.bytes.size() <= size) {
    Reply reply = std::move(next);
    replies_.pop_front();
    return reply;
  }
  Reply part{next.bytes.substr(0, size), false, next.query};
  next.bytes.erase(0, size);
  return part;
}

std::uint8_t MessageBuffers::poll_status() {
  const std::lock_guard lock(mutex_);
  const std::uint8_t status = status_;
  status_ &= static_cast<std::uint8_t>(~request_service);
  return status;
}

std::uint8_t MessageBuffers::status() const {
  const std::lock_guard lock(mutex_);
  return status_;
}

bool MessageBuffers::take_service_request() {
  const std::lock_guard lock(mutex_);
  return std::exchange(service_request_, false);
}

}  // namespace etalon::drivers
