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
// InputError and FileError as the parts give them; the files are called "RUN.h5: bench".
RunSetup setup_of(const RunRecord& record);
// The driver files of the run, by name.
std::map<std::string, std::string> driver_texts_of(const RunRecord& record);

}  // namespace etalon::acquisition
