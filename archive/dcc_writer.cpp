#include "archive/dcc_writer.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include "archive/certificate_completeness.h"
#include "archive/dcc_text.h"
#include "archive/tidied_text.h"
#include "archive/xml_document.h"
#include "base/decimal.h"
#include "base/error.h"
#include "base/language.h"
#include "base/units.h"

namespace etalon::archive {

using base::tr;

namespace {

using base::InputError;
using base::Language;

constexpr std::array<std::pair<Conformity, const char*>, 6> kVerdictWords{
    {{Conformity::pass, "pass"},
     {Conformity::conditional_pass, "conditional-pass"},
     {Conformity::conditional_fail, "conditional-fail"},
     {Conformity::fail, "fail"},
     {Conformity::inconclusive, "inconclusive"},
     {Conformity::not_stated, "not-stated"}}};

constexpr const char* kNoValue = "NaN";  // of D-SI: a list has a word for every point

const xmlChar* xml(const std::string& text) {
  return reinterpret_cast<const xmlChar*>(text.c_str());
}

void require_xml_characters(const std::string& text) {
  for (const unsigned char c : text) {
    if (c < 0x20 && c != '\t' && c != '\n' && c != '\r') {
      throw InputError(fmt::format(
          fmt::runtime(tr("the text \"{}\" holds the control character {:#04x}, which XML cannot carry")), text, c));
    }
  }
  if (!xmlCheckUTF8(xml(text))) throw InputError(fmt::format(fmt::runtime(tr("the text \"{}\" is not UTF-8")), text));
}

std::string negated(const std::string& decimal) {
  if (base::Decimal::parse(decimal).is_zero()) return decimal;
  if (decimal[0] == '-') return decimal.substr(1);
  return "-" + (decimal[0] == '+' ? decimal.substr(1) : decimal);
}

class Writer {
 public:
  explicit Writer(const Certificate& certificate) : certificate_(certificate) {}

  std::string write() {
    document_.reset(xmlNewDoc(reinterpret_cast<const xmlChar*>("1.0")));
    xmlNode* root = xmlNewNode(nullptr, reinterpret_cast<const xmlChar*>("digitalCalibrationCertificate"));
    xmlDocSetRootElement(document_.get(), root);
    dcc_ = xmlNewNs(root, xml(kDccNamespace), xml("dcc"));
    si_ = xmlNewNs(root, xml(kSiNamespace), xml("si"));
    xmlNs* xsi = xmlNewNs(root, xml("http://www.w3.org/2001/XMLSchema-instance"), xml("xsi"));
    xmlSetNs(root, dcc_);
    xmlNewNsProp(root, xsi, xml("schemaLocation"), xml("https://ptb.de/dcc https://ptb.de/dcc/v3.3.0/dcc.xsd"));
    set(root, "schemaVersion", "3.3.0");
    administrative_data(add(root, "administrativeData"));
    measurement_results(add(root, "measurementResults"));
    xmlChar* bytes = nullptr;
    int size = 0;
    xmlDocDumpFormatMemoryEnc(document_.get(), &bytes, &size, "UTF-8", 1);
    if (!bytes) throw InputError(tr("the digital certificate could not be written: out of memory"));
    std::string text(reinterpret_cast<const char*>(bytes), static_cast<std::size_t>(size));
    xmlFree(bytes);
    return text;
  }

 private:
  xmlNode* add(xmlNode* parent, const char* name) { return xmlNewChild(parent, dcc_, xml(name), nullptr); }
  xmlNode* add(xmlNode* parent, const char* name, const std::string& text) { return add_in(dcc_, parent, name, text); }
  xmlNode* add_si(xmlNode* parent, const char* name) { return xmlNewChild(parent, si_, xml(name), nullptr); }
  xmlNode* add_si(xmlNode* parent, const char* name, const std::string& text) {
    return add_in(si_, parent, name, text);
  }

  xmlNode* add_in(xmlNs* space, xmlNode* parent, const char* name, const std::string& text) {
    require_xml_characters(text);
    const std::string clean = tidied(text);  // notEmptyStringType refuses blanks at the ends
    if (clean.empty())
      throw InputError(fmt::format(fmt::runtime(tr("the digital certificate needs a text for <{}>")), name));
    return xmlNewTextChild(parent, space, xml(name), xml(clean));
  }

  void add_if(xmlNode* parent, const char* name, const std::string& text) {
    if (!tidied(text).empty()) add(parent, name, text);
  }

