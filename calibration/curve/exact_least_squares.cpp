#include "calibration/curve/exact_least_squares.h"

namespace etalon::calibration {
namespace {

using Column = std::vector<DoubleDouble>;

DoubleDouble product(const Column& a, const Column& b, std::size_t from) {
  DoubleDouble sum;
  for (std::size_t i = from; i < a.size(); ++i)
    sum += a[i] * b[i];
  return sum;
}

// Reflects `column` by the Householder vector v (rows from `from`), (v'v)/2 given.
void reflect(const Column& v, const DoubleDouble& half, std::size_t from, Column& column) {
  const DoubleDouble factor = product(v, column, from) / half;
  for (std::size_t i = from; i < column.size(); ++i)
    column[i] -= factor * v[i];
}

}  // namespace

ExactLeastSquares exact_least_squares(const ExactColumns& design, const std::vector<DoubleDouble>& right_hand_side) {
  const std::size_t p = design.size();
  const std::size_t n = right_hand_side.size();
  ExactColumns r = design;
  ExactColumns reflectors(p);
  std::vector<DoubleDouble> halves(p);
  ExactLeastSquares result;
  for (std::size_t k = 0; k < p; ++k) {
    for (std::size_t j = 0; j < k; ++j)
      reflect(reflectors[j], halves[j], j, r[k]);
    const DoubleDouble rest = square_root(product(r[k], r[k], k));
    const DoubleDouble whole = square_root(product(r[k], r[k], 0));
    if (!(rest.high > 1e-25 * whole.high)) {
      result.dependent = static_cast<int>(k);
      return result;
    }
    Column v = r[k];
    const DoubleDouble diagonal = v[k].high > 0 ? -rest : rest;
    v[k] -= diagonal;
    halves[k] = product(v, v, k) * DoubleDouble(0.5);
    reflectors[k] = v;
    r[k][k] = diagonal;
  }
  Column b = right_hand_side;
  for (std::size_t k = 0; k < p; ++k)
    reflect(reflectors[k], halves[k], k, b);
  result.sum_of_squares = product(b, b, p);
  result.inverse.assign(p, Column(p));
  for (std::size_t k = 0; k < p; ++k) {
    result.inverse[k][k] = DoubleDouble(1) / r[k][k];
    for (std::size_t i = k; i-- > 0;) {
      DoubleDouble sum;
      for (std::size_t j = i + 1; j <= k; ++j)
        sum += r[j][i] * result.inverse[k][j];
      result.inverse[k][i] = -(sum / r[i][i]);
    }
  }
  result.parameters.assign(p, DoubleDouble());
  for (std::size_t i = 0; i < p; ++i) {
    for (std::size_t k = i; k < p; ++k)
      result.parameters[i] += result.inverse[k][i] * b[k];
  }
  // R^-1 Q': rows of the first p columns of Q, from the unit vectors reflected in the other direction.
  ExactColumns q(p, Column(n));
  for (std::size_t k = 0; k < p; ++k) {
    q[k][k] = 1.0;
    for (std::size_t j = p; j-- > 0;)
      reflect(reflectors[j], halves[j], j, q[k]);
  }
  result.pseudo_inverse.assign(n, Column(p));
  for (std::size_t row = 0; row < n; ++row) {
    for (std::size_t i = 0; i < p; ++i) {
      for (std::size_t k = i; k < p; ++k)
        result.pseudo_inverse[row][i] += result.inverse[k][i] * q[k][row];
    }
  }
  return result;
}

}  // namespace etalon::calibration
