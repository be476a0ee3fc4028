// Configuration files: each error says file, line, column and what was expected.
#include "base/toml.h"

#include <unistd.h>
#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <functional>
#include <random>

using namespace etalon::base;
using Catch::Contains;

namespace {

struct Refusal {
  std::string message = "nothing was refused";
  int line = -1;
  int column = -1;
};

Refusal refusal(const std::function<void()>& work) {
  try {
    work();
  } catch (const FileError& error) {
    CHECK(error.exit_code() == ExitCode::bad_input);
    return {error.what(), error.position().line, error.position().column};
  }
  return {};
}

Refusal refusal(const std::string& text, const std::function<void(const TomlTable&)>& read) {
  return refusal([&] {
    const TomlTable root = TomlTable::parse_text(text, "bench.toml");
    read(root);
    root.finish();
  });
}

void check_refusal(const std::string& text, const std::function<void(const TomlTable&)>& read, int line, int column,
                   const std::vector<std::string>& parts) {
  INFO(text);
  const Refusal found = refusal(text, read);
  CHECK(found.line == line);
  CHECK(found.column == column);
  CHECK_THAT(found.message,
             Catch::StartsWith("bench.toml:" + std::to_string(line) + ":" + std::to_string(column) + ": "));
  for (const std::string& part : parts)
    CHECK_THAT(found.message, Contains(part));
}

}  // namespace

TEST_CASE("values of every kind are read as they are written") {
  const TomlTable root = TomlTable::parse_text(R"(
name    = "étalon 标准"
count   = 12
part    = -2.5e-6
on      = true
words   = ["a", "b"]
word    = "alone"
numbers = [1, 2.5]
rows    = [[1, 2], [3.5]]
entry   = [-113, "Undefined header"]
range   = "100 mV"
wait    = "5 min"
day     = 2026-06-01
day2    = "2024-02-29"
plain   = "Meter"
both    = { en = "Meter", zh = "多用表" }
one     = { zh = "多用表" }
mixed   = ["text", { send = "A" }, "more"]
[table.inner]
x = 1
[[list]]
y = 1
[[list]]
y = 2
)",
                                               "bench.toml");
  CHECK(root.text("name") == "étalon 标准");
  CHECK(root.integer("count") == 12);
  CHECK(root.number("count") == 12);
  CHECK(root.number("part") == -2.5e-6);
  CHECK(root.boolean_or("on", false));
  CHECK(root.boolean_or("off", true));
  CHECK(root.texts("words") == std::vector<std::string>{"a", "b"});
  CHECK(root.texts("word") == std::vector<std::string>{"alone"});
  CHECK(root.texts_or_none("nothing").empty());
  CHECK(root.numbers("numbers") == std::vector<double>{1, 2.5});
  CHECK(root.number_rows("rows") == std::vector<std::vector<double>>{{1, 2}, {3.5}});
  CHECK(root.number_and_text("entry") == std::pair<double, std::string>{-113, "Undefined header"});
  CHECK(root.quantity("range", "V") == 0.1);
  CHECK(root.quantity("wait", "s") == 300);
  CHECK(root.quantity_as_written("range").unit == "mV");
  CHECK(root.quantity_or("nothing", "s", 7) == 7);
  CHECK(root.date("day") == "2026-06-01");
  CHECK(root.date("day2") == "2024-02-29");
  CHECK(root.local_text("plain").in(Language::zh) == "Meter");
  CHECK(root.local_text("both").in(Language::en) == "Meter");
  CHECK(root.local_text("both").in(Language::zh) == "多用表");
  CHECK(root.local_text("one").in(Language::en) == "多用表");
  CHECK(root.local_text_or_none("nothing").empty());
  const auto mixed = root.texts_or_tables("mixed");
  REQUIRE(mixed.size() == 3);
  CHECK(mixed[0].text == "text");
  CHECK(mixed[1].table->text("send") == "A");
  CHECK(mixed[2].text == "more");
  CHECK(mixed[2].position.line == 18);
  CHECK(root.table("table").table("inner").number("x") == 1);
  const auto list = root.tables("list");
  REQUIRE(list.size() == 2);
  CHECK(list[1].integer("y") == 2);
  CHECK(list[0].integer("y") == 1);
  CHECK(root.keys().front() == "name");  // in the order of the file
  CHECK(root.keys().back() == "list");
  CHECK(root.position_of("count").line == 3);
  CHECK_NOTHROW(root.finish());
}

