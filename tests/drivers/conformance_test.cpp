// The conformance suite over every shipped driver file, and that it finds what is wrong with others.
#include "drivers/conformance/conformance.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <atomic>
#include <catch2/catch.hpp>
#include <filesystem>
#include <thread>

#include "base/file.h"
#include "drivers/conformance/replay.h"
#include "drivers/manual_page.h"
#include "drivers/new_driver.h"

using namespace etalon::drivers;
using etalon::base::read_file;

namespace {

const std::string folder = std::string(ETALON_SOURCE_DIR) + "/configs/drivers";

std::vector<std::string> shipped() {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (entry.path().extension() == ".toml") names.push_back(entry.path().stem().string());
  }
  std::sort(names.begin(), names.end());
  return names;
}

conformance::Options options() {
  conformance::Options options;
  options.timeout = 1.5;
  return options;
}

std::string failures(const conformance::Report& report) {
  std::string text;
  for (const conformance::Finding& finding : report.findings) {
    if (finding.outcome == conformance::Outcome::failed) text += finding.check + ": " + finding.detail + "\n";
  }
  return text;
}

std::string with(std::string text, const std::string& right, const std::string& wrong) {
  const std::size_t at = text.find(right);
  REQUIRE(at != std::string::npos);
  return text.replace(at, right.size(), wrong);
}

}  // namespace

TEST_CASE("every shipped driver file conforms", "[shipped]") {
  spdlog::set_level(spdlog::level::err);
  const std::vector<std::string> names = shipped();
  REQUIRE(names.size() >= 30);
  std::vector<std::string> wrong(names.size());
  std::atomic<std::size_t> next{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 24; ++i) {
    threads.emplace_back([&] {
      for (std::size_t k = next++; k < names.size(); k = next++) {
        // A machine that stands still for seconds makes time-outs of its own: once more, then it counts.
        for (int tries = 0; tries < 2; ++tries) {
          try {
            wrong[k] =
                failures(conformance::check_driver(read_file(folder + "/" + names[k] + ".toml"), names[k], options()));
          } catch (const std::exception& error) {
            wrong[k] = error.what();
          }
          if (wrong[k].empty()) break;
        }
      }
    });
  }
  for (std::thread& thread : threads)
    thread.join();
  std::vector<DriverFile> drivers;
  for (std::size_t k = 0; k < names.size(); ++k) {
    INFO(names[k]);
    CHECK(wrong[k] == "");
    drivers.push_back(read_driver_file(folder + "/" + names[k] + ".toml"));
  }
  for (const auto& finding : conformance::check_claims(drivers)) {
    INFO(finding.detail);
    CHECK(finding.outcome == conformance::Outcome::passed);
  }
}

TEST_CASE("a meter and a source by file alone conform as they are begun") {
  for (const std::string kind : {"meter", "source"}) {
    const std::string text = new_driver_text("acme-dm7", kind);
    const auto report = conformance::check_driver(text, "acme-dm7", options());
    CHECK(failures(report) == "");
    CHECK(report.count(conformance::Outcome::passed) > 15);
    CHECK_THAT(manual_page(parse_driver_file(text, "acme-dm7.toml")), Catch::Contains("dc voltage"));
  }
  CHECK_THROWS_WITH(new_driver_text("../x", "meter"), Catch::Contains("../x"));
  CHECK_THROWS_WITH(new_driver_text("x", "motor"), Catch::Contains("motor"));
}

TEST_CASE("limits of a model are driven, by the client and against the simulator") {
  const std::string meter = with(new_driver_text("acme-dm7", "meter"), "over_range",
                                 "limits = { \"ACME-DM7\" = { highest_range = 1 } }\nover_range");
  const auto report = conformance::check_driver(meter, "acme-dm7", options());
  CHECK(failures(report) == "");
  CHECK(std::any_of(report.findings.begin(), report.findings.end(), [](const conformance::Finding& finding) {
    return finding.check == "ACME-DM7 measures dc voltage: range 10 V is refused";
  }));
}

TEST_CASE("what is wrong with a driver file is found") {
  const std::string meter = new_driver_text("acme-dm7", "meter");
  const std::string source = new_driver_text("acme-cal", "source");
  const auto found = [](const std::string& text, const std::string& check) {
    const auto report = conformance::check_driver(text, "wrong", options());
    CHECK_FALSE(report.passed());
    CHECK_THAT(failures(report), Catch::Contains(check));
  };
  // Too few digits; digits that are not said, so that a cut number passes.
  found(with(meter, "{value:+.7E}", "{value:+.2E}"), "digits or unit are lost");
  found(with(meter, "{value:+.7E}", "{value}"), "cut-reply");
  // An output that the safe state does not reach.
  found(with(source, "send = [\"OUTP 0\"]", "send = [\"VOLT 0\"]"), "safe state");
  // Two files that claim the same.
  DriverFile one = parse_driver_file(meter, "one.toml");
  DriverFile other = parse_driver_file(meter, "other.toml");
  const auto claims = conformance::check_claims({one, other});
  REQUIRE(claims.size() == 2);
  CHECK(claims.front().outcome == conformance::Outcome::failed);
}

TEST_CASE("the manual pages are those of the driver files") {
  for (const std::string& name : shipped()) {
    INFO(name << ": etalon driver describe all --out docs/instruments");
    CHECK(read_file(std::string(ETALON_SOURCE_DIR) + "/docs/instruments/" + name + ".md") ==
          manual_page(read_driver_file(folder + "/" + name + ".toml")));
  }
}
