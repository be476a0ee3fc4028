// Coverage intervals from the values of a Monte Carlo evaluation (JCGM 101:2008 7.7), without sorting all of them: an
// interval with q of M values inside leaves M - q outside, so that both of its ends are among the lowest or the highest
// M - q values.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace etalon::calibration {

struct CoverageInterval {
  double lower = 0;
  double upper = 0;
  double length() const { return upper - lower; }
};

struct CoverageIntervals {
  CoverageInterval symmetric;  // probabilistically symmetric (7.7.2)
  CoverageInterval shortest;   // 7.7.3; the lowest one among equally short ones
  // Standard errors of the two ends of the symmetric interval: an end is an order statistic, whose rank has the
  // standard deviation sqrt(M q (1 - q)); so far the values reach that are two of these ranks away, halved (the larger
  // side).
  CoverageInterval symmetric_error;
};

// q: p M when that is whole, else the whole part of p M + 1/2 (7.7.1).
std::uint64_t values_inside(double coverage_probability, std::uint64_t trials);

// From sorted values: `lowest` begins with the smallest of all, `highest` ends with the largest; each has at least
// trials - q of them (both may be all).
CoverageIntervals coverage_intervals(std::span<const double> lowest, std::span<const double> highest,
                                     std::uint64_t trials, double coverage_probability);

// How fast the heavier tail falls off: a, when the part of the values farther than t from `centre` goes like t^-a
// there, from the distances that a part of 10^-4 and of 10^-3 of the values is beyond (Student's t has a = nu, a
// quotient whose denominator reaches zero 1, a normal distribution about 12). Lists as for coverage_intervals. Infinite
// where there are too few values to say, or the tail is bounded.
double tail_index(std::span<const double> lowest, std::span<const double> highest, double centre, std::uint64_t trials);

// A histogram for any number of values in constant memory. Bins are about `scale`/8192 wide within `scale` of `centre`
// and grow in proportion to the distance beyond.
class TailHistogram {
 public:
  TailHistogram(double centre, double scale);
  void add(std::span<const double> values);
  void add(const TailHistogram& other);
  // Values within a bin are taken as evenly spread. *resolution: the widest of the bins that hold the ends.
  CoverageIntervals intervals(double coverage_probability, double* resolution) const;
  // As the function of that name, about the histogram's centre.
  double tail_index() const;
  static std::size_t memory();  // bytes

 private:
  // The distribution function as a polygon through the edges of the bins that are not empty.
  struct Polygon {
    std::vector<double> position;
    std::vector<double> below;  // values up to there
    double value_at(double rank) const;
  };
  double edge(std::size_t bin) const;  // lower edge
  Polygon polygon() const;

  double centre_;
  double scale_;
  double least_;
  double greatest_;
  std::uint64_t total_ = 0;
  std::vector<std::uint64_t> counts_;
};

}  // namespace etalon::calibration
