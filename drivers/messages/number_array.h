// Many numbers in one reply: as text with commas, or as a block of bytes (SCPI-1999 volume 1, 8.3; FORMat:DATA).
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace etalon::drivers {

enum class NumberForm {
  text,    // 1.0,2.0,3.0
  real32,  // IEEE 754 single
  real64,  // IEEE 754 double
  int16,   // two's complement, scaled
  int32,
};

struct NumberArrayFormat {
  NumberForm form = NumberForm::text;
  bool in_block = false;   // inside a definite or indefinite block; numbers in binary always are
  bool big_endian = true;  // FORMat:BORDer NORMal
  double scale = 1;        // of the integer forms
  // Of text: the form of each number as in message_template.h ("+.8E"), so that one that lost its end is none; empty:
  // any.
  std::string element;
  // Text of this size or more is a sign for overload, which may have other digits than the readings.
  double sign_from = 9.9e37;
};

// "text", "block text", "real32", "real64", "int16", "int32"; a following " little" swaps the bytes. InputError lists
// them.
NumberArrayFormat parse_number_array_format(const std::string& text);
std::string to_string(const NumberArrayFormat& format);

// The numbers of a reply's text or of a block's data. InputError says which element is none, or that bytes are left
// over. Sentinels are given as they are.
std::vector<double> parse_number_array(std::string_view data, const NumberArrayFormat& format);
// The inverse: text with nine significant digits or more, so that it reads back as the same number.
std::string format_number_array(const std::vector<double>& numbers, const NumberArrayFormat& format);

}  // namespace etalon::drivers
