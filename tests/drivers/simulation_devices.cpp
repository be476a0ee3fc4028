// Source, meter, wiring and room, without any link: the time is a clock that the test moves by hand.
#include <catch2/catch.hpp>
#include <cmath>
#include <filesystem>
#include <set>

#include "base/error.h"
#include "tests/drivers/simulation_bench.h"

using namespace etalon::drivers;
using namespace etalon::drivers::simulation;
using etalon::base::InputError;

namespace {

class HandClock : public etalon::base::Clock {
 public:
  double now() const override { return time_; }
  double utc() const override { return 1.78e9 + time_; }
  void wait(double seconds, const etalon::base::Cancellation& cancellation) const override {
    cancellation.check();
    time_ += seconds;
  }
  double speed() const override { return 1; }

 private:
  mutable double time_ = 0;
};

struct Fixture {
  HandClock clock;
  Bench bench = test_bench();
  std::uint64_t seed = 7;
  Truth truth = draw_truth(bench, seed);
  World world{clock, seed, *bench.simulation};
  SimulatedInstrument meter{bench.instrument("meter"), truth.instruments.at("meter"), world};
  SimulatedInstrument calibrator{bench.instrument("calibrator"), truth.instruments.at("calibrator"), world};
  SimulatedInstrument ambient{bench.instrument("ambient"), truth.instruments.at("ambient"), world};
  etalon::base::Cancellation never;

  void pass(double seconds) { clock.wait(seconds, never); }
  std::string ask(SimulatedInstrument& instrument, const std::string& message) {
    const auto reply = instrument.answer(message, never);
    INFO("message " << message);
    REQUIRE(reply);
    return reply->text;
  }
  void tell(SimulatedInstrument& instrument, const std::string& message) {
    INFO("message " << message);
    REQUIRE_FALSE(instrument.answer(message, never));
  }
  double number(SimulatedInstrument& instrument, const std::string& message) {
    const auto number = parse_number(ask(instrument, message));
    REQUIRE(number);
    return *number;
  }
  void set(const std::string& value) {
    tell(calibrator, "OUT " + value + " V, 0 HZ");
    tell(calibrator, "OPER");
  }
  const Measure& measure() const { return bench.instrument("meter").driver.measures[0]; }
  const Source& source() const { return bench.instrument("calibrator").driver.sources[0]; }
  double time_constant() const { return source().physics.time_constant; }
  // What the calibrator truly puts out at a setting, by the truth file's lines.
  double applied(double setting) const { return truth.source_output("calibrator", "dc voltage", setting); }
};

}  // namespace

TEST_CASE("numbers of a stream depend on seed and name alone") {
  RandomStream a(1, "noise/meter");
  RandomStream b(1, "noise/meter");
  RandomStream c(2, "noise/meter");
  RandomStream d(1, "noise/metes");
  const double first = a.normal();
  CHECK(first == b.normal());
  CHECK(first != c.normal());
  CHECK(first != d.normal());
  double sum = 0;
  double squares = 0;
  constexpr int n = 20000;
  for (int i = 0; i < n; ++i) {
    const double x = a.normal();
    sum += x;
    squares += x * x;
  }
  CHECK(std::fabs(sum / n) < 4 / std::sqrt(n));
  CHECK(std::fabs(squares / n - 1) < 4 * std::sqrt(2.0 / n));
}

TEST_CASE("the same seed gives the same truth, another seed another one, and a file keeps it") {
  const Bench bench = test_bench();
  const Truth a = draw_truth(bench, 11);
  CHECK(truth_json(a) == truth_json(draw_truth(bench, 11)));
  CHECK(truth_json(a) != truth_json(draw_truth(bench, 12)));
  const std::string path =
      (std::filesystem::temp_directory_path() / ("etalon-truth-" + std::to_string(::getpid()) + ".json")).string();
  write_truth(a, path);
  const Truth back = read_truth(path);
  std::filesystem::remove(path);
  CHECK(truth_json(back) == truth_json(a));
  CHECK(back.meter_error("meter", "dc voltage", 10, -7.5) == a.meter_error("meter", "dc voltage", 10, -7.5));
  CHECK_THROWS_AS(a.meter_error("meter", "dc voltage", 5, 1), InputError);
  CHECK_THROWS_AS(a.meter_error("nobody", "dc voltage", 10, 1), InputError);
  CHECK_THROWS_AS(parse_truth_json("{\"seed\": 1}", "x.json"), InputError);
}

