// The verbs of `etalon`. Each returns the exit code, or throws a base::Error.
#pragma once

#include "app/command_line.h"
#include "app/interruption.h"

namespace etalon::app {

int demo_command(const Arguments& arguments, Interruption& interruption);
int run_command(const Arguments& arguments, Interruption& interruption);
int resume_command(const Arguments& arguments, Interruption& interruption);
int repeat_command(const Arguments& arguments, Interruption& interruption);
int evaluate_command(const Arguments& arguments, Interruption& interruption);
int certificate_command(const Arguments& arguments, Interruption& interruption);
int archive_command(const Arguments& arguments, Interruption& interruption);
int conformity_command(const Arguments& arguments, Interruption& interruption);
int dcc_command(const Arguments& arguments, Interruption& interruption);
int fit_command(const Arguments& arguments, Interruption& interruption);
int uncertainty_command(const Arguments& arguments, Interruption& interruption);
int log_command(const Arguments& arguments, Interruption& interruption);
int simulate_command(const Arguments& arguments, Interruption& interruption);
int driver_command(const Arguments& arguments, Interruption& interruption);
int instrument_command(const Arguments& arguments, Interruption& interruption);

}  // namespace etalon::app
