#include "drivers/simulation/truth.h"

#include <fmt/format.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/file.h"
#include "base/language.h"
#include "drivers/links/filled_text.h"
#include "drivers/simulation/random_stream.h"

namespace etalon::drivers::simulation {

using base::InputError;
using base::tr;

namespace {

bool same_range(double a, double b) {
  return std::fabs(a - b) <= 1e-9 * std::fabs(b);
}

// The physics row of a range: the first that reaches it, as in accuracy specifications.
template <typename Row>
Row physics_row(const std::vector<Row>& rows, double range) {
  for (const Row& row : rows) {
    if (range <= row.range * (1 + 1e-12)) return row;
  }
  return rows.empty() ? Row{} : rows.back();
}

RandomStream stream_of(std::uint64_t seed, const std::string& instrument, const std::string& quantity, double range) {
  return {seed, fmt::format("truth/{}/{}/{}", instrument, quantity, range)};
}

TrueLine draw_measure(const Measure& measure, const std::string& name, std::uint64_t seed) {
  TrueLine line{measure.quantity, measure.unit, {}};
  const std::vector<double> ranges = measure.ranges.empty() ? std::vector<double>{0} : measure.ranges;
  for (const double range : ranges) {
    const MeterPhysics::Row row = physics_row(measure.physics.rows, range);
    RandomStream stream = stream_of(seed, name, measure.quantity, range);
    const double gain = stream.uniform(-row.gain, row.gain);
    const double full_scale = range > 0 ? range : row.range;
    line.rows.push_back({range, gain, full_scale * stream.uniform(-row.offset, row.offset)});
  }
  return line;
}

// `individuals` are the rows of the bench file that are meant for this quantity.
TrueLine draw_source(const Source& source, const BenchInstrument& instrument,
                     const std::vector<IndividualRow>& individuals, std::uint64_t seed) {
  TrueLine line{source.quantity, source.unit, {}};
  const std::vector<double> ranges =
      source.ranges.empty() ? std::vector<double>{std::max(std::fabs(source.minimum), std::fabs(source.maximum))}
                            : source.ranges;
  for (const double range : ranges) {
    const SourcePhysics::Row row = physics_row(source.physics.rows, range);
    RandomStream stream = stream_of(seed, instrument.name, source.quantity, range);
    TrueRow drawn{range, row.gain * stream.normal(), row.offset * stream.normal()};
    for (const IndividualRow& individual : individuals) {
      if (!same_range(individual.range, range)) continue;
      drawn.gain += individual.gain;
      drawn.offset += individual.offset;
    }
    line.rows.push_back(drawn);
  }
  for (const IndividualRow& individual : individuals) {
    bool known = false;
    for (const double range : ranges)
      known = known || same_range(individual.range, range);
    if (!known) {
      throw InputError(filled(tr("{}: instruments.{}: truth: {} is no range of {} in {}; its ranges are {}"),
                              to_string(instrument.position), instrument.name, individual.range, source.quantity,
                              instrument.driver_name, fmt::join(ranges, ", ")));
    }
  }
  return line;
}

const InstrumentTruth& instrument_of(const Truth& truth, const std::string& name) {
  const auto found = truth.instruments.find(name);
  if (found == truth.instruments.end()) throw InputError(filled(tr("the truth knows no instrument '{}'"), name));
  return found->second;
}

const TrueLine& line_of(const std::vector<TrueLine>& lines, const std::string& name, const std::string& quantity) {
  for (const TrueLine& line : lines) {
    if (line.quantity == quantity) return line;
  }
  throw InputError(filled(tr("the truth knows no {} of '{}'"), quantity, name));
}

nlohmann::ordered_json json_of(const std::vector<TrueLine>& lines) {
  auto array = nlohmann::ordered_json::array();
  for (const TrueLine& line : lines) {
    auto rows = nlohmann::ordered_json::array();
    for (const TrueRow& row : line.rows)
      rows.push_back({{"range", row.range}, {"gain", row.gain}, {"offset", row.offset}});
    array.push_back({{"quantity", line.quantity}, {"unit", line.unit}, {"ranges", rows}});
  }
  return array;
}

std::vector<TrueLine> lines_from(const nlohmann::json& array) {
  std::vector<TrueLine> lines;
  for (const auto& entry : array) {
    TrueLine line{entry.at("quantity").get<std::string>(), entry.at("unit").get<std::string>(), {}};
    for (const auto& row : entry.at("ranges")) {
      line.rows.push_back(
          {row.at("range").get<double>(), row.at("gain").get<double>(), row.at("offset").get<double>()});
    }
    lines.push_back(std::move(line));
  }
  return lines;
}

}  // namespace

const TrueRow& TrueLine::row_of_range(double range) const {
  for (const TrueRow& row : rows) {
    if (row.range == 0 || same_range(row.range, range)) return row;
  }
  throw InputError(filled(tr("the truth knows no range {} {} of {}"), range, unit, quantity));
}

const TrueRow& TrueLine::row_holding(double value) const {
  for (const TrueRow& row : rows) {
    if (row.range == 0 || std::fabs(value) <= row.range * (1 + 1e-12)) return row;
  }
  throw InputError(filled(tr("no range of {} holds {} {}"), quantity, value, unit));
}

const TrueLine& Truth::measure(const std::string& instrument, const std::string& quantity) const {
  return line_of(instrument_of(*this, instrument).measures, instrument, quantity);
}

const TrueLine& Truth::source(const std::string& instrument, const std::string& quantity) const {
  return line_of(instrument_of(*this, instrument).sources, instrument, quantity);
}

double Truth::meter_error(const std::string& meter, const std::string& quantity, double range, double applied) const {
  const TrueRow& row = measure(meter, quantity).row_of_range(range);
  return row.gain * applied + row.offset;
}

double Truth::source_output(const std::string& name, const std::string& quantity, double setting) const {
  const TrueRow& row = source(name, quantity).row_holding(setting);
  return setting * (1 + row.gain) + row.offset;
}

Truth draw_truth(const Bench& bench, std::uint64_t seed) {
  Truth truth;
  truth.seed = seed;
  for (const BenchInstrument& instrument : bench.instruments) {
    InstrumentTruth& drawn = truth.instruments[instrument.name];
    drawn.driver = instrument.driver_name;
    drawn.serial = instrument.serial;
    for (const Measure& measure : instrument.driver.measures) {
      drawn.measures.push_back(draw_measure(measure, instrument.name, seed));
    }
    // The bench file's rows belong to the first quantity of the driver file.
    for (const Source& source : instrument.driver.sources) {
      const bool first = &source == &instrument.driver.sources.front();
      drawn.sources.push_back(
          draw_source(source, instrument, first ? instrument.truth : std::vector<IndividualRow>(), seed));
    }
  }
  return truth;
}

std::string truth_json(const Truth& truth) {
  nlohmann::ordered_json root;
  root["seed"] = truth.seed;
  root["instruments"] = nlohmann::ordered_json::object();
  for (const auto& [name, instrument] : truth.instruments) {
    root["instruments"][name] = {{"driver", instrument.driver},
                                 {"serial", instrument.serial},
                                 {"measures", json_of(instrument.measures)},
                                 {"sources", json_of(instrument.sources)}};
  }
  return root.dump(2) + "\n";
}

Truth parse_truth_json(const std::string& text, const std::string& file_name) {
  try {
    const auto root = nlohmann::json::parse(text);
    Truth truth;
    truth.seed = root.at("seed").get<std::uint64_t>();
    for (const auto& [name, entry] : root.at("instruments").items()) {
      truth.instruments[name] = {entry.at("driver").get<std::string>(), entry.at("serial").get<std::string>(),
                                 lines_from(entry.at("measures")), lines_from(entry.at("sources"))};
    }
    return truth;
  } catch (const nlohmann::json::exception& error) {
    throw InputError(filled(tr("{}: not a truth file of a simulated bench: {}"), file_name, error.what()));
  }
}

void write_truth(const Truth& truth, const std::string& path) {
  base::write_file_atomically(path, truth_json(truth));
}

Truth read_truth(const std::string& path) {
  return parse_truth_json(base::read_file(path), path);
}

}  // namespace etalon::drivers::simulation
