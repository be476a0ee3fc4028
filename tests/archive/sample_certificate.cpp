#include "tests/archive/sample_certificate.h"

#include <fmt/format.h>

#include <cmath>

#include "base/decimal.h"

namespace etalon::archive {
namespace {

struct Range {
  const char* name;
  const char* value_unit;
  const char* error_unit;
  double scale;  // error unit in a value unit
  double full;
  int value_places;  // digits after the point in value_unit
  double gain;       // of the meter's hidden line, relative
  double offset;     // in the error unit
  double ppm_reading;
  double ppm_range;
  std::vector<double> points;
};

const std::vector<Range> kRanges{
    {"100 mV", "mV", "uV", 1e3, 100, 5, 9e-6, 0.8, 50, 35, {0, 10, 50, 100, -10, -100}},
    {"1 V", "V", "uV", 1e6, 1, 7, -11e-6, 1.5, 40, 7, {0, 0.1, 0.5, 1, -1}},
    {"10 V", "V", "uV", 1e6, 10, 6, 12e-6, -12, 35, 5, {0, 1, 3, 5, 7, 10, -5, -10}},
    {"100 V", "V", "mV", 1e3, 100, 5, 14e-6, 0.15, 45, 6, {0, 10, 50, 100, -100}},
    {"1000 V", "V", "mV", 1e3, 1000, 4, -52e-6, 1.1, 45, 10, {0, 500, 1000, -1000}},
};

std::string fixed(double value, int places) {
  return base::Decimal::parse(fmt::format("{:.{}f}", value, places)).str();
}

ResultTable make_table(const Range& range, int index) {
  ResultTable table;
  table.id = fmt::format("dcv-{}", index + 1);
  table.title = {fmt::format("DC voltage, range {}", range.name), fmt::format("直流电压 {} 量程", range.name)};
  table.range = {range.name, range.name};
  table.value_unit = range.value_unit;
  table.error_unit = range.error_unit;
  int i = 0;
  for (const double point : range.points) {
    Row row;
    ++i;
    const double wobble = 0.3 * std::sin(2.1 * i + index);
    const double mpe = (std::abs(point) * range.ppm_reading + range.full * range.ppm_range) * 1e-6 * range.scale;
    const double u = mpe * (0.21 + 0.03 * std::cos(1.7 * i));
    const double error = point * range.gain * range.scale + range.offset + wobble * u;
    const auto rounded = base::round_result(error, u);
    const auto limit = base::round_result(mpe, mpe, 3);
    row.nominal = fixed(point, point == std::floor(point) ? 0 : 1);
    row.reference = fixed(point, range.value_places);
    row.indication = fixed(point + error / range.scale, range.value_places);
    row.error = rounded.value;
    row.expanded_uncertainty = rounded.expanded_uncertainty;
    row.mpe = limit.expanded_uncertainty;
    row.acceptance_limit = row.mpe;
    row.coverage_factor = i % 3 ? "2.00" : "2.11";
    row.coverage_probability = "0.95";
    row.effective_degrees_of_freedom = i % 3 ? "∞" : "17";
    row.verdict = std::abs(error) <= mpe ? Conformity::pass : Conformity::fail;
    row.plot = {point, error, u, mpe};
    table.rows.push_back(row);
  }
  return table;
}

Curve make_curve(const Range& range, const ResultTable& table) {
  Curve curve;
  curve.id = table.id;
  curve.table_id = table.id;
  curve.range = table.range;
  curve.equation = "E = b0 + b1·x";
  curve.equation_latex = "E = b_0 + b_1 x";
  const double u0 = range.full * range.ppm_range * 1e-6 * range.scale * 0.1;
  const double u1 = range.ppm_reading * 1e-6 * range.scale * 0.12;
  const auto b0 = base::round_result(range.offset, u0);
  const auto b1 = base::round_result(range.gain * range.scale, u1);
  const std::string slope_unit = std::string(range.error_unit) + "/" + range.value_unit;
  curve.parameters = {{"b0", b0.value, b0.expanded_uncertainty, "2.00", "0.95", range.error_unit},
                      {"b1", b1.value, b1.expanded_uncertainty, "2.00", "0.95", slope_unit}};
  curve.correlation = "-0.12";
  curve.chi_squared = "3.41";
  curve.degrees_of_freedom = std::to_string(table.rows.size() - 2);
  double low = 0;
  double high = 0;
  for (const double point : range.points) {
    low = std::min(low, point);
    high = std::max(high, point);
  }
  for (int i = 0; i <= 40; ++i) {
    const double x = low + (high - low) * i / 40;
    curve.samples.push_back({x, range.offset + range.gain * range.scale * x, std::hypot(u0, u1 * x)});
  }
  return curve;
}

}  // namespace

Certificate sample_certificate(CertificateStatus status) {
  Certificate c;
  c.number = "EXAMPLE-2026-0001";
  c.title = {"Calibration certificate", "校准证书"};
  c.status = status;
  c.laboratory = {{"Example Institute of Metrology", "示例计量测试所"},
                  "L0000",
                  {"1 Example Road, Example City", "示例市示例路 1 号"},
                  "CN",
                  "+86 000 0000 0000",
                  "calibration@example.org"};
  c.customer = {{"Example Electronics Ltd.", "示例电子有限公司"},
                "",
                {"2 Example Street, Example City", "示例市示例街 2 号"},
                "CN",
                "",
                ""};
  c.item = {{"Digital multimeter, 6½ digits", "数字多用表（6½ 位）"},
            {"Keysight Technologies", "是德科技"},
            "34461A",
            "MY00000000",
            "E-0001",
            {"Example Electronics Ltd.", "示例电子有限公司"},
            {"No damage seen; front terminals used", "外观无损伤；使用前面板端子"}};
  c.persons = {{PersonRole::calibrated, {"(technician)", "（校准员）"}},
               {PersonRole::checked, {"(reviewer)", "（核验员）"}},
               {PersonRole::approved, {"(signatory)", "（授权签字人）"}}};
  c.dates = {"2026-05-28", "2026-06-01", "2026-06-01", "2026-06-03"};
  c.place = {PlaceKind::laboratory, {"Electrical laboratory, room 101", "电学实验室 101 室"}};
  c.method = {
      {"Multimeter, dc voltage, direct method", "数字多用表 直流电压 直接测量法"},
      {"JJF 1587-2016", "EURAMET cg-15"},
      {"Ten readings at each point after zero; low-thermal leads; 5 min wait after each connection; autozero on, "
       "100 power line cycles, input resistance automatic.",
       "每点读数 10 次，先测零点；低热电势导线；每次接线后等待 5 min；自动归零开，积分时间 100 NPLC，输入电阻自动。"}};
  c.standards = {{{"Multifunction calibrator", "多功能校准器"},
                  {"Fluke", "福禄克"},
                  "5522A",
                  "0000001",
                  "EXAMPLE-DC-2026-0123",
                  {"Example National Institute", "示例国家计量院"},
                  "2026-01-15",
                  "2027-01-14",
                  std::string(64, 'a')},
                 {{"Thermo-hygro-barometer", "温湿度气压计"},
                  {"Example Sensors", "示例传感"},
                  "THB-1",
                  "0000002",
                  "EXAMPLE-TH-2026-0045",
                  {"Example National Institute", "示例国家计量院"},
                  "2026-02-20",
                  "2027-02-19",
                  ""}};
  c.environment = {{InfluenceQuantity::temperature, "22.8", "23.3", "degC", "0.3"},
                   {InfluenceQuantity::relative_humidity, "41", "46", "%", "3"},
                   {InfluenceQuantity::pressure, "1008.2", "1009.0", "hPa", "0.8"}};
  c.software = {{"etalon", "etalon"}, "0.1.0"};
  c.decision_rule = {"simple-acceptance",
                     {"Simple acceptance", "简单接受"},
                     {"Pass where |E| <= MPE, with the maximum permissible errors of the maker's one-year accuracy "
                      "specification (23 °C ± 5 °C); decided on unrounded values (ILAC-G8:09/2019, 4.2.1).",
                      "|E| ≤ MPE 判为合格，MPE 取制造商一年准确度指标（23 °C ± 5 "
                      "°C）；按未修约的数值判定（ILAC-G8:09/2019，4.2.1）。"}};
  c.coverage_statement = {
      "The expanded uncertainty U is the standard uncertainty multiplied by the coverage factor k given with each "
      "result, "
      "which for the effective degrees of freedom ν corresponds to a coverage probability of about 95 %. Evaluated "
      "according to JCGM 100:2008 (GUM) and JJF 1059.1-2012.",
      "扩展不确定度 U 为标准不确定度乘以各结果所列的包含因子 k，在有效自由度 ν 下对应约 95 % 的包含概率。评定依据 JCGM "
      "100:2008 (GUM) 和 JJF 1059.1-2012。"};
  c.statements = {
      {"The results relate only to the item calibrated, in its condition at the time of calibration.",
       "本证书的校准结果仅对被校对象及其校准时的状态有效。"},
      {"This certificate may not be reproduced other than in full without the written approval of the laboratory.",
       "未经本实验室书面批准，不得部分复制本证书。"}};
  for (std::size_t i = 0; i < kRanges.size(); ++i) {
    c.tables.push_back(make_table(kRanges[i], static_cast<int>(i)));
    c.curves.push_back(make_curve(kRanges[i], c.tables.back()));
  }
  return c;
}

}  // namespace etalon::archive
