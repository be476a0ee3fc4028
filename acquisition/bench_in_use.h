// The instruments of a bench as a run uses them: proven to be the right ones, and on every way out each source brought
// to its safe state and read back.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "acquisition/run_progress.h"
#include "acquisition/run_record.h"
#include "drivers/bench.h"
#include "drivers/instrument.h"
#include "drivers/links/transcript.h"

namespace etalon::acquisition {

class BenchInUse {
 public:
  // Kind, subject and text of a journal's event.
  using Note = std::function<void(const std::string& kind, const std::string& subject, const std::string& text)>;

  BenchInUse(const drivers::Bench& bench, std::shared_ptr<drivers::Transcript> transcript,
             const base::Cancellation& cancellation)
      : bench_(bench), transcript_(std::move(transcript)), cancellation_(cancellation) {}

  // Opens, identifies and starts up every instrument; sources first, which are switched off at once: one that an
  // earlier, broken-off run left on is off before anything else is asked.
  void identify(const Note& note);
  drivers::Instrument& at(const std::string& name) { return *instruments_.at(name); }
  // nullptr when it was not identified.
  const drivers::Instrument* find(const std::string& name) const;
  // A step counts once every line that was used in it is proven to be in step: Instrument::confirm; the last step by
  // confirm_at_the_end.
  void prove_lines(bool at_the_end);
  // From here on a source may be on.
  void about_to_switch_on(const std::string& name) { off_.erase(name); }
  void make_sources_safe(const Note& note);

  // What became of the sources on a way out.
  struct WayOut {
    std::vector<std::pair<std::string, std::string>> tried;  // source, and why it could not be made safe, or ""
    std::string unsafe;                                      // those reasons, a line each
    std::string not_reached;  // of sources that this session never came to: what is known of them, a line each
  };
  // Tries every source, also one that the journal says was left on and this session has not reached. Throws nothing.
  WayOut leave_safe(const RunRecord& record, RunProgress& progress) noexcept;

 private:
  void try_one(WayOut& out, const std::string& name, const std::function<void()>& make_safe) const;

  const drivers::Bench& bench_;
  std::shared_ptr<drivers::Transcript> transcript_;
  const base::Cancellation& cancellation_;
  std::map<std::string, std::unique_ptr<drivers::Instrument>> instruments_;
  std::set<std::string> off_;  // switched off and read back, and not switched on since
};

}  // namespace etalon::acquisition
