// A certificate says of its run what the run did, and nothing else; in both languages.
#include <catch2/catch.hpp>
#include <regex>

#include "archive/certificate_from_results.h"
#include "archive/method_statement.h"
#include "tests/calibration/evaluation/written_run.h"

using namespace etalon;
using acquisition::RunRecord;
using acquisition::StepKind;
using Catch::Contains;
using tests::with;
using tests::WrittenPoint;

namespace {

RunRecord run_of(const std::string& procedure) {
  RunRecord run = tests::written_run([](const auto&) { return WrittenPoint{}; }, "2026-06-01", procedure);
  run.inputs["item"] = base::read_file(tests::configs + "/items/example-34461a.toml");
  run.inputs["laboratory"] = base::read_file(tests::configs + "/laboratory.toml");
  return run;
}

archive::Certificate certificate_of(const RunRecord& run) {
  return archive::make_certificate(run, calibration::evaluate(run), "", "0.0");
}

std::string without_table(std::string text, const std::string& name) {
  const std::size_t from = text.find("[" + name + "]");
  return text.erase(from, text.find("\n[", from) + 1 - from);
}

// The journal's word on how each point settled.
void settled_as(RunRecord& run, const std::string& how) {
  for (const auto& step : run.plan.steps) {
    if (step.kind != StepKind::settle) continue;
    run.events.push_back({0, step.number, 1, "", 0, acquisition::event::settled, "calibrator", how});
  }
}

}  // namespace

TEST_CASE("the settling that was done is stated") {
  const auto text = archive::method_statement(run_of(tests::procedure_text()));
  CHECK_THAT(text.en, Contains("Settings of the item: high_impedance = ON, nplc = 10."));
  CHECK_THAT(text.en, Contains("the settling flag of the source (not with a short), a wait of 5 s, agreement of 4 "
                               "successive readings of the item within 6 ppm of its range."));
  CHECK_THAT(text.en, Contains("mean of 10 readings."));
  CHECK_THAT(text.zh,
             Contains("等待标准源稳定标志（短路点除外），再等待 5 s，被校仪器连续 4 个读数之差不超过量程的 6 ppm。"));
  CHECK_THAT(text.zh, Contains("各示值为 10 次读数的平均值。"));
}

TEST_CASE("settling that was not done is not stated") {
  const std::string none = with(without_table(tests::procedure_text(), "settling"), "[environment]",
                                "[settling]\nflag = false\n[environment]");
  const auto nothing = archive::method_statement(run_of(none));
  for (const char* word : {"flag", "wait", "agreement", " 0 ", "Before"})
    CHECK_THAT(nothing.en, !Contains(word));
  for (const char* word : {"标志", "等待", " 0 ", "读数前"})
    CHECK_THAT(nothing.zh, !Contains(word));
  const auto dwell = archive::method_statement(run_of(with(none, "flag = false", "flag = false\ndwell = \"2 s\"")));
  CHECK_THAT(dwell.en, Contains("Before the readings of each point: a wait of 2 s."));
  CHECK_THAT(dwell.zh, Contains("每点读数前：等待 2 s。"));
}

TEST_CASE("a flag that was asked for is stated only where the source has one") {
  RunRecord run = run_of(tests::procedure_text());
  settled_as(run, "no flag, dwell 5 s");
  CHECK_THAT(archive::method_statement(run).en, !Contains("flag"));
  CHECK_THAT(archive::method_statement(run).en, Contains("Before the readings of each point: a wait of 5 s"));
  run = run_of(tests::procedure_text());
  settled_as(run, "flag, dwell 5 s");
  CHECK_THAT(archive::method_statement(run).en, Contains("settling flag"));
}

TEST_CASE("a run without settings of the item says nothing about them") {
  RunRecord run = run_of(tests::procedure_text());
  run.plan.settings.clear();
  CHECK_THAT(archive::method_statement(run).en, !Contains("Settings"));
  CHECK_THAT(archive::method_statement(run).zh, !Contains("设置"));
}

