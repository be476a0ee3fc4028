#include "drivers/simulation/random_stream.h"

#include <cmath>
#include <numbers>

namespace etalon::drivers::simulation {

namespace {

constexpr std::uint64_t golden_gamma = 0x9e3779b97f4a7c15u;

std::uint64_t mixed(std::uint64_t z) {
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
  return z ^ (z >> 31);
}

}  // namespace

RandomStream::RandomStream(std::uint64_t seed, std::string_view name) : key_(mixed(seed + golden_gamma)) {
  for (const char c : name)
    key_ = mixed((key_ ^ static_cast<unsigned char>(c)) + golden_gamma);
}

std::uint64_t RandomStream::bits_at(std::uint64_t index) const {
  return mixed(key_ + (index + 1) * golden_gamma);
}

double RandomStream::at(std::uint64_t index) const {
  return (static_cast<double>(bits_at(index) >> 11) + 0.5) * 0x1p-53;  // 53 bits, never 0 or 1
}

double RandomStream::uniform(double low, double high) {
  return low + (high - low) * at(next_++);
}

double RandomStream::normal() {
  const double radius = std::sqrt(-2 * std::log(at(next_)));
  const double angle = 2 * std::numbers::pi * at(next_ + 1);
  next_ += 2;
  return radius * std::cos(angle);
}

}  // namespace etalon::drivers::simulation
