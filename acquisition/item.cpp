#include "acquisition/item.h"

#include "base/identification.h"
#include "base/toml.h"

namespace etalon::acquisition {

Item parse_item(const std::string& text, const std::string& file_name) {
  const base::TomlTable root = base::TomlTable::parse_text(text, file_name);
  Item item;
  item.path = file_name;
  item.text = text;
  const base::TomlTable head = root.table("item");
  item.name = base::local_name(head, "name");
  item.maker = base::name(head, "maker");
  item.model = base::name(head, "model");
  item.serial = base::identification(head, "serial");
  item.laboratory_id = base::identification_or_none(head, "laboratory_id");
  item.condition = base::local_name_or_none(head, "condition", base::longest_description);
  if (head.has("received")) item.received = head.date("received");
  const base::TomlTable customer = root.table("customer");
  item.customer_name = base::local_name(customer, "name");
  item.customer_address = base::local_name(customer, "address");
  item.certificate_number = base::identification(root.table("certificate"), "number");
  root.finish();
  return item;
}

}  // namespace etalon::acquisition
