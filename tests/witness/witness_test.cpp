// lxi-tools, sigrok and PyVISA, as Debian packages them, against the simulators.
#include <catch2/catch.hpp>
#include <cmath>
#include <cstdio>
#include <sstream>
#include <thread>

#include "tests/drivers/simulation_bench.h"
#include "tests/witness/outside_program.h"

using namespace etalon::drivers;
using namespace etalon::drivers::simulation;
using namespace etalon::witness;
using etalon::base::AcceleratedClock;

namespace {

struct Served {
  explicit Served(const std::string& model = "34461A") : clock(50, 1.78e9), bench(test_bench(model), clock, 21) {
    bench.world().short_input("meter");
  }
  std::uint16_t port() const { return std::get<SocketAddress>(parse_address(bench.address("meter"))).port; }
  std::string device(const std::string& name) const {
    return std::get<SerialAddress>(parse_address(bench.address(name))).device;
  }
  AcceleratedClock clock;
  SimulatedBench bench;
};

}  // namespace

TEST_CASE("lxi of lxi-tools asks the meter over a raw socket") {
  need("sh -c 'command -v lxi'", "lxi-tools");
  Served served;
  const std::string lxi = "lxi scpi -r -a 127.0.0.1 -p " + std::to_string(served.port()) + " ";
  const Outcome identity = run(lxi + "'*IDN?'");
  INFO(identity.text);
  CHECK(identity.status == 0);
  CHECK(identity.text == "Keysight Technologies,34461A,MY00000001,A.03.02-02.40-03.02-00.52-03-02\n");
  CHECK(run(lxi + "'CONF:VOLT:DC 1'").status == 0);
  const Outcome reading = run(lxi + "'READ?'");
  INFO(reading.text);
  CHECK(reading.status == 0);
  REQUIRE(parse_number(reading.text.substr(0, reading.text.find('\n'))));
  CHECK(std::fabs(*parse_number(reading.text.substr(0, reading.text.find('\n')))) < 10e-6);
  CHECK(run(lxi + "'VOLT:DC:RANG?'").text == "+1.00000000E+00\n");
  CHECK(run(lxi + "'SYST:ERR?'").text == "+0,\"No error\"\n");
}

TEST_CASE("sigrok finds the meter and takes samples") {
  need("sh -c 'command -v sigrok-cli'", "sigrok-cli");
  Served served("34465A");  // the Keysight that libsigrok 0.5.2 knows
  const std::string sigrok = "sigrok-cli -d scpi-dmm:conn=tcp-raw/127.0.0.1/" + std::to_string(served.port()) + " ";
  const Outcome scan = run(sigrok + "--scan");
  INFO(scan.text);
  CHECK(scan.status == 0);
  CHECK(scan.text.find("Keysight") != std::string::npos);
  CHECK(scan.text.find("34465A") != std::string::npos);
  CHECK(scan.text.find("MY00000001") != std::string::npos);

  served.bench.world().connect("meter", "calibrator");
  PlainClient calibrator(served.bench.address("calibrator"));
  calibrator.send("OUT 7 V, 0 HZ");
  calibrator.send("OPER");
  while (calibrator.query("ISR?") != "4097")
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  const Outcome samples = run(sigrok + "--samples 3");
  INFO(samples.text);
  CHECK(samples.status == 0);
  int count = 0;
  std::istringstream lines(samples.text);
  for (std::string line; std::getline(lines, line);) {
    double value = 0;
    char unit[16] = "";
    if (std::sscanf(line.c_str(), "P1: %lf %15s", &value, unit) != 2) continue;
    ++count;
    CHECK(value == Approx(7).epsilon(1e-4));
    CHECK(std::string(unit) == "V");
    CHECK(line.find("DC") != std::string::npos);
  }
  CHECK(count == 3);
}

TEST_CASE("PyVISA drives the calibrator on its pseudo-terminal") {
  need_python("pyvisa", "python3-pyvisa");
  need_python("pyvisa_py", "python3-pyvisa-py");
  need_python("serial", "python3-serial");
  Served served;
  served.bench.world().connect("meter", "calibrator");
  const Outcome outcome = run(python("calibrator_on_serial_line.py") + served.device("calibrator") + " 33.5");
  INFO(outcome.text);
  CHECK(outcome.status == 0);
  const auto answer = answers(outcome.text);
  REQUIRE(answer.size() >= 7);
  CHECK(answer.at("identity") == "FLUKE,5522A,0000001,1.2+1.3+2.0+*");
  CHECK((std::stoi(answer.at("before")) & 1) == 0);
  CHECK((std::stoi(answer.at("operating")) & 1) == 1);
  CHECK(answer.at("settled") == "4097");
  CHECK(answer.at("output") == "3.350000E+01,V,0.000000E+00,V,0.00E+00");
  CHECK(answer.at("error") == "0,\"No error\"");
  CHECK((std::stoi(answer.at("standby")) & 1) == 0);
}

