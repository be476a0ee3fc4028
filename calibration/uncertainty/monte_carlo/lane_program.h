// What the block executor runs: plain data only, so that the sources compiled for wider instruction sets
// (lane_kernels_*) need nothing of the standard library whose code another source could end up with.
#pragma once

#include <cstddef>
#include <cstdint>

#include "calibration/model/operation.h"

namespace etalon::calibration {

struct Instruction;

// A chunk is the unit of work of a thread and of the sums; a block is what one instruction is applied to at once.
constexpr std::size_t chunk_trials = 4096;
// Sums run in eight columns (trial number modulo 8) whatever the register width, so that their rounding does not depend
// on it.
constexpr std::size_t sum_columns = 8;

// One step of the sampling. Steps write blocks of registers; U and V are the two uniform numbers of Philox call `call`
// (philox.h), in the open interval (0, 1). Clauses are those of JCGM 101:2008.
enum class DrawKind : std::uint8_t {
  uniform_pair,     // first = p0 + p1 (2U - 1), second = p2 + p3 (2V - 1)              6.4.2.4
  normal_pair,      // first = p0 + p1 Z1, second = p2 + p3 Z2, Box and Muller          C.4
  student_t,        // first = p0 + p1 T, p2 = nu: T by Bailey's transformation of U, V
  sum_of_two,       // first = p0 + p1 (2U - 1) + p2 (2V - 1): trapezoid, triangle      6.4.4.4, 6.4.5.4
  curvilinear,      // first = p0 + (p1 - p2 (2U - 1)) (2V - 1)                          6.4.3.4
  gamma,            // first = p1 G, G gamma distributed with shape p0; uses calls `call`, attempts
  arcsine,          // first holds U: first = p0 + p1 sin(2 pi U)                        6.4.6.4
  exponential,      // first holds U: first = -p0 ln U                                   6.4.10.3
  scaled_copy,      // first = p0 + p1 second: another input of the same identity
  combination,      // first = p0 + sum of table entries times registers (a row of a Cholesky factor)   6.4.8.4
  scaled_about,     // first = p0 + (first - p0) second
  divided_by_root,  // first = p0 + p1 first / sqrt(second): t from normal and gamma     6.4.9.4
  quantile          // first = quantile of distribution number `table` at Phi(first): Gaussian copula
};

struct DrawStep {
  DrawKind kind = DrawKind::uniform_pair;
  std::uint32_t call = 0;
  std::uint32_t first = 0;  // registers
  std::uint32_t second = 0;
  double p[4] = {0, 0, 0, 0};
  std::uint32_t table = 0;  // combination: first entry; quantile: which
  std::uint32_t terms = 0;  // combination: number of entries
};

struct CombinationTerm {
  double factor = 0;
  std::uint32_t source = 0;  // register
};

struct LaneProgram {
  std::uint64_t seed = 0;
  std::size_t block = 0;  // trials in a register; a power of two from 16 to chunk_trials
  const DrawStep* draws = nullptr;
  std::size_t draw_count = 0;
  const CombinationTerm* terms = nullptr;
  const Instruction* instructions = nullptr;
  std::size_t instruction_count = 0;
  const std::uint32_t* outputs = nullptr;  // registers
  std::size_t output_count = 0;
  // What is done lane by lane, in a source for every machine; `context` is theirs.
  const void* context = nullptr;
  void (*quantile)(const void* context, std::uint32_t which, double* values, std::size_t count) = nullptr;
  void (*solve)(const void* context, std::uint32_t equation, std::uint32_t target, double* registers,
                std::size_t block) = nullptr;
};

// Sums over the trials of a chunk, by column.
struct ChunkSums {
  double first[sum_columns];   // of y - shift
  double second[sum_columns];  // of (y - shift)^2
};

// The density's bins: `count` of them of equal width from `lower` on, one more below and one above.
struct BinGrid {
  double lower = 0;
  double bins_per_unit = 0;
  std::size_t count = 0;
};

// One set of functions for each instruction set; all give the same bits.
struct LaneKernels {
  // Runs trials first … first+count-1 (both multiples of the block). `registers` has a block for each register, inputs
  // that are constant and constants already in place; output k goes to outputs[k].
  void (*simulate)(const LaneProgram& program, std::uint64_t first, std::size_t count, double* registers,
                   double* const* outputs);
  // Sums of `count` values. -0 becomes 0 in place. Values <= low are appended to `lows`, values >= high to `highs`,
  // each with room for count + 8; returned through the counts.
  void (*digest)(double* values, std::size_t count, double shift, double low, double high, ChunkSums* sums,
                 double* lows, std::size_t* low_count, double* highs, std::size_t* high_count);
  // Sum of (a - shift_a)(b - shift_b), by column.
  void (*cross)(const double* a, double shift_a, const double* b, double shift_b, std::size_t count, double* sums);
  // Adds one to the bin of each value. `bins` has grid.count + 2 places for each column: counting neighbours side by
  // side does not make one wait for the other.
  void (*fill)(const double* values, std::size_t count, const BinGrid& grid, std::uint32_t* bins);
  // One operation on `count` values (a multiple of 16), for tests of the functions themselves.
  void (*apply)(Operation operation, const double* first, const double* second, double* target, std::size_t count);
};

}  // namespace etalon::calibration
