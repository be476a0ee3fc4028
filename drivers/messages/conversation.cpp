#include "drivers/messages/conversation.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <exception>
#include <thread>

#include "base/language.h"
#include "drivers/links/escaped_bytes.h"
#include "drivers/links/filled_text.h"
#include "drivers/messages/block.h"

namespace etalon::drivers {

using base::tr;
using std::chrono::ceil;
using std::chrono::steady_clock;

namespace {

milliseconds until(SteadyTime moment) {
  return std::max(ceil<milliseconds>(moment - steady_clock::now()), milliseconds{0});
}

}  // namespace

// ---- parts of one reply

ReplyReader::ReplyReader(Conversation& conversation, const QueryOptions& options)
    : conversation_(conversation), options_(options) {
  const ReplyLimits whole = conversation.limits(options);
  end_ = steady_clock::now() + whole.first_byte + whole.whole;
}

ReplyLimits ReplyReader::limits(std::optional<milliseconds> first_byte) const {
  ReplyLimits part = conversation_.limits(options_);
  if (first_byte) {
    part.first_byte = *first_byte;
  } else {
    part.first_byte = std::min(part.first_byte, until(end_));
    part.whole = std::min(part.whole, until(end_));
  }
  part.max_size -= std::min(part.max_size, size_);
  return part;
}

std::string ReplyReader::message(std::optional<milliseconds> first_byte) {
  if (rest_) return *std::exchange(rest_, std::nullopt);
  std::string text = conversation_.link_->read_until(conversation_.settings_.read_terminator, limits(first_byte));
  size_ += text.size();
  conversation_.check_not_of_proof(text);
  return text;
}

std::string ReplyReader::line(std::optional<milliseconds> first_byte) {
  std::string text = message(first_byte);
  if (!conversation_.link_->signals_end()) return text;
  const std::string& terminator = conversation_.settings_.read_terminator;
  const std::size_t end = text.find(terminator);
  if (end == std::string::npos) return text;
  rest_ = text.substr(end + terminator.size());
  return text.substr(0, end);
}

std::string ReplyReader::take(std::size_t count) {
  if (count > rest_->size())
    throw conversation_.link_->error(
        Fault::truncated_reply, *rest_,
        filled(tr("the message ended after {0} bytes, expected {1}"), rest_->size(), count));
  std::string bytes = rest_->substr(0, count);
  rest_->erase(0, count);
  return bytes;
}

std::string ReplyReader::exact(std::size_t count) {
  if (rest_) return take(count);
  std::string bytes = conversation_.link_->read_exact(count, limits(std::nullopt));
  size_ += count;
  return bytes;
}

std::string ReplyReader::read_counted_block(const ReplyLimits& allowed) {
  Link& link = *conversation_.link_;
  // The limit is on the data; the few bytes of the header come on top.
  ReplyLimits part = allowed;
  part.max_size += 32;
  std::string header;
  const auto read = [&](std::size_t count) {
    std::string bytes = rest_ ? take(count) : link.read_exact(count, part);
    part.first_byte = part.between_bytes;
    if (header.size() < 2) header += bytes;
    return bytes;
  };
  try {
    return read_block(read, allowed.max_size);
  } catch (const BlockError& error) {
    if (header == "#0" && link.signals_end()) return read_endless_block(part);
    throw link.error(error.too_large() ? Fault::oversized_reply : Fault::unexpected_reply,
                     error.header() + (link.sends_unasked() ? link.read_waiting() : ""), error.what());
  }
}

// Up to END; the terminator before it is no part of the data (IEEE 488.2, 8.7.10).
std::string ReplyReader::read_endless_block(const ReplyLimits& allowed) {
  if (rest_) return *std::exchange(rest_, std::nullopt);
  return conversation_.link_->read_until(conversation_.settings_.read_terminator, allowed);
}

void ReplyReader::end_block(const ReplyLimits& allowed) {
  Link& link = *conversation_.link_;
  if (link.signals_end()) return finish();
  if (options_.block_ending == BlockEnding::none) return;
  ReplyLimits ending = allowed;
  ending.first_byte = allowed.between_bytes;
  ending.max_size = 256;
  std::string rest;
  try {
    rest = link.read_until(conversation_.settings_.read_terminator, ending);
  } catch (const InstrumentError& error) {
    if (options_.block_ending == BlockEnding::either && error.fault() == Fault::timeout) return;
    throw;
  }
  if (!rest.empty())
    throw link.error(Fault::unexpected_reply, rest,
                     filled(tr("{} bytes between the block and its terminator"), rest.size()));
}

std::string ReplyReader::block() {
  const ReplyLimits allowed = limits(std::nullopt);
  std::string data = read_counted_block(allowed);
  size_ += data.size();
  end_block(allowed);
  return data;
}

void ReplyReader::finish() {
  Link& link = *conversation_.link_;
  std::string rest = rest_ ? *std::exchange(rest_, std::nullopt) : std::string();
  if (link.inside_message()) {
    ReplyLimits ending = limits(std::nullopt);
    ending.first_byte = ending.between_bytes;
    ending.max_size = std::max<std::size_t>(ending.max_size, 256);
    rest += link.read_until(conversation_.settings_.read_terminator, ending);
  }
  if (!rest.empty()) throw link.error(Fault::unsolicited_input, rest, tr("bytes follow the reply"));
}

// ---- the conversation

Conversation::Conversation(std::unique_ptr<Link> link, ConversationSettings settings, std::optional<Proof> proof)
    : link_(std::move(link)), settings_(std::move(settings)), proof_(std::move(proof)) {
  if (settings_.read_terminator.empty()) throw base::InputError(tr("a read terminator must not be empty"));
}

void Conversation::set_proof(Proof proof) {
  const auto held = lock(nullptr);
  proof_ = std::move(proof);
}

std::unique_lock<std::mutex> Conversation::lock(const base::Cancellation* cancellation) const {
  if (!cancellation) return std::unique_lock(mutex_);
  std::unique_lock held(mutex_, std::try_to_lock);
  while (!held.owns_lock()) {
    cancellation->sleep(milliseconds{5});  // another thread's query may last minutes
    (void)held.try_lock();
  }
  cancellation->check();
  return held;
}

ReplyLimits Conversation::limits(const QueryOptions& options) const {
  ReplyLimits limits;
  limits.first_byte = options.first_byte_timeout.value_or(settings_.first_byte_timeout);
  limits.between_bytes = options.between_bytes_timeout.value_or(settings_.between_bytes_timeout);
  limits.whole = options.whole_reply_timeout.value_or(settings_.whole_reply_timeout);
  limits.max_size = options.max_reply_size.value_or(settings_.max_reply_size);
  limits.cancellation = options.cancellation;
  return limits;
}

void Conversation::check_message(const std::string& message) const {
  if (!settings_.write_terminator.empty() && message.find(settings_.write_terminator) != std::string::npos)
    throw base::InputError(
        filled(tr("message \"{0}\" contains the write terminator \"{1}\", so it would be two messages"),
               printable(message), escape_bytes(settings_.write_terminator)));
}

void Conversation::taint_locked(const std::string& reason) {
  line_start_known_ = false;
  if (state_ == State::lost) return;
  state_ = State::tainted;
  taint_reason_ = reason;
  if (proof_ && last_message_ == proof_->message) proof_outstanding_ = true;
  link_->note("tainted: " + reason);
}

void Conversation::guarded(const std::function<void()>& work) {
  try {
    work();
  } catch (const InstrumentError& error) {
    if (error.fault() == Fault::link_lost) {
      link_->close();
      state_ = State::lost;
      line_start_known_ = false;
    } else {
      taint_locked(error.what());
    }
    throw;
  } catch (const std::exception& error) {
    taint_locked(error.what());
    throw;
  } catch (...) {
    taint_locked("unknown error");
    throw;
  }
}

void Conversation::discarded(const std::string& bytes) {
  if (bytes.empty()) return;
  link_->note("discarded: " + printable(bytes));
  spdlog::warn("{} {}: discarded \"{}\"", link_->instrument(), link_->address(), printable(bytes));
}

void Conversation::check_nothing_waits(bool discard, const std::string& detail) {
  const std::string waiting = link_->read_waiting();
  if (waiting.empty()) return;
  if (!discard) throw link_->error(Fault::unsolicited_input, waiting, detail);
  discarded(waiting);
}

void Conversation::check_not_of_proof(const std::string& reply) const {
  if (proof_ && last_message_ != proof_->message && proof_->accepts(reply))
    throw link_->error(Fault::stale_reply, reply, filled(tr("a late reply to \"{}\" came instead"), proof_->message));
}

// Only what came with the reply: what comes after it is met before the next message.
void Conversation::check_after_reply(bool discard) {
  const std::string more = link_->read_received();
  if (more.empty()) return;
  if (!discard) throw link_->error(Fault::unsolicited_input, more, tr("bytes follow the reply"));
  discarded(more);
}

void Conversation::prepare(const QueryOptions& options) {
  if (state_ == State::lost)
    throw link_->error(Fault::link_lost, "", tr("the link was lost before and has not been opened again"));
  line_start_known_ = false;
  if (state_ == State::tainted) recover(true, options.cancellation);
  if (state_ == State::opened) {
    // A greeting, or the late reply to a program that was here before.
    if (!link_->sends_unasked()) clear_where_possible(within(settings_.recovery_timeout, options.cancellation));
    discarded(link_->drain(settings_.quiet_time, within(settings_.recovery_timeout, options.cancellation)));
    state_ = State::in_step;
  }
  check_nothing_waits(options.discard_waiting_input || options.among_others,
                      tr("bytes were waiting before the message was sent"));
}

void Conversation::transmit(const std::string& message, const Deadline& deadline) {
  const SteadyTime earliest = last_traffic_ + settings_.message_pause;
  if (const milliseconds rest = until(earliest); rest > milliseconds{0}) {
    if (deadline.cancellation) {
      deadline.cancellation->sleep(rest);
    } else {
      std::this_thread::sleep_for(rest);
    }
  }
  if (deadline.cancellation) deadline.cancellation->check();
  last_message_ = message;
  link_->write(message + settings_.write_terminator, deadline, settings_.character_pause);
  last_traffic_ = steady_clock::now();
}

void Conversation::cancel_echo(const std::string& message, const QueryOptions& options) {
  if (!settings_.echo_terminator) return;
  const std::string expected = message + *settings_.echo_terminator;
  const std::string echo = link_->read_exact(expected.size(), limits(options));
  if (echo != expected)
    throw link_->error(Fault::unexpected_reply, echo, filled(tr("expected the echo \"{}\""), printable(expected)));
}

void Conversation::exchange(const std::string& message, const QueryOptions& options,
                            const std::function<void(ReplyReader&)>& read) {
  check_message(message);
  const auto held = lock(options.cancellation);
  guarded([&] {
    prepare(options);
    transmit(message, within(settings_.write_timeout, options.cancellation));
    cancel_echo(message, options);
    ReplyReader reader(*this, options);
    read(reader);
    reader.finish();
    last_traffic_ = steady_clock::now();
    check_after_reply(options.among_others);
  });
}

void Conversation::send(const std::string& message, const QueryOptions& options) {
  check_message(message);
  const auto held = lock(options.cancellation);
  guarded([&] {
    prepare(options);
    transmit(message, within(settings_.write_timeout, options.cancellation));
    cancel_echo(message, options);
  });
}

std::string Conversation::query(const std::string& message, const QueryOptions& options) {
  std::string reply;
  exchange(message, options, [&](ReplyReader& reader) {
    reply = reader.message();
    if (reply.empty() && !options.allow_empty)
      throw link_->error(Fault::empty_reply, settings_.read_terminator, tr("only the terminator came"));
  });
  return reply;
}

std::vector<std::string> Conversation::query_lines(const std::string& message, const std::string& last_line,
                                                   const QueryOptions& options) {
  std::vector<std::string> lines;
  exchange(message, options, [&](ReplyReader& reader) {
    do {
      lines.push_back(reader.line());
    } while (lines.back() != last_line);
  });
  return lines;
}

std::vector<std::string> Conversation::query_line_count(const std::string& message, std::size_t count,
                                                        const QueryOptions& options) {
  std::vector<std::string> lines;
  exchange(message, options, [&](ReplyReader& reader) {
    while (lines.size() < count)
      lines.push_back(reader.line());
  });
  return lines;
}

std::string Conversation::query_block(const std::string& message, const QueryOptions& options) {
  std::string data;
  exchange(message, options, [&](ReplyReader& reader) { data = reader.block(); });
  return data;
}

std::string Conversation::listen(const QueryOptions& options) {
  const auto held = lock(options.cancellation);
  std::string line;
  guarded([&] {
    if (state_ == State::lost)
      throw link_->error(Fault::link_lost, "", tr("the link was lost before and has not been opened again"));
    const std::string old = link_->read_waiting();
    const bool in_line = !line_start_known_ || (!old.empty() && !old.ends_with(settings_.read_terminator));
    line_start_known_ = false;
    // The rest of a line would be a number without its leading digits.
    if (in_line) link_->read_until(settings_.read_terminator, limits(options));
    line = link_->read_until(settings_.read_terminator, limits(options));
    line_start_known_ = true;
  });
  return line;
}

void Conversation::taint(const std::string& reason) {
  const auto held = lock(nullptr);
  taint_locked(reason);
}

bool Conversation::tainted() const {
  const auto held = lock(nullptr);
  return state_ == State::tainted || state_ == State::lost;
}

unsigned Conversation::recoveries() const {
  return recoveries_;
}

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
  if (!proof_)
    throw link_->error(Fault::stale_reply, "",
                       filled(tr("after \"{}\" it cannot be shown that replies belong to their queries: this "
                                 "instrument has no identity query"),
                              taint_reason_));
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

// ---- what only some links can do

void Conversation::use_link(const base::Cancellation* cancellation, const std::function<void()>& work) {
  const auto held = lock(cancellation);
  if (state_ == State::lost)
    throw link_->error(Fault::link_lost, "", tr("the link was lost before and has not been opened again"));
  std::exception_ptr refused;  // asked of a link that cannot: nothing was done
  guarded([&] {
    try {
      work();
    } catch (const base::InputError&) {
      refused = std::current_exception();
    }
  });
  if (refused) std::rethrow_exception(refused);
}

void Conversation::device_clear(const base::Cancellation* cancellation) {
  use_link(cancellation, [&] { link_->device_clear(within(settings_.write_timeout, cancellation)); });
}

std::uint8_t Conversation::status_byte(const base::Cancellation* cancellation) {
  std::uint8_t status = 0;
  use_link(cancellation, [&] { status = link_->status_byte(within(settings_.write_timeout, cancellation)); });
  return status;
}

bool Conversation::wait_for_service_request(milliseconds timeout, const base::Cancellation* cancellation) {
  bool requested = false;
  use_link(cancellation, [&] { requested = link_->wait_for_service_request(within(timeout, cancellation)); });
  return requested;
}

void Conversation::trigger(const base::Cancellation* cancellation) {
  use_link(cancellation, [&] {
    QueryOptions options;
    options.cancellation = cancellation;
    if (link_->has_trigger()) prepare(options);  // it is a message to the instrument
    link_->trigger(within(settings_.write_timeout, cancellation));
  });
}

void Conversation::go_to_local(const base::Cancellation* cancellation) {
  use_link(cancellation, [&] { link_->go_to_local(within(settings_.write_timeout, cancellation)); });
}

}  // namespace etalon::drivers
