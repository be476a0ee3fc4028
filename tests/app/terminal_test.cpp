#include "app/terminal.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <sstream>

using namespace etalon::app;

TEST_CASE("columns of text with Chinese in it") {
  CHECK(display_width("abc") == 3);
  CHECK(display_width("示值") == 4);
  CHECK(display_width("±µΩ") == 3);
  CHECK(padded_left("示值", 6) == "  示值");
  const std::string table = table_text({"a", "b"}, {{{"示值"}, {"1"}}, {{"x"}, {"22"}}}, {false, true}, false);
  CHECK(table == "a      b\n示值   1\nx     22\n");
}

TEST_CASE("wrapped lines are never too long and lose nothing") {
  const std::string texts[] = {
      "Remove the short. Connect calibrator NORMAL HI and LO to meter HI and LO with the low-thermal copper leads.",
      "取下短路片。用低热电势铜导线将校准源 NORMAL HI、LO 分别接到多用表 HI、LO。确认选择前面板端子，两台仪器均已预热 "
      "2 小时以上。"};
  for (const std::string& text : texts) {
    for (int width = 24; width < 120; width += 7) {
      const std::string lines = wrapped(text, width, 2);
      std::istringstream stream(lines);
      std::string joined;
      bool first = true;
      for (std::string line; std::getline(stream, line); first = false) {
        CHECK(display_width(line) <= width);
        if (!first) CHECK(line.substr(0, 2) == "  ");
        joined += line;
      }
      const auto without_blanks = [](std::string s) {
        s.erase(std::remove(s.begin(), s.end(), ' '), s.end());
        return s;
      };
      CHECK(without_blanks(joined) == without_blanks(text));
    }
  }
  CHECK(wrapped("", 40) == "");
}

TEST_CASE("a line that is cut fits, and wide characters are not halved") {
  const std::string line = "██░░  25 %  剩余 3:11  +9.00009 V  校准点 1/11  100 mV / 0 mV";
  for (int width = 3; width < 80; ++width) {
    const std::string cut = cut_to(line, width);
    CHECK(display_width(cut) <= width);
    if (width >= display_width(line)) {
      CHECK(cut == line);
    } else {
      CHECK(cut.substr(cut.size() - 3) == "…");
      CHECK(line.find(cut.substr(0, cut.size() - 3)) == 0);
      CHECK(display_width(cut) >= width - 1);
    }
  }
}