TEST_CASE("the individuals lie where the driver and bench files put them") {
  const Bench bench = test_bench();
  double sum = 0;
  double squares = 0;
  constexpr int n = 2000;
  for (int seed = 0; seed < n; ++seed) {
    const Truth truth = draw_truth(bench, static_cast<std::uint64_t>(seed));
    for (const TrueRow& row : truth.measure("meter", "dc voltage").rows) {
      REQUIRE(std::fabs(row.gain) <= 30e-6);
      REQUIRE(std::fabs(row.offset) <= 15e-6 * row.range);
    }
    const double gain = truth.source("calibrator", "dc voltage").row_of_range(0.3299999).gain;
    sum += gain;
    squares += (gain - 5e-6) * (gain - 5e-6);
  }
  CHECK(sum / n == Approx(5e-6).margin(4 * 4e-6 / std::sqrt(n)));
  CHECK(std::sqrt(squares / n) == Approx(4e-6).epsilon(0.08));
}

TEST_CASE("a truth row of a range that the driver does not have is refused") {
  Bench bench = test_bench();
  bench.instruments.at(1).truth.push_back({0.33, 0, 0});
  CHECK_THROWS_AS(draw_truth(bench, 1), InputError);
}

TEST_CASE_METHOD(Fixture, "the source settles exponentially and says so after its time") {
  world.connect("meter", "calibrator");
  pass(3600);
  set("10");
  CHECK(ask(calibrator, "ISR?") == "1");  // OPER, not yet SETTLED
  const double start = clock.now();
  const double target = applied(10);
  for (const double after : {0.25, 0.5, 1.0, 2.0}) {
    const double expected = target * (1 - std::exp(-after / time_constant()));
    const double output = world.input("meter", "dc voltage", start + after).value;
    CHECK(output == Approx(expected).margin(5e-6 + 1e-5 * std::exp(-after)));  // the EMF's residual, floating before
  }
  pass(source().physics.settled_after - 0.1);
  CHECK(ask(calibrator, "ISR?") == "1");
  pass(0.2);
  CHECK(ask(calibrator, "ISR?") == "4097");
  // The way back starts from where it is.
  tell(calibrator, "OUT -5 V, 0 HZ");
  const double between = world.input("meter", "dc voltage", clock.now() + time_constant()).value;
  CHECK(between == Approx(applied(-5) + (target - applied(-5)) * std::exp(-1)).margin(5e-6));
  CHECK(ask(calibrator, "ISR?") == "1");
}

TEST_CASE_METHOD(Fixture, "33 V and above drops to standby; the output is off until OPER") {
  world.connect("meter", "calibrator");
  pass(3600);
  set("32");
  pass(10);
  CHECK(world.input("meter", "dc voltage", clock.now()).value == Approx(32).epsilon(1e-4));
  tell(calibrator, "OUT 33 V, 0 HZ");
  CHECK((std::stoi(ask(calibrator, "ISR?")) & 1) == 0);
  CHECK(ask(calibrator, "OUT?").substr(0, 14) == "3.300000E+01,V");
  pass(10);
  CHECK(std::fabs(world.input("meter", "dc voltage", clock.now()).value) < 50e-6);
  tell(calibrator, "OPER");
  pass(10);
  CHECK(ask(calibrator, "ISR?") == "4097");
  CHECK(world.input("meter", "dc voltage", clock.now()).value == Approx(33).epsilon(1e-4));
  tell(calibrator, "STBY");
  CHECK((std::stoi(ask(calibrator, "ISR?")) & 1) == 0);
  pass(10);
  CHECK(std::fabs(world.input("meter", "dc voltage", clock.now()).value) < 50e-6);
}

TEST_CASE_METHOD(Fixture, "*RST brings the calibrator to 0 V in standby") {
  set("10");
  tell(calibrator, "*RST");
  CHECK((std::stoi(ask(calibrator, "ISR?")) & 1) == 0);
  CHECK(ask(calibrator, "OUT?").substr(0, 14) == "0.000000E+00,V");
}

