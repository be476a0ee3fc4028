#include "archive/pdf_results.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "archive/pdf_table.h"
#include "archive/pdf_verdict.h"
#include "archive/residual_chart.h"
#include "base/units.h"

namespace etalon::archive {
namespace {

const TextStyle kBody{8.6, Weight::regular, paper::kInk, Align::left};

class Results {
 public:
  Results(PdfPages& pages, const Certificate& certificate, base::Language leading)
      : pages_(pages), c_(certificate), leading_(leading) {}

  void draw() {
    standards();
    method();
    environment();
    prose(label::kUncertainty, c_.coverage_statement);
    decision_rule();
    for (const auto& table : c_.tables)
      result_table(table);
    curves();
    charts();
    statements();
    end();
  }

 private:
  Bilingual both(const LocalText& text) const { return bilingual(text, leading_); }
  Bilingual both(const char* id) const { return bilingual(id, leading_); }
  static TableCell cell(const Bilingual& text) { return {text, paper::kInk, Weight::regular}; }
  static TableCell plain(const std::string& text) { return cell({text, {}}); }
  static std::string unit(const std::string& name) { return name == "1" ? "" : base::display_unit(name); }
  void standards() {
    pages_.section(both(label::kStandards), 60);
    PdfTable table;
    table.columns = {{both(label::kInstrument), "", "", ColumnKind::text, 1.4},
                     {both(label::kModel), "", "", ColumnKind::text, 0.5},
                     {both(label::kSerialNumber), "", "", ColumnKind::text, 0.5},
                     {both(label::kCertificateAndLaboratory), "", "", ColumnKind::text, 1.6},
                     {both(label::kCertificateDate), "", "", ColumnKind::text, 0.1},
                     {both(label::kValidUntil), "", "", ColumnKind::text, 0.1}};
    for (const auto& standard : c_.standards) {
      const Bilingual name = both(standard.name);
      const Bilingual maker = both(standard.maker);
      const Bilingual laboratory = both(standard.certificate_laboratory);
      table.rows.push_back({cell({name.first, name.second}), cell({standard.model, maker.first}),
                            plain(standard.serial), cell({standard.certificate_number, laboratory.joined(" ")}),
                            plain(standard.certificate_date), plain(standard.valid_until)});
    }
    draw_table(pages_, table);
  }

  void method() {
    pages_.section(both(label::kMethod), 30);
    pages_.paragraph(both(c_.method.procedure_title), kBody);
    std::string documents;
    for (const auto& document : c_.method.documents)
      documents += (documents.empty() ? "" : ", ") + document;
    pages_.paragraph({both(label::kDocuments).joined(" ") + "  " + documents, {}}, kBody);
    if (!c_.method.description.empty()) pages_.paragraph(both(c_.method.description), kBody);
  }

  void environment() {
    pages_.section(both(label::kEnvironment), 60);
    PdfTable table;
    table.columns = {{both(label::kQuantity), "", "", ColumnKind::text, 2},
                     {both(label::kMinimum), "", "", ColumnKind::number, 1},
                     {both(label::kMaximum), "", "", ColumnKind::number, 1},
                     {both(label::kExpandedUncertainty), "U", "", ColumnKind::number, 1},
                     {both(label::kCoverageFactor), "k", "", ColumnKind::number, 0.6},
                     {both(label::kUnit), "", "", ColumnKind::text, 0.3}};
    const char* names[] = {label::kTemperature, label::kRelativeHumidity, label::kPressure};
    for (const auto& condition : c_.environment) {
      const bool uncertain = !condition.expanded_uncertainty.empty();
      const Bilingual name = both(names[static_cast<int>(condition.quantity)]);
      table.rows.push_back({cell({name.joined("  "), {}}), plain(condition.minimum), plain(condition.maximum),
                            plain(uncertain ? condition.expanded_uncertainty : "–"),
                            plain(uncertain ? condition.coverage_factor : "–"), plain(unit(condition.unit))});
    }
    draw_table(pages_, table);
  }

  void prose(const char* title, const LocalText& text) {
    pages_.section(both(title), 40);
    pages_.paragraph(both(text), kBody);
  }

  void decision_rule() {
    if (c_.decision_rule.text.empty()) return;
    pages_.section(both(label::kDecisionRule), 50);
    TextStyle name = kBody;
    name.weight = Weight::semibold;
    const Bilingual rule = both(c_.decision_rule.name);
    pages_.paragraph({rule.joined("  "), {}}, name);
    pages_.paragraph(both(c_.decision_rule.text), kBody);
  }

