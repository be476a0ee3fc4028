// Times as text, clocks that run faster, and waits that end when a person asks for it.
#include "base/clock.h"

#include <catch2/catch.hpp>
#include <cmath>
#include <limits>
#include <random>
#include <thread>

using namespace etalon::base;
using std::chrono::duration;
using std::chrono::milliseconds;
using std::chrono::steady_clock;

namespace {

double real_seconds(const auto& work) {
  const auto start = steady_clock::now();
  work();
  return duration<double>(steady_clock::now() - start).count();
}

}  // namespace

TEST_CASE("times are written and read as ISO 8601 in UTC") {
  CHECK(utc_text(0) == "1970-01-01T00:00:00.000Z");
  CHECK(utc_text(1780300800) == "2026-06-01T08:00:00.000Z");
  CHECK(utc_text(1780300800.25) == "2026-06-01T08:00:00.250Z");
  CHECK(utc_text(-0.001) == "1969-12-31T23:59:59.999Z");
  CHECK(utc_text(951782400) == "2000-02-29T00:00:00.000Z");  // a leap year of the century
  CHECK(utc_text(1709164799.9996) == "2024-02-29T00:00:00.000Z");
  CHECK(parse_utc("2026-06-01T08:00:00Z") == 1780300800);
  CHECK(parse_utc("2026-06-01T08:00:00.5Z") == 1780300800.5);
  CHECK(parse_utc("2024-02-29T00:00:00Z") == 1709164800);
  CHECK(parse_utc("2016-12-31T23:59:60Z") == parse_utc("2017-01-01T00:00:00Z"));  // a leap second
  CHECK(parse_utc("0000-01-01T00:00:00Z") == -62167219200.0);
  std::mt19937_64 random(5);
  std::uniform_real_distribution<double> moments(-62167219200.0, 253402300000.0);
  for (int i = 0; i < 2000; ++i) {
    const double moment = std::round(moments(random) * 1000) / 1000;
    const std::string text = utc_text(moment);
    INFO(text);
    CHECK(text.size() == 24);
    CHECK(std::fabs(parse_utc(text) - moment) < 1e-4);
    CHECK(utc_text(parse_utc(text)) == text);
  }
}

TEST_CASE("what is no time is refused with the text and an example") {
  for (const std::string bad : {"",
                                "Z",
                                "2026-06-01",
                                "2026-06-01T08:00:00",
                                "2026-06-01 08:00:00Z",
                                "2026-06-01T08:00Z",
                                "2026-06-01T08:00:00+00:00",
                                "2026-06-01T08:00:00Z ",
                                " 2026-06-01T08:00:00Z",
                                "2026-6-1T8:0:0Z",
                                "2026- 6- 1T 8: 0: 0Z",
                                "+026-06-01T08:00:00Z",
                                "2026-13-01T00:00:00Z",
                                "2026-00-01T00:00:00Z",
                                "2026-02-29T00:00:00Z",
                                "1900-02-29T00:00:00Z",
                                "2026-04-31T00:00:00Z",
                                "2026-06-00T00:00:00Z",
                                "2026-06-01T24:00:00Z",
                                "2026-06-01T08:60:00Z",
                                "2026-06-01T08:00:61Z",
                                "2026-06-01T08:00:nanZ",
                                "2026-06-01T08:00:infZ",
                                "2026-06-01T08:00:0x1Z",
                                "2026-06-01T08:00:1e1Z",
                                "2026-06-01T08:00:-1Z",
                                "2026-06-01T08:00:00.Z",
                                "2026-06-01T08:00:00,5Z",
                                "2026-06-01T08:00:00.0123456789Z",
                                "2026-06-01T08:00:00.5 Z",
                                "2026-06-01T08:00:00.-5Z"}) {
    INFO("'" << bad << "'");
    CHECK_THROWS_WITH(parse_utc(bad), Catch::Contains("'" + bad + "'") && Catch::Contains("2026-06-01T08:00:00Z"));
    CHECK_THROWS_AS(parse_utc(bad), InputError);
  }
  for (const double bad : {std::nan(""), std::numeric_limits<double>::infinity(), 1e18, -1e18, 253402300800.0})
    CHECK_THROWS_AS(utc_text(bad), InputError);
}

TEST_CASE("an accelerated clock runs so many times faster from its date on") {
  const AcceleratedClock clock(100, 1.78e9);
  CHECK(clock.speed() == 100);
  CHECK(clock.utc() == Approx(1.78e9).margin(10));
  const Cancellation never;
  const double begin = clock.now();
  const double real = real_seconds([&] { clock.wait(20, never); });
  const double passed = clock.now() - begin;
  CHECK(real >= 0.2);
  CHECK(real < 0.6);
  CHECK(passed >= 20);
  CHECK(passed == Approx(100 * real).margin(5));
  CHECK(clock.utc() - clock.now() == Approx(1.78e9));
  for (const double bad : {0.0, -1.0, std::nan(""), std::numeric_limits<double>::infinity()})
    CHECK_THROWS_AS(AcceleratedClock(bad, 0), InputError);
}

TEST_CASE("the system's clock shows the date and never goes back") {
  const SystemClock clock;
  CHECK(clock.speed() == 1);
  CHECK(clock.utc() > parse_utc("2024-01-01T00:00:00Z"));
  const Cancellation never;
  double last = clock.now();
  CHECK(last < 5);
  CHECK(real_seconds([&] { clock.wait(0.05, never); }) >= 0.05);
  for (int i = 0; i < 1000; ++i) {
    const double now = clock.now();
    REQUIRE(now >= last);
    last = now;
  }
  CHECK(real_seconds([&] {
          clock.wait(0, never);
          clock.wait(-1, never);
        }) < 0.05);
}

TEST_CASE("a wait, however long, ends within a tenth of a second once it is cancelled") {
  const SystemClock real_clock;
  const AcceleratedClock slow(0.001, 0);
  for (const Clock* clock : {static_cast<const Clock*>(&real_clock), static_cast<const Clock*>(&slow)}) {
    for (const double seconds : {3.0, 7200.0, 1e12, 1e300}) {
      Cancellation cancellation;
      steady_clock::time_point cancelled;
      std::thread person([&] {
        std::this_thread::sleep_for(milliseconds(30));
        cancelled = steady_clock::now();
        cancellation.cancel("stopped by the test");
      });
      CHECK_THROWS_WITH(clock->wait(seconds, cancellation), "stopped by the test");
      const auto ended = steady_clock::now();
      person.join();
      INFO("wait of " << seconds << " s");
      CHECK(ended >= cancelled);
      CHECK(duration<double>(ended - cancelled).count() < 0.1);
      CHECK_THROWS_AS(clock->wait(0, cancellation), InterruptedError);  // and every wait after it
      CHECK_THROWS_AS(cancellation.check(), InterruptedError);
    }
  }
}

TEST_CASE("the first reason of a cancellation stays, and its exit code is 130") {
  Cancellation cancellation;
  CHECK_FALSE(cancellation.cancelled());
  CHECK_NOTHROW(cancellation.check());
  cancellation.cancel("first");
  cancellation.cancel("second");
  CHECK(cancellation.cancelled());
  CHECK(cancellation.reason() == "first");
  try {
    cancellation.check();
    FAIL("not cancelled");
  } catch (const Error& error) {
    CHECK(error.exit_code() == ExitCode::interrupted);
  }
}