TEST_CASE_METHOD(Fixture, "values outside the limits change nothing and go to the error queue") {
  set("3");
  tell(calibrator, "OUT 1020.5 V, 0 HZ");
  CHECK(ask(calibrator, "OUT?").substr(0, 14) == "3.000000E+00,V");
  CHECK((std::stoi(ask(calibrator, "ISR?")) & 1) == 1);
  CHECK(ask(calibrator, "ERR?") == "520,\"Output exceeds limits\"");
  CHECK(ask(calibrator, "ERR?") == "0,\"No error\"");
  tell(calibrator, "OUT ten V, 0 HZ");
  CHECK(ask(calibrator, "ERR?") == "1300,\"Bad syntax\"");

  tell(meter, "CONF:VOLT:DC 10");
  tell(meter, "VOLT:DC:NPLC 7");
  CHECK(ask(meter, "SYST:ERR?") == "-222,\"Data out of range\"");
  CHECK(number(meter, "VOLT:DC:NPLC?") == 10);
  tell(meter, "CONF:VOLT:DC 1001");
  CHECK(ask(meter, "SYST:ERR?") == "-222,\"Data out of range\"");
  CHECK(number(meter, "VOLT:DC:RANG?") == 10);
  CHECK(ask(meter, "SYST:ERR?") == "+0,\"No error\"");
}

TEST_CASE_METHOD(Fixture, "unknown messages bring no reply but an error, and a full queue says so") {
  tell(meter, "CONF:VOLT:DCX 10");
  tell(meter, "HELLO?");
  CHECK(ask(meter, "SYST:ERR?") == "-113,\"Undefined header\"");
  CHECK(ask(meter, "SYST:ERR?") == "-113,\"Undefined header\"");
  CHECK(ask(meter, "SYST:ERR?") == "+0,\"No error\"");
  for (int i = 0; i < 25; ++i)
    tell(meter, "NONSENSE " + std::to_string(i));
  for (int i = 0; i < 19; ++i)
    CHECK(ask(meter, "SYST:ERR?") == "-113,\"Undefined header\"");
  CHECK(ask(meter, "SYST:ERR?") == "-350,\"Queue overflow\"");
  CHECK(ask(meter, "SYST:ERR?") == "+0,\"No error\"");
  tell(meter, "NONSENSE");
  tell(meter, "*CLS");
  CHECK(ask(meter, "SYST:ERR?") == "+0,\"No error\"");
}

TEST_CASE_METHOD(Fixture, "SCPI headers in long and short form, CONFigure presets") {
  tell(meter, "CONFigure:VOLTage:DC 1");
  CHECK(number(meter, ":SENSe:VOLTage:DC:RANGe?") == 1);
  tell(meter, ":sens:volt:dc:nplc 100");
  CHECK(number(meter, "voltage:dc:nplc?") == 100);
  tell(meter, "CONF:VOLT:DC 0.1");
  CHECK(number(meter, "VOLT:DC:NPLC?") == 10);
  tell(meter, "CONF:VOLT:DC MAX");
  CHECK(ask(meter, "VOLT:DC:RANG?") == "+1.00000000E+03");
  tell(meter, "CONF:VOLT:DC 3");  // the next range up
  CHECK(ask(meter, "VOLT:DC:RANG?") == "+1.00000000E+01");
  CHECK(ask(meter, "SYSTem:ERRor:NEXT?") == "+0,\"No error\"");
  // Not the calibrator: it knows no short forms.
  tell(calibrator, "REM");
  CHECK(ask(calibrator, "ERR?") == "1300,\"Bad syntax\"");
  tell(calibrator, "remote");
  CHECK(ask(calibrator, "ERR?") == "0,\"No error\"");
}

TEST_CASE_METHOD(Fixture, "overload has its sign, and over-range up to 120 % is a reading") {
  world.connect("meter", "calibrator");
  tell(meter, "CONF:VOLT:DC 1");
  set("1.19");
  pass(3600);
  CHECK(number(meter, "READ?") == Approx(1.19).epsilon(1e-4));
  set("1.21");
  pass(60);
  CHECK(ask(meter, "READ?") == "+9.90000000E+37");
  set("-1.21");
  pass(60);
  CHECK(ask(meter, "READ?") == "-9.90000000E+37");
  tell(meter, "CONF:VOLT:DC");  // automatic range
  CHECK(number(meter, "READ?") == Approx(-1.21).epsilon(1e-4));
}

