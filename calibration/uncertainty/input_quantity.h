// An input quantity of a measurement model: estimate, standard uncertainty, degrees of freedom, distribution, and the
// identity of the physical quantity behind it. All uncertainties are in the unit of the estimate.
#pragma once

#include <limits>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/language.h"

namespace etalon::calibration {

constexpr double infinite = std::numeric_limits<double>::infinity();

// Those of JCGM 101:2008 table 1.
enum class Distribution {
  constant,
  normal,
  student_t,
  rectangular,
  triangular,
  arcsine,
  trapezoidal,
  curvilinear_trapezoidal,  // a rectangle whose limits are themselves known to +-d (6.4.3)
  exponential,              // a positive quantity of which only the estimate is known (6.4.10)
  gamma                     // a rate from counted events (6.4.11)
};

// "rectangular" and the like, as models write them ("t" for Student's t); InputError lists the names.
std::string to_string(Distribution distribution);
Distribution parse_distribution(const std::string& name);

// What was said of a quantity together with its identity. One quantity has one of each, wherever it stands.
struct StatedQuantity {
  double value = 0;
  double standard_uncertainty = 0;
  double degrees_of_freedom = infinite;
  Distribution distribution = Distribution::normal;
  double shape = 0;
  double limit_uncertainty = 0;
  std::string unit;
  std::string readings;  // a digest of them; empty: none
};

// Text of what differs ("the value 10 and 10.5"), empty when nothing does; numbers are compared in one unit, to what
// conversions round.
std::string difference(const StatedQuantity& a, const StatedQuantity& b);

// A part of an uncertainty that comes from one quantity, independent of all other components.
struct Component {
  double contribution = 0;  // in the unit of the result, with its sign
  double degrees_of_freedom = infinite;
  // Components of one ensemble come from quantities that were evaluated together, as simultaneous readings are: they
  // count once in the effective degrees of freedom, with the smallest of theirs. Empty: on its own.
  std::string ensemble = {};
  // What was said of the quantity where its identity was stated; null where it was not, or nothing is known of it.
  std::shared_ptr<const StatedQuantity> stated = {};
};
using Components = std::map<std::string, Component>;  // by the identity of the quantity

// Root of the sum of the squared contributions.
double standard_uncertainty(const Components& components);
// By Welch and Satterthwaite (GUM G.4.1, equation (G.2b)), an ensemble as one part.
double effective_degrees_of_freedom(const Components& components);

struct InputQuantity {
  std::string name;  // as the model uses it
  // Which physical quantity this is: "5522A 1234567, certificate 2025-0815, dc voltage 10 V range", "reading noise of
  // point 3". Two inputs with the same identity, in one budget or in different points, are the same quantity and fully
  // correlated (GUM F.1.2.3). A budget refuses an empty identity.
  std::string identity;
  // Of an input that is itself a result: the quantities that its uncertainty comes from, by identity, in the unit of
  // the estimate. Its own identity is then empty, and its distribution says only whether its degrees of freedom are
  // finite.
  Components components;
  double estimate = 0;
  double standard_uncertainty = 0;
  double degrees_of_freedom = infinite;
  Distribution distribution = Distribution::constant;
  double shape = 0;  // trapezoidal only: beta, ratio of top to base width, from 0 (triangle) to 1 (rectangle)
  double limit_uncertainty = 0;  // curvilinear trapezoidal only: d, in the unit of the estimate
  std::string unit;
  base::LocalText description;
  // With an identity that somebody stated. Other identities are made so that nothing else has them.
  std::shared_ptr<const StatedQuantity> stated = {};
};

struct CoverageFactor {
  double k = 2;
};
struct CoverageProbability {
  double p = 0.95;
};

// The functions below fill the numbers; name, identity, unit and description are the caller's. Values that are not
// finite, negative uncertainties, k <= 0, p outside (0, 1) and degrees of freedom <= 0 are InputErrors.

// Repeated readings, Type A: mean, s/sqrt(n), nu = n - 1 (GUM 4.2.1-4.2.3, 4.2.6). Fewer than two: InputError.
InputQuantity from_readings(const std::vector<double>& readings);
// Few readings with a standard deviation known from earlier ones (pooled, GUM 4.2.4): mean, s_p/sqrt(n), its nu.
InputQuantity from_readings(const std::vector<double>& readings, double pooled_standard_deviation,
                            double degrees_of_freedom);
// A stated standard uncertainty: normal, or t when the degrees of freedom are finite (GUM 4.3.2, G.3).
InputQuantity from_standard_uncertainty(double value, double standard_uncertainty,
                                        double degrees_of_freedom = infinite);
// A certificate with U and k: u = U/k (GUM 4.3.3).
InputQuantity from_certificate(double value, double expanded_uncertainty, CoverageFactor coverage,
                               double degrees_of_freedom = infinite);
// A certificate with U at a coverage probability: u = U/k_p of the normal distribution (GUM 4.3.4), or U/t_p(nu) when
// the degrees of freedom are finite (GUM G.3.4).
InputQuantity from_certificate(double value, double expanded_uncertainty, CoverageProbability coverage,
                               double degrees_of_freedom = infinite);
// value +- half_width: u = a/sqrt(3) rectangular (GUM 4.3.7), a/sqrt(6) triangular (4.3.9), a*sqrt((1 + beta^2)/6)
// trapezoidal (4.3.9), a/sqrt(2) arcsine (JCGM 101:2008 6.4.6, GUM H.1.3.4). Other distributions have no limits:
// InputError. Finite degrees of freedom say how well the half-width is known (GUM G.4.2).
InputQuantity from_limits(double value, double half_width, Distribution distribution, double shape = 0,
                          double degrees_of_freedom = infinite);
// From `lower` to `upper` (GUM 4.3.8): from_limits about the midpoint.
InputQuantity from_bounds(double lower, double upper, Distribution distribution, double shape = 0,
                          double degrees_of_freedom = infinite);
// value +- half_width, each limit known to +-limit_uncertainty: curvilinear trapezoid with u^2 = a^2/3 + d^2/9
// (JCGM 101:2008 6.4.3.3). 0 <= d < a (6.4.3.1), else InputError; d = 0 is a rectangle.
InputQuantity from_uncertain_limits(double value, double half_width, double limit_uncertainty,
                                    double degrees_of_freedom = infinite);
// A quantity that cannot be negative and of which nothing but the estimate is known: u equals the estimate (6.4.10.2).
// Positive, else InputError.
InputQuantity from_positive_estimate(double value);
// Events counted in `observations` equal intervals, `count` altogether: the number expected in one interval is gamma
// distributed, (1 + count)/n with u = sqrt(1 + count)/n (6.4.11). A whole number >= 0 and at least one interval, else
// InputError.
InputQuantity from_counts(double count, int observations = 1);
// An exact value.
InputQuantity constant(double value);
// A result with its components; without any it is exact.
InputQuantity from_components(double value, const Components& components);

// Degrees of freedom of an uncertainty that is itself uncertain by the relative amount r: 1/(2 r^2) (GUM G.3).
double degrees_of_freedom_of_reliability(double relative_uncertainty);

// The half-width of a distribution with limits, from its standard uncertainty (curvilinear: of the middle of the two
// limits' intervals); InputError for one without.
double half_width(const InputQuantity& input);

// InputError, naming the input, when a number in it is not usable.
void check(const InputQuantity& input);

}  // namespace etalon::calibration
