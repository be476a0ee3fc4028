// The verbs of `etalon`. Each returns the exit code, or throws a base::Error.
#pragma once

#include "app/command_line.h"
#include "app/interruption.h"

namespace etalon::app {

// These hold instruments: Ctrl-C and the like stop them at a safe place.
int demo_command(const Arguments& arguments, Interruption& interruption);
int run_command(const Arguments& arguments, Interruption& interruption);
int resume_command(const Arguments& arguments, Interruption& interruption);
int repeat_command(const Arguments& arguments, Interruption& interruption);
int safe_command(const Arguments& arguments, Interruption& interruption);
int log_command(const Arguments& arguments, Interruption& interruption);
int simulate_command(const Arguments& arguments, Interruption& interruption);
int driver_command(const Arguments& arguments, Interruption& interruption);
int instrument_command(const Arguments& arguments, Interruption& interruption);

// These calculate and read or write files: a signal ends them at once, as any other program.
int evaluate_command(const Arguments& arguments);
int certificate_command(const Arguments& arguments);
int archive_command(const Arguments& arguments);
int conformity_command(const Arguments& arguments);
int dcc_command(const Arguments& arguments);
int fit_command(const Arguments& arguments);
int uncertainty_command(const Arguments& arguments);

}  // namespace etalon::app