TEST_CASE("a table outlives what it was taken from") {
  std::optional<TomlTable> kept;
  {
    const TomlTable root = TomlTable::parse_text("[a.b]\nx = \"text\"\n", "bench.toml");
    kept = root.table("a").table("b");
  }
  CHECK(kept->text("x") == "text");
}

TEST_CASE("a value of the wrong kind is refused at its place") {
  const std::string text = "a = 1\n  b = \"two\"\nc = [1, \"x\"]\nd = { e = 3 }\nf = 1.5\ng = true\nh = nan\ni = inf\n";
  check_refusal(text, [](const TomlTable& t) { t.text("a"); }, 1, 5,
                {"a is the integer 1", "expected a text in quotes"});
  check_refusal(text, [](const TomlTable& t) { t.number("b"); }, 2, 7,
                {"b is the text \"two\"", "expected a finite number"});
  check_refusal(text, [](const TomlTable& t) { t.integer("f"); }, 5, 5, {"f is the number 1.5", "expected an integer"});
  check_refusal(text, [](const TomlTable& t) { t.boolean_or("a", false); }, 1, 5, {"expected true or false"});
  check_refusal(text, [](const TomlTable& t) { t.numbers("c"); }, 3, 9,
                {"c is the text \"x\"", "expected a finite number"});
  check_refusal(text, [](const TomlTable& t) { t.texts("c"); }, 3, 6,
                {"c is the integer 1", "expected a text in quotes"});
  check_refusal(text, [](const TomlTable& t) { t.numbers("d"); }, 4, 5,
                {"d is a table", "expected an array of numbers"});
  check_refusal(text, [](const TomlTable& t) { t.number_rows("c"); }, 3, 6, {"expected a row of numbers"});
  check_refusal(text, [](const TomlTable& t) { t.table("g"); }, 6, 5, {"g is true", "expected a table"});
  check_refusal(text, [](const TomlTable& t) { t.table("d").text("e"); }, 4, 11, {"d.e is the integer 3"});
  check_refusal(text, [](const TomlTable& t) { t.number("h"); }, 7, 5, {"expected a finite number"});
  check_refusal(text, [](const TomlTable& t) { t.number("i"); }, 8, 5, {"expected a finite number"});
  check_refusal(text, [](const TomlTable& t) { t.texts_or_tables("c"); }, 3, 6, {"expected a text or a table"});
  check_refusal(text, [](const TomlTable& t) { t.tables("b"); }, 2, 7, {"b is a text", "[[b]]"});
  check_refusal(text,
                [](const TomlTable& t) {
                  t.number_and_text("c");
                  t.number_and_text("d");
                },
                4, 5, {"[number, text]"});
  check_refusal("c = [1, \"x\", 2]\n", [](const TomlTable& t) { t.number_and_text("c"); }, 1, 5, {"[number, text]"});
  check_refusal("\n\nx = 1\n", [](const TomlTable& t) { t.fail("x", "expected something else"); }, 3, 5,
                {"x: expected something else"});
}

TEST_CASE("a missing key is refused at its table, with what was expected") {
  const std::string text = "[one]\na = 1\n\n[two]\nb = 2\n[[list]]\nc = 3\n[[list]]\nd = 4\n";
  check_refusal(text, [](const TomlTable& t) { t.table("two").text("serial"); }, 4, 1,
                {"two.serial is missing", "expected a text in quotes"});
  check_refusal(text, [](const TomlTable& t) { t.tables("list")[1].number("c"); }, 8, 1,
                {"list[1].c is missing", "expected a number"});
  check_refusal(text, [](const TomlTable& t) { t.table("three"); }, 1, 1, {"three is missing", "expected a table"});
  check_refusal(text, [](const TomlTable& t) { t.quantity("wait", "s"); }, 1, 1,
                {"wait is missing", "convertible to s"});
  check_refusal(text, [](const TomlTable& t) { t.date("day"); }, 1, 1, {"expected a date such as 2026-06-01"});
}

