#include "archive/laboratory.h"

#include "acquisition/laboratory_calendar.h"
#include "base/toml.h"

namespace etalon::archive {

Laboratory parse_laboratory(const std::string& text, const std::string& file_name) {
  const base::TomlTable root = base::TomlTable::parse_text(text, file_name);
  Laboratory laboratory;
  const base::TomlTable head = root.table("laboratory");
  laboratory.contact.name = head.local_text("name");
  laboratory.contact.code = head.text_or("code", "");
  laboratory.contact.address = head.local_text("address");
  laboratory.contact.country_code = head.text("country");
  laboratory.contact.phone = head.text_or("phone", "");
  laboratory.contact.email = head.text_or("email", "");
  laboratory.place = head.has("place") ? head.local_text("place") : laboratory.contact.address;
  head.leave({"timezone"});
  acquisition::LaboratoryCalendar(text, file_name);  // refuses a time zone that is none
  const base::TomlTable persons = root.table("persons");
  laboratory.persons = {{PersonRole::calibrated, persons.local_text("calibrated")},
                        {PersonRole::checked, persons.local_text("checked")},
                        {PersonRole::approved, persons.local_text("approved")}};
  root.finish();
  return laboratory;
}

}  // namespace etalon::archive
