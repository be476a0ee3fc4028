// Reads digital calibration certificates, ours or another laboratory's: DCC 2.4 to 3.3, uncertainties in the new
// (measurementUncertaintyUnivariate) and the old (expandedUnc) style. Numbers stay the text that the file has.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/language.h"

namespace etalon::archive {

// In a list, a member with one word stands for all values (D-SI); `word_at` honours that.
using Words = std::vector<std::string>;
// InputError naming `what` when the list has neither one word nor more than `index`.
const std::string& word_at(const Words& words, std::size_t index, const std::string& what);

struct DccUncertainty {
  Words values;  // expanded uncertainties; standard ones when is_standard
  Words coverage_factors;
  Words coverage_probabilities;
  bool is_standard = false;
};

// A dcc:quantity: si:real (one value), si:realListXMLList, the first member of an si:hybrid, or words.
struct DccQuantity {
  base::LocalText name;
  Words ref_types;
  Words values;
  Words units;                  // D-SI text, "\volt"
  bool is_words = false;        // charsXMLList: `values` are words, not numbers
  bool is_unsupported = false;  // complex numbers, constants, si:list: only the name is read
  std::optional<DccUncertainty> uncertainty;
  Words conformity;                   // of its metadata: "pass", …
  std::vector<DccQuantity> metadata;  // quantities in its metadata: limits, nominal values
  int line = 0;

  bool has_ref_type(std::string_view type) const;
};

// A dcc:list, or the quantities that stand directly in the data of a result or condition.
struct DccTable {
  std::string id;   // of the result: "table-dcv-10V"
  Words ref_types;  // of the result and of the list
  base::LocalText name;
  std::string status;  // "beforeAdjustment", … when it stands in an influence condition
  bool is_influence_condition = false;
  std::vector<DccQuantity> quantities;
  int line = 0;

  // nullptr when there is none.
  const DccQuantity* find(std::string_view ref_type) const;
};

struct DccIdentification {
  std::string issuer;
  std::string value;
};

struct DccItem {
  base::LocalText name;
  base::LocalText maker;
  std::string model;
  std::vector<DccIdentification> identifications;
};

// A reference to another document, with the hash of its file.
struct DccReference {
  base::LocalText referral;
  std::string referral_id;
  std::string procedure;
  std::string value;
  std::optional<bool> in_validity_range;
  int line = 0;
};

struct DccEquipment {
  base::LocalText name;
  std::string model;
  std::vector<DccIdentification> identifications;
  std::optional<DccReference> certificate;
};

struct DccDocument {
  std::string schema_version;
  std::string unique_identifier;
  std::string country_code;
  Words used_languages;
  std::string receipt_date;  // empty: not stated
  std::string begin_date;
  std::string end_date;
  std::string issue_date;
  std::string performance_location;
  base::LocalText laboratory;
  base::LocalText customer;
  Words responsible_persons;
  std::vector<DccItem> items;
  std::vector<base::LocalText> statements;
  std::vector<DccEquipment> equipment;
  std::vector<DccTable> tables;  // of results and of influence conditions, in the order of the file
};

// FileError with `name` and line when the document is not well-formed, has a DTD, is not a DCC, or holds comments or
// markup inside a value. It does not validate: see dcc_check.h.
DccDocument read_dcc(std::string_view bytes, const std::string& name = "certificate.xml");

}  // namespace etalon::archive
