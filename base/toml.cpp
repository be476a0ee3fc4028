#include "base/toml.h"

#include <fmt/format.h>
#define TOML_EXCEPTIONS 1
#include <toml++/toml.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "base/clock.h"
#include "base/file.h"
#include "base/language.h"

namespace etalon::base {

struct TomlTable::Node {
  std::shared_ptr<toml::table> root;  // keeps the whole file alive
  const toml::table* table = nullptr;
  std::string file;
  std::string path;  // dotted, for messages
  mutable std::set<std::string> asked;
  mutable std::map<std::string, std::vector<TomlTable>> taken;  // tables handed out, to be finished too
};

namespace {

Position position_in(const std::string& file, const toml::node& node) {
  const auto& begin = node.source().begin;
  return {file, static_cast<int>(begin.line), static_cast<int>(begin.column)};
}

std::string kind_of(const toml::node& node) {
  if (node.is_string()) return fmt::format(fmt::runtime(tr("the text \"{}\"")), node.as_string()->get());
  if (node.is_integer()) return fmt::format(fmt::runtime(tr("the integer {}")), node.as_integer()->get());
  if (node.is_floating_point()) return fmt::format(fmt::runtime(tr("the number {}")), node.as_floating_point()->get());
  if (node.is_boolean()) return node.as_boolean()->get() ? "true" : "false";
  if (node.is_array()) return tr("an array");
  if (node.is_table()) return tr("a table");
  return tr("a date or time");
}

[[noreturn]] void fail_at(const std::string& file, const toml::node& node, const std::string& key,
                          const std::string& expected) {
  throw FileError(position_in(file, node),
                  fmt::format(fmt::runtime(tr("{} is {}, expected {}")), key, kind_of(node), expected));
}

std::string text_of(const std::string& file, const toml::node& node, const std::string& key) {
  if (!node.is_string()) fail_at(file, node, key, tr("a text in quotes"));
  return node.as_string()->get();
}

double number_of(const std::string& file, const toml::node& node, const std::string& key) {
  double value = NAN;
  if (node.is_integer()) value = static_cast<double>(node.as_integer()->get());
  if (node.is_floating_point()) value = node.as_floating_point()->get();
  if (!std::isfinite(value)) fail_at(file, node, key, tr("a finite number"));
  return value;
}

const toml::array& array_of(const std::string& file, const toml::node& node, const std::string& key,
                            const char* expected) {
  if (!node.is_array()) fail_at(file, node, key, tr(expected));
  return *node.as_array();
}

}  // namespace

TomlTable TomlTable::parse_text(const std::string& text, const std::string& file_name) {
  auto node = std::make_shared<Node>();
  node->file = file_name;
  try {
    node->root = std::make_shared<toml::table>(toml::parse(text, file_name));
  } catch (const toml::parse_error& error) {
    const auto& begin = error.source().begin;
    throw FileError({file_name, static_cast<int>(begin.line), static_cast<int>(begin.column)},
                    fmt::format(fmt::runtime(tr("not valid TOML: {}")), error.description()));
  }
  node->table = node->root.get();
  return TomlTable(node);
}

TomlTable TomlTable::parse_file(const std::string& path) {
  return parse_text(read_file(path, 4u << 20), path);
}

Position TomlTable::position() const {
  const auto& begin = node_->table->source().begin;
  return {node_->file, static_cast<int>(begin.line), static_cast<int>(begin.column)};
}

Position TomlTable::position_of(const std::string& key) const {
  const toml::node* node = node_->table->get(key);
  return node ? position_in(node_->file, *node) : position();
}

void TomlTable::fail(const std::string& key, const std::string& what) const {
  throw FileError(position_of(key), node_->path + key + ": " + what);
}

bool TomlTable::has(const std::string& key) const {
  node_->asked.insert(key);
  return node_->table->get(key) != nullptr;
}

bool TomlTable::is_text(const std::string& key) const {
  const toml::node* node = node_->table->get(key);
  return node != nullptr && node->is_string();
}

std::vector<std::string> TomlTable::keys() const {
  std::vector<std::pair<toml::source_position, std::string>> found;
  for (const auto& [key, value] : *node_->table)
    found.emplace_back(key.source().begin, std::string(key.str()));
  std::sort(found.begin(), found.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  std::vector<std::string> names;
  for (const auto& [position, name] : found)
    names.push_back(name);
  return names;
}

// The node of a key that must be there.
#define ETALON_REQUIRED(key, expected)                                                                          \
  node_->asked.insert(key);                                                                                     \
  const toml::node* found = node_->table->get(key);                                                             \
  if (found == nullptr) {                                                                                       \
    throw FileError(position(),                                                                                 \
                    fmt::format(fmt::runtime(tr("{}{} is missing, expected {}")), node_->path, key, expected)); \
  }                                                                                                             \
  const toml::node& node = *found;                                                                              \
  const std::string name = node_->path + key

std::string TomlTable::text(const std::string& key) const {
  ETALON_REQUIRED(key, tr("a text in quotes"));
  return text_of(node_->file, node, name);
}
std::string TomlTable::text_or(const std::string& key, const std::string& otherwise) const {
  return has(key) ? text(key) : otherwise;
}
double TomlTable::number(const std::string& key) const {
  ETALON_REQUIRED(key, tr("a number"));
  return number_of(node_->file, node, name);
}
double TomlTable::number_or(const std::string& key, double otherwise) const {
  return has(key) ? number(key) : otherwise;
}
long long TomlTable::integer(const std::string& key) const {
  ETALON_REQUIRED(key, tr("an integer"));
  if (!node.is_integer()) fail_at(node_->file, node, name, tr("an integer"));
  return node.as_integer()->get();
}
long long TomlTable::integer_or(const std::string& key, long long otherwise) const {
  return has(key) ? integer(key) : otherwise;
}
bool TomlTable::boolean_or(const std::string& key, bool otherwise) const {
  if (!has(key)) return otherwise;
  ETALON_REQUIRED(key, tr("true or false"));
  if (!node.is_boolean()) fail_at(node_->file, node, name, tr("true or false"));
  return node.as_boolean()->get();
}

std::vector<std::string> TomlTable::texts(const std::string& key) const {
  ETALON_REQUIRED(key, tr("an array of texts"));
  if (node.is_string()) return {node.as_string()->get()};
  std::vector<std::string> values;
  for (const auto& element : array_of(node_->file, node, name, message_id("an array of texts"))) {
    values.push_back(text_of(node_->file, element, name));
  }
  return values;
}
std::vector<std::string> TomlTable::texts_or_none(const std::string& key) const {
  return has(key) ? texts(key) : std::vector<std::string>{};
}
std::vector<double> TomlTable::numbers(const std::string& key) const {
  ETALON_REQUIRED(key, tr("an array of numbers"));
  std::vector<double> values;
  for (const auto& element : array_of(node_->file, node, name, message_id("an array of numbers"))) {
    values.push_back(number_of(node_->file, element, name));
  }
  return values;
}
std::vector<std::vector<double>> TomlTable::number_rows(const std::string& key) const {
  ETALON_REQUIRED(key, tr("an array of rows of numbers"));
  std::vector<std::vector<double>> rows;
  for (const auto& row : array_of(node_->file, node, name, message_id("an array of rows of numbers"))) {
    rows.emplace_back();
    for (const auto& element : array_of(node_->file, row, name, message_id("a row of numbers"))) {
      rows.back().push_back(number_of(node_->file, element, name));
    }
  }
  return rows;
}

std::pair<double, std::string> TomlTable::number_and_text(const std::string& key) const {
  ETALON_REQUIRED(key, tr("an array [number, text]"));
  const toml::array& pair = array_of(node_->file, node, name, message_id("an array [number, text]"));
  if (pair.size() != 2) fail_at(node_->file, node, name, tr("an array [number, text]"));
  return {number_of(node_->file, pair[0], name), text_of(node_->file, pair[1], name)};
}

Quantity TomlTable::quantity_as_written(const std::string& key) const {
  ETALON_REQUIRED(key, tr("a number with its unit, such as \"10 V\""));
  if (!node.is_string()) fail_at(node_->file, node, name, tr("a number with its unit in quotes, such as \"10 V\""));
  try {
    return parse_quantity(node.as_string()->get());
  } catch (const InputError& error) {
    throw FileError(position_in(node_->file, node), name + ": " + error.what());
  }
}
double TomlTable::quantity(const std::string& key, const std::string& unit) const {
  ETALON_REQUIRED(key, fmt::format(fmt::runtime(tr("a number with its unit, convertible to {}")), unit));
  if (!node.is_string()) {
    fail_at(node_->file, node, name,
            fmt::format(fmt::runtime(tr("a number with its unit in quotes, convertible to {}")), unit));
  }
  try {
    return parse_quantity(node.as_string()->get()).in(unit);
  } catch (const InputError& error) {
    throw FileError(position_in(node_->file, node), name + ": " + error.what());
  }
}
double TomlTable::quantity_difference(const std::string& key, const std::string& unit) const {
  const Quantity written = quantity_as_written(key);
  try {
    return convert_difference(written.value, written.unit, unit);
  } catch (const InputError& error) {
    fail(key, error.what());
  }
}
double TomlTable::quantity_or(const std::string& key, const std::string& unit, double otherwise) const {
  return has(key) ? quantity(key, unit) : otherwise;
}

LocalText TomlTable::local_text(const std::string& key) const {
  ETALON_REQUIRED(key, tr("a text, or { en = \"…\", zh = \"…\" }"));
  if (node.is_string()) {
    if (node.as_string()->get().empty()) fail_at(node_->file, node, name, tr("at least one of en and zh"));
    return {node.as_string()->get(), node.as_string()->get()};
  }
  if (!node.is_table()) fail_at(node_->file, node, name, tr("a text, or { en = \"…\", zh = \"…\" }"));
  const TomlTable languages = table(key);
  LocalText text{languages.text_or("en", ""), languages.text_or("zh", "")};
  if (text.empty()) fail_at(node_->file, node, name, tr("at least one of en and zh"));
  return text;
}
LocalText TomlTable::local_text_or_none(const std::string& key) const {
  if (!has(key)) return {};
  const toml::node& node = *node_->table->get(key);
  if (node.is_string() && node.as_string()->get().empty()) return {};
  return local_text(key);
}

std::string TomlTable::date(const std::string& key) const {
  ETALON_REQUIRED(key, tr("a date such as 2026-06-01"));
  if (node.is_date()) {
    const toml::date date = node.as_date()->get();
    return fmt::format("{:04}-{:02}-{:02}", date.year, date.month, date.day);
  }
  const std::string text = node.is_string() ? node.as_string()->get() : "";
  try {
    parse_utc(text + "T00:00:00Z");
  } catch (const InputError&) {
    fail_at(node_->file, node, name, tr("a date such as 2026-06-01"));
  }
  return text;
}

TomlTable TomlTable::table(const std::string& key) const {
  ETALON_REQUIRED(key, tr("a table"));
  if (!node.is_table()) fail_at(node_->file, node, name, tr("a table"));
  auto& taken = node_->taken[key];
  if (!taken.empty()) return taken.front();
  auto child = std::make_shared<Node>();
  child->root = node_->root;
  child->table = node.as_table();
  child->file = node_->file;
  child->path = name + ".";
  taken.push_back(TomlTable(child));
  return taken.front();
}
std::optional<TomlTable> TomlTable::table_if_any(const std::string& key) const {
  if (!has(key)) return std::nullopt;
  return table(key);
}

std::vector<TomlTable::TextOrTable> TomlTable::texts_or_tables(const std::string& key) const {
  if (!has(key)) return {};
  ETALON_REQUIRED(key, tr("an array of texts or tables"));
  std::vector<TextOrTable> elements;
  auto& taken = node_->taken[key];
  const bool first_time = taken.empty();
  std::size_t tables_seen = 0;
  const toml::array* array = node.as_array();
  // A lone text or table counts as an array of one.
  std::vector<const toml::node*> nodes;
  if (array) {
    for (const auto& element : *array)
      nodes.push_back(&element);
  } else {
    nodes.push_back(&node);
  }
  for (const toml::node* element : nodes) {
    TextOrTable value;
    value.position = position_in(node_->file, *element);
    if (element->is_string()) {
      value.text = element->as_string()->get();
    } else if (element->is_table()) {
      if (first_time) {
        auto child = std::make_shared<Node>();
        child->root = node_->root;
        child->table = element->as_table();
        child->file = node_->file;
        child->path = fmt::format("{}[{}].", name, elements.size());
        taken.push_back(TomlTable(child));
      }
      value.table = taken[tables_seen++];
    } else {
      fail_at(node_->file, *element, name, tr("a text or a table"));
    }
    elements.push_back(value);
  }
  return elements;
}

std::vector<TomlTable> TomlTable::tables(const std::string& key) const {
  std::vector<TomlTable> tables;
  for (const TextOrTable& element : texts_or_tables(key)) {
    if (!element.table)
      throw FileError(element.position,
                      fmt::format(fmt::runtime(tr("{0}{1} is a text, expected tables [[{1}]]")), node_->path, key));
    tables.push_back(*element.table);
  }
  return tables;
}

void TomlTable::leave(const std::vector<std::string>& keys) const {
  for (const std::string& key : keys)
    node_->asked.insert(key);
}

void TomlTable::finish() const {
  for (const std::string& key : keys()) {
    if (node_->asked.count(key)) {
      const auto taken = node_->taken.find(key);
      if (taken == node_->taken.end()) continue;
      for (const TomlTable& child : taken->second)
        child.finish();
      continue;
    }
    const std::vector<std::string> known(node_->asked.begin(), node_->asked.end());
    const std::string nearest = nearest_word(key, known);
    const toml::table::const_iterator found = node_->table->find(key);
    const auto& begin = found->first.source().begin;
    throw FileError({node_->file, static_cast<int>(begin.line), static_cast<int>(begin.column)},
                    nearest.empty() ? fmt::format(fmt::runtime(tr("unknown key {}{}; expected one of {}")), node_->path,
                                                  key, fmt::join(known, ", "))
                                    : fmt::format(fmt::runtime(tr("unknown key {}{}; did you mean {}?")), node_->path,
                                                  key, nearest));
  }
}

std::string nearest_word(const std::string& word, const std::vector<std::string>& candidates) {
  std::string nearest;
  std::size_t smallest = std::max<std::size_t>(2, word.size() / 3) + 1;
  for (const std::string& candidate : candidates) {
    std::vector<std::size_t> row(candidate.size() + 1);
    for (std::size_t j = 0; j < row.size(); ++j)
      row[j] = j;
    for (std::size_t i = 1; i <= word.size(); ++i) {
      std::size_t diagonal = row[0];
      row[0] = i;
      for (std::size_t j = 1; j < row.size(); ++j) {
        const std::size_t above = row[j];
        row[j] = std::min({above + 1, row[j - 1] + 1, diagonal + (word[i - 1] == candidate[j - 1] ? 0 : 1)});
        diagonal = above;
      }
    }
    if (row.back() < smallest) {
      smallest = row.back();
      nearest = candidate;
    }
  }
  return nearest;
}

#undef ETALON_REQUIRED

}  // namespace etalon::base
