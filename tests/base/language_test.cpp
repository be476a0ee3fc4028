#include "base/language.h"

#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <catch2/catch.hpp>
#include <cerrno>
#include <clocale>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <thread>
#include <vector>

#include "base/error.h"

using namespace etalon::base;

namespace {
const std::string kCatalogues = ETALON_BINARY_DIR "/locale";
}

TEST_CASE("language names") {
  CHECK(parse_language("en") == Language::en);
  CHECK(parse_language("zh") == Language::zh);
  CHECK(parse_language("zh_CN.UTF-8") == Language::zh);
  CHECK(parse_language("zh-Hans") == Language::zh);
  CHECK(parse_language("en_GB") == Language::en);
  for (const char* name : {"", "de", "english", "ZH", "C", "zhx"}) {
    INFO(name);
    CHECK_THROWS_AS(parse_language(name), InputError);
  }
  CHECK(language_code(Language::zh) == "zh");
  CHECK(language_code(Language::en) == "en");
}

TEST_CASE("a text in one language stands for the other") {
  CHECK(LocalText{"volt", "伏特"}.in(Language::zh) == "伏特");
  CHECK(LocalText{"volt", "伏特"}.in(Language::en) == "volt");
  CHECK(LocalText{"volt", ""}.in(Language::zh) == "volt");
  CHECK(LocalText{"", "伏特"}.in(Language::en) == "伏特");
  CHECK(LocalText{}.empty());
}

TEST_CASE("messages are translated in whatever locale the program runs") {
  REQUIRE(load_translations(kCatalogues));
  const char* id = "it is empty";
  CHECK(translate(id, Language::zh) == "内容为空");
  CHECK(translate(id, Language::en) == id);
  CHECK(translate("no such message id", Language::zh) == "no such message id");
  CHECK(translate("", Language::zh).empty());

  CHECK(interface_language() == Language::en);
  CHECK(tr(id) == id);
  set_interface_language(Language::zh);
  CHECK(tr(id) == "内容为空");
  CHECK_THROWS_WITH(parse_language("de"), Catch::Contains("de") && Catch::Contains("未知"));
  set_interface_language(Language::en);

  // The process itself stays in the "C" locale: numbers with a dot, the system's texts in English.
  char number[16];
  std::snprintf(number, sizeof number, "%.1f", 1.5);
  CHECK(std::string(number) == "1.5");
  CHECK(std::string(std::setlocale(LC_ALL, nullptr)) == "C");
  CHECK(std::string(std::strerror(ENOENT)) == "No such file or directory");
}

TEST_CASE("a program in its build folder finds the catalogue") {
  CHECK(std::filesystem::path(locale_directory()) == std::filesystem::path(kCatalogues));
}

TEST_CASE("threads translate at the same time") {
  REQUIRE(load_translations(kCatalogues));
  std::vector<std::thread> threads;
  std::atomic<int> wrong{0};
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&, i] {
      for (int k = 0; k < 2000; ++k) {
        const Language language = (i + k) % 2 ? Language::zh : Language::en;
        wrong += translate("it is empty", language) != (language == Language::zh ? "内容为空" : "it is empty");
      }
    });
  }
  for (auto& thread : threads)
    thread.join();
  CHECK(wrong == 0);
}

TEST_CASE("without a catalogue texts stay English") {
  // In a process of its own: gettext keeps what it has loaded.
  const pid_t child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    const bool loaded = load_translations("/nonexistent");
    ::_exit(!loaded && translate("it is empty", Language::zh) == "it is empty" ? 0 : 1);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  CHECK(WIFEXITED(status));
  CHECK(WEXITSTATUS(status) == 0);
}
