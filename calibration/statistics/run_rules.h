// Tests for special causes on a control chart: patterns that a process in control rarely makes.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "base/language.h"
#include "calibration/statistics/control_chart.h"

namespace etalon::calibration {

// Zones C, B, A lie 0 to 1, 1 to 2, 2 to 3 standard deviations of a point from the centre line, on either side.
enum class RunTest {
  beyond_limits,         // 1: one point beyond zone A
  nine_on_one_side,      // 2: nine points in a row on one side of the centre line
  six_trending,          // 3: six points in a row steadily rising or falling
  fourteen_alternating,  // 4: fourteen points in a row alternating up and down
  two_of_three_in_a,     // 5: two of three points in a row in zone A or beyond, on one side
  four_of_five_in_b,     // 6: four of five points in a row in zone B or beyond, on one side
  fifteen_in_c,          // 7: fifteen points in a row in zone C, either side
  eight_outside_c,       // 8: eight points in a row with none in zone C, either side
  seven_on_one_side,     // seven points in a row on one side of the centre line
  seven_trending,        // seven points in a row steadily rising or falling
};
// "9 points in a row on one side of the centre line".
base::LocalText run_test_text(RunTest test);

// Tests 1 to 8: L. S. Nelson, J. Quality Technology 16 (1984) 237; ISO 8258:1991 clause 7, GB/T 4091-2001.
const std::vector<RunTest>& nelson_tests();
// ISO 7870-2:2013 and GB/T 17989.2-2020, interpretation of charts: a point beyond the limits, seven on one side, seven
// trending; its fourth, any other pattern that is plainly not random, needs a person's eye. Written from memory of the
// document: compare with the laboratory's own copy.
const std::vector<RunTest>& iso_7870_tests();

struct RunViolation {
  RunTest test = RunTest::beyond_limits;
  // The points that make the pattern, counted from 0, in order: for "two of three" the two, for a trend all of it. A
  // run that goes on is one violation, with all its points.
  std::vector<std::size_t> points;
};

// Limits at three standard deviations of a point. A point exactly on a boundary belongs to the inner zone (a value on
// the control limit is not beyond it), one on the centre line to neither side; equal neighbours end a trend. Points
// finite, lower < centre < upper, else InputError. Zones of charts whose limits are not symmetric (ranges) are taken
// for each side by itself.
std::vector<RunViolation> run_violations(const std::vector<double>& points, const ControlLimits& limits,
                                         const std::vector<RunTest>& tests);

}  // namespace etalon::calibration