  static void set(xmlNode* node, const char* name, const std::string& value) {
    xmlNewProp(node, xml(name), xml(value));
  }

  xmlNode* typed(xmlNode* node, const char* ref_type) {
    set(node, "refType", ref_type);
    return node;
  }

  // The contents of a textType or richContentType, in both languages; Schematron wants all languages or none.
  void content(xmlNode* parent, const LocalText& text) {
    set(add(parent, "content", text.in(Language::en)), "lang", "en");
    set(add(parent, "content", text.in(Language::zh)), "lang", "zh");
  }
  void content(xmlNode* parent, const std::string& neutral) { add(parent, "content", neutral); }

  template <typename Text>
  xmlNode* add_text(xmlNode* parent, const char* name, const Text& text) {
    xmlNode* node = add(parent, name);
    content(node, text);
    return node;
  }

  void identification(xmlNode* list, const char* issuer, const std::string& value, const LocalText& name) {
    xmlNode* node = add(list, "identification");
    add(node, "issuer", issuer);
    add(node, "value", value);
    add_text(node, "name", name);
  }

  // ---- administrative data

  void administrative_data(xmlNode* parent) {
    software_list(add(parent, "dccSoftware"));
    ref_type_definitions(add(parent, "refTypeDefinitions"));
    core_data(add(parent, "coreData"));
    items(add(parent, "items"));
    laboratory(add(parent, "calibrationLaboratory"));
    persons(add(parent, "respPersons"));
    contact(add(parent, "customer"), certificate_.customer);
    statements(add(parent, "statements"));
  }

  void software_list(xmlNode* parent) {
    xmlNode* node = add(parent, "software");
    add_text(node, "name", certificate_.software.name);
    // Schematron: one letter, then the numbers.
    add(node, "release", "v " + certificate_.software.version);
    add(node, "type", "application");
  }

  void ref_type_definitions(xmlNode* parent) {
    const auto define = [&](const char* ref_type, const LocalText& name, const LocalText& description) {
      xmlNode* node = add(parent, "refTypeDefinition");
      add_text(node, "name", name);
      add_text(node, "description", description);
      add(node, "namespace", "etalon");
      add(node, "link", "urn:etalon:dcc");
      add(node, "value", ref_type);
    };
    define("etalon_verdict", dcc_text::kVerdict,
           {"One word for each value: pass, conditional-pass, conditional-fail, fail, inconclusive, not-stated.",
            "每个值一个词：pass、conditional-pass、conditional-fail、fail、inconclusive（待定）、not-"
            "stated（未作判定）。"});
    define("etalon_effectiveDegreesOfFreedom", dcc_text::kDegreesOfFreedom,
           {"One number for each value, inf when infinite.", "每个值一个数，无穷大记为 inf。"});
    if (certificate_.status == CertificateStatus::simulated)
      define(dcc_text::kSimulatedType, {"Simulated", "模拟"}, dcc_text::kSimulated);
    if (certificate_.status == CertificateStatus::draft)
      define(dcc_text::kDraftType, {"Draft", "草稿"}, dcc_text::kDraft);
    define("etalon_curve", dcc_text::kCurve,
           {"Parameters of a curve fitted to the results that refId names.", "由 refId 所指结果拟合的曲线的参数。"});
  }

  void core_data(xmlNode* parent) {
    add(parent, "countryCodeISO3166_1", certificate_.laboratory.country_code);
    for (const char* language : {"en", "zh"})
      add(parent, "usedLangCodeISO639_1", language);
    for (const char* language : {"en", "zh"})
      add(parent, "mandatoryLangCodeISO639_1", language);
    add(parent, "uniqueIdentifier", certificate_.number);
    if (certificate_.dates.receipt) add(parent, "receiptDate", *certificate_.dates.receipt);
    add(parent, "beginPerformanceDate", certificate_.dates.begin);
    add(parent, "endPerformanceDate", certificate_.dates.end);
    constexpr const char* kPlaces[] = {"laboratory", "customer", "laboratoryBranch", "customerBranch", "other"};
    add(parent, "performanceLocation", kPlaces[static_cast<int>(certificate_.place.kind)]);
    add(parent, "issueDate", certificate_.dates.issue);
  }

