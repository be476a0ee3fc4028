#include "drivers/simulation/simulator.h"

#include <fmt/format.h>

#include <array>
#include <chrono>

#include "base/error.h"
#include "base/language.h"
#include "drivers/links/filled_text.h"
#include "drivers/simulation/pseudo_terminal.h"

namespace etalon::drivers::simulation {

using base::tr;

namespace {

void check_fits(const Fault& fault, const SimulatedInstrument& instrument) {
  if (fault.kind == FaultKind::standby && !instrument.is_source()) {
    throw base::InputError(filled(tr("fault {0}:standby: '{0}' is no source; name the source"), fault.instrument));
  }
  if (fault.kind == FaultKind::overload && !instrument.is_meter()) {
    throw base::InputError(filled(tr("fault {0}:overload: '{0}' does not measure; name the meter"), fault.instrument));
  }
}

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
      address_(port_->address()) {
  for (const Fault& fault : faults_)
    check_fits(fault, *instrument_);
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
        const bool reply_due = instrument_->has_reply(message->text);
        if (reply_due && due(FaultKind::standby, replies_ + 1, true)) instrument_->fall_back_to_standby();
        const auto reply = instrument_->answer(message->text, cancellation_);
        if (reply && !send(*reply)) break;
      }
    }
  } catch (const base::InterruptedError&) {
    return;  // stopped
  } catch (const std::exception& error) {
    std::lock_guard lock(mutex_);
    failure_ = error.what();
  }
}

Fault* Simulator::due(FaultKind kind, int reply_number, bool fits) {
  for (Fault& fault : faults_) {
    if (fault.kind != kind || !fits || fault.at == 0 || reply_number < fault.at) continue;
    if (!fault.from_then_on) fault.at = 0;  // done
    return &fault;
  }
  return nullptr;
}

bool Simulator::send(const SimulatedReply& reply) {
  const std::string& terminator = instrument_->link().reply_terminator;
  const int number = ++replies_;
  const bool numeric =
      reply.kind == ReplyKind::reading || reply.kind == ReplyKind::setting || reply.kind == ReplyKind::status;
  const bool identity = reply.kind == ReplyKind::identity;
  std::string text = reply.text;
  if (due(FaultKind::wrong_identity, number, identity)) text = instrument_->other_model();
  if (due(FaultKind::wrong_serial, number, identity)) text = instrument_->other_serial();
  if (due(FaultKind::overload, number, reply.kind == ReplyKind::reading)) text = reply.overloaded;
  if (due(FaultKind::text_reply, number, numeric)) text = "OVERFLOW ERR";
  if (due(FaultKind::cut_reply, number, numeric)) text = cut_number(text);
  std::string bytes = text + terminator;
  if (due(FaultKind::empty_reply, number, true)) bytes = terminator;
  if (due(FaultKind::truncated_reply, number, true)) bytes = text.substr(0, (text.size() + 1) / 2);
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
  if (due(FaultKind::no_reply, number, true)) return true;
  port_->write(bytes, cancellation_);
  return true;
}

}  // namespace etalon::drivers::simulation
