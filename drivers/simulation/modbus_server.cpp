#include "drivers/simulation/modbus_server.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/error.h"
#include "base/language.h"
#include "drivers/links/address.h"
#include "drivers/links/filled_text.h"
#include "drivers/links/modbus_frame.h"

namespace etalon::drivers {

using base::tr;
using std::chrono::steady_clock;

namespace {

// An RTU frame in pieces with more than this between them is none.
constexpr std::chrono::milliseconds frame_gap{500};

unsigned byte_at(const std::string& bytes, std::size_t index) {
  return static_cast<unsigned char>(bytes[index]);
}

unsigned word_at(const std::string& bytes, std::size_t index) {
  return byte_at(bytes, index) << 8 | byte_at(bytes, index + 1);
}

std::string word(unsigned value) {
  return {static_cast<char>(value >> 8 & 0xff), static_cast<char>(value & 0xff)};
}

bool covers(const RegisterRange& range, unsigned address) {
  return range.address <= address && address < range.address + range.size();
}

}  // namespace

RegisterMessage parse_register_message(const std::string& text) {
  std::string line = text;
  const bool is_text = text.find(" text ") != std::string::npos;
  for (std::size_t begin; (begin = line.find('{')) != std::string::npos;) {
    const std::size_t end = line.find('}', begin);
    if (end == std::string::npos) break;
    line.replace(begin, end - begin + 1, is_text ? "" : "0");
  }
  const ModbusMessage message = parse_modbus_message(line);
  return {message.is_write, message.range};
}

ModbusServer::ModbusServer(std::unique_ptr<ServerPort> port, int unit, std::vector<RegisterMessage> messages)
    : port_(std::move(port)),
      rtu_(std::holds_alternative<SerialAddress>(parse_address(port_->address()))),
      unit_(unit),
      messages_(std::move(messages)) {
  if (unit_ < (rtu_ ? 1 : 0) || unit_ > (rtu_ ? 247 : 255))
    throw base::InputError(filled(tr("unit {} is not possible"), unit_));
}

ModbusServer::~ModbusServer() = default;

std::string ModbusServer::address() const {
  const Address line = parse_address(port_->address());
  if (const auto* serial = std::get_if<SerialAddress>(&line))
    return format_address(ModbusRtuAddress{serial->device, serial->settings, unit_});
  const auto& socket = std::get<SocketAddress>(line);
  return format_address(ModbusTcpAddress{socket.host, socket.port, unit_});
}

void ModbusServer::drop_client() {
  forget();
  port_->drop_client();
}

void ModbusServer::close() {
  port_->close();
}

void ModbusServer::forget() {
  received_.clear();
  pending_ = false;
  line_.clear();
  replied_.clear();
}

// The next whole frame, taken off what was received. A broken one is dropped with all that follows: the client sends
// nothing before it has its answer or has given up.
bool ModbusServer::take_frame(std::string& frame) {
  std::size_t size = 0;
  if (rtu_) {
    if (received_.size() < 8) return false;
    const unsigned function = byte_at(received_, 1);
    size = function == 15 || function == 16 ? 9u + byte_at(received_, 6) : 8u;
  } else {
    if (received_.size() < 6) return false;
    size = 6 + word_at(received_, 4);
    if (word_at(received_, 2) != 0 || size < 8 || size > 260) {
      received_.clear();
      return false;
    }
  }
  if (received_.size() < size) return false;
  frame = received_.substr(0, size);
  received_.erase(0, size);
  if (!rtu_) return true;
  const unsigned crc = modbus_crc(std::string_view(frame).substr(0, size - 2));
  if (byte_at(frame, size - 2) == (crc & 0xff) && byte_at(frame, size - 1) == crc >> 8) return true;
  received_.clear();
  return false;
}

bool ModbusServer::answer(const std::string& body, const base::Cancellation& cancellation, bool half) {
  pending_ = false;
  const std::string unit(1, static_cast<char>(request_.unit));
  std::string frame;
  if (rtu_) {
    frame = unit + body;
    const unsigned crc = modbus_crc(frame);
    frame += static_cast<char>(crc & 0xff);
    frame += static_cast<char>(crc >> 8);
  } else {
    frame = request_.head + word(static_cast<unsigned>(body.size()) + 1) + unit + body;
  }
  if (half) frame.resize(frame.size() / 2);
  return port_->write(frame, cancellation);
}

bool ModbusServer::refuse(int exception, const base::Cancellation& cancellation) {
  return answer({static_cast<char>(request_.function | 0x80), static_cast<char>(exception)}, cancellation);
}

// Which messages cover the request: of several those that begin where it goes on, the longest that does not go beyond
// it first. What is written must be whole messages.
bool ModbusServer::find_messages(Request& request) const {
  const unsigned end = request.address + static_cast<unsigned>(request.content.size());
  for (unsigned next = request.address; next < end;) {
    const RegisterMessage* best = nullptr;
    const auto rank = [&](const RegisterMessage& message) {
      const unsigned beyond = message.range.address + static_cast<unsigned>(message.range.size());
      return std::pair(message.range.address == next && beyond <= end, message.range.size());
    };
    for (const RegisterMessage& message : messages_) {
      if (message.is_write != request.is_write || message.range.kind != request.kind || !covers(message.range, next))
        continue;
      if (request.is_write && !rank(message).first) continue;
      if (!best || rank(message) > rank(*best)) best = &message;
    }
    if (!best) return false;
    request.asked.push_back(*best);
    next = best->range.address + static_cast<unsigned>(best->range.size());
  }
  return true;
}

void ModbusServer::begin(const std::string& frame, const base::Cancellation& cancellation) {
  request_ = Request();
  const std::size_t at = rtu_ ? 0 : 6;
  request_.head = frame.substr(0, rtu_ ? 0 : 4);
  request_.unit = static_cast<int>(byte_at(frame, at));
  const std::string body = frame.substr(at + 1, frame.size() - at - (rtu_ ? 3 : 1));
  request_.function = static_cast<int>(byte_at(body, 0));
  if (request_.unit != unit_) {
    // On a serial line it is for another instrument; a TCP server is a gateway that does not find it.
    if (!rtu_) refuse(11, cancellation);
    return;
  }
  constexpr std::array<RegisterKind, 5> read_kinds = {RegisterKind::coil, RegisterKind::coil, RegisterKind::discrete,
                                                      RegisterKind::holding, RegisterKind::input};
  const bool several = request_.function == 15 || request_.function == 16;
  if (request_.function >= 1 && request_.function <= 4) {
    request_.kind = read_kinds.at(static_cast<std::size_t>(request_.function));
  } else if (request_.function == 5 || request_.function == 6 || several) {
    request_.is_write = true;
    request_.kind = request_.function == 5 || request_.function == 15 ? RegisterKind::coil : RegisterKind::holding;
  } else {
    refuse(1, cancellation);
    return;
  }
  if (body.size() < 5 || (several && (body.size() < 6 || body.size() != 6u + byte_at(body, 5)))) {
    refuse(3, cancellation);
    return;
  }
  const bool bits = request_.kind == RegisterKind::coil || request_.kind == RegisterKind::discrete;
  request_.address = word_at(body, 1);
  const unsigned value = word_at(body, 3);
  const unsigned count = request_.is_write && !several ? 1 : value;
  const unsigned limit = request_.is_write ? (bits ? 1968 : 123) : (bits ? 2000 : 125);
  if (count == 0 || count > limit || (several && byte_at(body, 5) != (bits ? (count + 7) / 8 : 2 * count)) ||
      (request_.function == 5 && value != 0 && value != 0xff00)) {
    refuse(3, cancellation);
    return;
  }
  request_.content.resize(count);
  if (request_.is_write) {
    request_.confirmation = body.substr(0, 5);
    for (unsigned i = 0; i < count; ++i) {
      unsigned item = value;
      if (request_.function == 5) item = value != 0;
      if (request_.function == 15) item = byte_at(body, 6 + i / 8) >> (i % 8) & 1;
      if (request_.function == 16) item = word_at(body, 6 + 2 * i);
      request_.content[i] = static_cast<std::uint16_t>(item);
    }
  }
  if (!find_messages(request_)) {
    refuse(2, cancellation);
    return;
  }
  pending_ = true;
  line_ = line_for_instrument();
}

std::string ModbusServer::line_for_instrument() const {
  ModbusMessage message{request_.is_write, request_.asked.front().range, {}};
  if (message.is_write) {
    const auto first = request_.content.begin() + (message.range.address - static_cast<int>(request_.address));
    message.content.assign(first, first + static_cast<std::ptrdiff_t>(message.range.size()));
  }
  return format_modbus_message(message) + "\n";
}

std::size_t ModbusServer::read(char* data, std::size_t size, const base::Cancellation& cancellation) {
  if (line_.empty()) {
    // Asked again without having replied: there will be no answer.
    pending_ = false;
    replied_.clear();
  }
  while (line_.empty()) {
    std::string frame;
    if (take_frame(frame)) {
      begin(frame, cancellation);
      continue;
    }
    std::array<char, 1024> buffer;
    const std::size_t count = port_->read(buffer.data(), buffer.size(), cancellation);
    if (count == 0) {
      forget();
      return 0;
    }
    const auto now = steady_clock::now();
    if (rtu_ && now - last_received_ > frame_gap) received_.clear();
    last_received_ = now;
    received_.append(buffer.data(), count);
  }
  const std::size_t count = std::min(size, line_.size());
  line_.copy(data, count);
  line_.erase(0, count);
  return count;
}

// InputError for a text that is no value of the message.
void ModbusServer::take_reply(const std::string& text) {
  const RegisterRange range = request_.asked.front().range;
  request_.asked.pop_front();
  if (request_.is_write) {
    if (text != "ok") throw base::InputError(text);
    return;
  }
  const std::vector<std::uint16_t> content = encode_registers(range, text, true);
  for (std::size_t i = 0; i < request_.content.size(); ++i) {
    const unsigned address = request_.address + static_cast<unsigned>(i);
    if (covers(range, address)) request_.content[i] = content[address - range.address];
  }
}

bool ModbusServer::write(std::string_view bytes, const base::Cancellation& cancellation) {
  if (!pending_) return true;  // what nobody asked for cannot be said in Modbus
  replied_ += bytes;
  const std::size_t end = replied_.find('\n');
  const bool half = end == std::string::npos;
  std::string text = replied_.substr(0, end);
  replied_.clear();
  if (text.ends_with('\r')) text.pop_back();
  if (!half) {
    try {
      take_reply(text);
    } catch (const base::InputError&) {
      return refuse(4, cancellation);
    }
    if (!request_.asked.empty()) {
      line_ = line_for_instrument();
      return true;
    }
  }
  const bool shortened = std::exchange(shorten_, false);
  if (request_.is_write) return answer(request_.confirmation, cancellation, half);
  const bool bits = request_.kind == RegisterKind::coil || request_.kind == RegisterKind::discrete;
  std::string data(bits ? (request_.content.size() + 7) / 8 : 0, '\0');
  for (std::size_t i = 0; i < request_.content.size(); ++i) {
    if (!bits) {
      data += word(request_.content[i]);
    } else if (request_.content[i]) {
      data[i / 8] = static_cast<char>(byte_at(data, i / 8) | 1u << (i % 8));
    }
  }
  if (shortened) data.resize(data.size() - (bits ? 1 : 2));
  return answer(std::string{static_cast<char>(request_.function), static_cast<char>(data.size())} + data, cancellation,
                half);
}

}  // namespace etalon::drivers
