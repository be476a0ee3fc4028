// Conversations: a reply is only ever given to the query it answers.
#include <catch2/catch.hpp>
#include <map>
#include <random>
#include <thread>

#include "drivers/messages/block.h"
#include "drivers/messages/conversation.h"
#include "tests/drivers/scripted_instrument.h"

using namespace etalon;
using namespace etalon::drivers;
using namespace etalon::drivers::testing;
using namespace std::chrono_literals;
using Catch::Matchers::Contains;
using std::chrono::steady_clock;

namespace {

const std::string identity = "Example Instruments,EX1,0001,1.0";

double since(SteadyTime start) {
  return std::chrono::duration<double>(steady_clock::now() - start).count();
}

ConversationSettings quick() {
  ConversationSettings settings;
  settings.first_byte_timeout = 500ms;
  settings.between_bytes_timeout = 150ms;
  settings.whole_reply_timeout = 1000ms;
  settings.max_reply_size = 1000;
  settings.quiet_time = 40ms;
  settings.recovery_timeout = 3000ms;
  return settings;
}

Proof identity_proof() {
  return {"*IDN?", [](const std::string& reply) { return reply == identity; }};
}

LinkOptions options(std::shared_ptr<Transcript> transcript = nullptr) {
  LinkOptions options;
  options.instrument = "meter";
  options.transcript = std::move(transcript);
  return options;
}

Conversation talk(const ScriptedInstrument& instrument, ConversationSettings settings = quick(),
                  std::optional<Proof> proof = identity_proof(), std::shared_ptr<Transcript> transcript = nullptr) {
  return {open_link(instrument.address(), options(std::move(transcript))), std::move(settings), std::move(proof)};
}

// The fault of a query; its message must name the instrument.
Fault fault_of(const std::function<void()>& work) {
  try {
    work();
  } catch (const InstrumentError& error) {
    CHECK_THAT(error.what(), Catch::Matchers::StartsWith("meter at " + error.address()));
    return error.fault();
  }
  FAIL("no fault");
  throw 0;
}

std::string noted(const Transcript& transcript) {
  std::string notes;
  for (const TranscriptEntry& entry : transcript.entries()) {
    if (entry.direction == Direction::note) notes += entry.bytes + "\n";
  }
  return notes;
}

}  // namespace

TEST_CASE("messages and replies of every form") {
  const Kind kind = GENERATE(Kind::tcp, Kind::pty);
  const std::string binary("\n\r\0#1\n", 6);
  ScriptedInstrument instrument(
      make_port(kind),
      [&](const std::string& line, ScriptedInstrument& self) {
        if (line == "*IDN?") self.say(identity + "\r\n");
        if (line == "LIST?") self.say("one\r\ntwo\r\nEND\r\n");
        if (line == "DATA?") self.say(definite_block(binary) + "\r\n");
        if (line == "BARE?") self.say(definite_block(binary));
        if (line == "EMPTY?") self.say("\r\n");
        if (line == "PARTS?") {
          self.say("B\r\n");
          self.pause(700ms);  // longer than the time-out of a first byte
          self.say("A\r\n");
        }
      },
      "\r");
  ConversationSettings settings = quick();
  settings.write_terminator = "\r";
  settings.read_terminator = "\r\n";
  Conversation conversation = talk(instrument, settings);
  CHECK(conversation.query("*IDN?") == identity);
  CHECK(conversation.query_lines("LIST?", "END") == std::vector<std::string>{"one", "two", "END"});
  CHECK(conversation.query_line_count("LIST?", 3) == std::vector<std::string>{"one", "two", "END"});
  CHECK(conversation.query_block("DATA?") == binary);
  QueryOptions bare;
  bare.block_ending = BlockEnding::none;
  CHECK(conversation.query_block("BARE?", bare) == binary);
  bare.block_ending = BlockEnding::either;
  CHECK(conversation.query_block("BARE?", bare) == binary);
  CHECK(conversation.query_block("DATA?", bare) == binary);
  QueryOptions allowing;
  allowing.allow_empty = true;
  CHECK(conversation.query("EMPTY?", allowing).empty());
  std::string parts;
  conversation.exchange("PARTS?", {}, [&](ReplyReader& reader) {
    parts = reader.line();
    parts += reader.line(2s);
  });
  CHECK(parts == "BA");
  conversation.send("OUTP ON");
  CHECK(conversation.query("*IDN?") == identity);
  CHECK(conversation.recoveries() == 0);
  CHECK_FALSE(conversation.tainted());
  CHECK_THROWS_AS(conversation.send("OUTP ON\rOUTP OFF"), base::InputError);
  CHECK_FALSE(conversation.tainted());
  CHECK(instrument.lines() == std::vector<std::string>{"*IDN?", "LIST?", "LIST?", "DATA?", "BARE?", "BARE?", "DATA?",
                                                       "EMPTY?", "PARTS?", "OUTP ON", "*IDN?"});
}

