// The printed certificate is the same on every machine: neither its owner's font settings nor other fonts change a
// byte, and a font of the list that is not installed is asked for by name instead of being replaced.
#include <catch2/catch.hpp>
#include <cstdlib>

#include "tests/app/program.h"

using namespace etalon::tests;
using Catch::Contains;

namespace {

const std::string run = std::string(ETALON_SOURCE_DIR) + "/tests/golden/run-version-1.h5";

// `folders` with fonts, and what else the settings say.
Outcome draft_with(const TemporaryFolder& folder, const std::string& name, const std::string& settings) {
  write_text(folder / (name + ".conf"),
             "<?xml version=\"1.0\"?><!DOCTYPE fontconfig SYSTEM \"fonts.dtd\">\n<fontconfig>" + settings +
                 "<cachedir>" + (folder / "cache") + "</cachedir></fontconfig>\n");
  ::setenv("FONTCONFIG_FILE", (folder / (name + ".conf")).c_str(), 1);
  const Outcome outcome = etalon::tests::etalon({"certificate", "draft", run, "--out", folder / name});
  ::unsetenv("FONTCONFIG_FILE");
  return outcome;
}

}  // namespace

TEST_CASE("font settings and other fonts of a machine do not change a byte of the certificate") {
  const TemporaryFolder folder;
  const Outcome plain = etalon::tests::etalon({"certificate", "draft", run, "--out", folder / "plain"});
  INFO(plain.output);
  REQUIRE(plain.exit_code == 0);
  // Another family first, everything emboldened and slanted.
  const Outcome odd = draft_with(
      folder, "odd",
      "<dir>/usr/share/fonts</dir>"
      "<match target=\"pattern\"><edit name=\"family\" mode=\"prepend\" binding=\"strong\"><string>DejaVu Sans</string>"
      "</edit></match>"
      "<match target=\"font\"><edit name=\"embolden\" mode=\"assign\"><bool>true</bool></edit>"
      "<edit name=\"matrix\" mode=\"assign\"><matrix><double>1</double><double>0.3</double><double>0</double>"
      "<double>1</double></matrix></edit></match>");
  INFO(odd.output);
  REQUIRE(odd.exit_code == 0);
  CHECK(read_text(folder / "odd/certificate.pdf") == read_text(folder / "plain/certificate.pdf"));
  // Nothing but the fonts that this certificate needs.
  const Outcome few = draft_with(
      folder, "few", "<dir>/usr/share/fonts/truetype/open-sans</dir><dir>/usr/share/fonts/truetype/wqy</dir>");
  INFO(few.output);
  REQUIRE(few.exit_code == 0);
  CHECK(read_text(folder / "few/certificate.pdf") == read_text(folder / "plain/certificate.pdf"));
}

TEST_CASE("a font that is not installed is asked for, not replaced") {
  const TemporaryFolder folder;
  const Outcome outcome = draft_with(
      folder, "without", "<dir>/usr/share/fonts/truetype/open-sans</dir><dir>/usr/share/fonts/truetype/dejavu</dir>");
  INFO(outcome.output);
  CHECK(outcome.exit_code == 2);
  CHECK_THAT(outcome.output, Contains("fonts-wqy-microhei"));
  CHECK_FALSE(std::filesystem::exists(folder / "without/certificate.xml"));
}