TEST_CASE("a key nobody asked for is refused at any depth, with the nearest known one") {
  const auto read = [](const TomlTable& root) {
    root.text_or("serial", "");
    if (const auto a = root.table_if_any("a")) {
      a->text_or("address", "");
      if (const auto b = a->table_if_any("b")) b->number_or("timeout", 0);
      for (const TomlTable& row : a->tables("rows"))
        row.number_or("range", 0);
    }
    for (const auto& element : root.texts_or_tables("set")) {
      if (element.table) element.table->text_or("send", "");
    }
    root.local_text_or_none("title");
  };
  check_refusal("serail = \"1\"\n", read, 1, 1, {"unknown key serail", "did you mean serial?"});
  check_refusal("[a]\n  adress = \"x\"\n", read, 2, 3, {"unknown key a.adress", "did you mean address?"});
  check_refusal("[a.b]\ntimeuot = 1\n", read, 2, 1, {"unknown key a.b.timeuot", "did you mean timeout?"});
  check_refusal("[a]\nb = { timout = 1 }\n", read, 2, 7, {"unknown key a.b.timout", "did you mean timeout?"});
  check_refusal("[[a.rows]]\nrange = 1\n[[a.rows]]\nragne = 1\n", read, 4, 1, {"unknown key a.rows[1].ragne", "range"});
  check_refusal("set = [\"A\", { sent = \"B\" }]\n", read, 1, 15, {"unknown key set[1].sent", "send"});
  check_refusal("title = { en = \"A\", cn = \"B\" }\n", read, 1, 21, {"unknown key title.cn", "en"});
  check_refusal("[completely.different]\nx = 1\n", read, 1, 2,
                {"unknown key completely", "expected one of a, serial, set, title"});
  CHECK(refusal("serial = \"1\"\n[a.b]\ntimeout = 1\n", read).line == -1);
  // Left to another reader of the same file.
  CHECK(refusal("model = 1\n[inputs.x]\ny = 2\n", [](const TomlTable& t) { t.leave({"model", "inputs"}); }).line == -1);
}

TEST_CASE("the nearest word is near") {
  CHECK(nearest_word("serail", {"address", "serial", "model"}) == "serial");
  CHECK(nearest_word("reolution", {"resolution", "range"}) == "resolution");
  CHECK(nearest_word("xyz", {"resolution", "range"}).empty());
  CHECK(nearest_word("", {}).empty());
}

TEST_CASE("a quantity needs a number and a unit of its kind") {
  const auto volts = [](const TomlTable& t) { t.quantity("x", "V"); };
  check_refusal("x = \"10 s\"\n", volts, 1, 5, {"x: ", "s", "V"});
  check_refusal("x = \"10\"\n", volts, 1, 5, {"x: ", "10"});
  check_refusal("x = \"V\"\n", volts, 1, 5, {"x: "});
  check_refusal("x = \"\"\n", volts, 1, 5, {"x: "});
  check_refusal("x = \"10 furlong\"\n", volts, 1, 5, {"furlong"});
  check_refusal("x = \"1,5 V\"\n", volts, 1, 5, {",5 V"});
  check_refusal("x = \"nan V\"\n", volts, 1, 5, {"x: "});
  check_refusal("x = \"inf V\"\n", volts, 1, 5, {"x: "});
  check_refusal("x = \"0x10 V\"\n", volts, 1, 5, {"x: "});
  check_refusal("x = 10\n", volts, 1, 5, {"x is the integer 10", "in quotes", "V"});
  check_refusal("x = 10\n", [](const TomlTable& t) { t.quantity_as_written("x"); }, 1, 5, {"such as \"10 V\""});
}

TEST_CASE("a date is a date") {
  const auto date = [](const TomlTable& t) { t.date("x"); };
  for (const std::string bad :
       {"\"2026-6-1\"", "\"2026-02-29\"", "\"2026-13-01\"", "\"1 June 2026\"", "\"\"", "20260601",
        "2026-06-01T08:00:00Z", "08:00:00", "\"2026-06-01T08:00:00Z\"", "\"2026-06-01 \""}) {
    check_refusal("x = " + bad + "\n", date, 1, 5, {"expected a date such as 2026-06-01"});
  }
  check_refusal("x = 2026-02-29\n", date, 1, refusal("x = 2026-02-29\n", date).column, {"not valid TOML"});
}

