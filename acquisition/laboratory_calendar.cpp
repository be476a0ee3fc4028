#include "acquisition/laboratory_calendar.h"

#include "base/clock.h"
#include "base/language.h"
#include "base/time_zone.h"
#include "base/toml.h"

namespace etalon::acquisition {

using base::tr;

LaboratoryCalendar::LaboratoryCalendar(const std::string& laboratory_text, const std::string& file_name) {
  const base::TomlTable root = base::TomlTable::parse_text(laboratory_text, file_name);
  const auto head = root.table_if_any("laboratory");
  if (!head || !head->has("timezone")) return;
  stated_ = head->text("timezone");
  if (!base::is_time_zone(stated_)) {
    head->fail("timezone", tr("expected the name of a time zone that this system knows (package tzdata), such as "
                              "\"Asia/Shanghai\""));
  }
}

std::string LaboratoryCalendar::day(double utc) const {
  return base::day_in_time_zone(timezone(), utc);
}
std::string LaboratoryCalendar::day(const std::string& utc_text) const {
  return day(base::parse_utc(utc_text));
}

LaboratoryCalendar calendar_of(const std::map<std::string, std::string>& inputs, const std::string& file_name) {
  const auto laboratory = inputs.find("laboratory");
  return laboratory == inputs.end() ? LaboratoryCalendar() : LaboratoryCalendar(laboratory->second, file_name);
}

}  // namespace etalon::acquisition