TEST_CASE("a reply 1.5 s late for a time-out of 0.5 s is never the answer to another query") {
  const Kind kind = GENERATE(Kind::tcp, Kind::pty);
  const bool chatty = GENERATE(true, false);  // asks at once again, or waits until the late reply has come
  ScriptedInstrument instrument(make_port(kind), [&](const std::string& line, ScriptedInstrument& self) {
    if (line == "READ?") {
      self.pause(1500ms);
      self.say("+9.87654321E+00\n");
    }
    if (line == "*IDN?") self.say(identity + "\n");
    if (line == "VOLT?") self.say("1.25\n");
  });
  const auto transcript = std::make_shared<Transcript>();
  Conversation conversation = talk(instrument, quick(), identity_proof(), transcript);
  CHECK(conversation.query("VOLT?") == "1.25");
  const auto start = steady_clock::now();
  CHECK(fault_of([&] { conversation.query("READ?"); }) == Fault::timeout);
  CHECK(since(start) == Approx(0.5).margin(0.2));
  CHECK(conversation.tainted());
  if (!chatty) std::this_thread::sleep_for(1500ms);
  CHECK(conversation.query("*IDN?") == identity);
  CHECK_FALSE(conversation.tainted());
  CHECK(conversation.query("VOLT?") == "1.25");
  CHECK(conversation.recoveries() == 1);
  CHECK_THAT(noted(*transcript), Contains("tainted: ") && Contains("in step again"));
  // On a serial line the late reply does arrive, and is written down.
  if (kind == Kind::pty) CHECK_THAT(noted(*transcript), Contains("discarded: +9.87654321E+00"));
}

TEST_CASE("without a proof a tainted link stays closed while an answer may still come") {
  ScriptedInstrument instrument(make_port(GENERATE(Kind::tcp, Kind::pty)),
                                [](const std::string& line, ScriptedInstrument& self) {
                                  if (line == "READ?") self.pause(800ms);
                                  self.say("+1\n");
                                });
  ConversationSettings settings = quick();
  settings.first_byte_timeout = 100ms;
  Conversation conversation = talk(instrument, settings, std::nullopt);
  CHECK(fault_of([&] { conversation.query("READ?"); }) == Fault::timeout);
  CHECK(fault_of([&] { conversation.query("VOLT?"); }) == Fault::stale_reply);
  CHECK(fault_of([&] { conversation.send("OUTP OFF"); }) == Fault::stale_reply);
  std::this_thread::sleep_for(800ms);
  conversation.reopen();
  CHECK(conversation.query("VOLT?") == "+1");
}

TEST_CASE("an instrument that cannot be brought back in step is a late-reply fault, in bounded time") {
  // Answers everything with a number.
  ScriptedInstrument instrument(make_port(GENERATE(Kind::tcp, Kind::pty)),
                                [](const std::string& line, ScriptedInstrument& self) {
                                  if (line != "READ?") self.say("+1.5\n");
                                });
  ConversationSettings settings = quick();
  settings.first_byte_timeout = 100ms;
  settings.recovery_timeout = 200ms;
  Conversation conversation = talk(instrument, settings);
  CHECK(fault_of([&] { conversation.query("READ?"); }) == Fault::timeout);
  for (int i = 0; i < 2; ++i) {
    const auto start = steady_clock::now();
    try {
      conversation.query("VOLT?");
      FAIL("a number was taken for the identity");
    } catch (const InstrumentError& error) {
      CHECK(error.fault() == Fault::stale_reply);
      CHECK(error.received() == "+1.5");
    }
    CHECK(since(start) < 2);
    CHECK(conversation.tainted());
  }
}

