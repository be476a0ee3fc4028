// What a standard's file says against what the bench and the driver file say of the same instrument.
#pragma once

#include <string>
#include <vector>

#include "calibration/evaluation/standard.h"
#include "drivers/bench.h"

namespace etalon::calibration {

// FileError, with both places, when they cannot both be true: serial number, model, maker; a quantity that the
// instrument does not have; a block for a range that is none of its own; gains, offsets, uncertainties and drifts that
// are no size for an instrument of this accuracy (a slip of the exponent or the prefix).
void require_agreement(const Standard& standard, const drivers::BenchInstrument& instrument);

// The model, as the instrument itself says it, of one of which this standard's file speaks ("5522A" for a plate
// "5522A/1G"). Empty when the driver file's identity tells no models apart.
std::string answering_model(const Standard& standard, const drivers::BenchInstrument& instrument);

// What could not be looked at, because the driver file states no accuracy: a line for each quantity; empty when all
// could.
std::vector<std::string> not_compared(const Standard& standard, const drivers::BenchInstrument& instrument);

}  // namespace etalon::calibration
