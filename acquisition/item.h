// An item file: the instrument under calibration, its customer, the certificate's number (docs/items.md).
#pragma once

#include <string>

#include "base/language.h"

namespace etalon::acquisition {

struct Item {
  std::string path;
  std::string text;  // exact
  base::LocalText name;
  std::string maker;
  std::string model;
  std::string serial;
  std::string laboratory_id;
  base::LocalText condition;
  base::LocalText customer_name;
  base::LocalText customer_address;
  std::string received;  // YYYY-MM-DD, or empty
  std::string certificate_number;
};

// FileError says where.
Item parse_item(const std::string& text, const std::string& file_name);

}  // namespace etalon::acquisition
