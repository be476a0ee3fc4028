// `etalon driver record`: a session with an instrument, every byte of it kept.
#pragma once

#include "app/command_line.h"
#include "app/interruption.h"

namespace etalon::app {

int driver_record(const Arguments& arguments, Interruption& interruption);

}  // namespace etalon::app
