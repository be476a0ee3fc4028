// Configuration files: TOML whose every error says file, line, column and what was expected. A reader asks for each key
// it knows; `finish` then turns every key that nobody asked for into an error with the nearest known key.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/language.h"
#include "base/units.h"

namespace etalon::base {

// A table of a TOML file. Copies share one record of the keys asked for.
class TomlTable {
 public:
  // FileError for bad TOML; InputError for a file that cannot be read.
  static TomlTable parse_file(const std::string& path);
  static TomlTable parse_text(const std::string& text, const std::string& file_name);

  bool has(const std::string& key) const;
  bool is_text(const std::string& key) const;  // false when it is missing
  std::vector<std::string> keys() const;       // in the order of the file

  std::string text(const std::string& key) const;
  std::string text_or(const std::string& key, const std::string& otherwise) const;
  double number(const std::string& key) const;
  double number_or(const std::string& key, double otherwise) const;
  long long integer(const std::string& key) const;
  long long integer_or(const std::string& key, long long otherwise) const;
  bool boolean_or(const std::string& key, bool otherwise) const;
  std::vector<std::string> texts(const std::string& key) const;  // an array of text; a lone text is one element
  std::vector<std::string> texts_or_none(const std::string& key) const;
  std::vector<double> numbers(const std::string& key) const;
  std::vector<std::vector<double>> number_rows(const std::string& key) const;  // an array of arrays of numbers
  // An array of a number and a text, as manuals print error entries: [-113, "Undefined header"].
  std::pair<double, std::string> number_and_text(const std::string& key) const;
  // Text with a unit ("10 V"), converted to `unit`.
  double quantity(const std::string& key, const std::string& unit) const;
  double quantity_or(const std::string& key, const std::string& unit, double otherwise) const;
  // The same for a difference of two values, or an uncertainty: "0.1 K" is 0.1 in degC.
  double quantity_difference(const std::string& key, const std::string& unit) const;
  Quantity quantity_as_written(const std::string& key) const;
  // A plain text, or a table with `en` and/or `zh`; not empty.
  LocalText local_text(const std::string& key) const;
  LocalText local_text_or_none(const std::string& key) const;
  // A date such as 2026-06-01 (TOML date or text), as ISO 8601 text.
  std::string date(const std::string& key) const;

  TomlTable table(const std::string& key) const;
  std::optional<TomlTable> table_if_any(const std::string& key) const;
  // An array of tables ([[key]]), empty when absent.
  std::vector<TomlTable> tables(const std::string& key) const;
  // An array whose elements are texts or tables; each is given to the matching optional of the pair.
  struct TextOrTable;
  std::vector<TextOrTable> texts_or_tables(const std::string& key) const;

  // Marks keys as known that another reader of the same file takes.
  void leave(const std::vector<std::string>& keys) const;
  // FileError for every key nobody asked for, here and in the tables taken from here.
  void finish() const;

  Position position() const;                           // of the table
  Position position_of(const std::string& key) const;  // of the key's value, or of the table when it is missing
  // Throws FileError at the key: "KEY: WHAT".
  [[noreturn]] void fail(const std::string& key, const std::string& what) const;

 private:
  struct Node;
  explicit TomlTable(std::shared_ptr<Node> node) : node_(std::move(node)) {}
  std::shared_ptr<Node> node_;
};

struct TomlTable::TextOrTable {
  std::optional<std::string> text;
  std::optional<TomlTable> table;
  Position position;
};

// The candidate nearest to `word` by edit distance, empty when none is near (for "did you mean …").
std::string nearest_word(const std::string& word, const std::vector<std::string>& candidates);

}  // namespace etalon::base
