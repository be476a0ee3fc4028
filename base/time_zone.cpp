#include "base/time_zone.h"

#include <fmt/format.h>
#include <glib.h>

#include <cmath>
#include <memory>

#include "base/error.h"
#include "base/language.h"

namespace etalon::base {

namespace {

using Zone = std::unique_ptr<GTimeZone, decltype(&g_time_zone_unref)>;
using Time = std::unique_ptr<GDateTime, decltype(&g_date_time_unref)>;

// GLib would also take "+08:00", "EST5EDT" or a path; a laboratory stands in a place.
bool looks_like_a_name(const std::string& name) {
  if (name == "UTC") return true;
  const std::size_t slash = name.find('/');
  if (slash == 0 || slash == std::string::npos || name.back() == '/' || name.find("//") != std::string::npos)
    return false;
  for (const char c : name) {
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    const bool digit = c >= '0' && c <= '9';
    if (!letter && !digit && c != '/' && c != '_' && c != '-' && c != '+') return false;
  }
  return true;
}

Zone zone_of(const std::string& name) {
  return {looks_like_a_name(name) ? g_time_zone_new_identifier(name.c_str()) : nullptr, &g_time_zone_unref};
}

}  // namespace

bool is_time_zone(const std::string& name) {
  return zone_of(name) != nullptr;
}

std::string day_in_time_zone(const std::string& name, double utc) {
  const Zone zone = zone_of(name);
  if (!zone) {
    throw InputError(fmt::format(
        fmt::runtime(tr("'{}' is no time zone that this system knows (package tzdata): expected a name such as "
                        "\"Asia/Shanghai\"")),
        name));
  }
  constexpr double years = 1e4 * 366 * 86400;
  const Time at_greenwich(
      std::fabs(utc) < years ? g_date_time_new_from_unix_utc(static_cast<gint64>(std::floor(utc))) : nullptr,
      &g_date_time_unref);
  const Time there(at_greenwich ? g_date_time_to_timezone(at_greenwich.get(), zone.get()) : nullptr,
                   &g_date_time_unref);
  if (!there) throw InputError(fmt::format(fmt::runtime(tr("{} s since 1970 is no time of the calendar")), utc));
  int year = 0;
  int month = 0;
  int day = 0;
  g_date_time_get_ymd(there.get(), &year, &month, &day);
  return fmt::format("{:04}-{:02}-{:02}", year, month, day);
}

}  // namespace etalon::base
