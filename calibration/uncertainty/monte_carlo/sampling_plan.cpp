#include "calibration/uncertainty/monte_carlo/sampling_plan.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>
#include <optional>
#include <stdexcept>

#include "base/error.h"
#include "base/language.h"
#include "calibration/uncertainty/quantities_behind.h"

namespace etalon::calibration {

using base::tr;
namespace {

using Eigen::Index;

Index at(std::size_t i) {
  return static_cast<Index>(i);
}

// Below, U^(-2/nu) of Bailey's transformation may not be a finite number.
constexpr double least_degrees_of_freedom = 0.2;

bool varies(const InputQuantity& input) {
  return input.distribution != Distribution::constant && input.standard_uncertainty > 0;
}

// Lower factor L with L L' = r for a positive semi-definite r; a column of zeros where nothing new is added.
Eigen::MatrixXd factor_of(const Eigen::MatrixXd& r) {
  constexpr double tolerance = 1e-10;
  const Index n = r.rows();
  Eigen::MatrixXd factor = Eigen::MatrixXd::Zero(n, n);
  for (Index j = 0; j < n; ++j) {
    const double pivot = r(j, j) - factor.row(j).head(j).squaredNorm();
    if (pivot <= tolerance) continue;
    factor(j, j) = std::sqrt(pivot);
    for (Index i = j + 1; i < n; ++i)
      factor(i, j) = (r(i, j) - factor.row(i).head(j).dot(factor.row(j).head(j))) / factor(j, j);
  }
  return factor;
}

class Planner {
 public:
  Planner(const JointInputs& joint, std::size_t first_scratch)
      : joint_(joint),
        behind_(behind_checked(joint)),
        inputs_(behind_.quantities),
        next_register_(first_scratch),
        registers_(inputs_.size()),
        without_deviation_(inputs_.size(), false),
        without_mean_(inputs_.size(), false) {
    std::size_t own = 0;
    for (std::size_t i = 0; i < joint.inputs.size(); ++i) {
      if (joint.inputs[i].components.empty()) registers_[own++] = static_cast<std::uint32_t>(i);
    }
    while (own < registers_.size())
      registers_[own++] = scratch();
  }

  SamplingPlan make() {
    find_leaders();
    check_correlation();
    find_clusters();
    for (std::size_t i = 0; i < inputs_.size(); ++i) {
      if (!varies(inputs_[i])) plan_.constants.emplace_back(reg(i), inputs_[i].estimate);
    }
    for (const std::vector<std::size_t>& cluster : clusters_)
      cluster.size() == 1 && !together_of(cluster[0]) ? draw_alone(cluster[0]) : draw_cluster(cluster);
    finish_pairs();
    plan_.draws.insert(plan_.draws.end(), later_.begin(), later_.end());
    for (std::size_t i = 0; i < inputs_.size(); ++i) {
      if (varies(inputs_[i]) && leader_[i] != i) copy(i);
    }
    add_up_components();
    plan_.registers = next_register_;
    return std::move(plan_);
  }

 private:
  static QuantitiesBehind behind_checked(const JointInputs& joint) {
    for (const InputQuantity& input : joint.inputs)
      check(input);
    return quantities_behind(joint.inputs, joint.correlation);
  }

  std::uint32_t reg(std::size_t i) const { return registers_[i]; }
  std::uint32_t scratch() { return static_cast<std::uint32_t>(next_register_++); }
  std::uint32_t call() { return next_call_++; }

  // The first input of each identity is drawn, the others follow it.
  void find_leaders() {
    std::map<std::string, std::size_t> first;
    for (std::size_t i = 0; i < inputs_.size(); ++i) {
      leader_.push_back(i);
      const InputQuantity& input = inputs_[i];
      if (input.identity.empty() || !varies(input)) continue;
      const auto [place, is_new] = first.emplace(input.identity, i);
      if (is_new) continue;
      leader_[i] = place->second;
      const InputQuantity& leader = inputs_[place->second];
      const double ratio = input.standard_uncertainty / leader.standard_uncertainty;
      const bool same_limits =
          std::fabs(input.limit_uncertainty - ratio * leader.limit_uncertainty) <= 1e-9 * input.standard_uncertainty;
      if (input.distribution != leader.distribution || input.shape != leader.shape || !same_limits ||
          input.degrees_of_freedom != leader.degrees_of_freedom) {
        throw base::InputError(fmt::format(
            fmt::runtime(
                tr("inputs '{}' and '{}' have the identity '{}' but differ in distribution or degrees of freedom: "
                   "one quantity "
                   "has one of each")),
            leader.name, input.name, input.identity));
      }
    }
  }

