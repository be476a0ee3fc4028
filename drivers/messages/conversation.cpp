#include "drivers/messages/conversation.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <exception>
#include <thread>

#include "base/language.h"
#include "drivers/links/escaped_bytes.h"
#include "drivers/links/filled_text.h"

namespace etalon::drivers {

using base::tr;
using std::chrono::ceil;
using std::chrono::steady_clock;

namespace {

milliseconds until(SteadyTime moment) {
  return std::max(ceil<milliseconds>(moment - steady_clock::now()), milliseconds{0});
}

}  // namespace

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
  if (awaiting_reply_) {
    if (unanswered_++ == 0) first_unanswered_ = asked_;
    awaiting_reply_ = false;
  }
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
    milliseconds quiet = settings_.quiet_time;
    if (!proof_) quiet = std::max({quiet, settings_.opening_quiet_time, unanswered_ > 0 ? patience_ : quiet});
    discarded(link_->drain(quiet, within(quiet + settings_.recovery_timeout, options.cancellation)));
    state_ = State::in_step;
    unanswered_ = 0;
    note_proven();
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
    asked_ = last_traffic_;
    awaiting_reply_ = true;
    repeatable_ = options.repeatable ? message : "";
    patience_ = std::max(patience_, limits(options).first_byte + options.takes);
    cancel_echo(message, options);
    ReplyReader reader(*this, options);
    read(reader);
    reader.finish();
    awaiting_reply_ = false;
    answer_lines_ = reader.lines_;
    last_traffic_ = steady_clock::now();
    note_exchange(message, options);
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
    asked_ = last_traffic_;
    note_exchange(message, options);
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

bool Conversation::lost() const {
  const auto held = lock(nullptr);
  return state_ == State::lost;
}

unsigned Conversation::recoveries() const {
  return recoveries_;
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
