// Mean, standard deviation, extremes and drift of a channel as its readings come, without keeping them.
#pragma once

#include <cstdint>

namespace etalon::acquisition {

class ChannelStatistics {
 public:
  // `time` in s.
  void add(double time, double value);

  std::int64_t count() const { return count_; }
  double mean() const { return mean_; }
  // Of a single value, with n - 1 (GUM 4.2.2); 0 for fewer than two readings.
  double standard_deviation() const;
  double minimum() const { return minimum_; }
  double maximum() const { return maximum_; }
  // Slope of the straight line fitted by least squares, per second, and its standard uncertainty from the scatter about
  // the line (GUM H.3); 0 for fewer than two (three) readings, or when all came at one moment.
  double slope() const;
  double slope_uncertainty() const;

 private:
  // Running means and centred sums: no difference of large sums, so that 10 V with microvolts of noise keeps its
  // digits.
  std::int64_t count_ = 0;
  double mean_time_ = 0, mean_ = 0;
  double time_squares_ = 0, value_squares_ = 0, products_ = 0;
  double minimum_ = 0, maximum_ = 0;
};

}  // namespace etalon::acquisition