TEST_CASE("PyVISA reads the meter on its socket") {
  need_python("pyvisa", "python3-pyvisa");
  need_python("pyvisa_py", "python3-pyvisa-py");
  Served served;
  const Outcome outcome = run(python("meter_on_socket.py") + served.bench.address("meter"));
  INFO(outcome.text);
  CHECK(outcome.status == 0);
  const auto answer = answers(outcome.text);
  REQUIRE(answer.size() == 5);
  CHECK(answer.at("identity") == "Keysight Technologies,34461A,MY00000001,A.03.02-02.40-03.02-00.52-03-02");
  CHECK(answer.at("range") == "10.0");
  CHECK(answer.at("nplc") == "1.0");
  CHECK(std::fabs(std::stod(answer.at("reading"))) < 100e-6);
  CHECK(outcome.text.find("error -113,\"Undefined header\"") != std::string::npos);
  CHECK(answer.at("error") == "+0,\"No error\"");
}

TEST_CASE("pyserial reads the ambient logger") {
  need_python("serial", "python3-serial");
  Served served;
  const Outcome outcome = run(python("ambient_on_serial_line.py") + served.device("ambient"));
  INFO(outcome.text);
  CHECK(outcome.status == 0);
  const auto answer = answers(outcome.text);
  REQUIRE(answer.size() == 3);
  CHECK(answer.at("mode") == "Serial mode : STOP");
  CHECK(answer.at("serial") == "A0000001");
  double pressure = 0;
  double temperature = 0;
  double humidity = 0;
  REQUIRE(std::sscanf(answer.at("ambient").c_str(), "%lf %lf %lf", &pressure, &temperature, &humidity) == 3);
  CHECK(pressure == Approx(1013).margin(10));
  CHECK(temperature == Approx(20.5).margin(0.7));
  CHECK(humidity == Approx(45).margin(7));
}

namespace {

void need_octave() {
  need("sh -c 'command -v octave-cli'", "octave");
  need("octave-cli --eval 'pkg load instrument-control'", "octave-instrument-control");
}

std::string octave(const std::string& script) {
  return std::string("octave-cli --no-gui ") + ETALON_WITNESS_DIR + "/" + script + " ";
}

}  // namespace

TEST_CASE("Octave's instrument-control drives the calibrator on its pseudo-terminal") {
  need_octave();
  Served served;
  const Outcome outcome = run(octave("calibrator_on_serial_line.m") + served.device("calibrator") + " 33.5");
  INFO(outcome.text);
  CHECK(outcome.status == 0);
  const auto answer = answers(outcome.text);
  REQUIRE(answer.size() >= 4);  // and what Octave says as it ends
  CHECK(answer.at("identity") == "FLUKE,5522A,0000001,1.2+1.3+2.0+*");
  CHECK((std::stoi(answer.at("operating")) & 1) == 1);
  CHECK(answer.at("output") == "3.350000E+01,V,0.000000E+00,V,0.00E+00");
  CHECK((std::stoi(answer.at("standby")) & 1) == 0);
}

TEST_CASE("Octave's instrument-control reads the meter on its socket") {
  need_octave();
  Served served;
  const Outcome outcome = run(octave("meter_on_socket.m") + std::to_string(served.port()));
  INFO(outcome.text);
  CHECK(outcome.status == 0);
  const auto answer = answers(outcome.text);
  REQUIRE(answer.size() >= 4);  // and what Octave says as it ends
  CHECK(answer.at("identity") == "Keysight Technologies,34461A,MY00000001,A.03.02-02.40-03.02-00.52-03-02");
  CHECK(answer.at("range") == "+1.00000000E+01");
  CHECK(std::fabs(std::stod(answer.at("reading"))) < 100e-6);
  CHECK(answer.at("error") == "+0,\"No error\"");
}
