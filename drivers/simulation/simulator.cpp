#include "drivers/simulation/simulator.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>

#include "base/error.h"
#include "base/language.h"
#include "drivers/links/filled_text.h"
#include "drivers/simulation/modbus_server.h"
#include "drivers/simulation/pseudo_terminal.h"

namespace etalon::drivers::simulation {

using base::tr;

namespace {

void check_fits(const Fault& fault, const SimulatedInstrument& instrument) {
  if (fault.kind == FaultKind::standby && !instrument.is_source()) {
    throw base::InputError(filled(tr("fault {0}:standby: '{0}' is no source; name the source"), fault.instrument));
  }
  if ((fault.kind == FaultKind::overload || fault.kind == FaultKind::overload_digits) && !instrument.is_meter()) {
    throw base::InputError(
        filled(tr("fault {0}:{1}: '{0}' does not measure; name the meter"), fault.instrument, to_string(fault.kind)));
  }
  const auto& measures = instrument.driver().measures;
  if (fault.kind == FaultKind::wrong_unit && std::none_of(measures.begin(), measures.end(), [](const Measure& measure) {
        return !measure.reply_units.empty();
      })) {
    throw base::InputError(
        filled(tr("fault {0}:wrong-unit: the replies of '{0}' do not say their unit"), fault.instrument));
  }
}

constexpr std::uint8_t request_service = 0x40;

// The first number of a reply cut in its middle, and nothing after it.
std::string cut_number(const std::string& text) {
  const std::size_t begin = text.find_first_of("+-.0123456789");
  if (begin == std::string::npos) return text.substr(0, text.size() / 2);
  const std::size_t end = std::min(text.find_first_not_of("+-.0123456789eE", begin), text.size());
  return text.substr(0, begin + std::max<std::size_t>(1, (end - begin) / 2));
}

}  // namespace

Simulator::Simulator(std::unique_ptr<SimulatedInstrument> instrument, std::unique_ptr<ServerPort> port,
                     std::vector<Fault> faults, std::uint64_t seed)
    : instrument_(std::move(instrument)),
      port_(std::move(port)),
      faults_(std::move(faults)),
      noise_(seed, "garbage/" + instrument_->name()),
      address_(port_->address()),
      dialect_(make_dialect(instrument_->driver().dialect, instrument_->link(), address_)),
      assembler_(4096, dialect_->keeps_control_characters()) {
  for (const Fault& fault : faults_)
    check_fits(fault, *instrument_);
  instrument_->status().set_listener([this](std::uint8_t status, StatusRegisters::Request request) {
    if (request == StatusRegisters::Request::as_before) {
      port_->set_status_bits(status);
    } else {
      port_->set_status_byte(request == StatusRegisters::Request::now ? status | request_service : status);
    }
  });
}

void Simulator::start() {
  thread_ = std::thread([this] { serve(); });
}

Simulator::~Simulator() {
  stop();
}

void Simulator::stop() {
  cancellation_.cancel("the simulator is being stopped");
  if (thread_.joinable()) thread_.join();
  if (operations_.joinable()) operations_.join();
  port_->close();
}

std::string Simulator::failure() const {
  std::lock_guard lock(mutex_);
  return failure_;
}

void Simulator::serve() {
  std::array<char, 4096> buffer;
  try {
    while (!hung_up_) {
      const std::size_t size = port_->read(buffer.data(), buffer.size(), cancellation_);
      if (size == 0) assembler_.forget();
      for (std::size_t i = 0; i < size; ++i) {
        const auto message = assembler_.take(buffer[i]);
        if (!message) continue;
        if (message->lost) {
          instrument_->lose_message();
          continue;
        }
        if (!take(message->text)) break;
      }
    }
  } catch (const base::InterruptedError&) {
    return;  // stopped
  } catch (const std::exception& error) {
    std::lock_guard lock(mutex_);
    failure_ = error.what();
  }
}

bool Simulator::take(const std::string& line) {
  if (const std::string& ending = instrument_->link().echo_terminator; !ending.empty())
    port_->write(line + ending, cancellation_);
  const auto message = dialect_->heard(line);
  if (!message) return true;
  if (const auto stream = dialect_->streams()) {
    if (const auto sample = instrument_->answer(*stream, cancellation_))
      port_->write(dialect_->streamed(sample->text), cancellation_);
  }
  const bool reply_due = instrument_->has_reply(*message);
  if (reply_due && due(FaultKind::standby, replies_ + 1, true)) instrument_->fall_back_to_standby();
  auto reply = instrument_->answer(*message, cancellation_);
  watch_operations();
  if (reply) return send(*message, *reply);
  // Some dialects confirm every message.
  const std::string confirmation = dialect_->said(*message, std::nullopt, instrument_->error_waits());
  if (!confirmation.empty()) port_->write(confirmation, cancellation_);
  return true;
}

// Service may be requested while no message comes.
void Simulator::watch_operations() {
  if (operations_.joinable() || !instrument_->status().awaits_completion()) return;
  operations_ = std::thread([this] {
    try {
      for (;;) {
        cancellation_.sleep(std::chrono::milliseconds(5));
        instrument_->look_at_operations();
      }
    } catch (const base::InterruptedError&) {
      // stopped
    }
  });
}

Fault* Simulator::due(FaultKind kind, int reply_number, bool fits) {
  for (Fault& fault : faults_) {
    if (fault.kind != kind || !fits || fault.at == 0 || reply_number < fault.at) continue;
    if (!fault.from_then_on) fault.at = 0;  // done
    return &fault;
  }
  return nullptr;
}

bool Simulator::send(const std::string& message, const SimulatedReply& reply) {
  const std::string& terminator = instrument_->link().reply_terminator;
  const int number = ++replies_;
  const bool numeric =
      reply.kind == ReplyKind::reading || reply.kind == ReplyKind::setting || reply.kind == ReplyKind::status;
  const bool identity = reply.kind == ReplyKind::identity;
  std::string text = reply.text;
  if (due(FaultKind::wrong_identity, number, identity)) text = reply.of_other_model;
  if (due(FaultKind::wrong_serial, number, identity)) text = reply.of_other_serial;
  if (due(FaultKind::overload, number, reply.kind == ReplyKind::reading)) text = reply.overloaded;
  if (due(FaultKind::overload_digits, number, !reply.overloaded_otherwise.empty())) text = reply.overloaded_otherwise;
  if (due(FaultKind::wrong_unit, number, !reply.in_wrong_unit.empty())) text = reply.in_wrong_unit;
  if (due(FaultKind::text_reply, number, numeric)) text = "OVERFLOW ERR";
  if (due(FaultKind::cut_reply, number, numeric)) {
    // The numbers of Modbus have no digits: its frame is cut instead, or else another valid number would come.
    if (auto* modbus = dynamic_cast<ModbusServer*>(port_.get())) {
      modbus->shorten_next();
    } else {
      text = cut_number(text);
    }
  }
  const auto on_the_line = [&](const std::string& words) {
    return reply.binary ? words + terminator : dialect_->said(message, words, instrument_->error_waits());
  };
  std::string bytes = on_the_line(text);
  // A value near the true one: nothing but the line itself tells them apart.
  if (due(FaultKind::stray_line, number, reply.kind == ReplyKind::reading && !reply.binary)) bytes += bytes;
  if (due(FaultKind::empty_reply, number, true)) bytes = terminator;
  bool ends = true;
  if (due(FaultKind::truncated_reply, number, true)) {
    ends = false;
    bytes.resize(bytes.size() - std::min(bytes.size(), terminator.size()));
    bytes.resize((bytes.size() + 1) / 2);
  }
  if (due(FaultKind::garbage, number, true)) {
    bytes.clear();
    const std::size_t count = 8 + noise_.bits() % 40;
    for (std::size_t i = 0; i < count; ++i)
      bytes += static_cast<char>(noise_.bits() & 0xff);
    bytes += terminator;
  }
  if (const Fault* late = due(FaultKind::late_reply, number, true)) {
    cancellation_.sleep(
        std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::duration<double>(late->delay)));
  }
  if (due(FaultKind::cut_line, number, true)) {
    if (dynamic_cast<PseudoTerminal*>(port_.get())) {
      port_->close();  // a pulled adapter: nobody is there any more
      hung_up_ = true;
    } else {
      port_->drop_client();
    }
    assembler_.forget();
    return false;
  }
  if (due(FaultKind::power_cycle, number, true)) {
    instrument_->power_cycle();
    dialect_->power_on();
    port_->drop_client();
    assembler_.forget();
    return false;
  }
  if (due(FaultKind::no_reply, number, true)) return true;
  if (ends) {
    port_->write(bytes, cancellation_);
  } else {
    port_->write_part(bytes, cancellation_);
  }
  return true;
}

}  // namespace etalon::drivers::simulation
