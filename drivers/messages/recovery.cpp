// How a line gets in step again, and how it is shown that it still is.
#include <spdlog/spdlog.h>

#include <algorithm>
#include <thread>

#include "base/language.h"
#include "drivers/links/filled_text.h"
#include "drivers/messages/conversation.h"

namespace etalon::drivers {

using base::tr;
using std::chrono::ceil;
using std::chrono::steady_clock;

namespace {

milliseconds until(SteadyTime moment) {
  return std::max(ceil<milliseconds>(moment - steady_clock::now()), milliseconds{0});
}

constexpr int most_strange_lines = 200;  // of an instrument that never stops sending

// Frames of a binary protocol have no terminator: what came is one answer at least.
int answers_in(const std::string& bytes, const std::string& terminator) {
  int count = 0;
  for (std::size_t at = 0; (at = bytes.find(terminator, at)) != std::string::npos; at += terminator.size())
    ++count;
  return bytes.empty() ? 0 : std::max(count, 1);
}

}  // namespace

std::string Conversation::prove(const Deadline& deadline, std::string& last_seen) {
  transmit(proof_->message, deadline);
  // Replies come in the order of their queries: what comes before the proof's is late.
  for (;;) {
    ReplyLimits limits;
    limits.first_byte = until(deadline.at);
    limits.between_bytes = settings_.between_bytes_timeout;
    limits.whole = until(deadline.at);
    limits.max_size = settings_.max_reply_size;
    limits.cancellation = deadline.cancellation;
    std::string reply = link_->read_until(settings_.read_terminator, limits);
    if (reply == proof_->message) continue;  // an echo
    if (proof_->accepts(reply)) return reply;
    if (proof_->harmless && proof_->harmless(reply)) continue;
    last_seen = reply;
    discarded(reply + settings_.read_terminator);
  }
}

// Some gateways find out only when asked that they cannot.
void Conversation::clear_where_possible(const Deadline& deadline) {
  if (!link_->has_device_clear()) return;
  try {
    link_->device_clear(deadline);
  } catch (const InstrumentError&) {
    if (link_->has_device_clear()) throw;
  }
}

std::string Conversation::recover(bool open_anew, const base::Cancellation* cancellation) {
  if (!proof_) {
    recover_without_proof(cancellation);
    return "";
  }
  std::string last_seen, last_error;
  for (int attempt = 1; attempt <= settings_.recovery_tries; ++attempt) {
    const Deadline deadline = within(settings_.recovery_timeout, cancellation);
    try {
      const bool clears = link_->has_device_clear() && link_->is_open();
      if (((open_anew && !clears) || attempt > 1) && link_->reopening_drops_replies())
        link_->open(within(settings_.connect_timeout, cancellation));
      clear_where_possible(deadline);
      discarded(link_->drain(settings_.quiet_time, deadline));
      const bool ambiguous = proof_outstanding_;
      proof_outstanding_ = true;  // until its reply is here
      std::string reply = prove(deadline, last_seen);
      // An earlier question of the same wording may be answered still.
      const milliseconds quiet =
          ambiguous ? std::max(settings_.quiet_time, settings_.first_byte_timeout) : settings_.quiet_time;
      const std::string extra = link_->drain(quiet, within(quiet + settings_.recovery_timeout, cancellation));
      discarded(extra);
      if (!extra.empty()) {
        last_seen = extra;
        continue;
      }
      proof_outstanding_ = false;
      state_ = State::in_step;
      taint_reason_.clear();
      unanswered_ = 0;
      note_proven();
      ++recoveries_;
      link_->note("in step again");
      return reply;
    } catch (const InstrumentError& error) {
      if (error.fault() == Fault::link_lost && !link_->reopening_drops_replies()) throw;
      last_error = error.what();
      link_->note("recovery failed: " + last_error);
      spdlog::warn("recovery {} of {} failed: {}", attempt, settings_.recovery_tries, last_error);
      if (error.fault() == Fault::connect_failed && attempt == settings_.recovery_tries) {
        state_ = State::lost;
        throw;
      }
    }
  }
  throw link_->error(Fault::stale_reply, last_seen,
                     filled(tr("the link could not be put in step again after {0} tries ({1})"),
                            settings_.recovery_tries, last_error.empty() ? taint_reason_ : last_error));
}

int Conversation::drop_answers(milliseconds quiet, const base::Cancellation* cancellation) {
  const std::string dropped = link_->drain(quiet, within(quiet + settings_.recovery_timeout, cancellation));
  discarded(dropped);
  return answers_in(dropped, settings_.read_terminator);
}

// Nothing tells one answer from another, so each question must have had its own, or the time for it. A question that
// was given up is put once more: an answer then shows that the instrument is there. When one is still missing, no
// answer takes longer than that to the oldest question may have taken.
void Conversation::recover_without_proof(const base::Cancellation* cancellation) {
  const auto cannot_be_shown = [&] {
    return link_->error(
        Fault::stale_reply, "",
        filled(
            tr("after \"{}\" it cannot be shown that replies belong to their queries: this instrument has no identity "
               "query, and an answer may still come"),
            taint_reason_));
  };
  if (link_->reopening_drops_replies()) link_->open(within(settings_.connect_timeout, cancellation));
  const bool clears = link_->has_device_clear();
  clear_where_possible(within(settings_.recovery_timeout, cancellation));
  if (!link_->sends_unasked()) {
    if (!clears) throw cannot_be_shown();
    unanswered_ = 0;
  }
  const milliseconds quiet =
      std::max({settings_.quiet_time, silence_needed_, unanswered_ > 0 ? patience_ : silence_needed_});
  unanswered_ = std::max(0, unanswered_ - drop_answers(quiet, cancellation));
  for (int attempt = 0; unanswered_ > 0; ++attempt) {
    if (repeatable_.empty() || attempt == settings_.recovery_tries) throw cannot_be_shown();
    transmit(repeatable_, within(settings_.write_timeout, cancellation));
    ++unanswered_;
    const int came = drop_answers(patience_, cancellation);
    if (came == 0) continue;
    const milliseconds longest = ceil<milliseconds>(steady_clock::now() - first_unanswered_);
    if (came < unanswered_) (void)drop_answers(longest, cancellation);
    unanswered_ = 0;
  }
  state_ = State::in_step;
  taint_reason_.clear();
  note_proven();
  ++recoveries_;
  link_->note("in step again");
}

// ---- proofs between

void Conversation::note_exchange(const std::string& message, const QueryOptions& options) {
  if (options.among_others) {
    among_others_ = true;
    return;
  }
  unproven_ = true;
  if (proof_ && message == proof_->message) proof_was_reading_ = true;
  const auto took = ceil<milliseconds>(steady_clock::now() - asked_);
  silence_needed_ = std::max(silence_needed_, settings_.quiet_time + std::max(took, options.takes));
}

void Conversation::note_proven() {
  unproven_ = false;
  proof_was_reading_ = false;
  silence_needed_ = milliseconds{0};
}

bool Conversation::unproven() const {
  const auto held = lock(nullptr);
  return unproven_;
}

bool Conversation::answer_is_known() const {
  return proof_ && !proof_was_reading_;
}

milliseconds Conversation::silence_left() const {
  return until(last_traffic_ + silence_needed_);
}

// Answers come in the order of their questions: a line that came unasked, or a reply that is still on its way, comes
// first.
void Conversation::ask_for_the_known_answer(const base::Cancellation* cancellation) {
  QueryOptions options;
  options.cancellation = cancellation;
  transmit(proof_->message, within(settings_.write_timeout, cancellation));
  cancel_echo(proof_->message, options);
  std::optional<std::string> strange;
  for (int lines = 0; lines < most_strange_lines; ++lines) {
    ReplyReader reader(*this, options);
    std::string line;
    try {
      line = reader.message();
    } catch (const InstrumentError&) {
      if (!strange) throw;
      break;
    }
    reader.finish();
    if (proof_->accepts(line)) {
      last_message_.clear();  // it is answered
      break;
    }
    if (proof_->harmless && proof_->harmless(line)) continue;
    if (among_others_) {
      discarded(line);
    } else if (!strange) {
      strange = line;
    }
  }
  last_traffic_ = steady_clock::now();
  if (strange) {
    throw link_->error(Fault::unsolicited_input, *strange + settings_.read_terminator,
                       *strange == proof_->message
                           ? tr("the line repeats what is sent: say so in the driver file (echo)")
                           : tr("the line is out of step: what was read before may answer another question"));
  }
  check_after_reply(among_others_);
}

void Conversation::expect_silence(const base::Cancellation* cancellation) {
  if (!link_->sends_unasked()) return;
  if (const std::string more = link_->read_some(within(silence_left(), cancellation)); !more.empty()) {
    throw link_->error(Fault::unsolicited_input, more,
                       tr("the line is out of step: what was read before may answer another question"));
  }
}

void Conversation::confirm_locked(const base::Cancellation* cancellation) {
  QueryOptions options;
  options.cancellation = cancellation;
  options.among_others = among_others_;
  prepare(options);
  if (!unproven_) return;
  if (!link_->numbers_replies()) {
    if (answer_is_known()) {
      ask_for_the_known_answer(cancellation);
    } else {
      expect_silence(cancellation);
    }
  }
  note_proven();
}

void Conversation::confirm(const base::Cancellation* cancellation) {
  const auto held = lock(cancellation);
  guarded([&] { confirm_locked(cancellation); });
}

void Conversation::confirm_at_the_end(const base::Cancellation* cancellation) {
  const auto held = lock(cancellation);
  guarded([&] {
    const bool by_silence = !link_->numbers_replies() && !answer_is_known();
    const milliseconds silence = silence_needed_;
    confirm_locked(cancellation);
    if (!by_silence || repeatable_.empty() || among_others_) return;
    QueryOptions options;
    options.cancellation = cancellation;
    options.first_byte_timeout = patience_;
    transmit(repeatable_, within(settings_.write_timeout, cancellation));
    asked_ = last_traffic_;
    awaiting_reply_ = true;
    cancel_echo(repeatable_, options);
    ReplyReader reader(*this, options);
    for (int line = 0; line < answer_lines_; ++line)
      (void)reader.message();
    awaiting_reply_ = false;
    last_traffic_ = steady_clock::now();
    note_exchange(repeatable_, options);
    silence_needed_ = std::max(silence_needed_, silence);
    expect_silence(cancellation);
    note_proven();
  });
}

bool Conversation::has_known_answer() const {
  const auto held = lock(nullptr);
  return link_->numbers_replies() || answer_is_known();
}

void Conversation::require_silence(milliseconds duration) {
  const auto held = lock(nullptr);
  silence_needed_ = std::max(silence_needed_, duration);
  unproven_ = true;
}

bool Conversation::confirmed_by_silence(const base::Cancellation* cancellation) {
  const auto held = lock(cancellation);
  if (!unproven_) return true;
  if (state_ != State::in_step) return false;
  bool confirmed = false;
  guarded([&] {
    if (!link_->numbers_replies()) {
      check_nothing_waits(among_others_,
                          tr("the line is out of step: what was read before may answer another question"));
      if (answer_is_known() || !link_->sends_unasked() || silence_left() > milliseconds{0}) return;
    }
    note_proven();
    confirmed = true;
  });
  return confirmed;
}

// ---- opened anew

std::string Conversation::get_in_step(const base::Cancellation* cancellation) {
  const auto held = lock(cancellation);
  std::string reply;
  guarded([&] {
    if (state_ == State::lost)
      throw link_->error(Fault::link_lost, "", tr("the link was lost before and has not been opened again"));
    reply = recover(state_ == State::tainted, cancellation);
  });
  return reply;
}

void Conversation::reopen_locked(const base::Cancellation* cancellation) {
  state_ = State::lost;  // unless all of the following works
  line_start_known_ = false;
  link_->open(within(settings_.connect_timeout, cancellation));
  state_ = State::opened;
  guarded([&] {
    if (proof_) {
      recover(false, cancellation);
    } else {
      ++recoveries_;
    }
  });
}

void Conversation::reopen(const base::Cancellation* cancellation) {
  const auto held = lock(cancellation);
  reopen_locked(cancellation);
}

void Conversation::reopen_within(milliseconds limit, const base::Cancellation* cancellation) {
  const auto held = lock(cancellation);
  const SteadyTime end = steady_clock::now() + limit;
  for (milliseconds pause = settings_.reconnect_pause;;
       pause = std::min(2 * pause, settings_.longest_reconnect_pause)) {
    try {
      return reopen_locked(cancellation);
    } catch (const InstrumentError& error) {
      if (steady_clock::now() + pause >= end) throw;
      spdlog::warn("{}: next try in {} ms", error.what(), pause.count());
    }
    if (cancellation) {
      cancellation->sleep(pause);
    } else {
      std::this_thread::sleep_for(pause);
    }
  }
}

void Conversation::close() {
  const auto held = lock(nullptr);
  link_->close();
  state_ = State::lost;
}

}  // namespace etalon::drivers