  template <typename Get>
  static bool any(const ResultTable& table, Get get) {
    return std::any_of(table.rows.begin(), table.rows.end(), [&](const Row& row) { return !get(row).empty(); });
  }

  // Columns that no row of the table fills are left out. A probability that is the same for all stands in the caption.
  PdfTable result_table_of(const ResultTable& source) const {
    std::set<std::string> probabilities;
    bool acceptance = false;
    bool verdicts = false;
    for (const auto& row : source.rows) {
      probabilities.insert(row.coverage_probability);
      acceptance = acceptance || row.acceptance_limit != row.mpe;
      verdicts = verdicts || row.verdict != Conformity::not_stated;
    }
    const bool limits = any(source, [](const Row& r) { return r.mpe; });
    const bool dof = any(source, [](const Row& r) { return r.effective_degrees_of_freedom; });
    const bool own_p = probabilities.size() > 1;

    PdfTable table;
    table.caption = both(source.title);
    if (!own_p) {
      table.caption.second += (table.caption.second.empty() ? "" : "    ") +
                              both(label::kCoverageProbability).joined(" ") + " p = " + *probabilities.begin();
    }
    for (const std::string& note : row_notes(source))
      table.caption.second += "    " + note;
    table.continued = both(label::kContinued);
    const auto number = [&](const char* name, const std::string& symbol, const std::string& of_unit = {},
                            double stretch = 1) {
      table.columns.push_back({both(name), symbol, of_unit, ColumnKind::number, stretch});
    };
    number(label::kNominal, "", unit(source.value_unit));
    number(label::kReference, "", unit(source.value_unit), 0.8);
    number(label::kIndication, "", unit(source.value_unit));
    number(label::kError, "E", unit(source.error_unit));
    number(label::kExpandedUncertainty, "U", unit(source.error_unit));
    number(label::kCoverageFactor, "k");
    if (own_p) number(label::kCoverageProbability, "p");
    if (dof) number(label::kDegreesOfFreedom, "ν");
    if (limits) number(label::kMpe, "±MPE", unit(source.error_unit), 2.4);
    if (limits && acceptance) number(label::kAcceptanceLimit, "±A", unit(source.error_unit));
    if (verdicts) table.columns.push_back({both(label::kConformity), "", "", ColumnKind::text, 0.8, true});

    for (const auto& row : source.rows) {
      std::vector<TableCell> cells = {plain(row.nominal),
                                      plain(row.reference),
                                      plain(row.indication),
                                      {{row.error, {}}, paper::kInk, Weight::semibold},
                                      plain(row.expanded_uncertainty),
                                      plain(row.coverage_factor)};
      if (own_p) cells.push_back(plain(row.coverage_probability));
      if (dof) {
        const auto& text = row.effective_degrees_of_freedom;
        cells.push_back(plain(text.empty() || text == "inf" ? "∞" : text));
      }
      if (limits) cells.push_back(plain(row.mpe));
      if (limits && acceptance) cells.push_back(plain(row.acceptance_limit.empty() ? "–" : row.acceptance_limit));
      if (verdicts) {
        const Bilingual words = both(verdict_label(row.verdict));
        cells.push_back({{words.joined(" "), {}}, verdict_colour(row.verdict), Weight::semibold});
      }
      table.rows.push_back(std::move(cells));
    }
    return table;
  }

  // "Row 1 第 1 行: input shorted 输入端短路", for rows with something special.
  std::vector<std::string> row_notes(const ResultTable& source) const {
    std::vector<std::string> notes;
    for (std::size_t i = 0; i < source.rows.size(); ++i) {
      if (source.rows[i].note.empty()) continue;
      Bilingual row = both(label::kRow);
      row.first = fmt::format(fmt::runtime(row.first), i + 1);
      if (!row.second.empty()) row.second = fmt::format(fmt::runtime(row.second), i + 1);
      notes.push_back(row.joined(" ") + ": " + both(source.rows[i].note).joined(" "));
    }
    return notes;
  }

  void result_table(const ResultTable& source) {
    const PdfTable table = result_table_of(source);
    if (&source == &c_.tables.front()) {
      // The section's title stays with its first table.
      pages_.section(both(label::kResults), std::min(table_height(pages_.cairo(), table), 300.0));
    }
    draw_table(pages_, table);
  }