TEST_CASE("bytes that no query asked for are a fault, and never a reply") {
  ScriptedInstrument instrument(make_port(GENERATE(Kind::tcp, Kind::pty)),
                                [](const std::string& line, ScriptedInstrument& self) {
                                  if (line == "*IDN?") self.say(identity + "\n");
                                  if (line == "ONE?") self.say("1\n");
                                  if (line == "TWO?") self.say("1\n2\n");
                                  if (line == "CHATTER") self.say("+7.77\n");
                                });
  Conversation conversation = talk(instrument);
  CHECK(conversation.query("ONE?") == "1");
  SECTION("before the message") {
    conversation.send("CHATTER");
    std::this_thread::sleep_for(100ms);
    try {
      conversation.query("ONE?");
      FAIL("no fault");
    } catch (const InstrumentError& error) {
      CHECK(error.fault() == Fault::unsolicited_input);
      CHECK(error.received() == "+7.77\\n");
    }
  }
  SECTION("before the message, allowed") {
    conversation.send("CHATTER");
    std::this_thread::sleep_for(100ms);
    QueryOptions lenient;
    lenient.discard_waiting_input = true;
    CHECK(conversation.query("ONE?", lenient) == "1");
  }
  SECTION("after the reply") {
    CHECK(fault_of([&] { conversation.query("TWO?"); }) == Fault::unsolicited_input);
  }
  CHECK(conversation.query("ONE?") == "1");
}

TEST_CASE("bytes that follow a reply later are a fault at the next message") {
  ScriptedInstrument instrument(make_port(GENERATE(Kind::tcp, Kind::pty)),
                                [](const std::string& line, ScriptedInstrument& self) {
                                  if (line == "*IDN?") self.say(identity + "\n");
                                  if (line == "ONE?") {
                                    self.say("1\n");
                                    self.pause(50ms);
                                    self.say("\r");
                                  }
                                });
  Conversation conversation = talk(instrument);
  CHECK(conversation.query("ONE?") == "1");
  std::this_thread::sleep_for(150ms);
  CHECK(fault_of([&] { conversation.query("ONE?"); }) == Fault::unsolicited_input);
  CHECK(conversation.query("*IDN?") == identity);
}

TEST_CASE("broken replies have their names, and the next query is right") {
  ScriptedInstrument instrument(make_port(GENERATE(Kind::tcp, Kind::pty)),
                                [](const std::string& line, ScriptedInstrument& self) {
                                  if (line == "*IDN?") self.say(identity + "\n");
                                  if (line == "ONE?") self.say("1\n");
                                  if (line == "EMPTY?") self.say("\n");
                                  if (line == "HALF?") self.say("+1.2");
                                  if (line == "LONG?") self.say(std::string(5000, '7') + "\n");
                                  if (line == "SHORT?") self.say("#3100" + std::string(40, 'x'));
                                  if (line == "ENDLESS?") self.say("#0abc\ndef\n");
                                  if (line == "HUGE?") self.say("#9999999999");
                                  if (line == "TAIL?") self.say("#13abcd\n");
                                  if (line == "LINES?") {
                                    for (int i = 0; i < 300; ++i)
                                      self.say("line\n");
                                  }
                                });
  Conversation conversation = talk(instrument);
  CHECK(fault_of([&] { conversation.query("EMPTY?"); }) == Fault::empty_reply);
  CHECK(conversation.query("ONE?") == "1");
  CHECK(fault_of([&] { conversation.query("HALF?"); }) == Fault::truncated_reply);
  CHECK(conversation.query("ONE?") == "1");
  CHECK(fault_of([&] { conversation.query("LONG?"); }) == Fault::oversized_reply);
  CHECK(conversation.query("ONE?") == "1");
  CHECK(fault_of([&] { conversation.query_block("SHORT?"); }) == Fault::truncated_reply);
  CHECK(conversation.query("ONE?") == "1");
  CHECK(fault_of([&] { conversation.query_block("ENDLESS?"); }) == Fault::unexpected_reply);
  CHECK(conversation.query("ONE?") == "1");
  CHECK(fault_of([&] { conversation.query_block("HUGE?"); }) == Fault::oversized_reply);
  CHECK(conversation.query("ONE?") == "1");
  CHECK(fault_of([&] { conversation.query_block("TAIL?"); }) == Fault::unexpected_reply);
  CHECK(conversation.query("ONE?") == "1");
  CHECK(fault_of([&] { conversation.query_block("ONE?"); }) == Fault::unexpected_reply);
  CHECK(conversation.query("ONE?") == "1");
  CHECK(fault_of([&] { conversation.query_lines("LINES?", "END"); }) == Fault::oversized_reply);
  CHECK(conversation.query("ONE?") == "1");
  CHECK(fault_of([&] { conversation.query("NOTHING?"); }) == Fault::timeout);
  CHECK(conversation.query("ONE?") == "1");
  conversation.taint("the reply was no number");
  CHECK(conversation.tainted());
  CHECK(conversation.query("ONE?") == "1");
  CHECK(conversation.recoveries() == 11);
}