TEST_CASE("each limit's specification is named, not the first point's for all") {
  RunRecord run = run_of(tests::procedure_text());
  CHECK(archive::limits_statement(run.plan).en == "Limits of permissible error: Keysight 34461A data sheet, 1 year.");
  for (auto& point : run.plan.points) {
    if (point.range_text == "1000 V") point.limit.source = "order of the customer";
    if (point.id == "10 V / 5 V") point.limit.source = "a class";
  }
  const auto text = archive::limits_statement(run.plan);
  CHECK_THAT(text.en, Contains("of 1000 V: order of the customer.") && Contains("of 10 V / 5 V: a class."));
  CHECK_THAT(text.en, Contains("of 100 mV, 1 V, 10 V / 0 V (short), "));
  CHECK_THAT(text.zh, Contains("1000 V 的最大允许误差依据：order of the customer。"));
  // Beside the verdict, where the reader looks for it.
  CHECK_THAT(certificate_of(run).decision_rule.text.en, Contains("order of the customer"));
  for (auto& point : run.plan.points)
    point.limit.source.clear();
  CHECK(archive::limits_statement(run.plan).empty());
}

TEST_CASE("a mean of differing numbers of readings is said so") {
  RunRecord run = run_of(with(tests::procedure_text(), "readings = 10", "readings = 4"));
  CHECK_THAT(archive::method_statement(run).en, Contains("mean of 4 to 10 readings"));
}

TEST_CASE("the customer is not made the owner") {
  const auto certificate = certificate_of(run_of(tests::procedure_text()));
  CHECK(certificate.item.owner.empty());
  CHECK_FALSE(certificate.customer.name.empty());
}

TEST_CASE("the decision rule says that unrounded numbers decided, and a row says where that shows") {
  // E = 75 uV in print beside a limit of 74.5 uV that it meets.
  RunRecord run = run_of(with(tests::procedure_text(), "rule = \"JJF 1094\"", "rule = \"simple acceptance\""));
  const auto first = calibration::evaluate(run);
  auto unrounded = [&](const calibration::EvaluatedPoint& p) { return std::fabs(p.error.value); };
  for (std::size_t p = 0; p < run.plan.points.size(); ++p)
    run.plan.points[p].limit = {0, 0, std::max(1e-9, unrounded(first.points[p])), "at the error"};
  const auto results = calibration::evaluate(run);
  const auto certificate = certificate_of(run);
  CHECK_THAT(certificate.decision_rule.text.en, Contains("unrounded"));
  CHECK_THAT(certificate.decision_rule.text.zh, Contains("未修约"));
  int noted = 0;
  std::size_t p = 0;
  for (const auto& table : certificate.tables) {
    for (const auto& row : table.rows) {
      const auto found = std::find_if(results.points.begin(), results.points.end(), [&](const auto& point) {
        return point.point.range_text == table.range.en && point.reported.nominal == row.nominal &&
               point.reported.error == row.error;
      });
      REQUIRE(found != results.points.end());
      const bool contradiction =
          std::fabs(std::stod(row.error)) > std::stod(row.acceptance_limit) && row.verdict == archive::Conformity::pass;
      CHECK(contradiction == (row.note.en.find("closer than the printed digits") != std::string::npos));
      noted += contradiction ? 1 : 0;
      ++p;
    }
  }
  CHECK(noted > 0);
}

TEST_CASE("with U beyond the limits the certificate gives no acceptance limit and says why") {
  RunRecord run = run_of(tests::procedure_text());
  const auto first = calibration::evaluate(run);
  for (std::size_t p = 0; p < run.plan.points.size(); ++p)
    run.plan.points[p].limit = {0, 0, 0.5 * first.points[p].error.expanded_uncertainty, "too strict"};
  const auto certificate = certificate_of(run);
  for (const auto& table : certificate.tables) {
    for (const auto& row : table.rows)
      CHECK(row.acceptance_limit.empty());
  }
  CHECK_THAT(certificate.decision_rule.text.en, Contains("no error could pass"));
  CHECK_THAT(certificate.decision_rule.text.zh, Contains("均不能判为合格"));
}

TEST_CASE("the reason of a small coverage factor stands beside it, where there is one") {
  RunRecord run = run_of(tests::procedure_text());
  CHECK_THAT(certificate_of(run).coverage_statement.en, Contains("rectangular components dominate"));
  run = tests::written_run([](const auto& p) { return WrittenPoint{0, 1e-5 * p.range}; });
  run.inputs = run_of(tests::procedure_text()).inputs;
  CHECK_THAT(certificate_of(run).coverage_statement.en, !Contains("rectangular"));
}
