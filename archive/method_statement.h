// What a certificate says of how its run measured: only what the plan asked for and the journal shows.
#pragma once

#include "acquisition/run_record.h"
#include "base/language.h"

namespace etalon::archive {

// Method, settings of the item, settling before the readings, number of readings. Each sentence stands there only when
// the run did it.
base::LocalText method_statement(const acquisition::RunRecord& run);

// Which specification the limits of permissible error are from (ISO/IEC 17025:2017 7.8.6.2 b); by range, or by point,
// where there are several. Empty when none is named.
base::LocalText limits_statement(const acquisition::Plan& plan);

}  // namespace etalon::archive
