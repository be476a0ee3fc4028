// From nodes of an expression graph to a list of instructions.
#pragma once

#include <vector>

#include "calibration/model/expression_graph.h"
#include "calibration/model/instruction_list.h"

namespace etalon::calibration {

// The list computes `outputs`, in this order, from the inputs 0 … inputs-1. Each node is computed once; registers are
// used again as soon as nothing needs their value any more.
InstructionList compile(ExpressionGraph& graph, const std::vector<Node>& outputs, std::size_t inputs);

}  // namespace etalon::calibration