  void items(xmlNode* parent) {
    const Item& item = certificate_.item;
    xmlNode* node = add(parent, "item");
    add_text(node, "name", item.name);
    if (!item.condition.empty()) add_text(node, "description", item.condition);
    if (!item.owner.empty()) {
      // contactType wants a location; the owner's is not known, only that it is not the laboratory's.
      xmlNode* owner = add(node, "owner");
      add_text(owner, "name", item.owner);
      add_text(add(owner, "location"), "further", LocalText{"not stated", "未说明"});
    }
    if (!item.maker.empty()) add_text(add(node, "manufacturer"), "name", item.maker);
    add_if(node, "model", item.model);
    xmlNode* list = add(node, "identifications");
    if (!item.serial.empty()) identification(list, "manufacturer", item.serial, dcc_text::kSerialNumber);
    if (!item.laboratory_id.empty()) {
      identification(list, "calibrationLaboratory", item.laboratory_id, dcc_text::kLaboratoryId);
    }
  }

  void contact(xmlNode* parent, const Contact& contact) {
    add_text(parent, "name", contact.name);
    add_if(parent, "eMail", contact.email);
    add_if(parent, "phone", contact.phone);
    xmlNode* location = add(parent, "location");
    add_if(location, "countryCode", contact.country_code);
    add_text(location, "further", contact.address);
  }

  void laboratory(xmlNode* parent) {
    add_if(parent, "calibrationLaboratoryCode", certificate_.laboratory.code);
    contact(add(parent, "contact"), certificate_.laboratory);
  }

  void persons(xmlNode* parent) {
    constexpr const char* kRoles[] = {"calibrated by", "checked by", "approved by"};
    for (const auto& person : certificate_.persons) {
      xmlNode* node = add(parent, "respPerson");
      add_text(add(node, "person"), "name", person.name);
      add(node, "role", kRoles[static_cast<int>(person.role)]);
      if (person.role == PersonRole::approved) add(node, "mainSigner", "true");
    }
  }

  void statements(xmlNode* parent) {
    const auto declare = [&](const LocalText& text) { add_text(add(parent, "statement"), "declaration", text); };
    const auto declare_invalid = [&](const char* ref_type, const LocalText& text) {
      xmlNode* node = typed(add(parent, "statement"), ref_type);
      add_text(node, "declaration", text);
      add(node, "valid", "false");
    };
    if (certificate_.status == CertificateStatus::simulated)
      declare_invalid(dcc_text::kSimulatedType, dcc_text::kSimulated);
    if (certificate_.status == CertificateStatus::draft) declare_invalid(dcc_text::kDraftType, dcc_text::kDraft);
    for (const auto& text : certificate_.statements)
      declare(text);
    if (!certificate_.place.text.empty()) declare(certificate_.place.text);
    if (!certificate_.decision_rule.text.empty()) {
      xmlNode* node = typed(add(parent, "statement"), "basic_conformity");
      xmlNode* name = add(node, "name");
      const auto& rule = certificate_.decision_rule.name;
      content(name, LocalText{dcc_text::kDecisionRule.en + ": " + rule.in(Language::en),
                              dcc_text::kDecisionRule.zh + "：" + rule.in(Language::zh)});
      if (!certificate_.decision_rule.id.empty()) add(node, "convention", certificate_.decision_rule.id);
      add_text(node, "declaration", certificate_.decision_rule.text);
    }
  }

  // ---- measurement results

  void measurement_results(xmlNode* parent) {
    xmlNode* node = add(parent, "measurementResult");
    add_text(node, "name", dcc_text::kMeasurementResults);
    if (certificate_.status == CertificateStatus::simulated) add_text(node, "description", dcc_text::kSimulated);
    if (certificate_.status == CertificateStatus::draft) add_text(node, "description", dcc_text::kDraft);
    used_methods(add(node, "usedMethods"));
    software_list(add(node, "usedSoftware"));
    measuring_equipment(add(node, "measuringEquipments"));
    xmlNode* conditions = add(node, "influenceConditions");
    for (const auto& condition : certificate_.environment)
      influence_condition(conditions, condition);
    xmlNode* results = add(node, "results");
    for (const auto& table : certificate_.tables)
      table_result(results, table);
    for (const auto& curve : certificate_.curves)
      curve_result(results, curve);
  }

  void used_methods(xmlNode* parent) {
    xmlNode* uncertainty = typed(add(parent, "usedMethod"), "basic_uncertainty");
    add_text(uncertainty, "name", dcc_text::kExpandedUncertainty);
    add_text(uncertainty, "description", certificate_.coverage_statement);
    add(uncertainty, "norm", "JCGM 100:2008");
    xmlNode* method = typed(add(parent, "usedMethod"), "gp_method");
    // Schematron wants every id to be referred to: these are the results that the method gave.
    std::string results;
    for (const auto& table : certificate_.tables)
      results += (results.empty() ? "table-" : " table-") + table.id;
    for (const auto& curve : certificate_.curves)
      results += " curve-" + curve.id;
    set(method, "refId", results);
    add_text(method, "name", certificate_.method.procedure_title);
    if (!certificate_.method.description.empty()) add_text(method, "description", certificate_.method.description);
    for (const auto& document : certificate_.method.documents)
      add(method, "norm", document);
  }