  void check_correlation() {
    const Index n = at(inputs_.size());
    const Eigen::MatrixXd& given = behind_.correlation;
    correlation_ = Eigen::MatrixXd::Identity(n, n);
    if (given.size() == 0) return;
    // What is said of any input of an identity is said of the quantity.
    for (std::size_t i = 0; i < inputs_.size(); ++i) {
      for (std::size_t j = 0; j < i; ++j) {
        const double value = given(at(i), at(j));
        if (value == 0 || !varies(inputs_[i]) || !varies(inputs_[j])) continue;
        const Index a = at(leader_[i]);
        const Index b = at(leader_[j]);
        const double known = correlation_(a, b);
        if (a == b ? value != 1 : known != 0 && known != value) {
          throw base::InputError(
              fmt::format(fmt::runtime(tr("inputs '{}' and '{}' have the correlation {}, but as quantities of the same "
                                          "identities as other inputs they have {}")),
                          inputs_[j].name, inputs_[i].name, value, known));
        }
        correlation_(a, b) = correlation_(b, a) = value;
      }
    }
    const Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> spectrum(correlation_, Eigen::EigenvaluesOnly);
    if (spectrum.eigenvalues()(0) < -1e-9 * static_cast<double>(n)) {
      throw base::InputError(fmt::format(
          fmt::runtime(tr("the correlation matrix of the inputs is not positive semi-definite (smallest eigenvalue "
                          "{:.3g}): the coefficients contradict each other")),
          spectrum.eigenvalues()(0)));
    }
  }

  // Number of the occasion on which an input was observed with others.
  std::optional<std::size_t> together_of(std::size_t i) const {
    for (std::size_t k = 0; k < together_.size(); ++k) {
      if (std::find(together_[k].begin(), together_[k].end(), i) != together_[k].end()) return k;
    }
    return std::nullopt;
  }

  void find_clusters() {
    const std::size_t n = inputs_.size();
    std::vector<std::size_t> cluster(n);
    std::iota(cluster.begin(), cluster.end(), std::size_t{0});
    const auto has_chi_squared = [&](std::size_t i) {
      return varies(inputs_[i]) && inputs_[i].distribution == Distribution::student_t &&
             !std::isinf(inputs_[i].degrees_of_freedom);
    };
    const auto join = [&](std::size_t a, std::size_t b) {
      const std::size_t from = std::max(cluster[a], cluster[b]);
      std::replace(cluster.begin(), cluster.end(), from, std::min(cluster[a], cluster[b]));
    };
    for (std::size_t i = 0; i < n; ++i) {
      for (std::size_t j = 0; j < i; ++j) {
        if (correlation_(at(i), at(j)) != 0) join(i, j);
      }
    }
    for (const std::vector<std::size_t>& occasion : joint_.observed_together) {
      std::vector<std::size_t> members;
      for (const std::size_t input : occasion) {
        if (input >= joint_.inputs.size() || !joint_.inputs[input].components.empty())
          throw std::logic_error("an input observed together that is not there");
        const std::size_t i = behind_.of_input[input][0];
        if (varies(inputs_[i]) && std::find(members.begin(), members.end(), leader_[i]) == members.end())
          members.push_back(leader_[i]);
      }
      if (members.size() < 2) continue;
      for (const std::size_t i : members) {
        if (inputs_[i].distribution != Distribution::student_t ||
            inputs_[i].degrees_of_freedom != inputs_[members[0]].degrees_of_freedom) {
          throw base::InputError(fmt::format(fmt::runtime(tr("inputs '{}' and '{}' are said to be observed together: "
                                                             "expected as many readings of each")),
                                             inputs_[members[0]].name, inputs_[i].name));
        }
        if (together_of(i)) {
          throw base::InputError(fmt::format(
              fmt::runtime(tr("input '{}' is said to be observed together with others twice")), inputs_[i].name));
        }
        join(members[0], i);
      }
      together_.push_back(members);
    }
    // Components of one ensemble share one chi^2, as correlated t distributed inputs of equal nu do.
    for (std::size_t i = 0; i < n; ++i) {
      const std::size_t first = behind_.ensembles[i];
      if (first != i && has_chi_squared(i) && has_chi_squared(first)) join(leader_[first], leader_[i]);
    }
    for (std::size_t i = 0; i < n; ++i) {
      if (cluster[i] != i || !varies(inputs_[i]) || leader_[i] != i) continue;
      clusters_.emplace_back();
      for (std::size_t j = i; j < n; ++j) {
        if (cluster[j] == i) clusters_.back().push_back(j);
      }
    }
  }

