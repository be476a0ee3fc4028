// What a run was made from, read again from the texts that its file keeps.
#pragma once

#include <map>
#include <string>

#include "acquisition/item.h"
#include "acquisition/procedure.h"
#include "acquisition/run_record.h"
#include "drivers/bench.h"

namespace etalon::acquisition {

struct RunSetup {
  Procedure procedure;
  drivers::Bench bench;  // with the item at its place
  Item item;
};

// The name that a standard has in a run file. A bench may state it by a path: "./s/x.toml" is x.
std::string standard_name(const std::string& stated);
// The input of the standard that a bench states: "standard/x". Where there is none of its name, it is the one that
// earlier versions made of the path, if there is that.
std::string standard_input(const std::map<std::string, std::string>& inputs, const std::string& stated);

// InputError and FileError as the parts give them; the files are called "RUN.h5: bench".
RunSetup setup_of(const RunRecord& record);
// The driver files of the run, by name.
std::map<std::string, std::string> driver_texts_of(const RunRecord& record);

}  // namespace etalon::acquisition
