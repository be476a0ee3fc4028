#include "drivers/simulation/live_bench_text.h"

#include <fmt/format.h>

#include <set>
#include <sstream>

#include "base/error.h"
#include "base/language.h"
#include "drivers/links/filled_text.h"

namespace etalon::drivers::simulation {

using base::tr;

namespace {

std::string trimmed(const std::string& text) {
  const std::size_t begin = text.find_first_not_of(" \t\r");
  return begin == std::string::npos ? "" : text.substr(begin, text.find_last_not_of(" \t\r") - begin + 1);
}

// "simulation" for a line "[simulation]  # comment", "" for any other line; blanks and quotes in the name left out.
std::string table_of(const std::string& line) {
  const std::string text = trimmed(line);
  const std::size_t close = text.find(']');
  if (text.empty() || text[0] != '[' || close == std::string::npos) return "";
  std::string name;
  for (const char c : text.substr(1, close - 1)) {
    if (c != ' ' && c != '\t' && c != '"' && c != '\'') name += c;
  }
  return name;
}

bool is_key(const std::string& line, const std::string& key) {
  const std::string text = trimmed(line);
  return text.starts_with(key) && trimmed(text.substr(key.size())).starts_with("=");
}

std::string entry(const std::string& key, const std::string& value) {
  std::string escaped;
  for (const char c : value) {
    if (c == '"' || c == '\\') escaped += '\\';
    escaped += c;
  }
  return fmt::format("{} = \"{}\"", key, escaped);
}

}  // namespace

std::string with_addresses(const std::string& bench_text, const std::map<std::string, std::string>& addresses,
                           const std::string& hand, const std::map<std::string, std::string>& adapters) {
  std::map<std::string, std::string> wanted;  // by table
  for (const auto& [name, address] : addresses)
    wanted["instruments." + name] = address;
  for (const auto& [name, address] : adapters)
    wanted["adapters." + name] = address;
  std::istringstream lines(bench_text);
  std::string result;
  std::string table;
  std::set<std::string> done;
  bool simulation = false;
  for (std::string line; std::getline(lines, line);) {
    if (const std::string begun = table_of(line); !begun.empty()) {
      table = begun;
      result += line + "\n";
      if (table == "simulation") {
        result += entry("hand", hand) + "\n";
        simulation = true;
      }
      continue;
    }
    if (table == "simulation" && is_key(line, "hand")) continue;  // stands above now
    if (const auto address = wanted.find(table); address != wanted.end() && is_key(line, "address")) {
      line = entry("address", address->second);
      done.insert(table);
    }
    result += line + "\n";
  }
  if (!simulation) throw base::InputError(tr("the bench file needs a line [simulation] to hold the hand's address"));
  for (const auto& [name, address] : wanted) {
    if (!done.count(name)) {
      throw base::InputError(
          filled(tr("the bench file needs the lines [{}] and address = \"…\" to hold its real address"), name));
    }
  }
  return result;
}

}  // namespace etalon::drivers::simulation
