// docs/gallery.md shows what the program prints.
#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>
#include <regex>
#include <sstream>

#include "program.h"

using namespace etalon;

namespace {

const std::string source = ETALON_SOURCE_DIR;

// "etalon fit FILE --x d" as arguments, with the files of the repository.
std::vector<std::string> arguments_of(const std::string& command) {
  std::istringstream stream(command);
  std::vector<std::string> arguments;
  for (std::string word; stream >> word;)
    arguments.push_back(word.starts_with("configs/") ? source + "/" + word : word);
  arguments.front() = tests::etalon_program();
  return arguments;
}

}  // namespace

TEST_CASE("every block of the gallery is what the program prints, and every picture is there") {
  const std::string gallery = tests::read_text(source + "/docs/gallery.md");
  int blocks = 0;
  std::vector<std::string> printed;
  std::size_t at = 0;
  bool inside = false;
  for (const std::string& line : tests::lines_of(gallery)) {
    if (line.starts_with("$ etalon ")) {
      const tests::Outcome outcome = tests::run_program(arguments_of(line.substr(2)));
      INFO(line << "\n" << outcome.output);
      // Not decided is a result, with an exit code of its own.
      const bool open = outcome.output.find("not decided with") != std::string::npos;
      REQUIRE(outcome.exit_code == (open ? 5 : 0));
      printed = tests::lines_of(outcome.output);
      at = 0;
      inside = true;
      ++blocks;
    } else if (line == "```") {
      inside = false;
    } else if (inside) {
      // In this order; the budget table above is left out.
      while (at < printed.size() && printed[at] != line)
        ++at;
      INFO("block " << blocks << " of docs/gallery.md: the program does not print, at this place:\n" << line);
      REQUIRE(at < printed.size());
      ++at;
    }
  }
  CHECK(blocks >= 25);

  const std::regex picture(R"(\]\((images/[^)]+)\))");
  int pictures = 0;
  for (std::sregex_iterator i(gallery.begin(), gallery.end(), picture), end; i != end; ++i, ++pictures) {
    INFO((*i)[1].str());
    CHECK(std::filesystem::file_size(source + "/docs/" + (*i)[1].str()) > 5000);
  }
  CHECK(pictures == blocks);
}
