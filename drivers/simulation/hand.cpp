#include "drivers/simulation/hand.h"

#include <fmt/format.h>

#include <array>
#include <sstream>
#include <vector>

#include "base/error.h"
#include "drivers/simulation/message_assembler.h"

namespace etalon::drivers::simulation {

std::string move_hand(World& world, const std::string& message) {
  std::istringstream words(message);
  std::vector<std::string> given;
  for (std::string word; words >> word;)
    given.push_back(word);
  try {
    if (given.size() == 3 && given[0] == "CONNECT") {
      world.connect(given[1], given[2]);
    } else if (given.size() == 2 && given[0] == "SHORT") {
      world.short_input(given[1]);
    } else if (given.size() == 2 && given[0] == "OPEN") {
      world.open_input(given[1]);
    } else {
      return "ERROR expected CONNECT METER SOURCE, SHORT METER or OPEN METER";
    }
    return "OK";
  } catch (const base::InputError& error) {
    return fmt::format("ERROR {}", error.what());
  }
}

Hand::Hand(World& world) : world_(world), address_(listener_.address()) {
  thread_ = std::thread([this] { serve(); });
}

Hand::~Hand() {
  stop();
}

void Hand::stop() {
  cancellation_.cancel("the simulator is being stopped");
  if (thread_.joinable()) thread_.join();
  listener_.close();
}

void Hand::serve() {
  std::array<char, 1024> buffer;
  MessageAssembler assembler;
  try {
    for (;;) {
      const std::size_t size = listener_.read(buffer.data(), buffer.size(), cancellation_);
      if (size == 0) assembler.forget();
      for (std::size_t i = 0; i < size; ++i) {
        const auto message = assembler.take(buffer[i]);
        if (message) listener_.write(move_hand(world_, message->text) + "\n", cancellation_);
      }
    }
  } catch (const base::InterruptedError&) {
    return;  // stopped
  }
}

}  // namespace etalon::drivers::simulation
