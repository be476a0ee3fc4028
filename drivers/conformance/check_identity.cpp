#include "base/language.h"
#include "drivers/conformance/check.h"

namespace etalon::drivers::conformance {

using base::tr;

namespace {

std::string expect_wrong_instrument(DeviceSession& session) {
  try {
    session.open().identify();
  } catch (const InstrumentError& error) {
    if (error.fault() == Fault::wrong_instrument) return "";
    return fmt::format(fmt::runtime(tr("expected {}, got {}: {}")), fault_name(Fault::wrong_instrument),
                       fault_name(error.fault()), error.what());
  }
  return fmt::format(fmt::runtime(tr("expected {}, and nothing was noticed")), fault_name(Fault::wrong_instrument));
}

// Where every reading tells who it is, the simulator's identity is a reading.
bool identity_is_reading(const DriverFile& driver) {
  for (const Measure& measure : driver.measures) {
    if (measure.read.send.names().empty() && measure.read.send.fill({}) == driver.identity.queries.front()) return true;
  }
  return false;
}

bool claims_any_model(const DriverFile& driver) {
  if (driver.identity.generic) return true;
  if (identity_is_reading(driver)) return true;
  std::string example = driver.identity.example;
  if (const auto at = example.find("{serial}"); at != std::string::npos) example.replace(at, 8, "A0000001");
  const auto identity = match_identity(driver, example);
  const std::size_t at = identity && !identity->model.empty() ? example.find(identity->model) : std::string::npos;
  if (at == std::string::npos) return true;
  return match_identity(driver, example.insert(at, "X")).has_value();
}

}  // namespace

void check_identity(const Subject& subject) {
  subject.run(tr("identify and start up"), [&] {
    DeviceSession session = subject.session();
    session.connect();
    return std::string();
  });
  const IdentityMessage& identity = subject.driver.identity;
  if (identity.queries.empty()) {
    subject.skip(tr("wrong instrument"), tr("it cannot be asked who it is"));
    if (!subject.driver.link.modbus) {
      subject.skip(
          tr("late replies"),
          tr("without an identity query nothing but waiting shows that replies belong to their questions: on a "
             "serial line the file is no proof against late replies"));
    }
    return;
  }
  if (claims_any_model(subject.driver)) {
    subject.skip(tr("wrong model"), tr("the file claims any model, or its identity does not say one"));
  } else {
    subject.run(tr("wrong model"), [&] {
      DeviceSession session = subject.session({"wrong-identity@1+"});
      return expect_wrong_instrument(session);
    });
  }
  if (!identity.has_serial || identity_is_reading(subject.driver)) {
    subject.skip(tr("wrong serial number"), tr("the simulator's identity does not say it by itself"));
    return;
  }
  subject.run(tr("wrong serial number"), [&] {
    DeviceSession session = subject.session({"wrong-serial@1+"});
    return expect_wrong_instrument(session);
  });
}

void check_error_queue(const Subject& subject) {
  const std::string check = tr("an unknown message is reported");
  const ErrorQueue& errors = subject.driver.errors;
  if (errors.query.empty()) {
    subject.skip(check, tr("it has no error queue"));
    return;
  }
  subject.run(check, [&]() -> std::string {
    DeviceSession session = subject.session();
    Instrument& instrument = session.connect();
    instrument.carry_out({MessageTemplate("XYZZY 1"), std::nullopt, 0, Completion::none}, {});
    const auto entries = instrument.drain_errors();
    if (entries.size() == 1 && parse_number(entries.front().substr(0, entries.front().find(' '))) ==
                                   static_cast<double>(errors.unknown_message.first))
      return "";
    return fmt::format(fmt::runtime(tr("expected {} {}, got: {}")), errors.unknown_message.first,
                       errors.unknown_message.second, fmt::join(entries, "; "));
  });
}

}  // namespace etalon::drivers::conformance
