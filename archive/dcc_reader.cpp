#include "archive/dcc_reader.h"

#include <fmt/format.h>

#include <algorithm>

#include "archive/xml_document.h"
#include "base/error.h"
#include "base/language.h"

namespace etalon::archive {

using base::tr;

namespace {

using base::LocalText;

void append(Words& to, const Words& from) {
  to.insert(to.end(), from.begin(), from.end());
}

class Reader {
 public:
  Reader(std::string_view bytes, std::string file) : file_(std::move(file)), document_(parse_xml(bytes, file_)) {}

  DccDocument read() {
    const xmlNode* root = xmlDocGetRootElement(document_.get());
    if (!is_element(root, kDccNamespace, "digitalCalibrationCertificate")) {
      throw base::FileError(
          {file_, line(root)},
          fmt::format(fmt::runtime(tr("the root element is <{}>, expected <digitalCalibrationCertificate> of {}")),
                      local_name(root), kDccNamespace));
    }
    out_.schema_version = attribute(root, "schemaVersion");
    administrative_data(dcc(root, "administrativeData"));
    if (const xmlNode* results = dcc(root, "measurementResults")) {
      common_blocks(results);
      for (const xmlNode* result : dcc_all(results, "measurementResult")) {
        common_blocks(result);
        for (const xmlNode* one : dcc_all(dcc(result, "results"), "result"))
          container(one, false);
      }
    }
    return std::move(out_);
  }

 private:
  static xmlNode* dcc(const xmlNode* parent, const char* name) { return child_element(parent, kDccNamespace, name); }
  static xmlNode* si(const xmlNode* parent, const char* name) { return child_element(parent, kSiNamespace, name); }
  static std::vector<xmlNode*> dcc_all(const xmlNode* parent, const char* name) {
    return child_elements(parent, kDccNamespace, name);
  }
  static int line(const xmlNode* node) { return static_cast<int>(xmlGetLineNo(node)); }

  std::string text(const xmlNode* parent, const char* name) {
    const xmlNode* node = dcc(parent, name);
    return node ? element_text(node, file_) : std::string();
  }
  Words si_words(const xmlNode* parent, const char* name) {
    const xmlNode* node = si(parent, name);
    return node ? element_words(node, file_) : Words();
  }

  // Content without language, or in another one, stands for English when there is no English.
  LocalText local_text(const xmlNode* node) {
    LocalText found;
    std::string other;
    for (const xmlNode* content : dcc_all(node, "content")) {
      const std::string language = attribute(content, "lang");
      const std::string value = element_text(content, file_);
      std::string& slot = language == "en" ? found.en : language == "zh" ? found.zh : other;
      if (slot.empty()) slot = value;
    }
    if (found.en.empty()) found.en = other;
    return found;
  }
  LocalText local_text(const xmlNode* parent, const char* name) { return local_text(dcc(parent, name)); }

  std::vector<DccIdentification> identifications(const xmlNode* parent) {
    std::vector<DccIdentification> list;
    for (const xmlNode* node : dcc_all(dcc(parent, "identifications"), "identification")) {
      list.push_back({text(node, "issuer"), text(node, "value")});
    }
    return list;
  }

  void administrative_data(const xmlNode* data) {
    const xmlNode* core = dcc(data, "coreData");
    out_.unique_identifier = text(core, "uniqueIdentifier");
    out_.country_code = text(core, "countryCodeISO3166_1");
    for (const xmlNode* node : dcc_all(core, "usedLangCodeISO639_1")) {
      out_.used_languages.push_back(element_text(node, file_));
    }
    out_.receipt_date = text(core, "receiptDate");
    out_.begin_date = text(core, "beginPerformanceDate");
    out_.end_date = text(core, "endPerformanceDate");
    out_.issue_date = text(core, "issueDate");
    out_.performance_location = text(core, "performanceLocation");
    out_.laboratory = local_text(dcc(dcc(data, "calibrationLaboratory"), "contact"), "name");
    out_.customer = local_text(dcc(data, "customer"), "name");
    for (const xmlNode* node : dcc_all(dcc(data, "respPersons"), "respPerson")) {
      out_.responsible_persons.push_back(local_text(dcc(node, "person"), "name").en);
    }
    for (const xmlNode* node : dcc_all(dcc(data, "items"), "item")) {
      out_.items.push_back({local_text(node, "name"), local_text(dcc(node, "manufacturer"), "name"),
                            text(node, "model"), identifications(node)});
    }
    for (const xmlNode* node : dcc_all(dcc(data, "statements"), "statement")) {
      out_.statements.push_back(local_text(node, "declaration"));
    }
  }

  // Equipment and conditions stand in each measurementResult, and since 3.3.0 also once for all.
  void common_blocks(const xmlNode* parent) {
    for (const xmlNode* node : dcc_all(dcc(parent, "measuringEquipments"), "measuringEquipment")) {
      DccEquipment equipment{local_text(node, "name"), text(node, "model"), identifications(node), std::nullopt};
      if (const xmlNode* hash = dcc(node, "certificate")) {
        DccReference reference{local_text(hash, "referral"),
                               text(hash, "referralID"),
                               text(hash, "procedure"),
                               text(hash, "value"),
                               std::nullopt,
                               line(hash)};
        const std::string valid = text(hash, "inValidityRange");
        if (!valid.empty()) reference.in_validity_range = valid == "true" || valid == "1";
        equipment.certificate = std::move(reference);
      }
      out_.equipment.push_back(std::move(equipment));
    }
    for (const xmlNode* node : dcc_all(dcc(parent, "influenceConditions"), "influenceCondition"))
      container(node, true);
  }