TEST_CASE_METHOD(Fixture, "readings are multiples of the resolution and take their time") {
  world.connect("meter", "calibrator");
  for (const auto& [range, setting] : {std::pair{"0.1", "0.0731234"}, {"10", "7.31234567"}, {"1000", "731.23456"}}) {
    tell(meter, std::string("CONF:VOLT:DC ") + range);
    set(setting);
    pass(60);
    const double digit = std::stod(range) * 1e-6;
    std::set<double> different;
    for (int i = 0; i < 30; ++i) {
      const double before = clock.now();
      const double reading = number(meter, "READ?");
      CHECK(clock.now() - before == Approx(measure().reading_time({{"nplc", "10"}})));
      CHECK(std::fabs(reading / digit - std::round(reading / digit)) < 1e-6 * std::fabs(reading / digit));
      different.insert(std::round(reading / digit));
    }
    CHECK(different.size() >= 1);
  }
  tell(meter, "CONF:VOLT:DC 10");
  tell(meter, "VOLT:DC:NPLC 100");
  const double before = clock.now();
  number(meter, "READ?");
  CHECK(clock.now() - before == Approx(measure().reading_time({{"nplc", "100"}})));
  CHECK(clock.now() - before > 2);  // 100 cycles of 50 Hz, at least
}

TEST_CASE_METHOD(Fixture, "a reading that begins before the output has moved sees the mean of the way") {
  world.connect("meter", "calibrator");
  tell(meter, "CONF:VOLT:DC 10");
  tell(meter, "VOLT:DC:NPLC 100");
  pass(3600);
  set("10");
  const double reading = number(meter, "READ?");
  const double ratio = time_constant() / measure().reading_time({{"nplc", "100"}});
  const double expected = applied(10) * (1 - ratio * (1 - std::exp(-1 / ratio)));
  CHECK(reading == Approx(expected).epsilon(3e-3));
  CHECK(reading < 9.5);
}

TEST_CASE_METHOD(Fixture, "thermal EMF decays with its time constant, anew at each touch") {
  std::set<double> residuals;
  bool positive = false;
  bool negative = false;
  for (int i = 0; i < 40; ++i) {
    world.short_input("meter");
    const double now = clock.now();
    const double residual = world.thermal_emf("meter", now + 1e6);
    const double at_once = world.thermal_emf("meter", now) - residual;
    CHECK(std::fabs(residual) <= 0.1e-6);
    CHECK(std::fabs(at_once) >= 0.5e-6);
    CHECK(std::fabs(at_once) <= 2e-6);
    CHECK(world.thermal_emf("meter", now + 100) - residual == Approx(at_once / std::exp(1)).epsilon(1e-9));
    (at_once > 0 ? positive : negative) = true;
    residuals.insert(residual);
    pass(1000);
  }
  CHECK(positive);
  CHECK(negative);
  CHECK(residuals.size() == 40);
}

TEST_CASE_METHOD(Fixture, "a copper short gives the offset, an open input drifts") {
  world.short_input("meter");
  pass(3600);
  tell(meter, "CONF:VOLT:DC 0.1");
  double mean = 0;
  constexpr int n = 100;
  for (int i = 0; i < n; ++i)
    mean += number(meter, "READ?") / n;
  const double residual = world.thermal_emf("meter", clock.now());
  const double expected = truth.meter_error("meter", "dc voltage", 0.1, 0) + residual;
  CHECK(mean == Approx(expected).margin(4 * std::hypot(0.05e-6, 0.3e-6 / std::sqrt(10)) / std::sqrt(n) + 0.01e-6));

  world.open_input("meter");
  std::set<double> different;
  double largest = 0;
  for (int i = 0; i < 20; ++i) {
    const double reading = number(meter, "READ?");
    different.insert(reading);
    largest = std::max(largest, std::fabs(reading));
    pass(10);
  }
  CHECK(different.size() == 20);
  CHECK(largest > 100e-6);
  CHECK(largest < 5e-3);
}

