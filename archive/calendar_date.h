// Dates of certificates: "YYYY-MM-DD" in the Gregorian calendar.
#pragma once

#include <string>

namespace etalon::archive {

// Real days only: "2026-02-29" is false. Such texts order as the days do.
bool is_calendar_date(const std::string& text);

}  // namespace etalon::archive
