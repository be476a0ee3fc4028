#include "acquisition/channel_statistics.h"

#include <algorithm>
#include <cmath>

namespace etalon::acquisition {

void ChannelStatistics::add(double time, double value) {
  minimum_ = count_ == 0 ? value : std::min(minimum_, value);
  maximum_ = count_ == 0 ? value : std::max(maximum_, value);
  ++count_;
  const auto n = static_cast<double>(count_);
  const double time_step = time - mean_time_;
  const double value_step = value - mean_;
  mean_time_ += time_step / n;
  mean_ += value_step / n;
  time_squares_ += time_step * (time - mean_time_);
  value_squares_ += value_step * (value - mean_);
  products_ += time_step * (value - mean_);
}

double ChannelStatistics::standard_deviation() const {
  return count_ < 2 ? 0 : std::sqrt(value_squares_ / static_cast<double>(count_ - 1));
}

double ChannelStatistics::slope() const {
  return count_ < 2 || !(time_squares_ > 0) ? 0 : products_ / time_squares_;
}

double ChannelStatistics::slope_uncertainty() const {
  if (count_ < 3 || !(time_squares_ > 0)) return 0;
  const double residual = std::max(0.0, value_squares_ - products_ * products_ / time_squares_);
  return std::sqrt(residual / static_cast<double>(count_ - 2) / time_squares_);
}

}  // namespace etalon::acquisition
