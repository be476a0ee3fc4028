// What `etalon instrument` can do, one file each.
#pragma once

#include "app/command_line.h"
#include "app/interruption.h"

namespace etalon::app {

int instrument_scan(const Arguments& arguments, Interruption& interruption);
int instrument_identify(const Arguments& arguments, Interruption& interruption);
int instrument_query(const Arguments& arguments, Interruption& interruption);
int instrument_monitor(const Arguments& arguments, Interruption& interruption);

}  // namespace etalon::app
