// pyvisa-py over VXI-11. Clients find a VXI-11 server through the port mapper at port 111, so all of it happens in a
// network of its own: the test runs once more inside, where rpcbind serves nobody else. Making one needs privileges.
#include <net/if.h>
#include <sys/ioctl.h>

#include <catch2/catch.hpp>
#include <cmath>
#include <cstring>

#include "tests/drivers/bench_at_address.h"
#include "tests/witness/child_process.h"
#include "tests/witness/outside_program.h"

using namespace etalon::drivers;
using namespace etalon::drivers::simulation;
using namespace etalon::witness;
using etalon::base::AcceleratedClock;

namespace {

constexpr const char* own_network = "unshare --net --mount";

void switch_loopback_on() {
  const int descriptor = ::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  ifreq request{};
  std::strcpy(request.ifr_name, "lo");
  REQUIRE(::ioctl(descriptor, SIOCGIFFLAGS, &request) == 0);
  request.ifr_flags |= IFF_UP;
  REQUIRE(::ioctl(descriptor, SIOCSIFFLAGS, &request) == 0);
  ::close(descriptor);
}

bool answers_at_port_111() {
  const int descriptor = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_port = htons(111);
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const bool connected = ::connect(descriptor, reinterpret_cast<sockaddr*>(&to), sizeof to) == 0;
  ::close(descriptor);
  return connected;
}

}  // namespace

TEST_CASE("inside its own network PyVISA reads the meter over VXI-11", "[.own-network]") {
  switch_loopback_on();
  ChildProcess port_mapper({"rpcbind", "-f"});
  REQUIRE(becomes_true([&] { return answers_at_port_111(); }));
  const AcceleratedClock clock(50, 1.78e9);
  SimulatedBench bench(bench_with_meter_at("TCPIP::127.0.0.1::inst0::INSTR"), clock, 21);
  bench.world().short_input("meter");
  const Outcome outcome = run(python("meter_over_vxi11.py") + bench.address("meter"));
  INFO(outcome.text);
  CHECK(outcome.status == 0);
  const auto answer = answers(outcome.text);
  REQUIRE(answer.size() == 6);
  const std::string identity = "Keysight Technologies,34461A,MY00000001,A.03.02-02.40-03.02-00.52-03-02";
  CHECK(answer.at("identity") == identity);
  CHECK(answer.at("range") == "10.0");
  CHECK(std::fabs(std::stod(answer.at("reading"))) < 100e-6);
  CHECK(answer.at("error") == "-113,\"Undefined header\"");
  CHECK(answer.at("cleared") == identity);
}

TEST_CASE("PyVISA reads the meter over VXI-11") {
  need_python("pyvisa_py", "python3-pyvisa-py");
  need("sh -c 'command -v rpcbind'", "rpcbind");
  if (run(std::string(own_network) + " true").status != 0) {
    WARN("skipped: " << own_network << " is not permitted here");
    return;
  }
  // rpcbind keeps its socket and its lock in /run.
  const Outcome outcome = run(std::string(own_network) + " sh -c 'mount -t tmpfs tmpfs /run && exec " ETALON_BINARY_DIR
                                                         "/tests/witness/test_witness \"[.own-network]\"'");
  INFO(outcome.text);
  CHECK(outcome.status == 0);
  CHECK(outcome.text.find("All tests passed") != std::string::npos);
}
