#include "base/sha256.h"

#include <fmt/format.h>
#include <openssl/evp.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <memory>
#include <system_error>

#include "base/error.h"
#include "base/language.h"

namespace etalon::base {
namespace {

void check(bool done) {
  if (!done) throw std::runtime_error("OpenSSL cannot compute SHA-256");
}

}  // namespace

struct Sha256::Context {
  std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> digest{EVP_MD_CTX_new(), EVP_MD_CTX_free};
};

Sha256::Sha256() : context_(std::make_unique<Context>()) {
  check(context_->digest && EVP_DigestInit_ex(context_->digest.get(), EVP_sha256(), nullptr) == 1);
}
Sha256::~Sha256() = default;
Sha256::Sha256(const Sha256& other) : context_(std::make_unique<Context>()) {
  check(context_->digest && EVP_MD_CTX_copy_ex(context_->digest.get(), other.context_->digest.get()) == 1);
}
Sha256::Sha256(Sha256&&) noexcept = default;
Sha256& Sha256::operator=(Sha256&&) noexcept = default;

void Sha256::add(const void* bytes, std::size_t size) {
  check(EVP_DigestUpdate(context_->digest.get(), bytes, size) == 1);
}

std::string Sha256::text() const {
  const Sha256 copy(*this);  // to end a digest is to lose it
  std::array<unsigned char, EVP_MAX_MD_SIZE> bytes;
  unsigned int size = 0;
  check(EVP_DigestFinal_ex(copy.context_->digest.get(), bytes.data(), &size) == 1);
  std::string text;
  for (unsigned int i = 0; i < size; ++i)
    text += fmt::format("{:02x}", bytes[i]);
  return text;
}

std::string sha256(std::string_view bytes) {
  Sha256 digest;
  digest.add(bytes.data(), bytes.size());
  return digest.text();
}

std::string sha256_file(const std::string& path) {
  const auto refuse = [&](int error) {
    throw InputError(
        fmt::format(fmt::runtime(tr("cannot read '{}': {}")), path, std::generic_category().message(error)));
  };
  const std::unique_ptr<std::FILE, decltype(&std::fclose)> file(std::fopen(path.c_str(), "rbe"), std::fclose);
  if (!file) refuse(errno);
  Sha256 digest;
  std::array<char, 1 << 16> block;
  while (const std::size_t size = std::fread(block.data(), 1, block.size(), file.get())) {
    digest.add(block.data(), size);
  }
  if (std::ferror(file.get())) refuse(errno);
  return digest.text();
}

}  // namespace etalon::base