  void curves() {
    if (c_.curves.empty()) return;
    PdfTable table;
    table.continued = both(label::kContinued);
    table.columns = {{both(label::kRange), "", "", ColumnKind::text, 0.6, true},
                     {both(label::kEquation), "", "", ColumnKind::text, 0.8, true},
                     {both(label::kParameter), "", "", ColumnKind::text, 0.1},
                     {both(label::kValue), "", "", ColumnKind::number, 1},
                     {both(label::kExpandedUncertainty), "U", "", ColumnKind::number, 1},
                     {both(label::kCoverageFactor), "k", "", ColumnKind::number, 0.5},
                     {both(label::kUnit), "", "", ColumnKind::text, 0.4},
                     {both(label::kCorrelation), "r", "", ColumnKind::number, 0.5},
                     {both(label::kChiSquared), "χ²", "", ColumnKind::number, 0.5},
                     {both(label::kDegreesOfFreedom), "ν", "", ColumnKind::number, 1.1}};
    for (const auto& curve : c_.curves) {
      for (std::size_t i = 0; i < curve.parameters.size(); ++i) {
        const auto& parameter = curve.parameters[i];
        const auto once = [i](const std::string& text) { return plain(i == 0 ? text : std::string()); };
        table.rows.push_back({once(both(curve.range).first),
                              once(curve.equation),
                              plain(parameter.name),
                              {{parameter.value, {}}, paper::kInk, Weight::semibold},
                              plain(parameter.expanded_uncertainty),
                              plain(parameter.coverage_factor),
                              plain(unit(parameter.unit)),
                              once(curve.correlation),
                              once(curve.chi_squared),
                              once(curve.degrees_of_freedom)});
      }
    }
    pages_.section(both(label::kCurves), std::min(table_height(pages_.cairo(), table), 300.0));
    draw_table(pages_, table);
  }

  static std::string in_brackets(const std::string& unit) { return unit.empty() ? unit : " (" + unit + ")"; }

  ResidualChart chart_of(const ResultTable& table) const {
    ResidualChart chart;
    chart.title = both(table.title).joined("  ");
    chart.x_label = {both(label::kAppliedValue).joined(" "), in_brackets(unit(table.value_unit))};
    chart.y_label = {both(label::kError).joined(" ") + " E", in_brackets(unit(table.error_unit))};
    chart.points_label = both(label::kErrorWithU).joined(" ");
    chart.mpe_label = "±MPE";
    chart.curve_label = both(label::kFittedCurve).joined(" ");
    for (const auto& row : table.rows)
      chart.points.push_back(row.plot);
    for (const auto& curve : c_.curves) {
      if (curve.table_id == table.id) chart.curve = curve.samples;
    }
    return chart;
  }

  // Two beside each other; a single one takes the width.
  void charts() {
    constexpr double kGap = 16;
    const bool single = c_.tables.size() == 1;
    const double width = single ? paper::kTextWidth : (paper::kTextWidth - kGap) / 2;
    const double height = single ? 220 : 172;
    pages_.section(both(label::kCharts), height);
    for (std::size_t i = 0; i < c_.tables.size(); ++i) {
      const bool right = i % 2 == 1;
      if (!right) pages_.need(height);
      draw_residual_chart(pages_.cairo(), paper::kLeft + (right ? width + kGap : 0), pages_.y, width, height,
                          chart_of(c_.tables[i]));
      if (right || i + 1 == c_.tables.size()) pages_.y += height + 12;
    }
  }

  void statements() {
    pages_.section(both(label::kStatements), 40);
    for (const auto& text : c_.statements)
      pages_.paragraph(both(text), kBody);
    pages_.paragraph(
        {both(label::kSoftware).joined(" ") + "  " + both(c_.software.name).first + " " + c_.software.version, {}},
        kBody, 38);
  }

  void end() {
    const std::string text = both(label::kEnd).joined("  ");
    const TextStyle style{10, Weight::semibold, paper::kInk, Align::centre};
    pages_.need(28);
    pages_.y += 12;
    const auto extent = measure_text(pages_.cairo(), text, style);
    const double middle = paper::kWidth / 2;
    const double line = pages_.y + extent.height / 2;
    rule(pages_.cairo(), middle - extent.width / 2 - 70, middle - extent.width / 2 - 10, line, 0.6, paper::kInk);
    rule(pages_.cairo(), middle + extent.width / 2 + 10, middle + extent.width / 2 + 70, line, 0.6, paper::kInk);
    draw_text(pages_.cairo(), middle, pages_.y, text, style);
    pages_.y += extent.height;
  }

  PdfPages& pages_;
  const Certificate& c_;
  base::Language leading_;
};

}  // namespace

void draw_results(PdfPages& pages, const Certificate& certificate, base::Language leading) {
  Results(pages, certificate, leading).draw();
}

}  // namespace etalon::archive
