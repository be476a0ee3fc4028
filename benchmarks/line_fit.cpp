// How long a straight line with uncertainties takes, in microseconds (the median of many fits):
//   benchmark_line_fit distance N    u(x_i) and u(y_i) of N points (generalised distance regression)
//   benchmark_line_fit covariance N  full covariances of x, of y and between them (generalised Gauss-Markov regression)
// The points are the same as those of line_fit_scipy.py.
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "benchmarks/stopwatch.h"
#include "calibration/curve/fit_curve.h"

using namespace etalon::calibration;

namespace {

// 1 + 2x with a scatter that any program can make: the golden ratio's fractional parts.
CurveData points(Eigen::Index count) {
  CurveData data;
  data.x.resize(count);
  data.y.resize(count);
  data.standard_uncertainty_x = Eigen::VectorXd::Constant(count, 0.05);
  data.standard_uncertainty_y = Eigen::VectorXd::Constant(count, 0.1);
  for (Eigen::Index i = 0; i < count; ++i) {
    const double x = 10.0 * static_cast<double>(i) / static_cast<double>(count - 1);
    const double first = std::fmod(0.6180339887498949 * static_cast<double>(i + 1), 1.0) - 0.5;
    const double second = std::fmod(0.7548776662466927 * static_cast<double>(i + 1), 1.0) - 0.5;
    data.x(i) = x + 0.17 * first;
    data.y(i) = 1 + 2 * x + 0.34 * second;
  }
  return data;
}

void correlate(CurveData& data) {
  const Eigen::Index n = data.x.size();
  data.covariance_x = Eigen::MatrixXd::Constant(n, n, 0.02 * 0.02);
  data.covariance_y = Eigen::MatrixXd::Constant(n, n, 0.05 * 0.05);
  data.covariance_xy = Eigen::MatrixXd::Constant(n, n, 0.01 * 0.05);
  data.covariance_x.diagonal().array() += 0.05 * 0.05;
  data.covariance_y.diagonal().array() += 0.1 * 0.1;
  data.standard_uncertainty_x.resize(0);
  data.standard_uncertainty_y.resize(0);
}

template <typename Fit>
double median_microseconds(int repetitions, int inner, Fit fit) {
  std::vector<double> times;
  for (int k = 0; k < repetitions; ++k) {
    const etalon::Stopwatch stopwatch;
    for (int i = 0; i < inner; ++i)
      fit();
    times.push_back(stopwatch.seconds() * 1e6 / inner);
  }
  std::nth_element(times.begin(), times.begin() + times.size() / 2, times.end());
  return times[times.size() / 2];
}

}  // namespace

int main(int count, char** arguments) {
  if (count != 3) {
    std::fprintf(stderr, "usage: benchmark_line_fit distance|covariance N\n");
    return 2;
  }
  const std::string what = arguments[1];
  CurveData data = points(std::atoi(arguments[2]));
  double sum = 0;  // so that no fit is left out
  double time = 0;
  if (what == "distance") {
    const int inner = static_cast<int>(std::max<Eigen::Index>(1, 20000 / data.x.size()));
    time = median_microseconds(51, inner, [&] {
      sum += fit_line_distance(data.x, data.y, data.standard_uncertainty_x, data.standard_uncertainty_y).slope;
    });
  } else {
    correlate(data);
    time = median_microseconds(21, 1, [&] { sum += fit_curve(data, {}).parameters(1); });
  }
  std::fprintf(stderr, "%g\n", sum);
  std::printf("%.4f\n", time);
  return 0;
}