TEST_CASE("a local text has at least one language") {
  const auto title = [](const TomlTable& t) { t.local_text("x"); };
  check_refusal("x = {}\n", title, 1, 5, {"at least one of en and zh"});
  check_refusal("x = 3\n", title, 1, 5, {"expected a text, or { en"});
  check_refusal("x = { en = 3 }\n", title, 1, 12, {"x.en is the integer 3"});
  check_refusal("x = { de = \"Messgerät\" }\n", title, 1, 5, {"at least one of en and zh"});
  check_refusal("x = \"\"\n", title, 1, 5, {"at least one of en and zh"});
}

TEST_CASE("what is not TOML is refused with the place") {
  const auto nothing = [](const TomlTable&) {};
  for (const auto& [text, line] : std::vector<std::pair<std::string, int>>{{"a = 1\nb = \n", 2},
                                                                           {"a = 1\na = 2\n", 2},
                                                                           {"x = \"not closed\n", 1},
                                                                           {"[a\n", 1},
                                                                           {"\n\n\nhello\n", 4},
                                                                           {"a = 1 b = 2\n", 1},
                                                                           {"a = [1, 2\n", 1},
                                                                           {"a = 99999999999999999999\n", 1},
                                                                           {"a = \"\xff\xfe\"\n", 1}}) {
    INFO(text);
    const Refusal found = refusal(text, nothing);
    CHECK(found.line == line);
    CHECK_THAT(found.message, Contains("not valid TOML"));
  }
  CHECK(refusal("", nothing).line == -1);
  const Refusal empty = refusal("", [](const TomlTable& t) { t.table("bench"); });
  CHECK_THAT(empty.message, Catch::StartsWith("bench.toml") && Contains("bench is missing"));
}

TEST_CASE("binary junk and deep nesting are refused, not followed") {
  std::mt19937 random(3);
  int refused = 0;
  for (int i = 0; i < 200; ++i) {
    std::string junk(1 + random() % 2000, '\0');
    for (char& c : junk)
      c = static_cast<char>(random() & 0xff);
    try {
      TomlTable::parse_text(junk, "junk.toml").finish();
    } catch (const FileError& error) {
      ++refused;
      CHECK(error.position().file == "junk.toml");
    }
  }
  CHECK(refused == 200);
  for (const auto& [open, close] : {std::pair<std::string, std::string>{"[", "]"}, {"{a=", "}"}}) {
    for (const int depth : {1000, 100000}) {
      std::string deep = "x = ";
      for (int i = 0; i < depth; ++i)
        deep += open;
      deep += "1";
      for (int i = 0; i < depth; ++i)
        deep += close;
      CHECK_THROWS_AS(TomlTable::parse_text(deep, "deep.toml"), FileError);
    }
  }
  std::string dotted = "x";
  for (int i = 0; i < 20000; ++i)
    dotted += ".x";
  CHECK_THROWS_AS(TomlTable::parse_text(dotted + " = 1\n", "deep.toml").finish(), FileError);
}

TEST_CASE("files that cannot be read or are too large are refused") {
  const auto folder = std::filesystem::temp_directory_path() / ("etalon-toml-" + std::to_string(::getpid()));
  std::filesystem::create_directories(folder);
  const std::string path = (folder / "bench.toml").string();
  std::ofstream(path) << "a = 1\nb = \"x\"\n";
  CHECK(TomlTable::parse_file(path).integer("a") == 1);
  CHECK_THROWS_WITH(TomlTable::parse_file(path).integer("b"), Catch::StartsWith(path + ":2:5: "));
  CHECK_THROWS_WITH(TomlTable::parse_file((folder / "none.toml").string()), Contains("none.toml"));
  CHECK_THROWS_AS(TomlTable::parse_file(folder.string()), InputError);
  {
    std::ofstream big(path);
    const std::string line(1000, 'x');
    for (int i = 0; i < 5000; ++i)
      big << "# " << line << "\n";
  }
  CHECK_THROWS_WITH(TomlTable::parse_file(path), Contains(path) && Contains("larger than"));
  std::filesystem::remove_all(folder);
}
