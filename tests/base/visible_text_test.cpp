#include "base/visible_text.h"

#include <catch2/catch.hpp>

#include "base/error.h"

using etalon::base::find_invisible;
using etalon::base::visible_line;
using etalon::base::visible_text;

TEST_CASE("what a terminal would obey is shown, letters of every script stay") {
  CHECK(visible_text("0.05 ℃级 𠮷 é ±") == "0.05 ℃级 𠮷 é ±");
  CHECK(visible_text("a\x1b[31mb\x07") == "a<U+001B>[31mb<U+0007>");
  CHECK(visible_text("\xC2\x9B"
                     "31m") == "<U+009B>31m");
  CHECK(visible_text("1000\u202e0001") == "1000<U+202E>0001");
  CHECK(visible_text("a\u200bb\ufeffc\u00add\u2066e\u3164") == "a<U+200B>b<U+FEFF>c<U+00AD>d<U+2066>e<U+3164>");
  CHECK(visible_text(std::string("a\0b", 3)) == "a<U+0000>b");
  CHECK(visible_text("two\nlines\tand\r") == "two\nlines\tand<U+000D>");
  CHECK(visible_line("two\nlines\t") == "two<U+000A>lines<U+0009>");
  CHECK(visible_line("\U000E0041\U0010FFFF\U0002FFFE") == "<U+E0041><U+10FFFF><U+2FFFE>");
}

TEST_CASE("bytes that are no UTF-8 are shown as bytes") {
  CHECK(visible_text("\x9b"
                     "31m") == "<0x9B>31m");
  CHECK(visible_text("\xb0"
                     "C") == "<0xB0>C");
  CHECK(visible_text("\xc0\x80") == "<0xC0><0x80>");            // overlong
  CHECK(visible_text("\xed\xa0\x80") == "<0xED><0xA0><0x80>");  // surrogate
  CHECK(visible_text("\xe2\x82") == "<0xE2><0x82>");            // cut
  CHECK(visible_text("\xf4\x90\x80\x80") == "<0xF4><0x90><0x80><0x80>");
}

TEST_CASE("the first invisible character is named with its place") {
  CHECK_FALSE(find_invisible("海州-2026 字第0117号"));
  const auto found = find_invisible("号\u200b1");
  REQUIRE(found);
  CHECK(found->offset == 3);
  CHECK(found->name == "U+200B");
  CHECK(find_invisible("a\nb")->name == "U+000A");
}

TEST_CASE("an error's message is whole and harmless") {
  const etalon::base::InputError error(std::string("the text \"a\0b\x1b\" is refused\nsecond line", 38));
  CHECK(std::string(error.what()) == "the text \"a<U+0000>b<U+001B>\" is refused\nsecond line");
}
