#include "drivers/links/hislip_link.h"

#include <algorithm>
#include <array>
#include <cstring>

#include "base/language.h"
#include "drivers/links/escaped_bytes.h"
#include "drivers/links/filled_text.h"
#include "drivers/links/tcp_connection.h"

namespace etalon::drivers {

using base::tr;

namespace {

constexpr std::uint32_t protocol_version = 0x0100;  // 1.0
constexpr std::uint32_t vendor_id = 0x7878;         // "xx": not registered
constexpr std::uint64_t largest_message_taken = 1u << 20;
constexpr std::uint64_t longest_notice = 65536;  // of messages that carry no data

bool is_data(HislipType type) {
  return type == HislipType::data || type == HislipType::data_end;
}

}  // namespace

HislipLink::HislipLink(const HislipAddress& address, const LinkOptions& options)
    : Link(format_address(address), options), address_(address), prefer_overlapped_(options.hislip_overlapped) {}

HislipLink::~HislipLink() = default;

void HislipLink::close_device() noexcept {
  sync_.descriptor.reset();
  async_.descriptor.reset();
  sync_.input.clear();
  async_.input.clear();
}

template <typename Work>
auto HislipLink::closing_on_failure(Work work) {
  try {
    return work();
  } catch (...) {
    close_device();
    throw;
  }
}

void HislipLink::lose(const std::string& why) {
  close_device();
  throw error(Fault::link_lost, unread(), why);
}

// ---- opening (section 4.1)

void HislipLink::start_numbering() {
  next_id_ = hislip_first_message_id;
  next_reply_id_ = hislip_first_message_id;
  delivered_ = false;
  in_data_ = false;
  dropping_ = false;
  handing_over_ = false;
  ended_ = false;
}

void HislipLink::open_device(const Deadline& deadline) {
  start_numbering();
  service_requested_ = false;
  try {
    closing_on_failure([&] { initialise(deadline); });
  } catch (const ConnectionError& failure) {
    throw error(Fault::connect_failed, "", failure.what());
  } catch (const InstrumentError& failure) {
    throw error(Fault::connect_failed, "", failure.detail());
  }
}

void HislipLink::initialise(const Deadline& deadline) {
  sync_.descriptor = connect_tcp(address_.host, address_.port, deadline);
  send_surely(sync_, encode_hislip(HislipType::initialize, 0, protocol_version << 16 | vendor_id, address_.sub_address),
              deadline);
  const Message welcome = expect(sync_, HislipType::initialize_response, deadline);
  overlapped_ = (welcome.header.control & hislip_overlapped) != 0;
  async_.descriptor = connect_tcp(address_.host, address_.port, deadline);
  ask(HislipType::async_initialize, 0, welcome.header.parameter & 0xffff, "", HislipType::async_initialize_response,
      deadline);
  const Message size = ask(HislipType::async_maximum_message_size, 0, 0, encode_hislip_size(largest_message_taken),
                           HislipType::async_maximum_message_size_response, deadline);
  const std::uint64_t largest = decode_hislip_size(size.payload).value_or(0);
  if (largest <= hislip_header_size)
    throw error(Fault::connect_failed, size.payload, tr("the instrument does not say how long messages may be"));
  largest_payload_ = std::min(largest - hislip_header_size, largest_message_taken);
  // The mode is only agreed on in a device clear (section 6.12).
  if (overlapped_ != prefer_overlapped_) clear_device(deadline);
  note(overlapped_ ? "HiSLIP, overlapped mode" : "HiSLIP, synchronized mode");
}

// ---- protocol messages

bool HislipLink::send_message(Channel& channel, const std::string& message, const Deadline& deadline) {
  std::size_t sent = 0;
  try {
    while (sent < message.size()) {
      const std::size_t now = send_bytes(channel.descriptor.get(), std::string_view(message).substr(sent), deadline);
      if (now == 0 && sent == 0) return false;
      if (now == 0) {
        close_device();
        throw error(Fault::timeout, "",
                    filled(tr("only {0} of {1} bytes could be written in time"), sent, message.size()));
      }
      sent += now;
    }
  } catch (const ConnectionError& failure) {
    lose(failure.what());
  } catch (const base::InterruptedError&) {
    if (sent > 0) close_device();
    throw;
  }
  return true;
}

void HislipLink::send_surely(Channel& channel, const std::string& message, const Deadline& deadline) {
  if (!send_message(channel, message, deadline)) throw error(Fault::timeout, "", tr("the instrument takes no bytes"));
}

bool HislipLink::receive_more(Channel& channel, const Deadline& deadline) {
  std::array<char, 16384> buffer;
  try {
    const std::size_t count = receive_bytes(channel.descriptor.get(), buffer.data(), buffer.size(), deadline);
    channel.input.append(buffer.data(), count);
    return count > 0;
  } catch (const ConnectionError& failure) {
    lose(failure.what());
  }
}

bool HislipLink::header_is_here(Channel& channel, HislipHeader& header, const Deadline& deadline) {
  for (;;) {
    const std::string prologue = channel.input.substr(0, 2);
    if (!std::string_view("HS").starts_with(prologue)) {
      const std::string garbage = channel.input;
      try {  // as section 4.2 asks; the link is closed all the same
        (void)send_bytes(channel.descriptor.get(), encode_hislip(HislipType::fatal_error, 1, 0),
                         within(milliseconds{0}));
      } catch (const ConnectionError&) {
      }
      close_device();
      throw error(Fault::unexpected_reply, garbage, tr("what came is no HiSLIP message; the connection is closed"));
    }
    if (const auto found = decode_hislip_header(channel.input)) {
      header = *found;
      return true;
    }
    if (!receive_more(channel, deadline)) return false;
  }
}

bool HislipLink::receive_message(Channel& channel, Message& message, const Deadline& deadline) {
  if (!header_is_here(channel, message.header, deadline)) return false;
  if (message.header.payload_size > longest_notice) lose(tr("a HiSLIP message of impossible length came"));
  const std::size_t size = hislip_header_size + static_cast<std::size_t>(message.header.payload_size);
  while (channel.input.size() < size) {
    if (!receive_more(channel, deadline)) return false;
  }
  message.payload = channel.input.substr(hislip_header_size, size - hislip_header_size);
  channel.input.erase(0, size);
  return true;
}

bool HislipLink::take_notice(const Message& message) {
  const HislipHeader& header = message.header;
  switch (header.type) {
    case HislipType::fatal_error:
      lose(hislip_error_text(header.type, header.control, message.payload));
    case HislipType::error:
      throw error(Fault::unexpected_reply, unread(), hislip_error_text(header.type, header.control, message.payload));
    case HislipType::async_service_request:
      service_requested_ = true;
      return true;
    case HislipType::async_interrupted:
      return true;  // its twin on the other channel does the work
    default:
      return false;
  }
}

HislipLink::Message HislipLink::expect(Channel& channel, HislipType type, const Deadline& deadline) {
  for (;;) {
    Message message;
    if (!receive_message(channel, message, deadline)) {
      close_device();  // a late answer could be taken for that to a later question
      throw error(Fault::timeout, "", tr("the instrument does not answer on its HiSLIP connection"));
    }
    if (message.header.type == type) return message;
    if (!take_notice(message))
      lose(filled(tr("HiSLIP message {0} came where {1} belongs"), static_cast<int>(message.header.type),
                  static_cast<int>(type)));
  }
}

HislipLink::Message HislipLink::ask(HislipType question, std::uint8_t control, std::uint32_t parameter,
                                    const std::string& payload, HislipType answer, const Deadline& deadline) {
  return closing_on_failure([&] {
    send_surely(async_, encode_hislip(question, control, parameter, payload), deadline);
    return expect(async_, answer, deadline);
  });
}

// ---- messages to the instrument

std::uint8_t HislipLink::take_delivered_flag() {
  return std::exchange(delivered_, false) ? hislip_rmt_delivered : std::uint8_t{0};
}

std::size_t HislipLink::send_device(std::string_view bytes, const Deadline& deadline) {
  const std::string_view piece = bytes.substr(0, static_cast<std::size_t>(largest_payload_));
  const bool last = sends_last() && piece.size() == bytes.size();
  const bool delivered = delivered_;
  const HislipType type = last ? HislipType::data_end : HislipType::data;
  if (!send_message(sync_, encode_hislip(type, take_delivered_flag(), next_id_, piece), deadline)) {
    delivered_ = delivered;
    return 0;
  }
  next_id_ += 2;
  return piece.size();
}

void HislipLink::trigger_device(const Deadline& deadline) {
  send_surely(sync_, encode_hislip(HislipType::trigger, take_delivered_flag(), next_id_), deadline);
  next_id_ += 2;
}

// ---- replies

void HislipLink::break_off_reply(const std::string& why) {
  in_data_ = false;
  if (!std::exchange(handing_over_, false)) {
    note("dropped: " + why);
    return;
  }
  // The rest must not be taken for a reply: closed, so that it stays behind.
  const std::string received = unread();
  close_device();
  throw error(Fault::stale_reply, received, why);
}

void HislipLink::begin_data(const HislipHeader& header) {
  const std::uint32_t id = header.parameter;
  if (overlapped_) {
    if (id != next_reply_id_) {
      close_device();
      throw error(Fault::stale_reply, unread(), tr("a reply is missing: the numbers of the replies do not follow"));
    }
    next_reply_id_ += 2;
  } else {
    const bool answers_last = id == next_id_ - 2;
    const bool unknown = header.type == HislipType::data && id == hislip_unknown_message_id;
    if (!answers_last && !unknown) {
      break_off_reply(tr("a reply to an earlier message came"));
      dropping_ = true;
    }
  }
  in_data_ = true;
  data_ends_ = header.type == HislipType::data_end;
  data_left_ = header.payload_size;
}

std::size_t HislipLink::receive_device(char* data, std::size_t size, const Deadline& deadline) {
  ended_ = false;
  for (;;) {
    if (in_data_ && data_left_ > 0) {
      const std::size_t wanted = static_cast<std::size_t>(std::min<std::uint64_t>(size, data_left_));
      std::size_t count = std::min(wanted, sync_.input.size());
      if (count > 0) {
        std::memcpy(data, sync_.input.data(), count);
        sync_.input.erase(0, count);
      } else {
        try {
          count = receive_bytes(sync_.descriptor.get(), data, wanted, deadline);
        } catch (const ConnectionError& failure) {
          lose(failure.what());
        }
        if (count == 0) return 0;
      }
      data_left_ -= count;
      if (dropping_) continue;
      handing_over_ = true;
      if (data_left_ > 0 || !data_ends_) return count;
      in_data_ = false;
      handing_over_ = false;
      delivered_ = true;
      ended_ = true;
      return count;
    }
    if (in_data_) {  // an empty one, or the end of a Data message that is not the last
      in_data_ = false;
      if (std::exchange(dropping_, false)) continue;
      if (!data_ends_) continue;
      handing_over_ = false;
      delivered_ = true;
      ended_ = true;
      return 0;
    }
    HislipHeader header;
    if (!header_is_here(sync_, header, deadline)) return 0;
    if (is_data(header.type)) {
      sync_.input.erase(0, hislip_header_size);
      begin_data(header);
      continue;
    }
    Message message;
    if (!receive_message(sync_, message, deadline)) return 0;
    if (header.type == HislipType::interrupted) {
      break_off_reply(tr("the instrument broke its reply off because a message came"));
    } else if (!take_notice(message)) {
      lose(filled(tr("HiSLIP message {0} came where {1} belongs"), static_cast<int>(header.type),
                  static_cast<int>(HislipType::data_end)));
    }
  }
}

// ---- device clear, serial poll, service request, local

// Section 4.12: the question goes over the second connection, and everything on the first one up to the acknowledgement
// is from before.
void HislipLink::clear_device(const Deadline& deadline) {
  closing_on_failure([&] {
    ask(HislipType::async_device_clear, 0, 0, "", HislipType::async_device_clear_acknowledge, deadline);
    send_surely(sync_, encode_hislip(HislipType::device_clear_complete, prefer_overlapped_ ? hislip_overlapped : 0, 0),
                deadline);
    const auto in_time = [&](bool came) {
      if (!came) throw error(Fault::timeout, "", tr("the instrument does not confirm the device clear"));
    };
    std::uint64_t old_data = in_data_ ? data_left_ : 0;
    for (;;) {
      while (old_data > 0) {
        if (sync_.input.empty()) in_time(receive_more(sync_, deadline));
        const auto count = static_cast<std::size_t>(std::min<std::uint64_t>(old_data, sync_.input.size()));
        sync_.input.erase(0, count);
        old_data -= count;
      }
      HislipHeader header;
      in_time(header_is_here(sync_, header, deadline));
      if (is_data(header.type)) {
        sync_.input.erase(0, hislip_header_size);
        old_data = header.payload_size;
        continue;
      }
      Message message;
      in_time(receive_message(sync_, message, deadline));
      if (header.type == HislipType::device_clear_acknowledge) {
        overlapped_ = (header.control & hislip_overlapped) != 0;
        break;
      }
      if (header.type == HislipType::fatal_error) take_notice(message);
    }
    start_numbering();
  });
}

std::uint8_t HislipLink::poll_device(const Deadline& deadline) {
  // Section 4.14: the number of the last message sent, or in overlapped mode of the last reply read.
  const std::uint32_t last = (overlapped_ ? next_reply_id_ : next_id_) - 2;
  return ask(HislipType::async_status_query, take_delivered_flag(), last, "", HislipType::async_status_response,
             deadline)
      .header.control;
}

bool HislipLink::await_service_request(const Deadline& deadline) {
  while (!service_requested_) {
    Message message;
    if (!receive_message(async_, message, deadline)) return false;
    if (!take_notice(message))
      lose(filled(tr("HiSLIP message {0} came where {1} belongs"), static_cast<int>(message.header.type),
                  static_cast<int>(HislipType::async_service_request)));
  }
  service_requested_ = false;
  return true;
}

void HislipLink::release_device(const Deadline& deadline) {
  ask(HislipType::async_remote_local_control, hislip_go_to_local, next_id_ - 2, "",
      HislipType::async_remote_local_response, deadline);
}

}  // namespace etalon::drivers
