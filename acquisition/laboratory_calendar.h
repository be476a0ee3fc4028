// The laboratory's calendar: on which day something was, as people there count days. Certificates, validity of
// standards and dates of receipt are days, the journal has UTC.
#pragma once

#include <map>
#include <string>

namespace etalon::acquisition {

class LaboratoryCalendar {
 public:
  // UTC, for laboratory files that name no time zone (and all of runs of version 1).
  LaboratoryCalendar() = default;
  // From the laboratory file's text, key `timezone` of [laboratory]; FileError at it when the system knows none of that
  // name.
  LaboratoryCalendar(const std::string& laboratory_text, const std::string& file_name);

  bool is_stated() const { return !stated_.empty(); }
  std::string timezone() const { return is_stated() ? stated_ : "UTC"; }
  // YYYY-MM-DD, of seconds since 1970 or of a text of base/clock.h.
  std::string day(double utc) const;
  std::string day(const std::string& utc_text) const;

 private:
  std::string stated_;
};

// Of a run's inputs; UTC when they hold no laboratory file.
LaboratoryCalendar calendar_of(const std::map<std::string, std::string>& inputs, const std::string& file_name);

}  // namespace etalon::acquisition
