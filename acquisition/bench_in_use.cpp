#include "acquisition/bench_in_use.h"

#include <fmt/format.h>

#include <algorithm>

#include "acquisition/left_on.h"
#include "acquisition/serial_doubt.h"
#include "base/language.h"

namespace etalon::acquisition {

using base::tr;
using drivers::Instrument;

namespace {

constexpr const char* off_text = "output off, read back";

}  // namespace

void BenchInUse::identify(const Note& note) {
  std::vector<const drivers::BenchInstrument*> order;
  for (const auto& instrument : bench_.instruments)
    order.push_back(&instrument);
  std::stable_partition(order.begin(), order.end(), [](const auto* i) { return i->driver.safe_state.has_value(); });
  for (const auto* entry : order) {
    auto made = std::make_unique<Instrument>(*entry, transcript_, &cancellation_);
    Instrument& instrument = *made;
    const drivers::Identity& identity = instrument.identify();
    // From here on it is the right instrument: on every way out it is made safe.
    instruments_[entry->name] = std::move(made);
    instrument.start_up();
    note(event::identity, entry->name,
         fmt::format("{} {} {} {} at {}", identity.maker, identity.model, identity.serial, identity.firmware,
                     entry->address));
    if (const auto doubt = serial_doubt(*entry)) note(event::serial_not_verified, entry->name, *doubt);
    if (!instrument.driver().safe_state) continue;
    instrument.make_safe();
    off_.insert(entry->name);
    note(event::safe_state, entry->name, off_text);
  }
}

const drivers::Instrument* BenchInUse::find(const std::string& name) const {
  const auto found = instruments_.find(name);
  return found == instruments_.end() ? nullptr : found->second.get();
}

void BenchInUse::prove_lines(bool at_the_end) {
  for (const auto& [name, instrument] : instruments_) {
    if (at_the_end) {
      instrument->confirm_at_the_end(&cancellation_);
    } else {
      instrument->confirm();
    }
  }
}

void BenchInUse::make_sources_safe(const Note& note) {
  for (auto& [name, instrument] : instruments_) {
    if (!instrument->driver().safe_state) continue;
    instrument->make_safe();
    off_.insert(name);
    note(event::safe_state, name, off_text);
  }
}

void BenchInUse::try_one(WayOut& out, const std::string& name, const std::function<void()>& make_safe) const {
  try {
    make_safe();
    out.tried.emplace_back(name, "");
  } catch (const std::exception& failure) {
    out.tried.emplace_back(name, failure.what());
    out.unsafe += std::string(failure.what()) + "\n";
  }
}

BenchInUse::WayOut BenchInUse::leave_safe(const RunRecord& record, RunProgress& progress) noexcept {
  WayOut out;
  for (auto& [name, instrument] : instruments_) {
    if (!instrument->driver().safe_state) continue;
    try {
      progress.making_safe(name, off_.count(name) > 0);
    } catch (const std::exception&) {
      // What cannot be shown must not keep a source switched on.
    }
    try_one(out, name, [&, &source = *instrument] { source.make_safe(); });
  }
  for (const drivers::BenchInstrument& entry : bench_.instruments) {
    if (!entry.driver.safe_state || instruments_.count(entry.name)) continue;
    const LastKnown known = last_known(record, entry.name);
    if (known.may_be_on) {
      try_one(out, entry.name, [&] {
        Instrument instrument(entry, transcript_, nullptr);
        instrument.identify();
        instrument.make_safe();
      });
      continue;
    }
    const std::string text = known.off_since.empty()
                                 ? tr("{0}: not reached; whether its output is on is not known")
                                 : tr("{0}: not reached again; its output was off when it was last read back, {1}");
    out.not_reached += fmt::format(fmt::runtime(text), entry.name, known.off_since) + "\n";
  }
  return out;
}

}  // namespace etalon::acquisition
