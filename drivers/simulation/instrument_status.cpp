// What a simulated instrument does about its status (IEEE 488.2): errors, operations that take their time, the common
// commands that ask for them, and messages of several units.
#include <algorithm>
#include <cctype>

#include "drivers/simulation/program_message.h"
#include "drivers/simulation/simulated_instrument.h"

namespace etalon::drivers::simulation {

void SimulatedInstrument::report(const std::pair<int, std::string>& error, StatusRegisters::Event event) {
  status_.raise(event);
  if (driver_.errors.query.empty()) return;
  // The last place of a full queue says that later errors are lost.
  if (static_cast<int>(errors_.size()) >= driver_.errors.length) {
    errors_.back() = driver_.errors.overflow;
  } else {
    errors_.push_back(error);
  }
  status_.set_error_waits(vocabulary_.scpi());
}

void SimulatedInstrument::begin_operation(const Entry& entry) {
  if (entry.completion == Completion::none) return;
  const base::Seconds now = world_.clock().now();
  base::Seconds end = now + entry.takes;
  if (entry.role == Role::start_block) {
    const auto wanted = state_.find("count");
    const double count = wanted == state_.end() ? 1 : parse_number(wanted->second).value_or(1);
    end = now + driver_.measures[entry.owner].read_many->time_each * count;
    series_begin_ = now;
  } else if (entry.role == Role::set || entry.role == Role::operate) {
    end = std::max(end, active_source().settles_at());
  }
  operations_end_ = std::max(operations_end_, end);
}

bool SimulatedInstrument::take_mask(const Values& values, std::uint8_t& mask) {
  const auto number = parse_number(values.at("mask"));
  if (!number || !(*number >= 0 && *number <= 255)) {
    report(driver_.errors.out_of_range, StatusRegisters::execution_error);
    return false;
  }
  mask = static_cast<std::uint8_t>(*number);
  return true;
}

std::optional<SimulatedReply> SimulatedInstrument::answer_common(const Entry& entry, const Values& values,
                                                                 const base::Cancellation& cancellation) {
  const std::string header = header_of(entry.send.text());
  const auto number = [](unsigned value) {
    return SimulatedReply{std::to_string(value), ReplyKind::status, "", "", false};
  };
  const auto wait_until_done = [&] {
    const base::Seconds left = operations_end_ - world_.clock().now();
    if (left > 0) world_.clock().wait(left, cancellation);
    look_at_operations();
  };
  look_at_operations();
  std::uint8_t mask = 0;
  if (header == "*CLS") {
    errors_.clear();
    status_.clear();
  } else if (header == "*ESE") {
    if (take_mask(values, mask)) status_.set_event_mask(mask);
  } else if (header == "*SRE") {
    if (take_mask(values, mask)) status_.set_service_mask(mask);
  } else if (header == "*ESE?") {
    return number(status_.event_mask());
  } else if (header == "*SRE?") {
    return number(status_.service_mask());
  } else if (header == "*ESR?") {
    return number(status_.take_events());
  } else if (header == "*STB?") {
    return number(status_.status_byte());
  } else if (header == "*OPC") {
    status_.complete_at(operations_end_, world_.clock().now());
  } else if (header == "*OPC?") {
    wait_until_done();
    return SimulatedReply{"1", ReplyKind::other, "", "", false};
  } else {  // *WAI
    wait_until_done();
  }
  return std::nullopt;
}

std::vector<std::string> SimulatedInstrument::units_of(const std::string& message) const {
  if (!vocabulary_.has_common_commands() || !has_several_units(message)) return {message};
  // A driver file may have a message of several units; a value holds no unit.
  const Match whole = find(message);
  const bool in_value = whole.entry && std::any_of(whole.values.begin(), whole.values.end(),
                                                   [](const auto& value) { return has_several_units(value.second); });
  if (whole.entry && !in_value) return {message};
  return program_message_units(message);
}

bool SimulatedInstrument::has_reply(const std::string& message) const {
  const auto units = units_of(message);
  return std::any_of(units.begin(), units.end(), [&](const std::string& unit) {
    const Match match = find(unit);
    return match.entry ? match.entry->reply.has_value() : !driver_.errors.unknown_reply.empty();
  });
}

std::optional<SimulatedReply> SimulatedInstrument::answer(const std::string& message,
                                                          const base::Cancellation& cancellation) {
  std::optional<SimulatedReply> whole;
  for (const std::string& unit : units_of(message)) {
    const bool understood = find(unit).entry != nullptr;
    const auto reply = answer_unit(unit, cancellation);
    if (reply && whole) {
      whole = SimulatedReply{whole->text + ";" + reply->text, ReplyKind::other, "", "", whole->binary || reply->binary};
    } else if (reply) {
      whole = reply;
    }
    if (!understood) break;  // what follows an unknown header is dropped
  }
  return whole;
}

}  // namespace etalon::drivers::simulation
