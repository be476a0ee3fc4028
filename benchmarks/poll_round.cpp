// How long a round takes in which the logger's poller reads many instruments that answer slowly, without a file. Prints
// the median in milliseconds, from the slot's time to the last reading.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

#include "acquisition/channel_poller.h"
#include "drivers/messages/conversation.h"

using namespace etalon;

int main(int count, char** values) {
  if (count != 4) {
    std::fprintf(stderr, "usage: benchmark_poll_round PORT INSTRUMENTS ROUNDS\n");
    return 2;
  }
  const std::string address = std::string("TCPIP::127.0.0.1::") + values[1] + "::SOCKET";
  const int instruments = std::atoi(values[2]);
  const int rounds = std::atoi(values[3]);
  constexpr double interval = 0.1;
  const base::SystemClock clock;
  const base::Cancellation cancellation;
  std::vector<std::unique_ptr<drivers::Conversation>> conversations;
  std::vector<acquisition::PolledInstrument> polled;
  for (int i = 0; i < instruments; ++i) {
    drivers::LinkOptions options;
    options.instrument = "instrument " + std::to_string(i + 1);
    conversations.push_back(
        std::make_unique<drivers::Conversation>(drivers::open_link(address, options), drivers::ConversationSettings{}));
    drivers::Conversation& conversation = *conversations.back();
    conversation.query("READ?");  // the first one also makes sure that the line is quiet
    polled.push_back({options.instrument, [&conversation, &clock, i](std::int64_t slot) {
                        const std::string reply = conversation.query("READ?");
                        acquisition::JournalNews news;
                        news.readings.push_back({0, i + 1, static_cast<int>(slot), "channel", "", clock.now(),
                                                 std::strtod(reply.c_str(), nullptr), "V", 0, reply});
                        return news;
                      }});
  }
  const double start = clock.now();
  std::vector<double> last(static_cast<std::size_t>(rounds), 0);
  std::vector<int> readings(static_cast<std::size_t>(rounds), 0);
  acquisition::ChannelPoller poller(std::move(polled), {interval, rounds}, clock, cancellation);
  while (!poller.finished()) {
    for (const auto& reading : poller.take(std::chrono::milliseconds(100)).readings) {
      const auto round = static_cast<std::size_t>(reading.attempt) - 1;
      last[round] = std::max(last[round], reading.monotonic - start - interval * static_cast<double>(round));
      ++readings[round];
    }
  }
  if (std::any_of(readings.begin(), readings.end(), [&](int n) { return n != instruments; })) return 1;
  std::nth_element(last.begin(), last.begin() + rounds / 2, last.end());
  std::printf("%.3f\n", 1000 * last[static_cast<std::size_t>(rounds) / 2]);
  return 0;
}
