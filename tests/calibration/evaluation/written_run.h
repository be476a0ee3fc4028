// A run of the repository's procedure made of written readings: no instrument is needed.
#pragma once

#include <functional>
#include <stdexcept>
#include <string>

#include "acquisition/procedure.h"
#include "acquisition/run_record.h"
#include "base/file.h"
#include "calibration/evaluation/evaluate.h"
#include "drivers/bench.h"

namespace etalon::tests {

inline const std::string configs = ETALON_SOURCE_DIR "/configs";

inline std::string procedure_text() {
  return base::read_file(configs + "/procedures/multimeter-dc-voltage.toml");
}
inline std::string standard_text() {
  return base::read_file(configs + "/standards/example-5522a.toml");
}

inline std::string with(std::string text, const std::string& right, const std::string& wrong) {
  const std::size_t at = text.find(right);
  if (at == std::string::npos) throw std::logic_error("the text does not hold: " + right);
  return text.replace(at, right.size(), wrong);
}

// The i-th reading of a point.
using WrittenReading = std::function<double(const acquisition::Point&, int i)>;

inline acquisition::RunRecord run_of_readings(const std::string& procedure, const WrittenReading& reading,
                                              const std::string& utc = "2026-06-01T09:00:00.000Z") {
  acquisition::RunRecord run;
  run.path = "written.h5";
  run.inputs["procedure"] = procedure;
  run.inputs["standard/example-5522a"] = standard_text();
  run.plan = acquisition::make_plan(acquisition::parse_procedure(procedure, "procedure.toml"),
                                    drivers::read_bench(configs + "/benches/demo.toml", configs + "/drivers"));
  std::int64_t sequence = 0;
  for (const auto& step : run.plan.steps) {
    if (step.kind == acquisition::StepKind::environment) {
      for (const auto& ambient : run.plan.ambient) {
        const double value = ambient.quantity == "pressure" ? 1013.2 : ambient.quantity == "temperature" ? 20.5 : 45.0;
        run.readings.push_back({++sequence, step.number, 1, ambient.quantity, utc, 0, value, ambient.unit, 0, ""});
      }
    }
    if (step.kind == acquisition::StepKind::read) {
      const auto& point = run.plan.points[static_cast<std::size_t>(step.point)];
      for (int i = 0; i < point.readings; ++i) {
        run.readings.push_back(
            {++sequence, step.number, 1, "indication", utc, 0, reading(point, i), run.plan.unit, 0, ""});
      }
    }
    run.events.push_back({++sequence, step.number, 1, utc, 0, acquisition::event::step_finished, "", ""});
  }
  return run;
}

// A point's readings: the nominal value with the meter's error, scattering by +-spread in turn.
struct WrittenPoint {
  double error = 0;
  double spread = 0;
};

inline acquisition::RunRecord written_run(const std::function<WrittenPoint(const acquisition::Point&)>& write,
                                          const std::string& day = "2026-06-01",
                                          const std::string& procedure = procedure_text()) {
  return run_of_readings(
      procedure,
      [&](const acquisition::Point& point, int i) {
        const WrittenPoint written = write(point);
        return point.nominal + written.error + (i % 2 == 0 ? written.spread : -written.spread);
      },
      day + "T09:00:00.000Z");
}

inline const calibration::EvaluatedPoint& point_of(const calibration::Results& results, const std::string& id) {
  for (const auto& point : results.points) {
    if (point.point.id == id) return point;
  }
  throw std::logic_error("no point " + id);
}

}  // namespace etalon::tests