TEST_CASE("a late reply to the identity query is not taken for the proof") {
  // The first identity query is answered late, all later ones at once.
  bool first = true;
  ScriptedInstrument instrument(make_port(GENERATE(Kind::tcp, Kind::pty)),
                                [&](const std::string& line, ScriptedInstrument& self) {
                                  if (line == "*IDN?") {
                                    if (first) self.pause(700ms);
                                    first = false;
                                    self.say(identity + "\n");
                                    if (self.lines().size() == 1) self.pause(150ms);
                                  }
                                  if (line == "ONE?") self.say("1\n");
                                });
  Conversation conversation = talk(instrument);
  CHECK(fault_of([&] { conversation.query("*IDN?"); }) == Fault::timeout);
  for (int i = 0; i < 5; ++i)
    CHECK(conversation.query("ONE?") == "1");
}

TEST_CASE("the identity is learnt past the late reply of an earlier session") {
  ScriptedInstrument instrument(make_port(Kind::pty), [&](const std::string& line, ScriptedInstrument& self) {
    if (line == "READ?") {
      self.pause(400ms);
      self.say("+5.0\n");
    }
    if (line == "*IDN?") self.say(identity + "\n");
  });
  {
    const auto killed = open_link(instrument.address(), options());
    killed->write("READ?\n", within(1s));
    std::this_thread::sleep_for(50ms);
  }
  Conversation conversation = talk(instrument);
  CHECK(conversation.get_in_step() == identity);
  CHECK(conversation.query("*IDN?") == identity);
}

TEST_CASE("a wrong instrument shows its own identity") {
  ScriptedInstrument instrument(make_port(Kind::tcp), [&](const std::string&, ScriptedInstrument& self) {
    self.say("Example Instruments,OTHER,0002,1.0\n");
  });
  ConversationSettings settings = quick();
  settings.recovery_timeout = 200ms;
  Conversation conversation = talk(instrument, settings);
  try {
    conversation.get_in_step();
    FAIL("no fault");
  } catch (const InstrumentError& error) {
    CHECK(error.received() == "Example Instruments,OTHER,0002,1.0");
  }
}

TEST_CASE("a cancelled query ends within 200 ms and leaves no reply behind") {
  const Kind kind = GENERATE(Kind::tcp, Kind::pty);
  ScriptedInstrument instrument(make_port(kind), [](const std::string& line, ScriptedInstrument& self) {
    if (line == "READ?") {
      self.pause(600ms);
      self.say("+1.0\n");
    }
    if (line == "*IDN?") self.say(identity + "\n");
    if (line == "OUTP?") self.say("0\n");
  });
  Conversation conversation = talk(instrument);
  base::Cancellation cancellation;
  SteadyTime cancelled;
  std::thread canceller([&] {
    std::this_thread::sleep_for(250ms);
    cancelled = steady_clock::now();
    cancellation.cancel("Ctrl-C");
  });
  QueryOptions patient;
  patient.first_byte_timeout = 60s;
  patient.cancellation = &cancellation;
  CHECK_THROWS_AS(conversation.query("READ?", patient), base::InterruptedError);
  canceller.join();
  CHECK(since(cancelled) < 0.2);
  CHECK(conversation.tainted());
  // The way to the safe state must still be open, without that cancellation.
  conversation.send("OUTP OFF");
  CHECK(conversation.query("OUTP?") == "0");
}

TEST_CASE("a lost link stays lost until it is opened again") {
  std::atomic<bool> cut = true;
  ScriptedInstrument instrument(make_port(Kind::tcp), [&](const std::string& line, ScriptedInstrument& self) {
    if (line == "READ?" && cut) return self.hang_up();
    if (line == "ONCE?") {
      self.say("1\n");
      return self.hang_up();
    }
    self.say(line == "*IDN?" ? identity + "\n" : "1\n");
  });
  Conversation conversation = talk(instrument);
  CHECK(fault_of([&] { conversation.query("READ?"); }) == Fault::link_lost);
  cut = false;
  CHECK(fault_of([&] { conversation.query("READ?"); }) == Fault::link_lost);
  CHECK(fault_of([&] { conversation.send("READ?"); }) == Fault::link_lost);
  CHECK(conversation.recoveries() == 0);
  conversation.reopen();
  CHECK(conversation.recoveries() == 1);
  CHECK(conversation.query("READ?") == "1");
  CHECK(conversation.query("ONCE?") == "1");  // a complete reply counts, even when the peer leaves
  std::this_thread::sleep_for(20ms);
  CHECK(fault_of([&] { conversation.query("READ?"); }) == Fault::link_lost);
}