  void measuring_equipment(xmlNode* parent) {
    for (const auto& standard : certificate_.standards) {
      xmlNode* node = typed(add(parent, "measuringEquipment"), "basic_measurementStandard");
      add_text(node, "name", standard.name);
      LocalText traceability;
      const auto note = [&](const LocalText& label, const std::string& en, const std::string& zh) {
        if (en.empty()) return;
        traceability.en += (traceability.en.empty() ? "" : "; ") + label.en + " " + en;
        traceability.zh += (traceability.zh.empty() ? "" : "；") + label.zh + " " + zh;
      };
      const auto& laboratory = standard.certificate_laboratory;
      note(dcc_text::kCertificateNumber, standard.certificate_number, standard.certificate_number);
      note({"issued by", "发证机构"}, laboratory.in(Language::en), laboratory.in(Language::zh));
      note({"dated", "日期"}, standard.certificate_date, standard.certificate_date);
      note({"valid until", "有效期至"}, standard.valid_until, standard.valid_until);
      add_text(node, "description", traceability);
      if (!standard.certificate_sha256.empty()) {
        xmlNode* hash = add(node, "certificate");
        add_text(hash, "referral", traceability);
        add(hash, "referralID", standard.certificate_number);
        add(hash, "procedure", "SHA-256");
        add(hash, "value", standard.certificate_sha256);
        // require_complete has compared the date with the end of the calibration.
        if (!standard.valid_until.empty()) add(hash, "inValidityRange", "true");
      }
      if (!standard.maker.empty()) add_text(add(node, "manufacturer"), "name", standard.maker);
      add_if(node, "model", standard.model);
      xmlNode* list = add(node, "identifications");
      if (!standard.serial.empty()) identification(list, "manufacturer", standard.serial, dcc_text::kSerialNumber);
      identification(list, "other", standard.certificate_number, dcc_text::kCertificateNumber);
    }
  }

  void influence_condition(xmlNode* parent, const EnvironmentCondition& condition) {
    struct Names {
      const char* ref_type;
      const char* minimum;
      const char* maximum;
      const LocalText& name;
    };
    const Names names[] = {
        {"basic_temperature", "basic_temperatureMin", "basic_temperatureMax", dcc_text::kTemperature},
        {"basic_humidityRelative", "basic_humidityRelativeMin", "basic_humidityRelativeMax", dcc_text::kHumidity},
        {"basic_pressureAtmospheric", "basic_pressureAtmosphericMin", "basic_pressureAtmosphericMax",
         dcc_text::kPressure},
    };
    const Names& n = names[static_cast<int>(condition.quantity)];
    xmlNode* node = typed(add(parent, "influenceCondition"), n.ref_type);
    add_text(node, "name", n.name);
    xmlNode* data = add(node, "data");
    const auto limit = [&](const char* ref_type, const LocalText& name, const std::string& value) {
      xmlNode* quantity = typed(add(data, "quantity"), ref_type);
      add_text(quantity, "name", name);
      real(quantity, value, condition.unit, condition.expanded_uncertainty, condition.coverage_factor,
           condition.coverage_probability);
    };
    limit(n.minimum, dcc_text::kMinimum, condition.minimum);
    limit(n.maximum, dcc_text::kMaximum, condition.maximum);
  }

  void require_coverage_factor(const std::string& k) {
    // kValueType of D-SI: the first digit is not zero, no exponent.
    if (k.empty() || k[0] < '1' || k[0] > '9' || k.find_first_not_of("0123456789.") != std::string::npos) {
      throw InputError(fmt::format(
          fmt::runtime(tr("the coverage factor \"{}\" cannot stand in a DCC: expected a plain decimal of 1 or more")),
          k));
    }
  }

