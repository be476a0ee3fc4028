// A run as a whole, from its file.
#include <fmt/format.h>

#include "acquisition/growing_file.h"
#include "acquisition/journal_reader.h"
#include "acquisition/journal_seal.h"
#include "acquisition/log_plan.h"
#include "acquisition/run_file.h"
#include "base/language.h"

namespace etalon::acquisition {

using base::tr;

namespace {

RunRecord read_whole_run(const std::string& path) {
  JournalReader reader(path);
  RunRecord record;
  record.path = path;
  record.version = reader.version();
  record.software = reader.software();
  record.plan_json = reader.plan_json();
  if (is_log_plan(record.plan_json)) {
    throw base::InputError(fmt::format(
        fmt::runtime(tr("{}: is a log of channels, not a run of a procedure; look at it with `etalon log --show {}`")),
        path, path));
  }
  record.inputs = reader.inputs();
  JournalNews news = reader.read_new();
  record.readings = std::move(news.readings);
  record.events = std::move(news.events);
  require_no_gap(path, record.readings, record.events);
  SealCheck(path, record.version, sums_of(record.software, record.plan_json, record.inputs))
      .look(record.readings, record.events);
  try {
    if (const int version = version_of_plan(record.plan_json); version != record.version) {
      throw base::InputError(
          fmt::format(fmt::runtime(tr("the file has version {}, its plan {}")), record.version, version));
    }
    record.plan = plan_from_json(record.plan_json);
  } catch (const base::InputError& error) {
    throw RunFileError(path, error.what());
  }
  return record;
}

}  // namespace

RunRecord read_run(const std::string& path) {
  return while_growing(path, [&] { return read_whole_run(path); });
}

}  // namespace etalon::acquisition