namespace {

// Standard deviation of a normal quantity after rounding to multiples of `digit`: it depends on where the mean lies
// between them when the noise is smaller than a digit.
double deviation_when_rounded(double mean, double noise, double digit) {
  double first = 0;
  double second = 0;
  const double middle = std::nearbyint(mean / digit) * digit;
  for (int k = -50; k <= 50; ++k) {
    const double value = middle + k * digit;
    const auto below = [&](double x) { return 0.5 * std::erfc(-(x - mean) / (noise * std::sqrt(2.0))); };
    const double probability = below(value + digit / 2) - below(value - digit / 2);
    first += probability * (value - middle);
    second += probability * (value - middle) * (value - middle);
  }
  return std::sqrt(second - first * first);
}

}  // namespace

TEST_CASE_METHOD(Fixture, "the mean of many readings is the truth") {
  world.connect("meter", "calibrator");
  pass(3600);
  const std::pair<double, double> points[] = {{0.1, 0.1}, {0.1, -0.05}, {1, 1},       {10, 10},
                                              {10, -5},   {100, 100},   {1000, -1000}};
  for (const auto& [range, setting] : points) {
    tell(meter, "CONF:VOLT:DC " + format_number(range));
    set(format_number(setting));
    pass(60);
    double mean = 0;
    double squares = 0;
    constexpr int n = 200;
    for (int i = 0; i < n; ++i) {
      const double reading = number(meter, "READ?") - setting;
      mean += reading / n;
      squares += reading * reading;
    }
    const double s = std::sqrt(std::max(0.0, squares / n - mean * mean));
    const double input = applied(setting) + world.thermal_emf("meter", clock.now());
    const double expected = input + truth.meter_error("meter", "dc voltage", range, input) - setting;
    INFO("range " << range << " V, setting " << setting << " V");
    const double rounding = 1e-6 * range / std::sqrt(12.0);
    CHECK(mean == Approx(expected).margin(4 * std::hypot(s, rounding) / std::sqrt(n) + 1e-9));
    CHECK(mean != Approx(0).margin(std::fabs(expected) / 10));  // not simply the setting
    // Noise of the size that the driver files give.
    double noise = 0;
    for (const auto& row : measure().physics.rows) {
      if (row.range == range) noise = std::hypot(row.noise_floor, row.noise_nplc / std::sqrt(10));
    }
    for (const auto& row : source().physics.rows) {
      if (std::fabs(setting) <= row.range) {
        noise = std::hypot(noise, std::hypot(row.noise * setting, row.noise_floor));
        break;
      }
    }
    const double rounded_noise = deviation_when_rounded(mean + setting, noise, 1e-6 * range);
    CHECK(s > 0.7 * rounded_noise);
    CHECK(s < 1.3 * rounded_noise);
  }
}

TEST_CASE_METHOD(Fixture, "the ambient logger tells the room, and the room is a function of time and seed") {
  CHECK(ask(ambient, "SMODE STOP") == "Serial mode : STOP");
  CHECK(ask(ambient, "UNIT P hPa") == "P units : hPa");
  CHECK(ask(ambient, "FORM 4.2 P \" \" 3.2 T \" \" 3.2 RH #r #n") == "OK");
  const AmbientClimate same(seed);
  double lowest = 100;
  double highest = 0;
  for (int i = 0; i < 200; ++i) {
    pass(97);
    const double now = clock.now();
    const std::string reply = ask(ambient, "SEND");
    double p = 0;
    double t = 0;
    double rh = 0;
    REQUIRE(std::sscanf(reply.c_str(), "%lf %lf %lf", &p, &t, &rh) == 3);
    CHECK(p == Approx(same.pressure(now)).margin(0.055 + 5 * 0.02 + 0.005));
    CHECK(t == Approx(same.temperature(now)).margin(0.06 + 5 * 0.01 + 0.005));
    CHECK(rh == Approx(same.relative_humidity(now)).margin(0.5 + 5 * 0.1 + 0.005));
    CHECK(std::fabs(same.temperature(now) - 20.5) <= 0.5);
    CHECK(std::fabs(same.relative_humidity(now) - 45) <= 5);
    lowest = std::min(lowest, t);
    highest = std::max(highest, t);
  }
  CHECK(highest - lowest > 0.3);
  CHECK(std::fabs(same.pressure(8 * 3600 + 1) - same.pressure(8 * 3600 - 1)) < 0.01);  // no jumps
  CHECK(AmbientClimate(seed + 1).pressure(0) != same.pressure(0));
}

