#include "archive/laboratory.h"

#include <fmt/format.h>

#include "acquisition/laboratory_calendar.h"
#include "archive/country_codes.h"
#include "base/identification.h"
#include "base/toml.h"

namespace etalon::archive {

using base::tr;

Laboratory parse_laboratory(const std::string& text, const std::string& file_name) {
  const base::TomlTable root = base::TomlTable::parse_text(text, file_name);
  Laboratory laboratory;
  const base::TomlTable head = root.table("laboratory");
  laboratory.contact.name = base::local_name(head, "name");
  laboratory.contact.code = base::identification_or_none(head, "code");
  laboratory.contact.address = base::local_name(head, "address");
  laboratory.contact.country_code = head.text("country");
  if (!is_country_code(laboratory.contact.country_code)) {
    head.fail("country", fmt::format(fmt::runtime(tr("\"{}\" is no country of ISO 3166-1; expected two capital letters "
                                                     "such as CN")),
                                     laboratory.contact.country_code));
  }
  laboratory.contact.phone = base::name_or_none(head, "phone");
  laboratory.contact.email = base::name_or_none(head, "email");
  laboratory.place = head.has("place") ? base::local_name(head, "place") : laboratory.contact.address;
  head.leave({"timezone"});
  acquisition::LaboratoryCalendar(text, file_name);  // refuses a time zone that is none
  const base::TomlTable persons = root.table("persons");
  laboratory.persons = {{PersonRole::calibrated, base::local_name(persons, "calibrated")},
                        {PersonRole::checked, base::local_name(persons, "checked")},
                        {PersonRole::approved, base::local_name(persons, "approved")}};
  root.finish();
  return laboratory;
}

}  // namespace etalon::archive