  void note_existence(std::size_t i, double degrees_of_freedom) {
    if (degrees_of_freedom > 2) return;
    without_deviation_[i] = true;
    without_mean_[i] = degrees_of_freedom <= 1;
    plan_.notes.push_back(fmt::format(
        fmt::runtime(degrees_of_freedom > 1
                         ? tr("The t distribution of '{}' with {:.3g} degrees of freedom has no standard deviation (it "
                              "takes more than 2): what depends on it has coverage intervals, but no standard "
                              "uncertainty (JCGM 101:2008 6.4.9).")
                         : tr("The t distribution of '{}' with {:.3g} degrees of freedom has neither mean nor standard "
                              "deviation (they take more than 1 and 2): what depends on it has coverage intervals, but "
                              "no mean and no standard uncertainty (JCGM 101:2008 6.4.9).")),
        inputs_[i].name, degrees_of_freedom));
  }

  void check_degrees_of_freedom(std::size_t i) {
    if (inputs_[i].degrees_of_freedom < least_degrees_of_freedom) {
      throw base::InputError(fmt::format(
          fmt::runtime(tr("input '{}' has {} degrees of freedom: a Monte Carlo evaluation takes {} or more")),
          inputs_[i].name, inputs_[i].degrees_of_freedom, least_degrees_of_freedom));
    }
  }

  // Inputs that need one uniform or normal number share a call with the next such.
  struct Half {
    std::uint32_t target = 0;
    double offset = 0;
    double factor = 0;
  };
  void add_half(DrawKind kind, Half half) {
    std::optional<Half>& open = kind == DrawKind::normal_pair ? open_normal_ : open_uniform_;
    if (!open) {
      open = half;
      return;
    }
    DrawStep step;
    step.kind = kind;
    step.call = call();
    step.first = open->target;
    step.second = half.target;
    step.p[0] = open->offset;
    step.p[1] = open->factor;
    step.p[2] = half.offset;
    step.p[3] = half.factor;
    plan_.draws.push_back(step);
    open.reset();
  }
  void finish_pairs() {
    if (open_normal_) add_half(DrawKind::normal_pair, {scratch(), 0, 1});
    if (open_uniform_) add_half(DrawKind::uniform_pair, {scratch(), 0, 1});
  }

  void draw_alone(std::size_t i) {
    const InputQuantity& input = inputs_[i];
    const double u = input.standard_uncertainty;
    DrawStep step;
    step.first = reg(i);
    step.second = reg(i);
    step.p[0] = input.estimate;
    switch (input.distribution) {
      case Distribution::constant:
        return;
      case Distribution::normal:
        add_half(DrawKind::normal_pair, {reg(i), input.estimate, u});
        return;
      case Distribution::student_t:
        if (std::isinf(input.degrees_of_freedom)) {
          add_half(DrawKind::normal_pair, {reg(i), input.estimate, u});
          return;
        }
        check_degrees_of_freedom(i);
        note_existence(i, input.degrees_of_freedom);
        step.kind = DrawKind::student_t;
        step.p[1] = u;
        step.p[2] = input.degrees_of_freedom;
        break;
      case Distribution::rectangular:
        add_half(DrawKind::uniform_pair, {reg(i), input.estimate, half_width(input)});
        return;
      case Distribution::triangular:
      case Distribution::trapezoidal: {
        const double beta = input.distribution == Distribution::trapezoidal ? input.shape : 0;
        step.kind = DrawKind::sum_of_two;
        step.p[1] = half_width(input) * (1 + beta) / 2;
        step.p[2] = half_width(input) * (1 - beta) / 2;
        break;
      }
      case Distribution::curvilinear_trapezoidal:
        step.kind = DrawKind::curvilinear;
        step.p[1] = half_width(input);
        step.p[2] = input.limit_uncertainty;
        break;
      case Distribution::arcsine:
      case Distribution::exponential:
        add_half(DrawKind::uniform_pair, {reg(i), 0.5, 0.5});
        step.kind = input.distribution == Distribution::arcsine ? DrawKind::arcsine : DrawKind::exponential;
        step.p[1] = input.distribution == Distribution::arcsine ? half_width(input) : 0;
        later_.push_back(step);
        return;
      case Distribution::gamma: {
        const double relative = u / input.estimate;
        step.kind = DrawKind::gamma;
        step.p[0] = 1 / (relative * relative);
        // A whole shape (1 + count) as it was meant, without the rounding of the root.
        if (std::fabs(step.p[0] - std::round(step.p[0])) < 1e-12 * step.p[0]) step.p[0] = std::round(step.p[0]);
        step.p[1] = input.estimate / step.p[0];
        break;
      }
    }
    step.call = call();
    plan_.draws.push_back(step);
  }

