// The content of a digital calibration certificate as its file states it: DCC 2.x to 3.3 (PTB), numbers in D-SI 1.0 to
// 2.2. Numbers stay the text that the file has.
#pragma once

#include <cstddef>
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
// Whether the words can be dealt out to `count` values: one word for all, or one for each. A list of any other length
// says nothing about any one value.
bool dealt_out(const Words& words, std::size_t count);

struct DccUncertainty {
  enum class Kind { expanded, standard, coverage_interval };
  Kind kind = Kind::expanded;
  Words values;  // U of expanded, u of the others
  Words coverage_factors;
  Words coverage_probabilities;
  Words lower;  // of a coverage interval
  Words upper;
  Words distributions;
};

// An uncertainty of two or more values together: the covariance matrix, by columns, each cell "value unit".
struct DccCoverageRegion {
  std::string shape;  // the element's name: "ellipsoidalRegion", "rectangularRegion"
  std::vector<Words> columns;
  Words coverage_factors;
  Words coverage_probabilities;
  Words distributions;
};

// One statement of values: an si:real, si:complex, si:constant, a list of such, or words.
struct DccNumbers {
  enum class Form { none, real, complex_cartesian, complex_polar, constant, words };
  Form form = Form::none;
  std::string element;  // "si:real"
  Words values;         // of complex numbers the real parts or the magnitudes
  Words second_values;  // the imaginary parts or the phases
  Words units;          // D-SI text, "\volt"
  Words phase_units;
  Words labels;
  Words quantity_kinds;  // QUDT
  Words times;
  Words significant_digits;
  std::optional<DccUncertainty> uncertainty;
  std::vector<DccCoverageRegion> regions;
  int line = 0;
};

struct DccQuantity;

// A dcc:metaData or dcc:statement. With words of conformity it is a judgement: those words answer to the rule, the norm
// and the limits of this one and of no other.
struct DccMetaData {
  Words ref_types;
  base::LocalText name;
  base::LocalText description;
  base::LocalText declaration;
  std::string convention;  // the decision rule
  Words norms;
  Words references;
  Words conformity;                // "pass", …
  bool states_conformity = false;  // an empty list does, too, and says nothing
  Words valid;                     // "true", "false"
  bool states_validity = false;
  std::optional<bool> traceable;
  std::string date;
  std::string period;
  base::LocalText authority;
  std::string non_si_unit;
  std::string non_si_definition;
  Words refers_to;                     // ids
  std::vector<base::LocalText> texts;  // of its data
  std::vector<DccQuantity> quantities;
  int line = 0;

  bool has_ref_type(std::string_view type) const;
  bool is_judgement() const { return !conformity.empty(); }
  // nullptr when there is none.
  const DccQuantity* find(std::string_view ref_type) const;
};

// A dcc:quantity. Its own numbers are those of the first member of an si:hybrid or si:list; `others` are the rest.
struct DccQuantity : DccNumbers {
  enum class Others { none, same_in_other_units, further_values };
  std::string id;
  Words refers_to;  // ids
  base::LocalText name;
  base::LocalText description;
  Words ref_types;
  base::LocalText text;  // noQuantity
  Others others_are = Others::none;
  std::vector<DccNumbers> others;
  std::optional<DccNumbers> relative_uncertainty;
  std::vector<DccMetaData> metadata;

  // The first of `all` becomes the quantity's own, the rest its others.
  void take(std::vector<DccNumbers> all, Others rest_are);
  bool has_ref_type(std::string_view type) const;
  // Of a list of numbers each one counts.
  std::size_t count() const;
  // The first judgement of that refType, or the first of all for an empty one; nullptr when there is none.
  const DccMetaData* judgement(std::string_view ref_type = {}) const;
};

// A dcc:list, or what stands directly in the data of a result or condition.
struct DccTable {
  std::string id;   // of the result: "table-dcv-10V"
  Words ref_types;  // of the result and of the list
  base::LocalText name;
  base::LocalText description;
  std::string status;  // "beforeAdjustment", …
  bool is_influence_condition = false;
  Words times;
  std::vector<DccQuantity> quantities;
  std::vector<base::LocalText> texts;  // text and formulas
  std::vector<DccMetaData> metadata;   // of the list, the result or the whole measurement
  int line = 0;

  // nullptr when there is none.
  const DccQuantity* find(std::string_view ref_type) const;
};

struct DccIdentification {
  std::string issuer;
  std::string value;
  base::LocalText name;
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
  std::optional<bool> traceable;
  int line = 0;
};

struct DccEquipment {
  std::string id;
  base::LocalText name;
  std::string model;
  std::vector<DccIdentification> identifications;
  std::optional<DccReference> certificate;
};

struct DccMethod {
  std::string id;
  base::LocalText name;
  base::LocalText description;
  Words norms;
  Words references;
};

struct DccPerson {
  base::LocalText name;
  std::string role;
  bool main_signer = false;
};

struct DccReplacement {
  std::string type_of_change;  // "amended", "substituted"
  std::string replaced;        // the number of the certificate that no longer holds
  int line = 0;
};

// An electronic signature in the file. Nobody has verified it.
struct DccSignature {
  std::string kind;    // "XML signature", "XAdES", "XAdES with time stamp"
  std::string signer;  // as the signature's own certificate names it; empty: it does not
  int line = 0;
};

// An entry of the certificate that has no field of its own here: shown by its path, so that nothing is passed over.
struct DccEntry {
  std::string path;  // "administrativeData/customer/phone"
  base::LocalText text;
  int line = 0;
};

struct DccUnread {
  std::string what;  // "si:complex"
  int line = 0;
};

struct DccFault {
  std::string message;
  int line = 0;
};

struct DccDocument {
  std::string schema_version;  // empty: not stated
  std::string si_namespace;
  std::string unique_identifier;
  std::string country_code;
  Words used_languages;
  Words mandatory_languages;
  std::string receipt_date;  // empty: not stated
  std::string begin_date;
  std::string end_date;
  std::string issue_date;
  std::string performance_location;
  base::LocalText laboratory;
  std::string laboratory_code;
  base::LocalText customer;
  std::vector<DccPerson> persons;
  std::vector<DccItem> items;
  std::vector<DccMetaData> statements;
  std::vector<DccEquipment> equipment;
  std::vector<DccMethod> methods;
  std::optional<DccReplacement> replacement;
  std::optional<DccReference> previous_report;
  std::vector<DccSignature> signatures;
  int states_signature = 0;      // line of a crypt… element that is true; 0: none
  std::vector<DccTable> tables;  // of results and of influence conditions, in the order of the file
  std::vector<DccEntry> entries;
  std::vector<DccUnread> unread;  // what nobody here can show
  std::vector<DccFault> faults;   // what could not be read because it is broken
};

}  // namespace etalon::archive
