#include "drivers/conformance/conformance.h"

#include <algorithm>

#include "base/language.h"
#include "drivers/conformance/check.h"

namespace etalon::drivers::conformance {

using base::tr;

bool Report::passed() const {
  return count(Outcome::failed) == 0;
}

std::size_t Report::count(Outcome outcome) const {
  return static_cast<std::size_t>(std::count_if(findings.begin(), findings.end(),
                                                [&](const Finding& finding) { return finding.outcome == outcome; }));
}

void Subject::run(const std::string& check, const std::function<std::string()>& body) const {
  if (options.cancellation) options.cancellation->check();
  try {
    const std::string wrong = body();
    wrong.empty() ? pass(check) : fail(check, wrong);
  } catch (const base::InterruptedError&) {
    throw;
  } catch (const std::exception& error) {
    fail(check, error.what());
  }
}

Report check_driver(const std::string& text, const std::string& name, const Options& options) {
  DriverFile driver = parse_driver_file(text, name + ".toml");
  driver.name = name;
  Report report{name, {}};
  // The simulated individual is of the example's model, and can do what that one can.
  DriverFile individual = driver;
  narrow_to(individual, example_model(driver));
  const Subject subject{text, individual, options, report.findings};
  check_identity(subject);
  check_error_queue(subject);
  check_measures(subject);
  check_sources(subject);
  check_limits({text, driver, options, report.findings});
  check_faults_of_measures(subject);
  check_faults_of_sources(subject);
  return report;
}

std::vector<Finding> check_claims(const std::vector<DriverFile>& drivers) {
  std::vector<Finding> findings;
  for (const DriverFile& driver : drivers) {
    if (driver.identity.generic) continue;
    std::string example = driver.identity.example;
    if (const auto at = example.find("{serial}"); at != std::string::npos) example.replace(at, 8, "A0000001");
    for (const DriverFile& other : drivers) {
      if (other.name == driver.name || other.identity.generic || !match_identity(other, example)) continue;
      findings.push_back(
          {tr("no two drivers claim one identity"), Outcome::failed,
           fmt::format(fmt::runtime(tr("{} claims the example of {}: {}")), other.name, driver.name, example)});
    }
  }
  if (findings.empty()) findings.push_back({tr("no two drivers claim one identity"), Outcome::passed, ""});
  return findings;
}

}  // namespace etalon::drivers::conformance
