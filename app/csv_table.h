// Tables and matrices of numbers from CSV files: comma, semicolon or tab between cells (whichever the first line has),
// quotes around cells allowed, byte order mark and CR LF tolerated, blank lines and lines that start with # left out.
#pragma once

#include <Eigen/Dense>
#include <string>
#include <vector>

namespace etalon::app {

struct CsvCell {
  std::string text;
  int line = 0;    // in the file, from 1
  int column = 0;  // characters from 1, where the cell's text begins
};

struct CsvTable {
  std::string file;
  std::vector<CsvCell> header;
  std::vector<std::vector<CsvCell>> rows;  // each as long as the header

  // Index of a column by its name; a unit behind the name in the header ("t / °C", "R (ohm)", "R [ohm]") may be left
  // out. InputError with the nearest name and the list of names; FileError when two columns match.
  std::size_t column(const std::string& name) const;
  // All numbers of a column; FileError at a cell that is not a finite number.
  Eigen::VectorXd numbers(std::size_t column) const;
  // The same for standard uncertainties: FileError also below zero.
  Eigen::VectorXd uncertainties(std::size_t column) const;
};

// The file, or standard input for "-". FileError for rows of another length than the header and for a file without
// rows.
CsvTable read_csv_table(const std::string& file);

// A matrix without header, all rows of one length.
Eigen::MatrixXd read_csv_matrix(const std::string& file);

}  // namespace etalon::app
