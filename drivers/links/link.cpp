#include "drivers/links/link.h"

#include <algorithm>
#include <array>
#include <stdexcept>
#include <thread>

#include "base/language.h"
#include "drivers/links/escaped_bytes.h"
#include "drivers/links/filled_text.h"

namespace etalon::drivers {

using base::tr;
using std::chrono::steady_clock;

namespace {

std::string seconds_text(milliseconds duration) {
  return fmt::format("{:g} s", static_cast<double>(duration.count()) / 1000.0);
}

void pause_for(milliseconds duration, const base::Cancellation* cancellation) {
  if (duration <= milliseconds{0}) return;
  if (cancellation) {
    cancellation->sleep(duration);
  } else {
    std::this_thread::sleep_for(duration);
  }
}

}  // namespace

Deadline within(milliseconds duration, const base::Cancellation* cancellation) {
  return {steady_clock::now() + duration, cancellation};
}

Link::Link(std::string address, const LinkOptions& options)
    : address_(std::move(address)), instrument_(options.instrument), transcript_(options.transcript) {}

void Link::open(const Deadline& deadline) {
  close();
  open_device(deadline);
  note("opened");
}

void Link::close() {
  if (is_open()) {
    close_device();
    note("closed");
  }
  forget_input();
  last_sent_.clear();
}

void Link::forget_input() {
  input_.clear();
  ends_.clear();
  inside_message_ = false;
}

void Link::write(std::string_view bytes, const Deadline& deadline, milliseconds character_pause) {
  last_sent_ = bytes;
  if (!is_open()) throw error(Fault::link_lost, "", tr("the link is closed"));
  std::size_t sent = 0;
  // What left is recorded even when the rest could not.
  const auto record = [&] {
    if (transcript_ && sent > 0) transcript_->record(Direction::sent, address_, bytes.substr(0, sent));
  };
  try {
    while (sent < bytes.size()) {
      const std::size_t piece = character_pause > milliseconds{0} ? 1 : bytes.size() - sent;
      sends_last_ = sent + piece == bytes.size();
      const std::size_t now = send_device(bytes.substr(sent, piece), deadline);
      if (now == 0)
        throw error(Fault::timeout, "",
                    filled(tr("only {0} of {1} bytes could be written in time"), sent, bytes.size()));
      sent += now;
      pause_for(character_pause, deadline.cancellation);
    }
  } catch (...) {
    record();
    throw;
  }
  record();
}

bool Link::fill(const Deadline& deadline) {
  if (!is_open()) throw error(Fault::link_lost, input_, tr("the link is closed"));
  if (deadline.cancellation) deadline.cancellation->check();  // also while bytes never stop coming
  std::array<char, 16384> buffer;
  return keep({buffer.data(), receive_device(buffer.data(), buffer.size(), deadline)});
}

bool Link::fill_waiting() {
  if (!is_open()) throw error(Fault::link_lost, input_, tr("the link is closed"));
  std::array<char, 16384> buffer;
  return keep({buffer.data(), receive_waiting(buffer.data(), buffer.size())});
}

// False when nothing came.
bool Link::keep(std::string_view received) {
  const bool end = signals_end() && received_end();
  if (received.empty() && !end) return false;
  if (transcript_ && !received.empty()) transcript_->record(Direction::received, address_, received);
  input_ += received;
  if (end) ends_.push_back(input_.size());
  return true;
}

// The first `count` bytes, which end at most with the first message.
std::string Link::take(std::size_t count) {
  std::string bytes = input_.substr(0, count);
  input_.erase(0, count);
  inside_message_ = signals_end();
  for (std::size_t& end : ends_)
    end -= count;
  if (!ends_.empty() && ends_.front() == 0) {
    ends_.pop_front();
    inside_message_ = false;
  }
  return bytes;
}

template <typename Expected, typename Complete>
void Link::fill_until(const ReplyLimits& limits, Expected expected, Complete complete) {
  const auto start = steady_clock::now();
  SteadyTime first_byte = start;
  SteadyTime latest = start;
  bool any = !input_.empty();
  while (!complete()) {
    SteadyTime at = start + limits.first_byte;
    if (any) at = std::min(latest + limits.between_bytes, first_byte + limits.whole);
    if (fill({at, limits.cancellation})) {
      latest = steady_clock::now();
      if (!any) first_byte = latest;
      any = true;
      // A slow drip is cut off even while bytes keep coming.
      if (latest <= first_byte + limits.whole || complete()) continue;
    }
    if (!any)
      throw error(Fault::timeout, "",
                  filled(tr("nothing came within {0}, expected {1}"), seconds_text(limits.first_byte), expected()));
    if (steady_clock::now() >= first_byte + limits.whole)
      throw error(Fault::timeout, input_,
                  filled(tr("{0} bytes came, but not all within {1}, expected {2}"), input_.size(),
                         seconds_text(limits.whole), expected()));
    throw error(Fault::truncated_reply, input_,
                filled(tr("{0} bytes came, then nothing for {1}, expected {2}"), input_.size(),
                       seconds_text(limits.between_bytes), expected()));
  }
}

std::string Link::read_some(const Deadline& deadline) {
  if (input_.empty()) fill(deadline);
  return take(ends_.empty() ? input_.size() : ends_.front());
}

std::string Link::read_until(std::string_view terminator, const ReplyLimits& limits) {
  if (terminator.empty()) throw base::InputError(tr("a read terminator must not be empty"));
  if (signals_end()) return read_message(terminator, limits);
  std::size_t end = std::string::npos;
  std::size_t searched = 0;
  const auto expected = [&] { return filled(tr("the terminator \"{}\""), escape_bytes(terminator)); };
  fill_until(limits, expected, [&] {
    end = input_.find(terminator, searched);
    searched = input_.size() - std::min(input_.size(), terminator.size() - 1);
    const std::size_t size = end == std::string::npos ? input_.size() : end;
    if (size > limits.max_size)
      throw error(Fault::oversized_reply, input_, filled(tr("more than {} bytes"), limits.max_size));
    return end != std::string::npos;
  });
  std::string reply = input_.substr(0, end);
  input_.erase(0, end + terminator.size());
  return reply;
}

std::string Link::read_message(std::string_view terminator, const ReplyLimits& limits) {
  const auto without_terminator = [&](std::size_t size) {
    return std::string_view(input_).substr(0, size).ends_with(terminator) ? size - terminator.size() : size;
  };
  const auto expected = [&] {
    return filled(tr("the end of the message, or the terminator \"{}\""), escape_bytes(terminator));
  };
  try {
    fill_until(limits, expected, [&] {
      if (without_terminator(ends_.empty() ? input_.size() : ends_.front()) > limits.max_size)
        throw error(Fault::oversized_reply, input_, filled(tr("more than {} bytes"), limits.max_size));
      return !ends_.empty();
    });
  } catch (const InstrumentError& fault) {
    if (fault.fault() != Fault::truncated_reply || !input_.ends_with(terminator)) throw;
    ends_.push_back(input_.size());
  }
  const std::size_t size = without_terminator(ends_.front());
  std::string reply = take(ends_.front());
  reply.resize(size);
  return reply;
}

std::string Link::read_exact(std::size_t count, const ReplyLimits& limits) {
  if (count == 0) return "";
  if (count > limits.max_size)
    throw error(Fault::oversized_reply, input_,
                filled(tr("{0} bytes, at most {1} are allowed"), count, limits.max_size));
  const auto expected = [&] { return filled(tr("{} bytes"), count); };
  fill_until(limits, expected, [&] {
    if (!ends_.empty() && ends_.front() < count)
      throw error(Fault::truncated_reply, input_,
                  filled(tr("the message ended after {0} bytes, expected {1}"), ends_.front(), count));
    return input_.size() >= count;
  });
  return take(count);
}

std::string Link::read_waiting() {
  while (sends_unasked() && fill_waiting() && input_.size() < (1u << 20)) {
  }
  return read_received();
}

std::string Link::read_received() {
  std::string received = input_;
  forget_input();
  return received;
}

std::string Link::drain(milliseconds quiet, const Deadline& deadline) {
  constexpr std::size_t kept = 65536;
  std::string drained = input_;
  forget_input();
  if (!sends_unasked()) return drained;
  for (;;) {
    const Deadline silence = within(quiet, deadline.cancellation);
    if (!fill(silence)) return drained;
    drained += input_;
    forget_input();
    if (drained.size() > kept) drained.erase(0, drained.size() - kept);
    if (deadline.passed())
      throw error(Fault::unsolicited_input, drained.substr(drained.size() - std::min<std::size_t>(drained.size(), 200)),
                  filled(tr("the instrument keeps sending; it was never quiet for {}"), seconds_text(quiet)));
  }
}

// ---- what only some links can do

void Link::check_able(bool able, const std::string& what) const {
  if (!able) throw base::InputError(filled(tr("address \"{0}\": this kind of link has no {1}"), address_, what));
  if (!is_open()) throw error(Fault::link_lost, "", tr("the link is closed"));
}

void Link::device_clear(const Deadline& deadline) {
  check_able(has_device_clear(), tr("device clear"));
  clear_device(deadline);
  forget_input();
  note("device clear");
}

std::uint8_t Link::status_byte(const Deadline& deadline) {
  check_able(has_status_byte(), tr("serial poll"));
  const std::uint8_t status = poll_device(deadline);
  note(fmt::format("status byte {}", status));
  return status;
}

bool Link::wait_for_service_request(const Deadline& deadline) {
  check_able(signals_service_request(), tr("service request"));
  const bool requested = await_service_request(deadline);
  if (requested) note("service request");
  return requested;
}

void Link::trigger(const Deadline& deadline) {
  check_able(has_trigger(), tr("trigger"));
  trigger_device(deadline);
  note("trigger");
}

void Link::go_to_local(const Deadline& deadline) {
  check_able(has_go_to_local(), tr("return to local control"));
  release_device(deadline);
  note("local");
}

// A link that says it can must do it.
void Link::clear_device(const Deadline&) {
  throw std::logic_error("device clear");
}
std::uint8_t Link::poll_device(const Deadline&) {
  throw std::logic_error("serial poll");
}
bool Link::await_service_request(const Deadline&) {
  throw std::logic_error("service request");
}
void Link::trigger_device(const Deadline&) {
  throw std::logic_error("trigger");
}
void Link::release_device(const Deadline&) {
  throw std::logic_error("local");
}

void Link::note(const std::string& text) const {
  if (transcript_) transcript_->record(Direction::note, address_, text);
}

InstrumentError Link::error(Fault fault, const std::string& received, const std::string& detail) const {
  return InstrumentError(fault, {instrument_, address_, last_sent_, received}, detail);
}

}  // namespace etalon::drivers
