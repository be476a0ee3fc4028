// Angles on the branch of their estimate. atan2 jumps by 2 pi where its arguments cross the negative x axis, atan(a/b)
// by pi where b crosses zero: places of the formula, not of the quantity. A Monte Carlo trial that crosses them must go
// on where the estimate stands, or the values lie at both ends of the circle.
#pragma once

#include <cstddef>
#include <vector>

#include "calibration/model/expression_graph.h"

namespace etalon::calibration {

struct Branches {
  std::vector<Node> outputs;  // with every such angle t replaced by t_0 + (angle turned back by t_0), t_0 its estimate
  struct Angle {
    Node deviation = 0;      // from the estimate, in (-pi, pi]
    bool at_origin = false;  // both arguments are 0 at the estimates: there is no branch
  };
  std::vector<Angle> angles;                         // each once
  std::vector<std::vector<std::size_t>> of_outputs;  // the angles that each output uses
};

// `outputs` of a graph with `inputs` inputs, at `estimates`; `constant` marks inputs that do not vary. Also in
// equations of `solve`. Angles whose arguments do not vary, or have no finite values at the estimates, stay as they
// are.
Branches on_branches_of_estimates(ExpressionGraph& graph, const std::vector<Node>& outputs,
                                  const std::vector<double>& estimates, const std::vector<bool>& constant);

}  // namespace etalon::calibration
