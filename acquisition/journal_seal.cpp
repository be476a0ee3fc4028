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

constexpr const char* mark = "\n--- sha256 ---";
constexpr const char* rows = "rows before";

bool states_rows(const std::string& kind) {
  static const std::array<std::string, 8> kinds{event::step_finished,  event::run_started, event::run_resumed,
                                                event::point_repeated, event::run_stopped, event::run_finished,
                                                event::log_stopped,    event::log_finished};
  return std::find(kinds.begin(), kinds.end(), kind) != kinds.end();
}

// Takes the seal off the text; nothing when there is none.
Sums unsealed(std::string& text) {
  Sums sums;
  const std::size_t at = text.rfind(mark);
  if (at == std::string::npos) return sums;
  std::istringstream lines(text.substr(at + std::char_traits<char>::length(mark)));
  for (std::string line; std::getline(lines, line);) {
    if (const std::size_t gap = line.find("  "); gap != std::string::npos)
      sums[line.substr(gap + 2)] = line.substr(0, gap);
  }
  text.erase(at);
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

JournalEvent sealed(JournalEvent event, bool first, const Sums& sums, const RowChain& chain) {
  Sums stated;
  if (first) stated = sums;
  if (states_rows(event.kind)) stated[rows] = chain.sum();
  if (stated.empty()) return event;
  event.text += mark;
  for (const auto& [name, sum] : stated)
    event.text += fmt::format("\n{}  {}", sum, name);
  return event;
}

SealCheck::SealCheck(std::string path, int version, Sums sums)
    : path_(std::move(path)), version_(version), sums_(std::move(sums)) {}

void SealCheck::look(const std::vector<JournalReading>& readings, std::vector<JournalEvent>& events) {
  std::size_t earlier = pending_.size();
  auto next = readings.begin();
  for (JournalEvent& event : events) {
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

void SealCheck::check(JournalEvent& event) {
  const JournalEvent as_written = event;
  const Sums stated = unsealed(event.text);
  const bool first = !any_event_;
  any_event_ = true;
  if (version_ < first_sealed_version) {
    if (stated.empty()) return;
    throw RunFileError(path_, fmt::format(fmt::runtime(tr("says that it has version {}, but its journal is sealed as "
                                                          "later ones are: it was changed")),
                                          version_));
  }
  if (first) check_inputs(stated);
  if (states_rows(event.kind)) {
    const auto sum = stated.find(rows);
    if (sum == stated.end()) {
      throw RunFileError(path_,
                         fmt::format(fmt::runtime(tr("the journal was changed: row {} ({}) has lost its SHA-256 of "
                                                     "the rows before it")),
                                     event.sequence, event.kind));
    }
    if (sum->second != chain_.sum()) {
      throw RunFileError(
          path_,
          fmt::format(fmt::runtime(tr("the journal was changed: the rows from {} to {} do not have the SHA-256 that "
                                      "row {} ({}) states of them")),
                      last_good_ + 1, event.sequence - 1, event.sequence, event.kind));
    }
    last_good_ = event.sequence;
  }
  for (std::size_t part = 0; part < rows_needed(as_written); ++part)
    chain_.add(to_row(as_written, part));
}

void SealCheck::check_inputs(const Sums& stated) const {
  const auto refuse = [&](const std::string& text, const std::string& name) {
    throw RunFileError(path_, fmt::format(fmt::runtime(text), name));
  };
  for (const auto& [name, sum] : sums_) {
    const auto found = stated.find(name);
    if (found == stated.end())
      refuse(tr("{} was added, or its SHA-256 was taken out of the journal's first event"), name);
    if (found->second != sum)
      refuse(tr("{} was changed: it does not have the SHA-256 that the journal's first event states"), name);
  }
  for (const auto& [name, sum] : stated) {
    if (name != rows && sums_.count(name) == 0) refuse(tr("{} was removed; the journal's first event states it"), name);
  }
}

}  // namespace etalon::acquisition
