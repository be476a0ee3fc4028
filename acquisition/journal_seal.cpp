#include "acquisition/journal_seal.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <iterator>
#include <sstream>

#include "acquisition/run_file_error.h"
#include "acquisition/run_file_version.h"
#include "base/language.h"

namespace etalon::acquisition {

using base::tr;

namespace {

constexpr const char* rows = "rows before";

bool states_rows(const std::string& kind) {
  static const std::array<std::string, 8> kinds{event::step_finished,  event::run_started, event::run_resumed,
                                                event::point_repeated, event::run_stopped, event::run_finished,
                                                event::log_stopped,    event::log_finished};
  return std::find(kinds.begin(), kinds.end(), kind) != kinds.end();
}

Sums stated_in(const std::string& text) {
  Sums sums;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    if (const std::size_t gap = line.find("  "); gap != std::string::npos)
      sums[line.substr(gap + 2)] = line.substr(0, gap);
  }
  return sums;
}

}  // namespace

void RowChain::add(const ReadingRow& row) {
  for_each_field(row, [&](const void* bytes, std::size_t size) { digest_.add(bytes, size); });
}
void RowChain::add(const EventRow& row) {
  for_each_field(row, [&](const void* bytes, std::size_t size) { digest_.add(bytes, size); });
}

Sums sums_of(const std::string& software, const std::string& plan_json,
             const std::map<std::string, std::string>& inputs) {
  Sums sums{{"software", base::sha256(software)}, {"/plan", base::sha256(plan_json)}};
  for (const auto& [name, text] : inputs)
    sums["/inputs/" + name] = base::sha256(text);
  return sums;
}

bool seal_follows(const JournalEvent& event, bool first) {
  return first || states_rows(event.kind);
}

JournalEvent seal_after(const JournalEvent& event, bool first, Sums sums, const RowChain& chain) {
  if (!first) sums.clear();
  sums[rows] = chain.sum();
  JournalEvent seal{event.sequence + 1, 0, 0, event.utc, event.monotonic, event::rows_sealed, "", ""};
  for (const auto& [name, sum] : sums)
    seal.text += fmt::format("{}{}  {}", seal.text.empty() ? "" : "\n", sum, name);
  return seal;
}

SealCheck::SealCheck(std::string path, int version, Sums sums)
    : path_(std::move(path)), version_(version), sums_(std::move(sums)) {}

void SealCheck::look(const std::vector<JournalReading>& readings, const std::vector<JournalEvent>& events) {
  std::size_t earlier = pending_.size();
  auto next = readings.begin();
  for (const JournalEvent& event : events) {
    for (; !pending_.empty() && pending_.front().sequence < event.sequence; --earlier)
      add_pending();
    for (; pending_.empty() && next != readings.end() && next->sequence < event.sequence; ++next)
      chain_.add(to_row(*next, next->sequence));
    check(event);
  }
  // Of what was there at the last look, every event before it has come by now.
  for (; earlier > 0; --earlier)
    add_pending();
  std::transform(next, readings.end(), std::back_inserter(pending_),
                 [](const JournalReading& reading) { return to_row(reading, reading.sequence); });
}

void SealCheck::add_pending() {
  chain_.add(pending_.front());
  pending_.pop_front();
}

void SealCheck::check(const JournalEvent& event) {
  const bool is_seal = event.kind == event::rows_sealed;
  if (version_ < first_sealed_version) {
    if (!is_seal) return;
    throw RunFileError(path_, fmt::format(fmt::runtime(tr("says that it has version {}, but its journal is sealed as "
                                                          "later ones are: it was changed")),
                                          version_));
  }
  if (unsealed_ && !(is_seal && event.sequence == unsealed_->sequence + 1)) {
    throw RunFileError(path_, fmt::format(fmt::runtime(tr("the journal was changed: row {} ({}) has lost the SHA-256 "
                                                          "sums that follow it")),
                                          unsealed_->sequence, unsealed_->kind));
  }
  if (is_seal) {
    check_seal(event, last_good_ == 0);
    unsealed_.reset();
    last_good_ = event.sequence;
  } else if (seal_follows(event, !any_event_)) {
    unsealed_ = event;
  }
  any_event_ = true;
  for (std::size_t part = 0; part < rows_needed(event); ++part)
    chain_.add(to_row(event, part));
}

void SealCheck::check_seal(const JournalEvent& seal, bool with_inputs) {
  const Sums stated = stated_in(seal.text);
  if (with_inputs) check_inputs(stated);
  const auto sum = stated.find(rows);
  if (sum != stated.end() && sum->second == chain_.sum()) return;
  throw RunFileError(path_,
                     fmt::format(fmt::runtime(tr("the journal was changed: the rows from {} to {} do not have the "
                                                 "SHA-256 that row {} ({}) states of them")),
                                 last_good_ + 1, seal.sequence - 1, seal.sequence, seal.kind));
}

void SealCheck::check_inputs(const Sums& stated) const {
  const auto refuse = [&](const std::string& text, const std::string& name) {
    throw RunFileError(path_, fmt::format(fmt::runtime(text), name));
  };
  for (const auto& [name, sum] : sums_) {
    const auto found = stated.find(name);
    if (found == stated.end())
      refuse(tr("{} was added, or its SHA-256 was taken out of the journal's first seal"), name);
    if (found->second != sum)
      refuse(tr("{} was changed: it does not have the SHA-256 that the journal's first seal states"), name);
  }
  for (const auto& [name, sum] : stated) {
    if (name != rows && sums_.count(name) == 0) refuse(tr("{} was removed; the journal's first seal states it"), name);
  }
}

}  // namespace etalon::acquisition
