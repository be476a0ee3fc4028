// SHA-256 as lower-case hexadecimal text (64 characters).
#pragma once

#include <memory>
#include <string>
#include <string_view>

namespace etalon::base {

// Bytes as they come.
class Sha256 {
 public:
  Sha256();
  ~Sha256();
  Sha256(const Sha256&) = delete;
  Sha256& operator=(const Sha256&) = delete;
  void update(std::string_view bytes);
  // Once, at the end.
  std::string finish();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

std::string sha256(std::string_view bytes);
// Streams the file; a file that cannot be read is an InputError with its path and the system's reason.
std::string sha256_file(const std::string& path);

}  // namespace etalon::base