  void real(xmlNode* quantity, const std::string& value, const std::string& unit, const std::string& uncertainty,
            const std::string& k, const std::string& p) {
    xmlNode* node = add_si(quantity, "real");
    add_si(node, "value", value);
    add_si(node, "unit", base::d_si_unit(unit));
    if (uncertainty.empty()) return;
    require_coverage_factor(k);
    xmlNode* expanded = add_si(add_si(node, "measurementUncertaintyUnivariate"), "expandedMU");
    add_si(expanded, "valueExpandedMU", uncertainty);
    add_si(expanded, "coverageFactor", k);
    add_si(expanded, "coverageProbability", p);
  }

  template <typename Get>
  static std::string column(const ResultTable& table, Get get) {
    std::string list;
    for (const auto& row : table.rows)
      list += (list.empty() ? "" : " ") + std::string(get(row));
    return list;
  }

  xmlNode* real_list(xmlNode* quantity, const std::string& values, const std::string& unit) {
    xmlNode* node = add_si(quantity, "realListXMLList");
    add_si(node, "valueXMLList", values);
    add_si(node, "unitXMLList", base::d_si_unit(unit));
    return node;
  }

  xmlNode* quantity(xmlNode* list, const char* ref_type, const LocalText& name) {
    xmlNode* node = typed(add(list, "quantity"), ref_type);
    add_text(node, "name", name);
    return node;
  }

  // The range, and what is special about single rows.
  static LocalText description_of(const ResultTable& table) {
    LocalText text = table.range.empty() ? table.title : table.range;
    for (std::size_t i = 0; i < table.rows.size(); ++i) {
      const LocalText& note = table.rows[i].note;
      if (note.empty()) continue;
      text.en += "; row " + std::to_string(i + 1) + ": " + note.in(Language::en);
      text.zh += "；第" + std::to_string(i + 1) + "行：" + note.in(Language::zh);
    }
    return text;
  }

  void table_result(xmlNode* results, const ResultTable& table) {
    xmlNode* result = typed(add(results, "result"), "gp_measuringResult1");
    set(result, "id", "table-" + table.id);
    add_text(result, "name", table.title);
    add_text(result, "description", description_of(table));
    xmlNode* list = typed(add(add(result, "data"), "list"), "gp_table1");

    xmlNode* reference = quantity(list, "basic_referenceValue", dcc_text::kReferenceValue);
    real_list(reference, column(table, [](const Row& r) { return r.reference; }), table.value_unit);
    xmlNode* nominal = typed(add(add(reference, "measurementMetaData"), "metaData"), "basic_calibrationValue");
    add_text(nominal, "declaration", dcc_text::kNominalValue);
    real_list(quantity(add(nominal, "data"), "basic_nominalValue", dcc_text::kNominalValue),
              column(table, [](const Row& r) { return r.nominal; }), table.value_unit);

    real_list(quantity(list, "basic_measuredValue", dcc_text::kIndication),
              column(table, [](const Row& r) { return r.indication; }), table.value_unit);

    error_quantity(quantity(list, "basic_measurementError", dcc_text::kError), table);

    add(quantity(list, "etalon_effectiveDegreesOfFreedom", dcc_text::kDegreesOfFreedom), "charsXMLList",
        column(table, [](const Row& r) {
          const auto& dof = r.effective_degrees_of_freedom;
          return dof.empty() || dof == "∞" ? std::string("inf") : dof;
        }));
    add(quantity(list, "etalon_verdict", dcc_text::kVerdict), "charsXMLList",
        column(table, [](const Row& r) { return verdict_word(r.verdict); }));
  }

