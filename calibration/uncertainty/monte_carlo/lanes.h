// Numbers side by side: `parts` vector registers of one instruction set, handled as one number. Several at once keep
// the processor busy while each waits for its own last result.
//
// For lane_kernels_*.cpp alone: everything here is local to the including source.
#pragma once

#include <cstddef>
#include <cstdint>
#include <xsimd/xsimd.hpp>

namespace etalon::calibration {
namespace {

template <class Architecture, std::size_t number_of_registers>
struct Lanes {
  using Vector = xsimd::batch<double, Architecture>;
  using BitVector = xsimd::batch<std::uint64_t, Architecture>;
  using MaskVector = xsimd::batch_bool<double, Architecture>;
  static constexpr std::size_t parts = number_of_registers;
  static constexpr std::size_t part_width = Vector::size;
  static constexpr std::size_t width = parts * part_width;
};

template <class A>
struct Real {
  typename A::Vector part[A::parts];
  Real() = default;
  explicit Real(double value) {
    for (auto& p : part)
      p = typename A::Vector(value);
  }
  static Real load(const double* from) {
    Real result;
    for (std::size_t i = 0; i < A::parts; ++i)
      result.part[i] = A::Vector::load_unaligned(from + i * A::part_width);
    return result;
  }
  void store(double* to) const {
    for (std::size_t i = 0; i < A::parts; ++i)
      part[i].store_unaligned(to + i * A::part_width);
  }
};

template <class A>
struct Bits {
  typename A::BitVector part[A::parts];
  Bits() = default;
  explicit Bits(std::uint64_t value) {
    for (auto& p : part)
      p = typename A::BitVector(value);
  }
  static Bits load(const std::uint64_t* from) {
    Bits result;
    for (std::size_t i = 0; i < A::parts; ++i)
      result.part[i] = A::BitVector::load_unaligned(from + i * A::part_width);
    return result;
  }
  void store(std::uint64_t* to) const {
    for (std::size_t i = 0; i < A::parts; ++i)
      part[i].store_unaligned(to + i * A::part_width);
  }
};

template <class A>
struct Mask {
  typename A::MaskVector part[A::parts];
};

// Applies a function of registers to each part.
template <class Result, class A, class Function>
inline Result by_part(Function function) {
  Result result;
  for (std::size_t i = 0; i < A::parts; ++i)
    result.part[i] = function(i);
  return result;
}

#define ETALON_LANE_OPERATOR(Type, Result, symbol)                                           \
  template <class A>                                                                         \
  inline Result<A> operator symbol(const Type<A>& a, const Type<A>& b) {                     \
    return by_part<Result<A>, A>([&](std::size_t i) { return a.part[i] symbol b.part[i]; }); \
  }
ETALON_LANE_OPERATOR(Real, Real, +)
ETALON_LANE_OPERATOR(Real, Real, -)
ETALON_LANE_OPERATOR(Real, Real, *)
ETALON_LANE_OPERATOR(Real, Real, /)
ETALON_LANE_OPERATOR(Real, Mask, <)
ETALON_LANE_OPERATOR(Real, Mask, <=)
ETALON_LANE_OPERATOR(Real, Mask, >)
ETALON_LANE_OPERATOR(Real, Mask, >=)
ETALON_LANE_OPERATOR(Real, Mask, ==)
ETALON_LANE_OPERATOR(Real, Mask, !=)
ETALON_LANE_OPERATOR(Bits, Bits, +)
ETALON_LANE_OPERATOR(Bits, Bits, -)
ETALON_LANE_OPERATOR(Bits, Bits, &)
ETALON_LANE_OPERATOR(Bits, Bits, |)
ETALON_LANE_OPERATOR(Bits, Bits, ^)
ETALON_LANE_OPERATOR(Mask, Mask, &&)
ETALON_LANE_OPERATOR(Mask, Mask, ||)
#undef ETALON_LANE_OPERATOR

template <class A>
inline Mask<A> operator!(const Mask<A>& a) {
  return by_part<Mask<A>, A>([&](std::size_t i) { return !a.part[i]; });
}
template <class A>
inline Bits<A> operator~(const Bits<A>& a) {
  return by_part<Bits<A>, A>([&](std::size_t i) { return ~a.part[i]; });
}
template <class A>
inline Bits<A> operator<<(const Bits<A>& a, int count) {
  return by_part<Bits<A>, A>([&](std::size_t i) { return a.part[i] << count; });
}
template <class A>
inline Bits<A> operator>>(const Bits<A>& a, int count) {
  return by_part<Bits<A>, A>([&](std::size_t i) { return a.part[i] >> count; });
}
template <class A>
inline Bits<A> to_bits(const Real<A>& a) {
  return by_part<Bits<A>, A>([&](std::size_t i) { return xsimd::bitwise_cast<typename A::BitVector>(a.part[i]); });
}
template <class A>
inline Real<A> from_bits(const Bits<A>& a) {
  return by_part<Real<A>, A>([&](std::size_t i) { return xsimd::bitwise_cast<typename A::Vector>(a.part[i]); });
}
template <class A>
inline Real<A> choose(const Mask<A>& mask, const Real<A>& yes, const Real<A>& no) {
  return by_part<Real<A>, A>([&](std::size_t i) { return xsimd::select(mask.part[i], yes.part[i], no.part[i]); });
}
template <class A>
inline Real<A> root(const Real<A>& a) {
  return by_part<Real<A>, A>([&](std::size_t i) { return xsimd::sqrt(a.part[i]); });
}
template <class A>
inline bool any(const Mask<A>& mask) {
  bool result = false;
  for (std::size_t i = 0; i < A::parts; ++i)
    result = result || xsimd::any(mask.part[i]);
  return result;
}

// a ^ b ^ c, which AVX-512 does at once.
template <class A>
inline Bits<A> exclusive_or(const Bits<A>& a, const Bits<A>& b, const Bits<A>& c) {
#if defined(__AVX512F__)
  return by_part<Bits<A>, A>([&](std::size_t i) {
    return typename A::BitVector(_mm512_ternarylogic_epi64(a.part[i].data, b.part[i].data, c.part[i].data, 0x96));
  });
#else
  return a ^ (b ^ c);
#endif
}

// Product of the lower halves of each 64-bit lane.
#if defined(__SSE2__)
inline __m128i multiply_halves(__m128i a, __m128i b) {
  return _mm_mul_epu32(a, b);
}
#endif
#if defined(__AVX2__)
inline __m256i multiply_halves(__m256i a, __m256i b) {
  return _mm256_mul_epu32(a, b);
}
#endif
#if defined(__AVX512F__)
inline __m512i multiply_halves(__m512i a, __m512i b) {
  return _mm512_mul_epu32(a, b);
}
#endif
template <class A>
inline Bits<A> multiply_low(const Bits<A>& a, const Bits<A>& b) {
  return by_part<Bits<A>, A>(
      [&](std::size_t i) { return typename A::BitVector(multiply_halves(a.part[i].data, b.part[i].data)); });
}

}  // namespace
}  // namespace etalon::calibration