TEST_CASE("an instrument that is gone for good ends a recovery with a named fault") {
  auto instrument =
      std::make_unique<ScriptedInstrument>(make_port(Kind::tcp), [](const std::string&, ScriptedInstrument&) {});
  ConversationSettings settings = quick();
  settings.first_byte_timeout = 100ms;
  Conversation conversation = talk(*instrument, settings);
  CHECK(fault_of([&] { conversation.query("READ?"); }) == Fault::timeout);
  instrument.reset();
  CHECK(fault_of([&] { conversation.query("READ?"); }) == Fault::connect_failed);
  CHECK(fault_of([&] { conversation.query("READ?"); }) == Fault::link_lost);
  CHECK(fault_of([&] { conversation.reopen(); }) == Fault::connect_failed);
}

TEST_CASE("echoes are taken off, and a wrong echo is a fault") {
  std::atomic<bool> garble = false;
  ScriptedInstrument instrument(
      make_port(Kind::pty),
      [&](const std::string& line, ScriptedInstrument& self) {
        self.say((garble ? "x" + line.substr(1) : line) + "\r\n");
        if (line == "t") self.say("25.00\r\n");
        if (line == "id") self.say(identity + "\r\n");
      },
      "\r");
  ConversationSettings settings = quick();
  settings.write_terminator = "\r";
  settings.read_terminator = "\r\n";
  settings.echo_terminator = "\r\n";
  Conversation conversation =
      talk(instrument, settings, Proof{"id", [](const std::string& reply) { return reply == identity; }});
  CHECK(conversation.query("t") == "25.00");
  conversation.send("s=50");
  CHECK(conversation.query("t") == "25.00");
  garble = true;
  CHECK(fault_of([&] { conversation.query("t"); }) == Fault::unexpected_reply);
  garble = false;
  CHECK(conversation.query("t") == "25.00");
}

TEST_CASE("weak firmware gets its pauses") {
  ScriptedInstrument instrument(make_port(Kind::pty),
                                [](const std::string&, ScriptedInstrument& self) { self.say("1\n"); });
  ConversationSettings settings = quick();
  settings.message_pause = 100ms;
  settings.character_pause = 10ms;
  Conversation conversation = talk(instrument, settings);
  conversation.query("A?");
  const auto start = steady_clock::now();
  conversation.query("A?");
  conversation.query("A?");
  CHECK(since(start) >= 0.2 + 6 * 0.01);
  CHECK(since(start) < 0.6);
}

TEST_CASE("a talk-only instrument: whole, fresh lines only") {
  // Numbers that grow, one every 30 ms, in two pieces each.
  std::atomic<bool> talking = true;
  ScriptedInstrument instrument(make_port(GENERATE(Kind::tcp, Kind::pty)),
                                [&](const std::string&, ScriptedInstrument& self) {
                                  for (int i = 100; talking; ++i) {
                                    self.say(std::to_string(i).substr(0, 2));
                                    self.pause(10ms);
                                    self.say(std::to_string(i).substr(2) + "\r\n");
                                    self.pause(20ms);
                                  }
                                });
  ConversationSettings settings = quick();
  settings.read_terminator = "\r\n";
  auto link = open_link(instrument.address(), options());
  link->write("start\n", within(1s));
  Conversation conversation(std::move(link), settings);
  int latest = 0;
  for (int i = 0; i < 8; ++i) {
    const std::string line = conversation.listen();
    REQUIRE(line.size() == 3);
    const int number = std::stoi(line);
    if (i > 0 && i % 2 == 0) CHECK(number >= latest + 4);  // what waited was not handed over
    latest = number;
    if (i % 2) std::this_thread::sleep_for(170ms);
  }
  talking = false;
}