  void draw_cluster(const std::vector<std::size_t>& members) {
    const std::size_t n = members.size();
    // Correlation of the normal scores, and whether any of it went through a copula.
    Eigen::MatrixXd r(at(n), at(n));
    std::vector<std::string> through_copula;
    bool all_reached = true;
    for (std::size_t i = 0; i < n; ++i) {
      const InputQuantity a = score_form(inputs_[members[i]]);
      if (!is_normal_or_t(a)) through_copula.push_back(a.name);
      for (std::size_t j = 0; j < n; ++j) {
        const InputQuantity b = score_form(inputs_[members[j]]);
        double& s = r(at(i), at(j));
        s = correlation_(at(members[i]), at(members[j]));
        if (i == j || s == 0 || (is_normal_or_t(a) && is_normal_or_t(b))) continue;
        // The independent part of a curvilinear trapezoid's spread takes part in its u, but not in its covariances.
        const double share = (a.standard_uncertainty / inputs_[members[i]].standard_uncertainty) *
                             (b.standard_uncertainty / inputs_[members[j]].standard_uncertainty);
        double reached = 0;
        const double stated = s;
        s = score_correlation(a, b, stated / share, &reached);
        reached *= share;
        if (i > j && std::fabs(reached - stated) > 1e-3) {
          all_reached = false;
          plan_.notes.push_back(fmt::format(
              fmt::runtime(tr("The distributions of '{}' and '{}' do not allow the stated correlation {:.4g}; the "
                              "Monte Carlo evaluation uses {:.4g}, the nearest that they allow.")),
              inputs_[members[j]].name, inputs_[members[i]].name, stated, reached));
        }
      }
    }
    if (!through_copula.empty()) {
      plan_.notes.push_back(fmt::format(
          fmt::runtime(all_reached
                           ? tr("JCGM 101:2008 gives no joint distribution for correlated inputs that are not normal; "
                                "those with '{}' are joined by a Gaussian copula that has the stated correlations.")
                           : tr("JCGM 101:2008 gives no joint distribution for correlated inputs that are not normal; "
                                "those with '{}' are joined by a Gaussian copula that has the correlations named "
                                "above, the others as stated.")),
          fmt::join(through_copula, "', '")));
      make_semidefinite(r);
    }
    const Eigen::MatrixXd factor = factor_of(r);
    for (const std::size_t i : members)
      add_half(DrawKind::normal_pair, {reg(i), 0, 1});

    // From the last to the first, since each row needs the independent numbers of those before it.
    const std::map<std::size_t, ChiSquared> roots = chi_squared_of(members);
    std::vector<DrawStep> finishing;
    for (std::size_t i = n; i-- > 0;) {
      const InputQuantity& input = inputs_[members[i]];
      const bool normal = input.distribution == Distribution::normal ||
                          (input.distribution == Distribution::student_t && std::isinf(input.degrees_of_freedom));
      DrawStep row;
      row.kind = DrawKind::combination;
      row.first = reg(members[i]);
      row.p[0] = normal ? input.estimate : 0;
      row.table = static_cast<std::uint32_t>(plan_.terms.size());
      for (std::size_t j = 0; j <= i; ++j) {
        const double entry = factor(at(i), at(j));
        if (entry == 0) continue;
        plan_.terms.push_back({normal ? entry * input.standard_uncertainty : entry, reg(members[j])});
        ++row.terms;
      }
      later_.push_back(row);
      if (normal) continue;
      DrawStep last;
      last.first = reg(members[i]);
      if (input.distribution == Distribution::student_t) {
        const ChiSquared& chi_squared = roots.at(members[i]);
        last.kind = DrawKind::divided_by_root;
        last.second = chi_squared.target;
        last.p[0] = input.estimate;
        last.p[1] = input.standard_uncertainty * chi_squared.widening;
      } else {
        last.kind = DrawKind::quantile;
        last.table = static_cast<std::uint32_t>(plan_.quantiles.size());
        plan_.quantiles.push_back(score_form(input));
      }
      finishing.push_back(last);
      if (input.distribution == Distribution::curvilinear_trapezoidal)
        finishing.push_back(widen_curvilinear(members[i]));
    }
    later_.insert(later_.end(), finishing.begin(), finishing.end());
  }

