#include "archive/run_comparison.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <set>

#include "archive/archive.h"
#include "archive/certificate_from_results.h"
#include "archive/dcc_text.h"
#include "archive/tidied_text.h"
#include "archive/xml_document.h"
#include "base/language.h"
#include "base/visible_text.h"
#include "calibration/evaluation/evaluate.h"

namespace etalon::archive {

using base::Language;
using base::tr;

namespace {

std::string content_of(const xmlNode* node) {
  xmlChar* content = xmlNodeGetContent(node);
  const std::string text = content ? reinterpret_cast<const char*>(content) : "";
  xmlFree(content);
  return tidied(text);
}

// The texts of all elements without elements in them.
std::set<std::string> texts_of(const std::string& dcc) {
  std::set<std::string> texts;
  const XmlDocument document = parse_xml(dcc, "certificate.xml");
  const std::function<void(const xmlNode*)> gather = [&](const xmlNode* node) {
    const auto below = child_elements(node);
    if (below.empty()) texts.insert(content_of(node));
    for (const xmlNode* child : below)
      gather(child);
  };
  gather(xmlDocGetRootElement(document.get()));
  return texts;
}

class Statements {
 public:
  explicit Statements(const std::string& dcc) : texts_(texts_of(dcc)) {}
  std::vector<std::string> lines;

  void whole(const std::string& what, const std::string& text) {
    const std::string clean = tidied(text);
    if (!clean.empty() && !texts_.count(clean)) missing(what, clean);
  }
  void whole(const std::string& what, const LocalText& text) {
    whole(what, text.in(Language::en));
    if (text.in(Language::zh) != text.in(Language::en)) whole(what, text.in(Language::zh));
  }
  // Part of a sentence.
  void within(const std::string& what, const std::string& text) {
    const std::string clean = tidied(text);
    if (clean.empty()) return;
    if (std::none_of(texts_.begin(), texts_.end(),
                     [&](const std::string& one) { return one.find(clean) != std::string::npos; }))
      missing(what, clean);
  }
  void same(const std::string& what, const std::string& in_run, const std::string& in_dcc) {
    if (tidied(in_run) == tidied(in_dcc)) return;
    lines.push_back(fmt::format(fmt::runtime(tr("{}: \"{}\" by the run, \"{}\" in the DCC")), what,
                                base::visible_line(in_run), base::visible_line(in_dcc)));
  }

 private:
  void missing(const std::string& what, const std::string& text) {
    lines.push_back(
        fmt::format(fmt::runtime(tr("{}: \"{}\" by the run, not in the DCC")), what, base::visible_line(text)));
  }
  std::set<std::string> texts_;
};

void contact(Statements& statements, const std::string& what, const Contact& contact) {
  statements.whole(what, contact.name);
  statements.whole(what, contact.code);
  statements.whole(what, contact.address);
  statements.whole(what, contact.country_code);
  statements.whole(what, contact.phone);
  statements.whole(what, contact.email);
}

}  // namespace

RunEvaluatedAgain evaluate_again(const acquisition::RunRecord& run, const std::string& issue_date) {
  const calibration::Results results = calibration::evaluate(run);
  return {make_certificate(run, results, issue_date, ""), calibration::results_to_json(results)};
}

std::string status_of(const DccDocument& dcc) {
  // By the mark that programs read, or the sentence that certificates had before it.
  const auto says = [&](const char* ref_type, const LocalText& text) {
    return std::any_of(dcc.statements.begin(), dcc.statements.end(), [&](const DccMetaData& one) {
      return one.has_ref_type(ref_type) || tidied(one.declaration.en) == tidied(text.en);
    });
  };
  if (says(dcc_text::kSimulatedType, dcc_text::kSimulated)) return status_word(CertificateStatus::simulated);
  if (says(dcc_text::kDraftType, dcc_text::kDraft)) return status_word(CertificateStatus::draft);
  return status_word(CertificateStatus::issued);
}

std::string identity_of_item(const DccDocument& dcc) {
  for (const char* issuer : {"manufacturer", "calibrationLaboratory"}) {
    for (const DccItem& item : dcc.items) {
      for (const DccIdentification& one : item.identifications) {
        if (one.issuer == issuer) return one.value;
      }
    }
  }
  return {};
}

std::vector<std::string> differing_statements(const Certificate& certificate, const DccDocument& dcc,
                                              const std::string& dcc_bytes) {
  Statements statements(dcc_bytes);
  statements.same(tr("number"), certificate.number, dcc.unique_identifier);
  statements.same(tr("begin"), certificate.dates.begin, dcc.begin_date);
  statements.same(tr("end"), certificate.dates.end, dcc.end_date);
  statements.same(tr("receipt"), certificate.dates.receipt.value_or(""), dcc.receipt_date);
  // Whether a certificate was issued a run cannot know; whether its bench was simulated it does.
  const bool says_simulated = status_of(dcc) == status_word(CertificateStatus::simulated);
  if ((certificate.status == CertificateStatus::simulated) != says_simulated) {
    statements.lines.push_back(says_simulated ? tr("the DCC says simulated, the run was on a real bench")
                                              : tr("the run was simulated, the DCC does not say so"));
  }
  contact(statements, tr("laboratory"), certificate.laboratory);
  contact(statements, tr("customer"), certificate.customer);
  const Item& item = certificate.item;
  statements.same(tr("item"), item.serial.empty() ? item.laboratory_id : item.serial, identity_of_item(dcc));
  if (dcc.items.size() == 1) statements.same(tr("item"), item.model, dcc.items.front().model);
  for (const auto& text : {item.serial, item.laboratory_id, item.model})
    statements.whole(tr("item"), text);
  for (const auto& text : {item.name, item.maker, item.condition})
    statements.whole(tr("item"), text);
  for (const Person& person : certificate.persons)
    statements.whole(tr("person"), person.name);
  statements.whole(tr("place"), certificate.place.text);
  statements.whole(tr("method"), certificate.method.procedure_title);
  for (const std::string& document : certificate.method.documents)
    statements.whole(tr("method"), document);
  statements.whole(tr("decision rule"), certificate.decision_rule.id);
  if (certificate.standards.size() != dcc.equipment.size()) {
    statements.lines.push_back(fmt::format(fmt::runtime(tr("standards: {} by the run, {} in the DCC")),
                                           certificate.standards.size(), dcc.equipment.size()));
  }
  for (const MeasurementStandard& standard : certificate.standards) {
    const std::string what = tr("standard");
    statements.whole(what, standard.name);
    statements.whole(what, standard.maker);
    for (const auto& text : {standard.model, standard.serial, standard.certificate_number, standard.certificate_sha256})
      statements.whole(what, text);
    for (const auto& text : {standard.certificate_date, standard.valid_until})
      statements.within(what, text);
    statements.within(what, standard.certificate_laboratory.in(Language::en));
    statements.within(what, standard.certificate_laboratory.in(Language::zh));
  }
  for (const Curve& curve : certificate.curves) {
    for (const auto& text : {curve.correlation, curve.chi_squared, curve.degrees_of_freedom})
      statements.whole(tr("curve"), text);
  }
  return std::move(statements.lines);
}

}  // namespace etalon::archive
