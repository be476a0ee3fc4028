// SHA-256 as lower-case hexadecimal text (64 characters).
#pragma once

#include <memory>
#include <string>
#include <string_view>

namespace etalon::base {

// A digest that grows; what it is so far can be asked at any time.
class Sha256 {
 public:
  Sha256();
  ~Sha256();
  Sha256(const Sha256& other);  // goes on by itself from what the other is so far
  Sha256(Sha256&&) noexcept;
  Sha256& operator=(Sha256&&) noexcept;

  void add(const void* bytes, std::size_t size);
  std::string text() const;

 private:
  struct Context;
  std::unique_ptr<Context> context_;
};

std::string sha256(std::string_view bytes);
// Streams the file; a file that cannot be read is an InputError with its path and the system's reason.
std::string sha256_file(const std::string& path);

}  // namespace etalon::base
