#include "app/csv_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <iostream>
#include <iterator>

#include "base/error.h"
#include "base/file.h"
#include "base/language.h"
#include "base/toml.h"

namespace etalon::app {

using base::FileError;
using base::InputError;
using base::tr;

namespace {

constexpr const char* blanks = " \t\r\v\f";

std::string shown_name(const std::string& file) {
  return file == "-" ? tr("standard input") : file;
}

std::string text_of(const std::string& file) {
  if (file != "-") return base::read_file(file);
  return {std::istreambuf_iterator<char>(std::cin), std::istreambuf_iterator<char>()};
}

// Characters, not bytes, up to a place in a line of UTF-8.
int column_of(const std::string& line, std::size_t place) {
  return 1 + static_cast<int>(std::count_if(line.begin(), line.begin() + static_cast<std::ptrdiff_t>(place),
                                            [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

char separator_of(const std::string& line) {
  bool quoted = false;
  std::size_t counts[3] = {0, 0, 0};
  for (const char c : line) {
    if (c == '"') quoted = !quoted;
    if (!quoted && c == ',') ++counts[0];
    if (!quoted && c == ';') ++counts[1];
    if (!quoted && c == '\t') ++counts[2];
  }
  if (counts[2] > 0) return '\t';
  return counts[1] > 0 ? ';' : ',';
}

std::vector<CsvCell> cells_of(const std::string& line, char separator, const std::string& file, int number) {
  std::vector<CsvCell> cells;
  std::size_t at = 0;
  for (;;) {
    std::size_t begin = at;
    while (begin < line.size() && line[begin] != separator &&
           std::string(blanks).find(line[begin]) != std::string::npos)
      ++begin;
    CsvCell cell{"", number, column_of(line, begin)};
    if (begin < line.size() && line[begin] == '"') {
      std::size_t end = begin + 1;
      for (;; ++end) {
        if (end >= line.size())
          throw FileError({shown_name(file), number, cell.column}, tr("the quote is not closed on this line"));
        if (line[end] != '"') {
          cell.text += line[end];
        } else if (end + 1 < line.size() && line[end + 1] == '"') {
          cell.text += line[end++];
        } else {
          break;
        }
      }
      at = end + 1;
      while (at < line.size() && line[at] != separator) {
        if (std::string(blanks).find(line[at]) == std::string::npos)
          throw FileError({shown_name(file), number, column_of(line, at)}, tr("text behind the closing quote"));
        ++at;
      }
    } else {
      at = std::min(line.find(separator, begin), line.size());
      cell.text = line.substr(begin, at - begin);
      cell.text.erase(cell.text.find_last_not_of(blanks) + 1);
    }
    cells.push_back(cell);
    if (at >= line.size()) return cells;
    ++at;
  }
}

std::vector<std::vector<CsvCell>> rows_of(const std::string& file) {
  std::string text = text_of(file);
  if (text.starts_with("\xEF\xBB\xBF")) text.erase(0, 3);
  std::vector<std::vector<CsvCell>> rows;
  char separator = 0;
  int number = 0;
  for (std::size_t begin = 0; begin < text.size();) {
    std::size_t end = std::min(text.find('\n', begin), text.size());
    std::string line = text.substr(begin, end - begin);
    begin = end + 1;
    ++number;
    line.erase(line.find_last_not_of(" \r") + 1);
    if (line.empty() || line[0] == '#') continue;
    if (line.find('\0') != std::string::npos)
      throw FileError({shown_name(file), number, 0}, tr("this is no text file: expected CSV in UTF-8"));
    if (separator == 0) separator = separator_of(line);
    rows.push_back(cells_of(line, separator, file, number));
  }
  return rows;
}

double number_of(const CsvCell& cell, const std::string& file) {
  std::string text = cell.text;
  if (text.starts_with("+")) text.erase(0, 1);
  double value = 0;
  const auto result = std::from_chars(text.data(), text.data() + text.size(), value);
  const bool is_number = result.ec == std::errc() && result.ptr == text.data() + text.size() && !text.empty();
  if (!is_number || !std::isfinite(value)) {
    throw FileError(
        {shown_name(file), cell.line, cell.column},
        cell.text.empty()
            ? tr("the cell is empty: expected a number")
            : fmt::format(fmt::runtime(tr("'{}' is not a finite number (with a dot, without a unit)")), cell.text));
  }
  return value;
}

// "R (ohm)", "R [ohm]" and "R / ohm" without the unit.
std::string without_unit(const std::string& heading) {
  const std::size_t at = heading.find_first_of("/([");
  if (at == std::string::npos || at == 0) return heading;
  std::string name = heading.substr(0, at);
  name.erase(name.find_last_not_of(blanks) + 1);
  return name;
}

}  // namespace

std::size_t CsvTable::column(const std::string& name) const {
  std::vector<std::string> names;
  std::vector<std::size_t> found;
  for (std::size_t i = 0; i < header.size(); ++i) {
    names.push_back(header[i].text);
    if (header[i].text == name) found.push_back(i);
  }
  if (found.empty()) {
    for (std::size_t i = 0; i < header.size(); ++i) {
      if (without_unit(header[i].text) == name) found.push_back(i);
    }
  }
  if (found.size() > 1) {
    throw FileError({shown_name(file), header[found[1]].line, header[found[1]].column},
                    fmt::format(fmt::runtime(tr("a second column of the name '{}'")), name));
  }
  if (found.empty()) {
    std::string nearest = base::nearest_word(name, names);
    std::string list;
    for (const std::string& known : names)
      list += (list.empty() ? "" : ", ") + known;
    throw FileError(
        {shown_name(file), header.empty() ? 1 : header[0].line, 0},
        fmt::format(fmt::runtime(tr("there is no column '{}'; {}the columns are: {}")), name,
                    nearest.empty() ? "" : fmt::format(fmt::runtime(tr("did you mean {}?")), nearest) + " ", list));
  }
  return found[0];
}

Eigen::VectorXd CsvTable::numbers(std::size_t column) const {
  Eigen::VectorXd values(static_cast<Eigen::Index>(rows.size()));
  for (std::size_t i = 0; i < rows.size(); ++i)
    values(static_cast<Eigen::Index>(i)) = number_of(rows[i][column], file);
  return values;
}

Eigen::VectorXd CsvTable::uncertainties(std::size_t column) const {
  const Eigen::VectorXd values = numbers(column);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (!(values(static_cast<Eigen::Index>(i)) < 0)) continue;
    const CsvCell& cell = rows[i][column];
    throw FileError(
        {shown_name(file), cell.line, cell.column},
        fmt::format(fmt::runtime(tr("'{}' is below zero: a standard uncertainty belongs here")), cell.text));
  }
  return values;
}

CsvTable read_csv_table(const std::string& file) {
  CsvTable table;
  table.file = file;
  table.rows = rows_of(file);
  if (table.rows.empty()) throw FileError({shown_name(file), 0, 0}, tr("the file is empty: expected a header row"));
  table.header = table.rows.front();
  table.rows.erase(table.rows.begin());
  if (table.rows.empty()) throw FileError({shown_name(file), 0, 0}, tr("there are no rows below the header"));
  for (const auto& row : table.rows) {
    if (row.size() != table.header.size()) {
      throw FileError(
          {shown_name(file), row.front().line, row.back().column},
          fmt::format(fmt::runtime(tr("{} cells, but the header has {}")), row.size(), table.header.size()));
    }
  }
  return table;
}

Eigen::MatrixXd read_csv_matrix(const std::string& file) {
  const auto rows = rows_of(file);
  if (rows.empty()) throw FileError({shown_name(file), 0, 0}, tr("the file is empty: expected rows of numbers"));
  Eigen::MatrixXd matrix(static_cast<Eigen::Index>(rows.size()), static_cast<Eigen::Index>(rows[0].size()));
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (rows[i].size() != rows[0].size()) {
      throw FileError(
          {shown_name(file), rows[i].front().line, rows[i].back().column},
          fmt::format(fmt::runtime(tr("{} cells, but the first row has {}")), rows[i].size(), rows[0].size()));
    }
    for (std::size_t j = 0; j < rows[i].size(); ++j)
      matrix(static_cast<Eigen::Index>(i), static_cast<Eigen::Index>(j)) = number_of(rows[i][j], file);
  }
  return matrix;
}

}  // namespace etalon::app
