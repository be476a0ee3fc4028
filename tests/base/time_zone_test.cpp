// Days of a place. Expectations are the calendar's: offsets that the zones had or have by law.
#include "base/time_zone.h"

#include <catch2/catch.hpp>
#include <cstdlib>

#include "base/clock.h"
#include "base/error.h"

using namespace etalon::base;

namespace {

std::string day(const std::string& zone, const std::string& utc) {
  return day_in_time_zone(zone, parse_utc(utc));
}

}  // namespace

TEST_CASE("the day changes at midnight of the place") {
  CHECK(day("UTC", "2026-06-01T23:59:59.999Z") == "2026-06-01");
  CHECK(day("UTC", "2026-06-02T00:00:00.000Z") == "2026-06-02");
  // UTC+8 all year.
  CHECK(day("Asia/Shanghai", "2026-06-01T15:59:59.999Z") == "2026-06-01");
  CHECK(day("Asia/Shanghai", "2026-06-01T16:00:00.000Z") == "2026-06-02");
  CHECK(day("Asia/Shanghai", "2026-12-31T16:01:00.000Z") == "2027-01-01");
  // UTC+14, the first to have a day; UTC-11, nearly the last.
  CHECK(day("Pacific/Kiritimati", "2026-06-01T09:59:00.000Z") == "2026-06-01");
  CHECK(day("Pacific/Kiritimati", "2026-06-01T10:01:00.000Z") == "2026-06-02");
  CHECK(day("Pacific/Pago_Pago", "2026-06-01T10:59:00.000Z") == "2026-05-31");
  CHECK(day("Pacific/Pago_Pago", "2026-06-01T11:01:00.000Z") == "2026-06-01");
  // UTC+5:45.
  CHECK(day("Asia/Kathmandu", "2026-06-01T18:14:59.000Z") == "2026-06-01");
  CHECK(day("Asia/Kathmandu", "2026-06-01T18:15:00.000Z") == "2026-06-02");
}

TEST_CASE("summer time counts, also in years that no table lists") {
  for (const std::string year : {"2026", "2045", "2099"}) {
    INFO(year);
    CHECK(day("Europe/Berlin", year + "-01-15T22:59:00.000Z") == year + "-01-15");
    CHECK(day("Europe/Berlin", year + "-01-15T23:00:00.000Z") == year + "-01-16");
    CHECK(day("Europe/Berlin", year + "-07-15T21:59:00.000Z") == year + "-07-15");
    CHECK(day("Europe/Berlin", year + "-07-15T22:00:00.000Z") == year + "-07-16");
    CHECK(day("America/New_York", year + "-01-15T04:59:00.000Z") == year + "-01-14");
    CHECK(day("America/New_York", year + "-07-15T04:00:00.000Z") == year + "-07-15");
    CHECK(day("Australia/Sydney", year + "-01-15T13:00:00.000Z") == year + "-01-16");
    CHECK(day("Australia/Sydney", year + "-07-15T13:59:00.000Z") == year + "-07-15");
  }
  // The very night of the change in 2026: 29 March, 01:00 UTC.
  CHECK(day("Europe/Berlin", "2026-03-28T22:59:59.000Z") == "2026-03-28");
  CHECK(day("Europe/Berlin", "2026-03-29T21:59:59.000Z") == "2026-03-29");
  CHECK(day("Europe/Berlin", "2026-03-29T22:00:00.000Z") == "2026-03-30");
  // China had summer time in 1988.
  CHECK(day("Asia/Shanghai", "1988-07-01T15:00:00.000Z") == "1988-07-02");
  // A day that Samoa left out.
  CHECK(day("Pacific/Apia", "2011-12-30T09:59:00.000Z") == "2011-12-29");
  CHECK(day("Pacific/Apia", "2011-12-30T10:00:00.000Z") == "2011-12-31");
}

TEST_CASE("what is no name of a place is no time zone") {
  for (const char* name : {"", "Asia", "Asia/", "/Asia/Shanghai", "Asia/Peking", "asia/shanghai ", "+08:00", "EST5EDT",
                           "Asia//Shanghai", "../zoneinfo/Asia/Shanghai", "/etc/localtime", "Local", "CST", "Asia/上海",
                           "posix/../Asia/Shanghai", "Asia/Shanghai\n"}) {
    INFO(name);
    CHECK_FALSE(is_time_zone(name));
    CHECK_THROWS_AS(day_in_time_zone(name, 0), InputError);
  }
  CHECK(is_time_zone("UTC"));
  CHECK(is_time_zone("Asia/Urumqi"));
  CHECK(is_time_zone("America/Argentina/Buenos_Aires"));
  CHECK_THROWS_AS(day_in_time_zone("UTC", 1e15), InputError);
}

TEST_CASE("the process's own TZ has no say") {
  const std::string before = std::getenv("TZ") ? std::getenv("TZ") : "";
  setenv("TZ", "Pacific/Kiritimati", 1);
  CHECK(day("UTC", "2026-06-01T12:00:00.000Z") == "2026-06-01");
  CHECK(day("Asia/Shanghai", "2026-06-01T12:00:00.000Z") == "2026-06-01");
  if (before.empty()) {
    unsetenv("TZ");
  } else {
    setenv("TZ", before.c_str(), 1);
  }
}