  // A result or an influence condition.
  void container(const xmlNode* node, bool is_condition) {
    DccTable table;
    table.id = attribute(node, "id");
    table.ref_types = split_words(attribute(node, "refType"));
    table.name = local_text(node, "name");
    table.status = text(node, "status");
    table.is_influence_condition = is_condition;
    table.line = line(node);
    tables_in(dcc(node, "data"), table);
  }

  // The quantities directly below `node` make one table; each list below it makes another.
  void tables_in(const xmlNode* node, const DccTable& outer) {
    DccTable table = outer;
    for (const xmlNode* child : dcc_all(node, "quantity"))
      table.quantities.push_back(quantity(child));
    if (!table.quantities.empty()) out_.tables.push_back(table);
    for (const xmlNode* child : dcc_all(node, "list")) {
      DccTable inner = outer;
      append(inner.ref_types, split_words(attribute(child, "refType")));
      const LocalText name = local_text(child, "name");
      if (!name.empty()) inner.name = name;
      inner.line = line(child);
      tables_in(child, inner);
    }
  }

  DccQuantity quantity(const xmlNode* node) {
    DccQuantity out;
    out.name = local_text(node, "name");
    out.ref_types = split_words(attribute(node, "refType"));
    out.line = line(node);
    const xmlNode* holder = node;
    if (const xmlNode* hybrid = si(node, "hybrid")) holder = hybrid;  // the SI form comes first
    if (const xmlNode* real = si(holder, "real")) {
      out.values = si_words(real, "value");
      out.units = si_words(real, "unit");
      out.uncertainty = uncertainty(real, "");
    } else if (const xmlNode* list = si(holder, "realListXMLList")) {
      out.values = si_words(list, "valueXMLList");
      out.units = si_words(list, "unitXMLList");
      out.uncertainty = uncertainty(list, "XMLList");
    } else if (const xmlNode* chars = dcc(node, "charsXMLList")) {
      out.values = element_words(chars, file_);
      out.is_words = true;
    } else {
      out.is_unsupported = true;
    }
    for (const xmlNode* meta : dcc_all(dcc(node, "measurementMetaData"), "metaData"))
      metadata(meta, out);
    return out;
  }

  void metadata(const xmlNode* meta, DccQuantity& out) {
    for (const char* name : {"conformity", "conformityXMLList"}) {
      if (const xmlNode* node = dcc(meta, name)) append(out.conformity, element_words(node, file_));
    }
    const Words types = split_words(attribute(meta, "refType"));
    const auto collect = [&](auto&& self, const xmlNode* parent) -> void {
      for (const xmlNode* child : dcc_all(parent, "quantity")) {
        out.metadata.push_back(quantity(child));
        append(out.metadata.back().ref_types, types);
      }
      for (const xmlNode* child : dcc_all(parent, "list"))
        self(self, child);
    };
    collect(collect, dcc(meta, "data"));
  }

  std::optional<DccUncertainty> uncertainty(const xmlNode* value, const std::string& suffix) {
    const auto words = [&](const xmlNode* node, const std::string& name) {
      return si_words(node, (name + suffix).c_str());
    };
    if (const xmlNode* old = si(value, ("expandedUnc" + suffix).c_str())) {
      return DccUncertainty{words(old, "uncertainty"), words(old, "coverageFactor"), words(old, "coverageProbability"),
                            false};
    }
    const xmlNode* univariate = si(value, ("measurementUncertaintyUnivariate" + suffix).c_str());
    if (const xmlNode* expanded = si(univariate, ("expandedMU" + suffix).c_str())) {
      return DccUncertainty{words(expanded, "valueExpandedMU"), words(expanded, "coverageFactor"),
                            words(expanded, "coverageProbability"), false};
    }
    if (const xmlNode* standard = si(univariate, ("standardMU" + suffix).c_str())) {
      return DccUncertainty{words(standard, "valueStandardMU"), {}, {}, true};
    }
    return std::nullopt;
  }

  std::string file_;
  XmlDocument document_;
  DccDocument out_;
};

bool contains(const Words& words, std::string_view word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

}  // namespace

const std::string& word_at(const Words& words, std::size_t index, const std::string& what) {
  if (words.size() == 1) return words.front();
  if (index >= words.size()) {
    throw base::InputError(fmt::format(fmt::runtime(tr("the list of {} has {} members, number {} is missing")), what,
                                       words.size(), index + 1));
  }
  return words[index];
}

bool DccQuantity::has_ref_type(std::string_view type) const {
  return contains(ref_types, type);
}

const DccQuantity* DccTable::find(std::string_view ref_type) const {
  for (const auto& quantity : quantities) {
    if (quantity.has_ref_type(ref_type)) return &quantity;
  }
  return nullptr;
}

DccDocument read_dcc(std::string_view bytes, const std::string& name) {
  return Reader(bytes, name).read();
}

}  // namespace etalon::archive
