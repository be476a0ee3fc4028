#include "archive/certificate_texts.h"

#include <fmt/format.h>

namespace etalon::archive {

using base::tr;

namespace {

class Texts {
 public:
  void add(const std::string& field, const std::string& text, TextKind kind) {
    if (!text.empty()) list.push_back({field, text, kind});
  }
  void add(const std::string& field, const LocalText& text, TextKind kind) {
    add(field, text.en, kind);
    if (text.zh != text.en) add(field, text.zh, kind);
  }
  std::vector<CertificateText> list;
};

}  // namespace

std::vector<CertificateText> certificate_texts(const Certificate& c) {
  Texts texts;
  texts.add(tr("the certificate's number"), c.number, TextKind::identification);
  texts.add(tr("the title"), c.title, TextKind::name);
  texts.add(tr("the laboratory's name"), c.laboratory.name, TextKind::name);
  texts.add(tr("the laboratory's code"), c.laboratory.code, TextKind::identification);
  texts.add(tr("the laboratory's address"), c.laboratory.address, TextKind::name);
  texts.add(tr("the laboratory's telephone"), c.laboratory.phone, TextKind::name);
  texts.add(tr("the laboratory's e-mail"), c.laboratory.email, TextKind::name);
  texts.add(tr("the customer's name"), c.customer.name, TextKind::name);
  texts.add(tr("the customer's address"), c.customer.address, TextKind::name);
  texts.add(tr("the item's name"), c.item.name, TextKind::name);
  texts.add(tr("the item's manufacturer"), c.item.maker, TextKind::name);
  texts.add(tr("the item's model"), c.item.model, TextKind::name);
  texts.add(tr("the item's serial number"), c.item.serial, TextKind::identification);
  texts.add(tr("the item's laboratory identification"), c.item.laboratory_id, TextKind::identification);
  texts.add(tr("the item's owner"), c.item.owner, TextKind::name);
  texts.add(tr("the item's condition"), c.item.condition, TextKind::prose);
  for (const Person& person : c.persons)
    texts.add(tr("the name of a responsible person"), person.name, TextKind::name);
  texts.add(tr("the place of calibration"), c.place.text, TextKind::name);
  texts.add(tr("the procedure's title"), c.method.procedure_title, TextKind::name);
  for (const std::string& document : c.method.documents)
    texts.add(tr("a document of the method"), document, TextKind::name);
  texts.add(tr("the method's description"), c.method.description, TextKind::prose);
  for (const MeasurementStandard& standard : c.standards) {
    const std::string which = standard.name.in(base::interface_language());
    const auto of = [&](const std::string& what) { return fmt::format(fmt::runtime(tr("{0}: {1}")), which, what); };
    texts.add(tr("the name of a measurement standard"), standard.name, TextKind::name);
    texts.add(of(tr("its manufacturer")), standard.maker, TextKind::name);
    texts.add(of(tr("its model")), standard.model, TextKind::name);
    texts.add(of(tr("its serial number")), standard.serial, TextKind::identification);
    texts.add(of(tr("the number of its certificate")), standard.certificate_number, TextKind::identification);
    texts.add(of(tr("the laboratory of its certificate")), standard.certificate_laboratory, TextKind::name);
  }
  for (const EnvironmentCondition& condition : c.environment)
    texts.add(tr("the unit of an environmental condition"), condition.unit, TextKind::name);
  texts.add(tr("the software's name"), c.software.name, TextKind::name);
  texts.add(tr("the software's version"), c.software.version, TextKind::name);
  texts.add(tr("the decision rule's name"), c.decision_rule.name, TextKind::name);
  texts.add(tr("the decision rule"), c.decision_rule.text, TextKind::prose);
  texts.add(tr("the statement on coverage"), c.coverage_statement, TextKind::prose);
  for (const LocalText& statement : c.statements)
    texts.add(tr("a statement"), statement, TextKind::prose);
  for (const ResultTable& table : c.tables) {
    const auto of = [&](const std::string& what) {
      return fmt::format(fmt::runtime(tr("{0}: {1}")), fmt::format(fmt::runtime(tr("table {}")), table.id), what);
    };
    texts.add(of(tr("the title")), table.title, TextKind::name);
    texts.add(of(tr("the range")), table.range, TextKind::name);
    texts.add(of(tr("a unit")), table.value_unit, TextKind::name);
    texts.add(of(tr("a unit")), table.error_unit, TextKind::name);
    for (const Row& row : table.rows)
      texts.add(of(tr("the note of a row")), row.note, TextKind::prose);
  }
  for (const Curve& curve : c.curves) {
    const auto of = [&](const std::string& what) {
      return fmt::format(fmt::runtime(tr("{0}: {1}")), fmt::format(fmt::runtime(tr("curve {}")), curve.id), what);
    };
    texts.add(of(tr("the range")), curve.range, TextKind::name);
    texts.add(of(tr("the equation")), curve.equation, TextKind::name);
    for (const CurveParameter& parameter : curve.parameters) {
      texts.add(of(tr("the name of a parameter")), parameter.name, TextKind::name);
      texts.add(of(tr("a unit")), parameter.unit, TextKind::name);
    }
  }
  return texts.list;
}

}  // namespace etalon::archive
