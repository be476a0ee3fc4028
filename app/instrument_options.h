// The options that the verbs of `etalon instrument` share: an instrument at an address, without a bench file.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "app/command_line.h"
#include "drivers/discovery/identity_search.h"
#include "drivers/driver_file.h"
#include "drivers/links/gpib_adapters.h"

namespace etalon::app {

// A time above 0 with its unit, in s; nothing when the option is not given. InputError.
std::optional<double> duration_option(const CommandLine& line, const std::string& option);
// The same for a time-out.
std::optional<drivers::milliseconds> timeout_option(const CommandLine& line);

// "GPIB0=ADDRESS" for a Prologix, "GPIB0=ar488:ADDRESS" for an AR488; "ADDRESS" alone is that of GPIB0. InputError.
drivers::GpibAdapterDescription parse_adapter(const std::string& text);
// Those of --adapter; empty when there is none.
std::shared_ptr<drivers::GpibAdapters> adapters_option(const CommandLine& line);

// The file of --driver, a name or a path; nothing when the option is not given.
std::optional<drivers::DriverFile> driver_option(const CommandLine& line);
// All driver files of the configurations. A file that is wrong is named on standard error and left out, so that it does
// not keep the others from their instruments.
std::vector<drivers::DriverFile> all_driver_files(const CommandLine& line);

// Says each question on standard error while it waits for the answer, where that is a terminal.
void show_questions(drivers::IdentitySearchOptions& options);

// Texts of a transcript are complete: InputError when its file is not.
std::shared_ptr<drivers::Transcript> transcript_option(const CommandLine& line);
void check_transcript(const CommandLine& line, const drivers::Transcript& transcript);

}  // namespace etalon::app