TEST_CASE("threads share a conversation without mixing replies") {
  ScriptedInstrument instrument(make_port(GENERATE(Kind::tcp, Kind::pty)),
                                [](const std::string& line, ScriptedInstrument& self) { self.say(line + "!\n"); });
  Conversation conversation = talk(instrument);
  std::atomic<int> wrong = 0;
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 50; ++i) {
        const std::string message = std::to_string(t) + "/" + std::to_string(i);
        if (conversation.query(message) != message + "!") ++wrong;
      }
    });
  }
  for (std::thread& thread : threads)
    thread.join();
  CHECK(wrong == 0);
}

TEST_CASE("waiting for another thread's query can be cancelled") {
  ScriptedInstrument instrument(make_port(Kind::tcp), [](const std::string& line, ScriptedInstrument& self) {
    if (line == "SLOW?") self.pause(700ms);
    self.say("1\n");
  });
  Conversation conversation = talk(instrument);
  QueryOptions patient;
  patient.first_byte_timeout = 5s;
  std::string reply;
  std::thread other([&] { reply = conversation.query("SLOW?", patient); });
  std::this_thread::sleep_for(150ms);
  base::Cancellation cancellation;
  cancellation.cancel("Ctrl-C");
  QueryOptions with;
  with.cancellation = &cancellation;
  const auto start = steady_clock::now();
  CHECK_THROWS_AS(conversation.query("FAST?", with), base::InterruptedError);
  CHECK(since(start) < 0.2);
  other.join();
  CHECK(reply == "1");
  CHECK_FALSE(conversation.tainted());
  CHECK(conversation.query("FAST?") == "1");
  CHECK(instrument.lines() == std::vector<std::string>{"SLOW?", "FAST?"});
}

// Seeded: replies come before, around and after the time-out, in pieces, cut short, twice, or not at all, and queries
// are cancelled. Whatever the conversation hands over must be the answer to that very query.
TEST_CASE("whatever an instrument does, a reply belongs to its query") {
  const Kind kind = GENERATE(Kind::tcp, Kind::pty);
  const unsigned seed = GENERATE(1u, 2u, 3u);
  CAPTURE(kind, seed);
  std::mt19937 fate(seed);
  const auto draw = [&fate](int below) { return static_cast<int>(fate() % static_cast<unsigned>(below)); };
  ScriptedInstrument instrument(make_port(kind), [&](const std::string& line, ScriptedInstrument& self) {
    const std::string reply = (line == "*IDN?" ? identity : "+" + line.substr(line.find(' ') + 1) + ".000") + "\n";
    switch (draw(10)) {
      case 0:  // nothing
        return;
      case 1:  // cut short
        return self.say(reply.substr(0, 1 + static_cast<std::size_t>(draw(static_cast<int>(reply.size()) - 1))));
      case 2:  // twice
        return self.say(reply + reply);
      case 3:  // in pieces
        for (const char c : reply) {
          self.say(std::string(1, c));
          if (draw(8) == 0) self.pause(std::chrono::milliseconds(draw(6)));
        }
        return;
      default:  // around the time-out
        self.pause(std::chrono::milliseconds(draw(60)));
        return self.say(reply);
    }
  });
  ConversationSettings settings = quick();
  settings.first_byte_timeout = 30ms;
  settings.between_bytes_timeout = 30ms;
  settings.quiet_time = 10ms;
  settings.recovery_timeout = 250ms;
  settings.recovery_tries = 20;
  Conversation conversation = talk(instrument, settings);
  std::mt19937 choice(seed + 100);
  std::map<std::string, int> outcomes;
  for (int i = 1; i <= 40; ++i) {
    base::Cancellation cancellation;
    QueryOptions with;
    std::thread canceller;
    if (choice() % 8 == 0) {
      with.cancellation = &cancellation;
      canceller = std::thread([&cancellation, after = choice() % 40] {
        std::this_thread::sleep_for(std::chrono::milliseconds(after));
        cancellation.cancel("Ctrl-C");
      });
    }
    try {
      const std::string reply = conversation.query("VAL? " + std::to_string(i), with);
      ++outcomes["answered"];
      CHECK(reply == "+" + std::to_string(i) + ".000");
    } catch (const InstrumentError& error) {
      ++outcomes[fault_name(error.fault())];
    } catch (const base::InterruptedError&) {
      ++outcomes["cancelled"];
    }
    if (canceller.joinable()) canceller.join();
  }
  CHECK(outcomes["answered"] > 5);
  CHECK(outcomes["time-out"] > 2);
  for (const auto& [name, count] : outcomes)
    UNSCOPED_INFO(name << ": " << count);
  SUCCEED();
}