TEST_CASE_METHOD(Fixture, "identity: model and serial number of the bench, and others on demand") {
  CHECK(ask(meter, "*IDN?") == "Keysight Technologies,34461A,MY00000001,A.03.02-02.40-03.02-00.52-03-02");
  CHECK(ask(meter, "*idn?") == ask(meter, "*IDN?"));
  CHECK(ask(calibrator, "*IDN?") == "FLUKE,5522A,0000001,1.2+1.3+2.0+*");
  const auto room = match_identity(bench.instrument("ambient").driver, ask(ambient, "?"));
  REQUIRE(room);
  CHECK(room->serial == "A0000001");
  const etalon::base::Cancellation never;
  const auto identity = meter.answer("*IDN?", never);
  REQUIRE(identity);
  CHECK(identity->of_other_model.find("34461A") == std::string::npos);
  CHECK_FALSE(match_identity(bench.instrument("meter").driver, identity->of_other_model));
  const auto other = match_identity(bench.instrument("meter").driver, identity->of_other_serial);
  REQUIRE(other);
  CHECK(other->model == "34461A");
  CHECK(other->serial != "MY00000001");

  const Bench another = test_bench("34465A");
  HandClock its_clock;
  World its_world(its_clock, 1, *another.simulation);
  SimulatedInstrument modified(another.instrument("meter"), draw_truth(another, 1).instruments.at("meter"), its_world);
  CHECK(ask(modified, "*IDN?").substr(0, 29) == "Keysight Technologies,34465A,");
}

TEST_CASE_METHOD(Fixture, "the wiring knows its meters and sources") {
  CHECK_THROWS_WITH(world.connect("meter", "battery"), Catch::Contains("battery") && Catch::Contains("calibrator"));
  CHECK_THROWS_WITH(world.short_input("calibrator"), Catch::Contains("calibrator") && Catch::Contains("meter"));
  CHECK(move_hand(world, "CONNECT meter calibrator") == "OK");
  CHECK(move_hand(world, "SHORT meter") == "OK");
  CHECK(move_hand(world, "OPEN meter") == "OK");
  CHECK(move_hand(world, "CONNECT meter").substr(0, 6) == "ERROR ");
  CHECK(move_hand(world, "SHORT calibrator").substr(0, 6) == "ERROR ");
}

TEST_CASE("faults as people write them") {
  const simulation::Fault fault = simulation::parse_fault("meter:late-reply@17");
  CHECK(fault.instrument == "meter");
  CHECK(fault.kind == FaultKind::late_reply);
  CHECK(fault.at == 17);
  CHECK_FALSE(fault.from_then_on);
  CHECK(fault.delay == 1.5);
  CHECK(simulation::parse_fault("meter:overload@3+").from_then_on);
  CHECK(simulation::parse_fault("meter:late-reply=0.25@3").delay == 0.25);
  for (const FaultDescription& kind : fault_kinds()) {
    CHECK(simulation::parse_fault("x:" + kind.name + "@1").kind == kind.kind);
    CHECK(to_string(kind.kind) == kind.name);
    CHECK_FALSE(kind.description.empty());
  }
  for (const std::string bad : {"", "meter", "meter:overload", ":overload@1", "meter:overlode@1", "meter:overload@0",
                                "meter:overload@-1", "meter:overload@x", "meter:overload@1x", "meter:overload@1++",
                                "meter:overload=3@1", "meter:late-reply=soon@1", "meter:overload@99999999999999"}) {
    INFO("fault " << bad);
    CHECK_THROWS_AS(simulation::parse_fault(bad), InputError);
  }
  CHECK_THROWS_WITH(simulation::parse_fault("meter:overlode@1"), Catch::Contains("did you mean overload"));
}

TEST_CASE("messages end with CR, LF or CR LF") {
  MessageAssembler assembler(10);
  std::vector<std::string> messages;
  int lost = 0;
  for (const char c : std::string("A\rB\nC\r\n\r\n  \nD\x01\x7f?\n01234567890123\nE\n")) {
    if (const auto message = assembler.take(c)) {
      message->lost ? void(++lost) : messages.push_back(message->text);
    }
  }
  CHECK(messages == std::vector<std::string>{"A", "B", "C", "D\x7f?", "E"});
  CHECK(lost == 1);
}
