// `etalon instrument scan|identify|query|monitor`.
#include "app/commands.h"
#include "app/instrument_commands.h"
#include "base/error.h"
#include "base/language.h"

namespace etalon::app {

using base::tr;

int instrument_command(const Arguments& arguments, Interruption& interruption) {
  const std::string what = arguments.empty() ? "" : arguments[0];
  const Arguments rest(arguments.empty() ? arguments.end() : arguments.begin() + 1, arguments.end());
  if (what == "scan") return instrument_scan(rest, interruption);
  if (what == "identify") return instrument_identify(rest, interruption);
  if (what == "query") return instrument_query(rest, interruption);
  if (what == "monitor") return instrument_monitor(rest, interruption);
  throw base::InputError(tr("usage") +
                         ": etalon instrument scan | identify ADDRESS | query ADDRESS MESSAGE… | monitor ADDRESS");
}

}  // namespace etalon::app
