#include "acquisition/item_on_bench.h"

#include <fmt/format.h>

#include "acquisition/run_setup.h"
#include "base/language.h"
#include "drivers/identity_claim.h"

namespace etalon::acquisition {

using base::tr;
using drivers::Bench;
using drivers::BenchInstrument;

namespace {

// "serial of meter is 1, but the item file items/x.toml says 2".
[[noreturn]] void contradict(const BenchInstrument& instrument, const std::string& what, const std::string& here,
                             const Item& item, const std::string& there) {
  throw base::FileError(instrument.position,
                        fmt::format(fmt::runtime(tr("{} of {} is {}, but the item file {} says {}")), what,
                                    instrument.name, here, item.path, there));
}

void put(BenchInstrument& instrument, const Item& item) {
  if (!instrument.serial.empty() && instrument.serial != item.serial)
    contradict(instrument, "serial", instrument.serial, item, item.serial);
  if (!instrument.model.empty() && instrument.model != item.model)
    contradict(instrument, "model", instrument.model, item, item.model);
  const auto refuse = [&](const std::string& what, const std::string& said) {
    throw base::FileError(
        instrument.position,
        fmt::format(fmt::runtime(tr("the item file {} says the {} {}, but {} is driven by {} ({})")), item.path, what,
                    said, instrument.name, instrument.driver_name, instrument.driver.title));
  };
  if (!drivers::may_be_of_model(instrument.driver, item.model)) refuse(tr("model"), item.model);
  if (!drivers::may_be_made_by(instrument.driver, item.maker)) refuse(tr("maker"), item.maker);
  instrument.serial = item.serial;
  instrument.model = item.model;
  drivers::narrow_to(instrument.driver, instrument.model);
  drivers::narrow_to(instrument.driver, instrument.module);
}

// One individual cannot stand at two addresses. Two of different kinds may have the same number by chance: then each
// must be able to say its own.
void require_distinct_serials(const Bench& bench) {
  const auto says_it = [](const BenchInstrument& one) {
    return one.driver.identity.has_serial && !one.driver.identity.queries.empty();
  };
  for (const BenchInstrument& one : bench.instruments) {
    for (const BenchInstrument* other = bench.instruments.data(); other != &one; ++other) {
      if (one.serial.empty() || other->serial != one.serial) continue;
      if (other->driver_name != one.driver_name && says_it(*other) && says_it(one)) continue;
      throw base::FileError(one.position, fmt::format(fmt::runtime(tr("{} and {} have the same serial number {}")),
                                                      other->name, one.name, one.serial));
    }
  }
}

}  // namespace

void put_item_on_bench(Bench& bench, const Item& item) {
  const std::string name = bench.in_role("item").name;
  for (BenchInstrument& instrument : bench.instruments) {
    if (instrument.name == name) put(instrument, item);
  }
  require_distinct_serials(bench);
}

void require_same_instruments(const Bench& begun, const Bench& now) {
  for (const BenchInstrument& then : begun.instruments) {
    const BenchInstrument& instrument = now.instrument(then.name);
    const auto compare = [&](const char* what, const std::string& before, const std::string& after) {
      if (before == after) return;
      throw base::FileError(
          instrument.position,
          fmt::format(fmt::runtime(tr("{} of {} is \"{}\", but the run was begun with \"{}\": only addresses may "
                                      "change")),
                      what, then.name, after, before));
    };
    compare("driver", then.driver_name, instrument.driver_name);
    compare("serial", then.serial, instrument.serial);
    compare("model", then.model, instrument.model);
    compare("module", then.module, instrument.module);
    compare("standard", standard_name(then.standard), standard_name(instrument.standard));
  }
  for (const auto& [role, name] : begun.roles) {
    if (const std::string& other = now.in_role(role).name; other != name) {
      throw base::InputError(fmt::format(fmt::runtime(tr("{}: the role {} is played by {}, but the run was begun with "
                                                         "{}: only addresses may change")),
                                         now.path, role, other, name));
    }
  }
}

}  // namespace etalon::acquisition
