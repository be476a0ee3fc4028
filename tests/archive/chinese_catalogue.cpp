#include "tests/archive/chinese_catalogue.h"

#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "base/language.h"

namespace etalon::archive {
namespace {

// Terms that are not in the catalogue yet stand in a list beside it: "msgid<TAB>msgstr" a line.
bool compile(const std::string& folder) {
  const std::string catalogue = ETALON_SOURCE_DIR "/po/zh.po";
  const std::string terms = ETALON_SOURCE_DIR "/po/archive-terms.txt";
  const std::string output = folder + "/zh_CN/LC_MESSAGES/etalon.mo";
  std::filesystem::create_directories(folder + "/zh_CN/LC_MESSAGES");
  std::string sources = "'" + catalogue + "'";
  if (std::filesystem::exists(terms)) {
    std::ifstream in(terms);
    std::ofstream out(folder + "/terms.po");
    out << "msgid \"\"\nmsgstr \"Content-Type: text/plain; charset=UTF-8\\n\"\n\n";
    for (std::string line; std::getline(in, line);) {
      const auto tab = line.find('\t');
      if (tab == std::string::npos) continue;
      out << "msgid \"" << line.substr(0, tab) << "\"\nmsgstr \"" << line.substr(tab + 1) << "\"\n\n";
    }
    sources += " '" + folder + "/terms.po'";
  }
  const std::string command = "msgcat --use-first " + sources + " -o '" + folder + "/all.po' && msgfmt -o '" + output +
                              "' '" + folder + "/all.po'";
  return std::system(command.c_str()) == 0;
}

}  // namespace

void load_chinese() {
  static const bool loaded = [] {
    const std::string folder = ETALON_BINARY_DIR "/test-locale";
    return compile(folder) && base::load_translations(folder);
  }();
  REQUIRE(loaded);
}

}  // namespace etalon::archive
