// What a journal says of a source that nobody asks at the moment: a program that was killed may have left it on.
#pragma once

#include <string>

#include "acquisition/run_record.h"

namespace etalon::acquisition {

struct LastKnown {
  bool may_be_on = false;
  std::string off_since;  // UTC at which it was last read back off; empty: never, or it was switched on since
};
LastKnown last_known(const RunRecord& record, const std::string& source);

// Whether any source of the run may be on.
bool may_be_left_on(const RunRecord& record);

}  // namespace etalon::acquisition
