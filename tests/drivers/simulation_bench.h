// The bench that the simulation tests use: a meter on TCP, a calibrator and an ambient logger on serial lines,
// described by the repository's own driver files. And a plain client with POSIX calls only, so that these tests do not
// lean on the links of the suite.
#pragma once

#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <variant>

#include "base/clock.h"
#include "base/file.h"
#include "drivers/bench.h"
#include "drivers/links/address.h"
#include "drivers/simulation/simulated_bench.h"

namespace etalon::drivers::simulation {

inline std::string meter_driver(const std::string& meter_model) {
  return meter_model == "34465A" ? "keysight-34465a" : "keysight-34461a";
}

inline std::string bench_text(const std::string& meter_model = "34461A") {
  return R"([bench]
title = "Simulated bench of the tests"

[simulation]          # the hand's address comes here
start             = "2026-06-01T08:00:00Z"
emf_low           = "0.5 uV"
emf_high          = "2 uV"
emf_time_constant = "100 s"
emf_residual      = "0.1 uV"

[roles]
item   = "meter"
source = "calibrator"

[instruments.meter]
driver  = ")" +
         meter_driver(meter_model) +
         R"("
address = "TCPIP::127.0.0.1::5025::SOCKET"   # the simulator takes a free port
serial  = "MY00000001"
model   = ")" +
         meter_model +
         R"("

[instruments.calibrator]
driver  = "fluke-5522a"
address = "ASRL/dev/ttyUSB0::9600-8N1::INSTR"
serial  = "0000001"
truth   = [[0.3299999, 5e-6, 0.2e-6], [32.99999, -4e-6, 10e-6]]

[instruments.ambient]
driver  = "vaisala-ptu300"
address = "ASRL/dev/ttyUSB1::4800-7E1::INSTR"
serial  = "A0000001"
)";
}

inline Bench test_bench(const std::string& meter_model = "34461A") {
  std::map<std::string, std::string> texts;
  for (const std::string& name :
       {meter_driver(meter_model), std::string("fluke-5522a"), std::string("vaisala-ptu300")}) {
    texts[name] = base::read_file(std::string(ETALON_SOURCE_DIR) + "/configs/drivers/" + name + ".toml");
  }
  return parse_bench(bench_text(meter_model), "test-bench.toml", texts);
}

class PlainClient {
 public:
  explicit PlainClient(const std::string& address, const std::string& terminator = "\n") : terminator_(terminator) {
    const Address parsed = parse_address(address);
    if (const auto* socket_address = std::get_if<SocketAddress>(&parsed)) {
      descriptor_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
      sockaddr_in to{};
      to.sin_family = AF_INET;
      to.sin_port = htons(socket_address->port);
      to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
      REQUIRE(::connect(descriptor_, reinterpret_cast<sockaddr*>(&to), sizeof(to)) == 0);
    } else {
      descriptor_ = ::open(std::get<SerialAddress>(parsed).device.c_str(), O_RDWR | O_NOCTTY | O_CLOEXEC);
      REQUIRE(descriptor_ >= 0);
    }
  }
  ~PlainClient() { ::close(descriptor_); }
  PlainClient(const PlainClient&) = delete;
  PlainClient& operator=(const PlainClient&) = delete;

  // False when the other end is gone.
  bool send_bytes(const std::string& bytes) {
    for (std::size_t sent = 0; sent < bytes.size();) {
      const ssize_t n = ::write(descriptor_, bytes.data() + sent, bytes.size() - sent);
      if (n <= 0) return false;
      sent += static_cast<std::size_t>(n);
    }
    return true;
  }
  void send(const std::string& message) { send_bytes(message + terminator_); }

  // Bytes until the line is quiet for so long, or ends.
  std::string receive(std::chrono::milliseconds quiet) {
    std::string bytes;
    ended_ = false;
    for (;;) {
      pollfd state{descriptor_, POLLIN, 0};
      if (::poll(&state, 1, static_cast<int>(quiet.count())) <= 0) return bytes;
      char buffer[4096];
      const ssize_t n = ::read(descriptor_, buffer, sizeof(buffer));
      if (n <= 0) {
        ended_ = true;
        return bytes;
      }
      bytes.append(buffer, static_cast<std::size_t>(n));
    }
  }
  bool ended() const { return ended_; }

  // A line, its terminator removed; nothing when none is complete in time.
  std::optional<std::string> line(std::chrono::milliseconds limit = std::chrono::seconds(5)) {
    const auto until = std::chrono::steady_clock::now() + limit;
    for (;;) {
      if (const std::size_t end = waiting_.find('\n'); end != std::string::npos) {
        std::string line = waiting_.substr(0, end);
        waiting_.erase(0, end + 1);
        if (!line.empty() && line.back() == '\r') line.pop_back();
        return line;
      }
      const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(until - std::chrono::steady_clock::now());
      pollfd state{descriptor_, POLLIN, 0};
      if (left.count() <= 0 || ::poll(&state, 1, static_cast<int>(left.count())) <= 0) return std::nullopt;
      char buffer[4096];
      const ssize_t n = ::read(descriptor_, buffer, sizeof(buffer));
      if (n <= 0) return std::nullopt;
      waiting_.append(buffer, static_cast<std::size_t>(n));
    }
  }
  std::string query(const std::string& message) {
    send(message);
    const auto reply = line();
    INFO("message " << message);
    REQUIRE(reply);
    return *reply;
  }
  double number(const std::string& message) {
    const std::string reply = query(message);
    const auto number = parse_number(reply);
    INFO(message << " was answered by " << reply);
    REQUIRE(number);
    return *number;
  }

 private:
  int descriptor_ = -1;
  std::string terminator_;
  std::string waiting_;
  bool ended_ = false;
};

}  // namespace etalon::drivers::simulation
