// Calendar days of a place: its time zone by the name that the IANA data base gives it ("Asia/Shanghai"). The data base
// is the system's (Debian's tzdata); nothing here depends on TZ or on the process's locale.
#pragma once

#include <string>

namespace etalon::base {

// "UTC", or a name of the data base.
bool is_time_zone(const std::string& name);

// The day YYYY-MM-DD there at a time in seconds since 1970-01-01T00:00:00Z, years 1 to 9999, summer time included.
// InputError for an unknown zone or a time outside of these years.
std::string day_in_time_zone(const std::string& name, double utc);

}  // namespace etalon::base