  void error_quantity(xmlNode* node, const ResultTable& table) {
    xmlNode* values = real_list(node, column(table, [](const Row& r) { return r.error; }), table.error_unit);
    for (const auto& row : table.rows)
      require_coverage_factor(row.coverage_factor);
    xmlNode* expanded = add_si(add_si(values, "measurementUncertaintyUnivariateXMLList"), "expandedMUXMLList");
    add_si(expanded, "valueExpandedMUXMLList", column(table, [](const Row& r) { return r.expanded_uncertainty; }));
    add_si(expanded, "coverageFactorXMLList", column(table, [](const Row& r) { return r.coverage_factor; }));
    add_si(expanded, "coverageProbabilityXMLList", column(table, [](const Row& r) { return r.coverage_probability; }));
    if (table.rows.front().mpe.empty()) return;

    xmlNode* meta = typed(add(add(node, "measurementMetaData"), "metaData"), "basic_conformity");
    const bool inconclusive = std::any_of(table.rows.begin(), table.rows.end(),
                                          [](const Row& r) { return r.verdict == Conformity::inconclusive; });
    add_text(meta, "declaration", inconclusive ? dcc_text::kInconclusiveNote : dcc_text::kConformity);
    if (table.rows.front().verdict != Conformity::not_stated) {
      add(meta, "conformityXMLList", column(table, [](const Row& r) { return dcc_conformity_word(r); }));
    }
    xmlNode* limits = add(add(meta, "data"), "list");
    limit(limits, "basic_toleranceLimitLower", dcc_text::kToleranceLower, table,
          [](const Row& r) { return negated(r.mpe); });
    limit(limits, "basic_toleranceLimitUpper", dcc_text::kToleranceUpper, table, [](const Row& r) { return r.mpe; });
    // Where U is beyond the tolerance there is none; the other points keep theirs.
    if (std::any_of(table.rows.begin(), table.rows.end(), [](const Row& r) { return !r.acceptance_limit.empty(); })) {
      limit(limits, "basic_acceptanceLimitLower", dcc_text::kAcceptanceLower, table, [](const Row& r) {
        return r.acceptance_limit.empty() ? std::string(kNoValue) : negated(r.acceptance_limit);
      });
      limit(limits, "basic_acceptanceLimitUpper", dcc_text::kAcceptanceUpper, table,
            [](const Row& r) { return r.acceptance_limit.empty() ? std::string(kNoValue) : r.acceptance_limit; });
    }
  }

  template <typename Get>
  void limit(xmlNode* list, const char* ref_type, const LocalText& name, const ResultTable& table, Get get) {
    real_list(quantity(list, ref_type, name), column(table, get), table.error_unit);
  }

  void curve_result(xmlNode* results, const Curve& curve) {
    xmlNode* result = typed(add(results, "result"), "etalon_curve");
    set(result, "id", "curve-" + curve.id);
    set(result, "refId", "table-" + curve.table_id);
    add_text(result, "name",
             LocalText{dcc_text::kCurve.en + " " + curve.range.in(Language::en),
                       dcc_text::kCurve.zh + " " + curve.range.in(Language::zh)});
    if (!curve.equation.empty()) add_text(result, "description", curve.equation);
    xmlNode* data = add(result, "data");
    if (!curve.equation_latex.empty()) add(add(data, "formula"), "latex", curve.equation_latex);
    xmlNode* list = add(data, "list");
    for (const auto& parameter : curve.parameters) {
      xmlNode* node = add(list, "quantity");
      add_text(node, "name", parameter.name);
      real(node, parameter.value, parameter.unit, parameter.expanded_uncertainty, parameter.coverage_factor,
           parameter.coverage_probability);
    }
    const auto number = [&](const LocalText& name, const std::string& value) {
      if (value.empty()) return;
      xmlNode* node = add(list, "quantity");
      add_text(node, "name", name);
      real(node, value, "1", {}, {}, {});
    };
    number(dcc_text::kCorrelation, curve.correlation);
    number(dcc_text::kChiSquared, curve.chi_squared);
    number(dcc_text::kCurveDegreesOfFreedom, curve.degrees_of_freedom);
  }

  const Certificate& certificate_;
  XmlDocument document_;
  xmlNs* dcc_ = nullptr;
  xmlNs* si_ = nullptr;
};

}  // namespace

std::string verdict_word(Conformity verdict) {
  for (const auto& [value, word] : kVerdictWords) {
    if (value == verdict) return word;
  }
  throw InputError(tr("unknown verdict"));
}

Conformity parse_verdict_word(const std::string& word) {
  for (const auto& [value, known] : kVerdictWords) {
    if (word == known) return value;
  }
  throw InputError(fmt::format(fmt::runtime(tr("\"{}\" is not a verdict; expected pass, conditional-pass, "
                                               "conditional-fail, fail, inconclusive or not-stated")),
                               word));
}

std::string dcc_conformity_word(const Row& row) {
  switch (row.verdict) {
    case Conformity::pass:
      return "pass";
    case Conformity::conditional_pass:
      return "conditionalPass";
    case Conformity::conditional_fail:
      return "conditionalFail";
    case Conformity::fail:
      return "fail";
    case Conformity::inconclusive:
      if (!row.plot.mpe) throw InputError(tr("an inconclusive verdict needs the unrounded maximum permissible error"));
      return std::abs(row.plot.error) <= *row.plot.mpe ? "conditionalPass" : "conditionalFail";
    case Conformity::not_stated:
      break;
  }
  return {};
}

std::string write_dcc(const Certificate& certificate) {
  require_complete(certificate);
  return Writer(certificate).write();
}

}  // namespace etalon::archive
