// The parts of the conformance suite; each adds its findings. Used inside this folder only.
#pragma once

#include <fmt/format.h>

#include <functional>
#include <string>

#include "drivers/conformance/conformance.h"
#include "drivers/conformance/device_session.h"

namespace etalon::drivers::conformance {

// What a part needs: the file, how to run it, and where findings go.
struct Subject {
  const std::string& text;
  const DriverFile& driver;
  const Options& options;
  std::vector<Finding>& findings;

  void pass(const std::string& check, const std::string& detail = "") const {
    findings.push_back({check, Outcome::passed, detail});
  }
  void fail(const std::string& check, const std::string& detail) const {
    findings.push_back({check, Outcome::failed, detail});
  }
  void skip(const std::string& check, const std::string& why) const {
    findings.push_back({check, Outcome::not_applicable, why});
  }
  // Runs a check: what it throws is its failure, an empty text its success. InterruptedError goes through.
  void run(const std::string& check, const std::function<std::string()>& body) const;
  DeviceSession session(const std::vector<std::string>& faults = {}, const std::string& individual = "") const {
    return DeviceSession(text, driver.name, options, faults, individual);
  }
};

// Empty when the source's output is off; an output without a switch is shown by its safe state alone.
std::string unsafe_output(DeviceSession& session, const Source& source);

void check_identity(const Subject& subject);
void check_error_queue(const Subject& subject);
void check_measures(const Subject& subject);
void check_sources(const Subject& subject);
void check_limits(const Subject& subject);
void check_faults_of_measures(const Subject& subject);
void check_faults_of_sources(const Subject& subject);

}  // namespace etalon::drivers::conformance
