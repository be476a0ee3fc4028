#include "drivers/conformance/device_session.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "drivers/simulation/fault.h"

namespace etalon::drivers::conformance {

namespace {

// The leads are ideal: what is checked is the driver.
std::string address_of(const DriverFile& driver, Line line) {
  switch (line) {
    case Line::hislip:
      return "TCPIP::127.0.0.1::hislip0,0::INSTR";
    case Line::vxi11:
      return "TCPIP::127.0.0.1::inst0,0::INSTR";
    case Line::gpib:
      return "GPIB0::22::INSTR";
    case Line::own:
      break;
  }
  if (driver.link.modbus) return "MODBUS::127.0.0.1::502::UNIT1";
  const bool serial = driver.link.port == 0 && !driver.link.serial.empty();
  return serial ? "ASRL/dev/pts/0::9600-8N1::INSTR" : "TCPIP::127.0.0.1::5025::SOCKET";
}

std::string bench_text(const DriverFile& driver, Line line, const std::string& individual) {
  const std::string adapters = line == Line::gpib ? "[adapters.GPIB0]\naddress = \"TCPIP::127.0.0.1::1234::SOCKET\"\n"
                                                    "read_time = \"200 ms\"\n"
                                                  : "";
  const std::string kind = is_module(driver, individual) ? "module" : "model";
  const std::string named = individual.empty() ? "" : kind + " = \"" + individual + "\"\n";
  return fmt::format(
      "[bench]\ntitle = \"Conformance\"\n[simulation]\nstart = \"2026-01-01T00:00:00Z\"\nemf_low = \"0 V\"\nemf_high = "
      "\"0 V\"\nemf_residual = \"0 V\"\n[roles]\n[instruments.{}]\ndriver = \"{}\"\naddress = \"{}\"\nserial = "
      "\"A0000001\"\n{}{}",
      DeviceSession::device, driver.name, address_of(driver, line), named, adapters);
}

Bench bench_of(const std::string& driver_text, const std::string& driver_name, Line line,
               const std::string& individual) {
  DriverFile driver = parse_driver_file(driver_text, driver_name + ".toml");
  driver.name = driver_name;
  return parse_bench(bench_text(driver, line, individual), "bench.toml", {{driver_name, driver_text}});
}

std::vector<simulation::Fault> faults_of(const std::vector<std::string>& texts) {
  std::vector<simulation::Fault> faults;
  for (const std::string& text : texts)
    faults.push_back(simulation::parse_fault(std::string(DeviceSession::device) + ":" + text));
  return faults;
}

}  // namespace

double inside(const Measure& measure, double range, double part) {
  if (range > 0) return part * range;
  if (!measure.physics.rows.empty()) return part * measure.physics.rows.front().range;
  return part;
}

std::vector<double> ranges_of(const Measure& measure) {
  return measure.ranges.empty() ? std::vector<double>{0} : measure.ranges;
}

DeviceSession::DeviceSession(const std::string& driver_text, const std::string& driver_name, const Options& options,
                             const std::vector<std::string>& faults, const std::string& individual)
    : clock_(options.speed, 1767225600.0),
      bench_(bench_of(driver_text, driver_name, options.line, individual)),
      simulated_(bench_, clock_, options.seed, faults_of(faults)),
      live_(simulated_.live_bench()),
      cancellation_(options.cancellation) {
  DriverFile& driver = live_.instruments.front().driver;
  driver.link.timeout = std::min(driver.link.timeout, options.timeout);
  driver.link.between_bytes = std::min(driver.link.between_bytes, options.timeout);
  driver.link.pause = std::min(driver.link.pause, 0.01);
  driver.link.character_pause = 0;
  // The simulated clock makes every wait short; what the client would wait in real time is left out.
  for (Measure& measure : driver.measures) {
    measure.read_time.clear();
    measure.read.takes = 0;
    measure.wait_at_most = std::min(measure.wait_at_most, 10.0);
  }
  if (driver.safe_state) driver.safe_state->takes = std::min(driver.safe_state->takes, 10.0);
}

Instrument& DeviceSession::open() {
  instrument_.reset();
  transcript_ = std::make_shared<Transcript>(1u << 24);
  instrument_ = std::make_unique<Instrument>(live_.instruments.front(), transcript_, cancellation_);
  return *instrument_;
}

Instrument& DeviceSession::connect() {
  open();
  instrument_->identify();
  instrument_->start_up();
  return *instrument_;
}

std::size_t DeviceSession::messages_sent() const {
  const auto entries = transcript_->entries();
  return static_cast<std::size_t>(std::count_if(
      entries.begin(), entries.end(), [](const TranscriptEntry& entry) { return entry.direction == Direction::sent; }));
}

void DeviceSession::apply(const Measure& measure, double value) {
  if (measure.own_output) return;
  if (!input_ || input_->quantity != measure.quantity) {
    input_ = std::make_shared<Input>();
    input_->quantity = measure.quantity;
    input_->value = value;
    world().add_source("applied", [input = input_](base::Seconds) {
      return simulation::Terminals{input->quantity, input->value, 0, ""};
    });
    world().connect(device, "applied");
  }
  input_->value = value;
}

double DeviceSession::expected(const Measure& measure, double range) const {
  const double applied = input_ ? input_->value.load() : 0;
  return applied + truth().meter_error(device, measure.quantity, range, applied);
}

double DeviceSession::tolerance(const Measure& measure, double range) const {
  double noise = 0;
  for (const MeterPhysics::Row& row : measure.physics.rows) {
    if (range > row.range * (1 + 1e-12)) continue;
    noise = std::hypot(row.noise_floor, row.noise_nplc / std::sqrt(0.02));
    break;
  }
  const double applied = input_ ? std::fabs(input_->value.load()) : 0;
  const double drift = std::fabs(measure.physics.temperature_coefficient) + std::fabs(measure.physics.warm_up_drift);
  return 8 * noise + 1.5 * measure.resolution_at(range) + applied * (1e-9 + drift);
}

}  // namespace etalon::drivers::conformance