  static bool is_normal_or_t(const InputQuantity& input) {
    return input.distribution == Distribution::normal || input.distribution == Distribution::student_t;
  }

  // What the score decides of an input. Of a curvilinear trapezoid it is the position between the two limits; how far
  // apart these are is another, independent number (6.4.3.4).
  static InputQuantity score_form(const InputQuantity& input) {
    if (input.distribution != Distribution::curvilinear_trapezoidal) return input;
    InputQuantity position = from_limits(input.estimate, half_width(input), Distribution::rectangular);
    position.name = input.name;
    return position;
  }

  DrawStep widen_curvilinear(std::size_t i) {
    // first = estimate + (position - estimate) * (1 - d/a (2U - 1)): `second` holds that factor.
    const std::uint32_t factor = scratch();
    add_half(DrawKind::uniform_pair, {factor, 1, -inputs_[i].limit_uncertainty / half_width(inputs_[i])});
    DrawStep step;
    step.kind = DrawKind::scaled_about;
    step.first = reg(i);
    step.second = factor;
    step.p[0] = inputs_[i].estimate;
    return step;
  }

  // chi^2/nu for a t distributed member, and how much wider its distribution is for having been observed with others.
  struct ChiSquared {
    std::uint32_t target = 0;
    double widening = 1;
  };
  std::map<std::size_t, ChiSquared> chi_squared_of(const std::vector<std::size_t>& members) {
    std::map<std::size_t, ChiSquared> result;
    std::map<double, ChiSquared> by_degrees_of_freedom;
    std::map<std::size_t, ChiSquared> by_occasion;
    for (const std::size_t i : members) {
      const InputQuantity& input = inputs_[i];
      const double nu = input.degrees_of_freedom;
      if (input.distribution != Distribution::student_t || std::isinf(nu)) continue;
      if (const auto occasion = together_of(i)) {
        const auto quantities = static_cast<double>(together_[*occasion].size());
        const double together_nu = nu + 1 - quantities;  // n - N
        if (together_nu < least_degrees_of_freedom) {
          throw base::InputError(fmt::format(
              fmt::runtime(tr("{} sets of readings of {} quantities observed together ('{}' and others): a joint "
                              "distribution takes more sets than quantities (JCGM 102:2011 6.5.4)")),
              nu + 1, quantities, input.name));
        }
        auto [place, is_new] = by_occasion.emplace(*occasion, ChiSquared{});
        if (is_new) place->second = {draw_chi_squared(together_nu), std::sqrt(nu / together_nu)};
        result[i] = place->second;
        note_existence(i, together_nu);
      } else {
        check_degrees_of_freedom(i);
        auto [place, is_new] = by_degrees_of_freedom.emplace(nu, ChiSquared{});
        if (is_new) place->second = {draw_chi_squared(nu), 1};
        result[i] = place->second;
        note_existence(i, nu);
      }
    }
    return result;
  }
  // chi^2/nu is gamma distributed with shape nu/2 and scale 2/nu.
  std::uint32_t draw_chi_squared(double nu) {
    DrawStep step;
    step.kind = DrawKind::gamma;
    step.call = call();
    step.first = step.second = scratch();
    step.p[0] = nu / 2;
    step.p[1] = 2 / nu;
    plan_.draws.push_back(step);
    return step.first;
  }

