#include "acquisition/item.h"

#include "base/toml.h"

namespace etalon::acquisition {

Item parse_item(const std::string& text, const std::string& file_name) {
  const base::TomlTable root = base::TomlTable::parse_text(text, file_name);
  Item item;
  item.path = file_name;
  item.text = text;
  const base::TomlTable head = root.table("item");
  item.name = head.local_text("name");
  item.maker = head.text("maker");
  item.model = head.text("model");
  item.serial = head.text("serial");
  item.laboratory_id = head.text_or("laboratory_id", "");
  item.condition = head.local_text_or_none("condition");
  if (head.has("received")) item.received = head.date("received");
  const base::TomlTable customer = root.table("customer");
  item.customer_name = customer.local_text("name");
  item.customer_address = customer.local_text("address");
  item.certificate_number = root.table("certificate").text("number");
  root.finish();
  return item;
}

}  // namespace etalon::acquisition
