// Arbitrary block response data (IEEE 488.2-1992, 8.7.9 and 8.7.10): "#" n, n digits of length, then that many bytes of
// any value, terminators included. Also read: "#A" to "#F" (10 to 15 digits of length) and "#(length)", which makers
// use beyond a gigabyte. Indefinite blocks ("#0", up to END) are possible only on links that signal END.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

#include "base/error.h"

namespace etalon::drivers {

// The header is not one of a block, too large, or indefinite where that cannot work; says which.
class BlockError : public base::InputError {
 public:
  BlockError(bool too_large, std::string header, const std::string& message)
      : InputError(message), too_large_(too_large), header_(std::move(header)) {}
  bool too_large() const { return too_large_; }
  const std::string& header() const { return header_; }  // what was read, raw

 private:
  bool too_large_;
  std::string header_;
};

// Reads one block; `read_exact(n)` returns n bytes or throws. Blocks over `max_size` bytes are a BlockError before any
// of their data is read.
std::string read_block(const std::function<std::string(std::size_t)>& read_exact, std::size_t max_size);
// The data of a complete text that is exactly one block, optionally followed by `terminator`. BlockError.
std::string parse_block(std::string_view text, std::string_view terminator = "\n");
// "#3100…" for sending, and for simulators.
std::string definite_block(std::string_view data);

}  // namespace etalon::drivers
