// How long the GUM's method takes for the ten-input pressure balance, in microseconds (the median of many):
//   benchmark_gum evaluate   value, sensitivities, budget, degrees of freedom, coverage factor; compiled before
//   benchmark_gum compile    from text to the compiled model with its derivatives
#include <algorithm>
#include <cstdio>
#include <string>
#include <vector>

#include "benchmarks/stopwatch.h"
#include "calibration/uncertainty/budget.h"

using namespace etalon::calibration;

namespace {

const std::vector<Definition> model_text{
    {"p", "m*g*(1 - ra/rm)*cos(th)/(A0*(1 + al*(t - 20))) + rf*exp(-7e-4*(t - 20))*g*h"}};

std::vector<InputQuantity> inputs() {
  std::vector<InputQuantity> all;
  const auto add = [&](const char* name, double value, double u, double nu = infinite) {
    all.push_back(from_standard_uncertainty(value, u, nu));
    all.back().name = all.back().identity = name;
  };
  add("m", 50, 5e-5);
  add("g", 9.80665, 2e-6);
  add("ra", 1.2, 0.02);
  add("rm", 7920, 20);
  add("th", 0.001, 0.0005);
  add("A0", 4.9e-4, 5e-9, 30);
  add("al", 9.1e-6, 4e-7);
  add("t", 20.6, 0.1);
  add("rf", 860, 2);
  add("h", 0.1, 0.0005, 9);
  return all;
}

template <typename Work>
double median_microseconds(int repetitions, int inner, Work work) {
  std::vector<double> times;
  for (int k = 0; k < repetitions; ++k) {
    const etalon::Stopwatch stopwatch;
    for (int i = 0; i < inner; ++i)
      work(i);
    times.push_back(stopwatch.seconds() * 1e6 / inner);
  }
  std::nth_element(times.begin(), times.begin() + static_cast<std::ptrdiff_t>(times.size() / 2), times.end());
  return times[times.size() / 2];
}

}  // namespace

int main(int count, char** arguments) {
  const std::string what = count > 1 ? arguments[1] : "";
  const std::vector<InputQuantity> given = inputs();
  std::vector<std::string> names;
  for (const InputQuantity& input : given)
    names.push_back(input.name);
  double sum = 0;  // keeps the work
  double time = 0;
  if (what == "evaluate") {
    BudgetEvaluator evaluator(MeasurementModel(model_text, names), given);
    time = median_microseconds(51, 2000, [&](int i) {
      evaluator.set_input(7, 20.6 + 1e-6 * i, 0.1);
      sum += evaluator.evaluate()[0].expanded_uncertainty;
    });
  } else if (what == "compile") {
    time = median_microseconds(51, 50, [&](int) {
      sum += static_cast<double>(MeasurementModel(model_text, names).compile(1).list.instructions.size());
    });
  } else {
    std::fprintf(stderr, "usage: benchmark_gum evaluate|compile\n");
    return 2;
  }
  std::printf("%.3f\n", time);
  return sum > 0 ? 0 : 1;
}