  // Scores fitted pair by pair may contradict each other slightly: negative eigenvalues are cut off.
  static void make_semidefinite(Eigen::MatrixXd& r) {
    const Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> spectrum(r);
    if (spectrum.eigenvalues()(0) >= 0) return;
    const Eigen::MatrixXd cut = spectrum.eigenvectors() * spectrum.eigenvalues().cwiseMax(0.0).asDiagonal() *
                                spectrum.eigenvectors().transpose();
    const Eigen::VectorXd scale = cut.diagonal().cwiseSqrt().cwiseInverse();
    r = scale.asDiagonal() * cut * scale.asDiagonal();
  }

  void copy(std::size_t i) {
    const InputQuantity& leader = inputs_[leader_[i]];
    DrawStep step;
    step.kind = DrawKind::scaled_copy;
    step.first = reg(i);
    step.second = reg(leader_[i]);
    step.p[1] = inputs_[i].standard_uncertainty / leader.standard_uncertainty;
    step.p[0] = inputs_[i].estimate - step.p[1] * leader.estimate;
    plan_.draws.push_back(step);
    without_deviation_[i] = without_deviation_[leader_[i]];
    without_mean_[i] = without_mean_[leader_[i]];
  }

  // An input with components is its estimate and what each quantity behind it adds, which all inputs that have the
  // quantity get from the same draw.
  void add_up_components() {
    std::vector<std::string> names;
    for (std::size_t i = 0; i < joint_.inputs.size(); ++i) {
      const InputQuantity& input = joint_.inputs[i];
      bool deviation_missing = false;
      bool mean_missing = false;
      for (const std::size_t quantity : behind_.of_input[i]) {
        deviation_missing = deviation_missing || without_deviation_[quantity];
        mean_missing = mean_missing || without_mean_[quantity];
      }
      plan_.without_deviation.push_back(deviation_missing);
      plan_.without_mean.push_back(mean_missing);
      if (input.components.empty()) continue;
      names.push_back(input.name);
      DrawStep sum;
      sum.kind = DrawKind::combination;
      sum.first = static_cast<std::uint32_t>(i);
      sum.p[0] = input.estimate;
      sum.table = static_cast<std::uint32_t>(plan_.terms.size());
      auto quantity = behind_.of_input[i].begin();
      for (const auto& [identity, part] : input.components) {
        const InputQuantity& source = inputs_[*quantity];
        const double factor = part.contribution / source.standard_uncertainty;
        sum.p[0] -= factor * source.estimate;
        plan_.terms.push_back({factor, reg(*quantity++)});
        ++sum.terms;
      }
      plan_.draws.push_back(sum);
    }
    if (names.empty()) return;
    plan_.notes.push_back(fmt::format(
        fmt::runtime(tr("Monte Carlo draws each component of '{}' once a trial for all inputs that share it: from the "
                        "distribution of the input of that identity, else from a normal one, or t where its degrees of "
                        "freedom are finite, since no more is known of a component than u and ν (JCGM 101:2008 6.4.7, "
                        "6.4.9).")),
        fmt::join(names, "', '")));
  }

  const JointInputs& joint_;
  const QuantitiesBehind behind_;
  const std::vector<InputQuantity>& inputs_;  // the quantities behind the inputs; without components the inputs
  SamplingPlan plan_;
  std::size_t next_register_ = 0;
  std::vector<std::uint32_t> registers_;
  std::vector<bool> without_deviation_;
  std::vector<bool> without_mean_;
  std::uint32_t next_call_ = 0;
  std::vector<std::size_t> leader_;
  Eigen::MatrixXd correlation_;
  std::vector<std::vector<std::size_t>> together_;
  std::vector<std::vector<std::size_t>> clusters_;
  std::vector<DrawStep> later_;  // after all draws of independent numbers
  std::optional<Half> open_normal_;
  std::optional<Half> open_uniform_;
};

}  // namespace

SamplingPlan make_sampling_plan(const JointInputs& joint, std::size_t first_scratch) {
  return Planner(joint, first_scratch).make();
}

}  // namespace etalon::calibration
