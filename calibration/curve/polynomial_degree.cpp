#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "base/language.h"
#include "calibration/curve/polynomial_fit.h"

namespace etalon::calibration {

using base::InputError;
using base::tr;

namespace {

std::string table_of(const std::vector<DegreeTrial>& trials, bool stated) {
  std::string text;
  for (const DegreeTrial& trial : trials) {
    text += fmt::format("{}{}: {} {:.4g}/{}{}, AICc {:.2f}, BIC {:.2f}", text.empty() ? "" : "; ", trial.degree,
                        stated ? "χ²/ν" : "S/ν", trial.chi_squared, trial.degrees_of_freedom,
                        trial.p_value ? fmt::format(" (p {:.3f})", *trial.p_value) : "", trial.aicc, trial.bic);
  }
  return text;
}

}  // namespace

DegreeChoice choose_degree(const CurveData& data, int largest, const std::map<int, double>& fixed) {
  if (largest < 1 || largest > 30)
    throw InputError(fmt::format(fmt::runtime(tr("the largest degree is {}: expected 1 to 30")), largest));
  check_data(data);
  const bool stated = data.has_uncertainty_x() || data.has_uncertainty_y();
  const double n = static_cast<double>(data.x.size());
  DegreeChoice choice;
  std::string refused;
  for (int degree = 1; degree <= largest; ++degree) {
    PolynomialChoice polynomial{degree, {}};
    for (const auto& [power, coefficient] : fixed) {
      if (power <= degree) polynomial.fixed.emplace(power, coefficient);
    }
    DegreeTrial trial;
    trial.degree = degree;
    try {
      const CurveFit fit = fit_polynomial(data, polynomial);
      trial.degrees_of_freedom = fit.degrees_of_freedom;
      trial.p_value = chi_squared_p_value(fit);
      trial.chi_squared = fit.chi_squared ? *fit.chi_squared : fit.residuals.squaredNorm();
      const double p = static_cast<double>(fit.parameters.size()) + (stated ? 0 : 1);
      if (!(n - p - 1 > 0)) break;
      const double lack = stated ? trial.chi_squared : n * std::log(std::max(trial.chi_squared, 1e-300) / n);
      trial.aicc = lack + 2 * p + 2 * p * (p + 1) / (n - p - 1);
      trial.bic = lack + p * std::log(n);
    } catch (const InputError& error) {
      if (degree == 1) throw;
      refused = error.what();
      break;
    }
    choice.trials.push_back(trial);
  }
  if (choice.trials.empty()) {
    throw InputError(fmt::format(fmt::runtime(tr("{} points are too few to choose a degree by AICc: give the degree")),
                                 data.x.size()));
  }
  const auto least = [&](double DegreeTrial::*criterion) {
    return *std::min_element(choice.trials.begin(), choice.trials.end(),
                             [&](const auto& a, const auto& b) { return a.*criterion < b.*criterion; });
  };
  const DegreeTrial by_aicc = least(&DegreeTrial::aicc);
  const DegreeTrial by_bic = least(&DegreeTrial::bic);
  const bool simpler = by_bic.degree < by_aicc.degree && by_bic.aicc - by_aicc.aicc <= 2;
  const DegreeTrial& chosen = simpler ? by_bic : by_aicc;
  choice.degree = chosen.degree;
  if (simpler) {
    choice.reason =
        fmt::format(fmt::runtime(tr("degree {}: BIC is least there, and AICc is only {:.2f} above its least "
                                    "value at degree {}")),
                    chosen.degree, by_bic.aicc - by_aicc.aicc, by_aicc.degree);
  } else if (by_bic.degree == by_aicc.degree) {
    choice.reason = fmt::format(fmt::runtime(tr("degree {}: AICc and BIC are both least there")), chosen.degree);
  } else {
    choice.reason = fmt::format(fmt::runtime(tr("degree {}: AICc is least there; BIC is least at degree {}")),
                                chosen.degree, by_bic.degree);
  }
  if (chosen.p_value && *chosen.p_value < 0.05) {
    choice.reason +=
        "; " + fmt::format(fmt::runtime(tr("but χ² is too large there (p = {:.3g}): the curve or the stated "
                                           "uncertainties are in doubt")),
                           *chosen.p_value);
  }
  choice.reason += " (" + table_of(choice.trials, stated) + ")";
  return choice;
}

}  // namespace etalon::calibration
