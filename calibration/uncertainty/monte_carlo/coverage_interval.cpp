#include "calibration/uncertainty/monte_carlo/coverage_interval.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>

namespace etalon::calibration {
namespace {

// Bins on each side of the centre: 2^13 for each doubling of 1 + |distance|/scale.
constexpr int bits_of_octave = 13;
constexpr std::size_t octaves = 32;
constexpr std::size_t bins_of_side = octaves << bits_of_octave;

// Standard deviation of the number of M values below a quantile whose expected number is `rank` (binomial).
double rank_deviation(double rank, double trials) {
  return std::sqrt(std::max(0.0, rank * (1 - rank / trials)));
}

// Of the value at `rank` of `trials`, from the values two standard deviations of the rank away.
template <class ValueAt>
double order_statistic_error(ValueAt value_at, double rank, double first, double last, double trials) {
  const double reach = 2 * rank_deviation(rank, trials);
  const double value = value_at(rank);
  double error = 0;
  for (const double end : {std::max(first, rank - reach), std::min(last, rank + reach)}) {
    const double steps = std::fabs(end - rank);
    // Where the values end before, as if they went on in the same way.
    if (steps > 0) error = std::max(error, std::fabs(value_at(end) - value) / 2 * (reach / steps));
  }
  return error;
}

// From the distances that the 10^-4 and the 10^-3 part of the values is beyond.
double index_from(double far, double near) {
  if (!(near > 0) || !(far > near)) return std::numeric_limits<double>::infinity();
  return 1 / std::log10(far / near);
}

// How many values are beyond the farther of the two; the nearer has ten times as many. 0: too few to say.
std::uint64_t far_values(std::uint64_t trials, std::uint64_t available) {
  constexpr std::uint64_t least = 50;  // a noise of 15 %
  const std::uint64_t wanted = std::max<std::uint64_t>(trials / 10000, least);
  const std::uint64_t count = std::min(wanted, available / 10);
  return count < least ? 0 : count;
}

}  // namespace

std::uint64_t values_inside(double coverage_probability, std::uint64_t trials) {
  return static_cast<std::uint64_t>(std::floor(coverage_probability * static_cast<double>(trials) + 0.5));
}

CoverageIntervals coverage_intervals(std::span<const double> lowest, std::span<const double> highest,
                                     std::uint64_t trials, double coverage_probability) {
  const std::uint64_t q = values_inside(coverage_probability, trials);
  const std::uint64_t outside = trials - q;
  // highest[k] is y(k + 1 + first_high); an interval with lower end y(r), r from 1, has the upper end y(r + q).
  const std::uint64_t first_high = trials - highest.size();
  const double* upper = highest.data() + (q - first_high);  // upper[r - 1] = y(r + q)
  CoverageIntervals result;
  const std::uint64_t r = std::max<std::uint64_t>(1, outside % 2 == 0 ? outside / 2 : (outside + 1) / 2);
  result.symmetric = {lowest[r - 1], upper[r - 1]};
  double least = std::numeric_limits<double>::infinity();
  for (std::uint64_t k = 0; k < outside; ++k)
    least = std::min(least, upper[k] - lowest[k]);
  for (std::uint64_t k = 0; k < outside; ++k) {
    if (upper[k] - lowest[k] == least) {
      result.shortest = {lowest[k], upper[k]};
      break;
    }
  }
  const auto m = static_cast<double>(trials);
  // The upper end by its rank from above, so that both ends are treated alike.
  result.symmetric_error.lower =
      order_statistic_error([&](double rank) { return lowest[static_cast<std::size_t>(rank) - 1]; },
                            static_cast<double>(r), 1, static_cast<double>(lowest.size()), m);
  const std::uint64_t from_above = trials - (r + q) + 1;
  result.symmetric_error.upper =
      order_statistic_error([&](double rank) { return highest[highest.size() - static_cast<std::size_t>(rank)]; },
                            static_cast<double>(from_above), 1, static_cast<double>(highest.size()), m);
  return result;
}

double tail_index(std::span<const double> lowest, std::span<const double> highest, double centre,
                  std::uint64_t trials) {
  const std::uint64_t far = far_values(trials, std::min(lowest.size(), highest.size()));
  if (far == 0) return std::numeric_limits<double>::infinity();
  return std::min(index_from(centre - lowest[far - 1], centre - lowest[10 * far - 1]),
                  index_from(highest[highest.size() - far] - centre, highest[highest.size() - 10 * far] - centre));
}

TailHistogram::TailHistogram(double centre, double scale)
    : centre_(centre),
      scale_(scale),
      least_(std::numeric_limits<double>::infinity()),
      greatest_(-std::numeric_limits<double>::infinity()),
      counts_(2 * bins_of_side, 0) {}

std::size_t TailHistogram::memory() {
  return 2 * bins_of_side * sizeof(std::uint64_t);
}

void TailHistogram::add(std::span<const double> values) {
  const double per_unit = 1 / scale_;
  const auto one = std::bit_cast<std::uint64_t>(1.0);
  for (const double value : values) {
    least_ = std::min(least_, value);
    greatest_ = std::max(greatest_, value);
    const double distance = (value - centre_) * per_unit;
    // The upper bits of 1 + |distance|, as a whole number, count the bins of this spacing.
    const std::uint64_t bits = std::bit_cast<std::uint64_t>(1 + std::fabs(distance)) - one;
    const std::size_t place = std::min<std::uint64_t>(bits >> (52 - bits_of_octave), bins_of_side - 1);
    ++counts_[distance < 0 ? bins_of_side - 1 - place : bins_of_side + place];
  }
  total_ += values.size();
}

void TailHistogram::add(const TailHistogram& other) {
  for (std::size_t i = 0; i < counts_.size(); ++i)
    counts_[i] += other.counts_[i];
  total_ += other.total_;
  least_ = std::min(least_, other.least_);
  greatest_ = std::max(greatest_, other.greatest_);
}

double TailHistogram::edge(std::size_t bin) const {
  const bool above = bin >= bins_of_side;
  const std::size_t place = above ? bin - bins_of_side : bins_of_side - bin;
  const auto bits = std::bit_cast<std::uint64_t>(1.0) + (std::uint64_t{place} << (52 - bits_of_octave));
  const double distance = std::bit_cast<double>(bits) - 1;
  return centre_ + (above ? distance : -distance) * scale_;
}

TailHistogram::Polygon TailHistogram::polygon() const {
  Polygon result;
  auto& [position, below] = result;
  std::uint64_t count = 0;
  for (std::size_t i = 0; i < counts_.size(); ++i) {
    if (counts_[i] == 0) continue;
    const double start = std::clamp(edge(i), least_, greatest_);
    if (position.empty() || position.back() != start || below.back() != static_cast<double>(count)) {
      position.push_back(start);
      below.push_back(static_cast<double>(count));
    }
    count += counts_[i];
    position.push_back(i + 1 < counts_.size() ? std::clamp(edge(i + 1), least_, greatest_) : greatest_);
    below.push_back(static_cast<double>(count));
  }
  return result;
}

double TailHistogram::Polygon::value_at(double rank) const {
  const auto next = std::lower_bound(below.begin(), below.end(), rank);
  const auto k = std::min<std::size_t>(static_cast<std::size_t>(next - below.begin()), below.size() - 1);
  if (k == 0) return position[0];
  const double step = below[k] - below[k - 1];
  return step > 0 ? position[k - 1] + (position[k] - position[k - 1]) * (rank - below[k - 1]) / step : position[k];
}

double TailHistogram::tail_index() const {
  const Polygon values = polygon();
  const auto far = static_cast<double>(far_values(total_, total_));
  if (far == 0) return std::numeric_limits<double>::infinity();
  const auto total = static_cast<double>(total_);
  return std::min(index_from(centre_ - values.value_at(far), centre_ - values.value_at(10 * far)),
                  index_from(values.value_at(total - far) - centre_, values.value_at(total - 10 * far) - centre_));
}

CoverageIntervals TailHistogram::intervals(double coverage_probability, double* resolution) const {
  const Polygon values = polygon();
  *resolution = 0;
  const auto total = static_cast<double>(total_);
  const auto inside = static_cast<double>(values_inside(coverage_probability, total_));
  const auto value_at = [&](double rank) { return values.value_at(rank); };
  const auto interval_from = [&](double rank) {
    const CoverageInterval interval{value_at(rank), value_at(rank + inside)};
    return interval;
  };
  CoverageIntervals result;
  result.symmetric = interval_from((total - inside) / 2);
  result.shortest = interval_from(0);
  // The length is a polygon in the rank too: its least value lies where either end is an edge.
  const auto try_rank = [&](double rank) {
    if (rank < 0 || rank > total - inside) return;
    const CoverageInterval interval = interval_from(rank);
    if (interval.length() < result.shortest.length()) result.shortest = interval;
  };
  for (const double rank : values.below) {
    try_rank(rank);
    try_rank(rank - inside);
  }
  for (const double end :
       {result.symmetric.lower, result.symmetric.upper, result.shortest.lower, result.shortest.upper}) {
    // A bin's width at a distance follows from its octave.
    const double distance = std::fabs(end - centre_) / scale_;
    *resolution = std::max(*resolution, scale_ * std::exp2(std::floor(std::log2(1 + distance)) - bits_of_octave));
  }
  const double low = (total - inside) / 2;
  result.symmetric_error = {order_statistic_error(value_at, low, 0, total, total),
                            order_statistic_error(value_at, low + inside, 0, total, total)};
  return result;
}

}  // namespace etalon::calibration
