// The hand that changes the wiring of a simulated bench as a person would, for programs in another process: a server on
// 127.0.0.1 with one message a line.
//   CONNECT METER SOURCE   leads from the source to the meter
//   SHORT METER            a copper short at the meter's input
//   OPEN METER             nothing at the meter's input
// Each is answered by OK, or by ERROR and what is wrong.
#pragma once

#include <string>
#include <thread>

#include "base/clock.h"
#include "drivers/simulation/tcp_listener.h"
#include "drivers/simulation/world.h"

namespace etalon::drivers::simulation {

// Carries out one message; returns the reply without terminator.
std::string move_hand(World& world, const std::string& message);

class Hand {
 public:
  // Serves at once; the world must outlive it.
  explicit Hand(World& world);
  ~Hand();
  Hand(const Hand&) = delete;
  Hand& operator=(const Hand&) = delete;

  std::string address() const { return address_; }  // TCPIP::127.0.0.1::40123::SOCKET
  void stop();

 private:
  void serve();
  World& world_;
  TcpListener listener_;
  std::string address_;
  base::Cancellation cancellation_;
  std::thread thread_;
};

}  // namespace etalon::drivers::simulation
