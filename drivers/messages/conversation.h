// Messages and replies over one link. Each exchange is atomic under one lock, and a reply is only ever given to the
// query it answers (design decision 6): whatever ends a query early (time-out, short or oversized reply, cancellation)
// taints the link, and before the next message it is put in step again: by a device clear where the link has one, else
// TCP links are opened anew; input is drained until it is quiet, and the proof (for example the identity query) must be
// answered; late replies are discarded and logged. Links that read only on request (GPIB, VXI-11, USBTMC) cannot be
// drained: there a device clear also begins the conversation.
//
// A line that nobody asked for (a print key, a confirmation, the second line of a reply) looks like a reply, and read
// back to back every later reply then answers the question before. Therefore a reply counts only once the line was
// proven to be in step after it: `confirm`.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "drivers/links/link.h"
#include "drivers/messages/reply_reader.h"

namespace etalon::drivers {

struct ConversationSettings {
  std::string write_terminator = "\n";
  std::string read_terminator = "\n";
  milliseconds write_timeout{5000};
  milliseconds connect_timeout{5000};  // when opened anew
  milliseconds first_byte_timeout{5000};
  milliseconds between_bytes_timeout{1000};
  milliseconds whole_reply_timeout{60000};  // from the first byte
  std::size_t max_reply_size = 1u << 20;    // bytes
  milliseconds message_pause{0};            // at least this long between the end of one exchange and the next message
  milliseconds character_pause{0};          // after each byte sent
  // The instrument repeats every message followed by this text (usually its terminator), before any reply.
  std::optional<std::string> echo_terminator;
  milliseconds quiet_time{200};  // no byte for so long means that nothing is on its way
  // The same at the opening, where no proof shows that no earlier program left a question behind.
  milliseconds opening_quiet_time{0};
  milliseconds recovery_timeout{10000};  // recovery: for one try, draining and proof
  int recovery_tries = 3;
  // reopen_within: the first pause between two tries, doubled after each one up to the longest.
  milliseconds reconnect_pause{200};
  milliseconds longest_reconnect_pause{5000};
};

// What shows that replies belong to their queries again. `accepts` must refuse every reply but that of `message`: a
// number must never pass. Put to an instrument that has not answered it before, it may be answered late itself:
// therefore a line that it accepts is a stale_reply fault for any other message.
struct Proof {
  std::string message;  // without terminator
  std::function<bool(const std::string& reply)> accepts;
  // Lines that may come before it without anything being out of step (echoes); empty: none.
  std::function<bool(const std::string& line)> harmless = {};
};

class Conversation {
 public:
  // The link is open. Without a proof a tainted link is in step again once every question that was not answered has
  // had its answer, or its time.
  Conversation(std::unique_ptr<Link> link, ConversationSettings settings, std::optional<Proof> proof = std::nullopt);

  const ConversationSettings& settings() const { return settings_; }
  std::string instrument() const { return link_->instrument(); }
  std::string address() const { return link_->address(); }
  void set_proof(Proof proof);

  // A message without a reply. Terminators are added; a message that contains the write terminator is an InputError.
  void send(const std::string& message, const QueryOptions& options = {});
  // The reply without its terminator. All faults of link.h, and empty_reply, unsolicited_input (also for bytes that
  // follow the reply), unexpected_reply (wrong echo), stale_reply and link_lost (not in step again).
  std::string query(const std::string& message, const QueryOptions& options = {});
  // Lines up to and including the line that reads exactly `last_line`.
  std::vector<std::string> query_lines(const std::string& message, const std::string& last_line,
                                       const QueryOptions& options = {});
  // Exactly `count` lines.
  std::vector<std::string> query_line_count(const std::string& message, std::size_t count,
                                            const QueryOptions& options = {});
  // The data of a block (block.h).
  std::string query_block(const std::string& message, const QueryOptions& options = {});
  // The next line that the instrument begins to send of itself (talk-only instruments) after the call. What waited
  // before is dropped: it is old, or the rest of a line.
  std::string listen(const QueryOptions& options = {});
  // The general form: `read` takes the reply apart; an exception from it taints the link.
  void exchange(const std::string& message, const QueryOptions& options, const std::function<void(ReplyReader&)>& read);

  // For faults that only the caller sees (a reply that does not parse).
  void taint(const std::string& reason);
  bool tainted() const;
  bool lost() const;
  // Puts the link in step now, even when it is not tainted, and returns the accepted reply to the proof: the way to
  // learn an identity past late replies of an earlier session. stale_reply shows what came last instead.
  std::string get_in_step(const base::Cancellation* cancellation = nullptr);
  // Whether replies (or messages without a reply) came since the line was last proven to be in step.
  bool unproven() const;
  // Proves that every reply since the last proof answered its own question. Where the protocol numbers its replies
  // (Modbus TCP, HiSLIP) there is nothing to do; else the proof is asked, whose answer must be the very next line;
  // without one the line must stay silent for the quiet time and the time that a reply took. unsolicited_input, and the
  // link is tainted: what was read since the last proof may belong to another question.
  void confirm(const base::Cancellation* cancellation = nullptr);
  // The same, as far as the silence up to now shows it, without waiting: whether it did. unsolicited_input.
  // Where a known answer can show it, silence shows nothing: a late reply is silent, too.
  bool confirmed_by_silence(const base::Cancellation* cancellation = nullptr);
  // After the last reading, where no later question would show it: as confirm, and where only silence could prove it
  // the last question is put once more, if that does no harm. Its answer counts for nothing, but it must come, and
  // alone.
  void confirm_at_the_end(const base::Cancellation* cancellation = nullptr);
  // Whether `confirm` needs no silence: a known answer, or numbered replies.
  bool has_known_answer() const;
  // The next proof by silence counts only when nothing came for so long after the last message.
  void require_silence(milliseconds duration);
  // How often the link was opened anew or put in step: when this grew, the instrument may have been switched off and on
  // meanwhile, and its settings must be checked or sent again.
  unsigned recoveries() const;

  // After link_lost every message is refused with link_lost (the instrument may have lost its settings) until this
  // opens the link again, drains it, and proves it when there is a proof.
  void reopen(const base::Cancellation* cancellation = nullptr);
  // As often as fits into `limit`, with growing pauses; the last failure when none of the tries succeeds.
  void reopen_within(milliseconds limit, const base::Cancellation* cancellation = nullptr);
  void close();

  // What only some links can do (link.h), between two exchanges; InputError on the others. Each takes at most the write
  // time-out. A failure taints the link as any other.
  bool has_device_clear() const { return link_->has_device_clear(); }
  bool has_status_byte() const { return link_->has_status_byte(); }
  bool signals_service_request() const { return link_->signals_service_request(); }
  bool has_trigger() const { return link_->has_trigger(); }
  void device_clear(const base::Cancellation* cancellation = nullptr);
  std::uint8_t status_byte(const base::Cancellation* cancellation = nullptr);
  // False when none came within `timeout`. To miss none, call it once with a time-out of 0 before the message that
  // makes the instrument request service.
  bool wait_for_service_request(milliseconds timeout, const base::Cancellation* cancellation = nullptr);
  void trigger(const base::Cancellation* cancellation = nullptr);
  void go_to_local(const base::Cancellation* cancellation = nullptr);

 private:
  friend class ReplyReader;
  enum class State { opened, in_step, tainted, lost };

  std::unique_lock<std::mutex> lock(const base::Cancellation* cancellation) const;
  // Runs `work`; whatever it throws taints the link.
  void guarded(const std::function<void()>& work);
  void taint_locked(const std::string& reason);
  void prepare(const QueryOptions& options);
  void check_nothing_waits(bool discard, const std::string& detail);
  void check_not_of_proof(const std::string& reply) const;
  void check_after_reply(bool discard);
  void clear_where_possible(const Deadline& deadline);
  // A capability of the link, under the lock.
  void use_link(const base::Cancellation* cancellation, const std::function<void()>& work);
  void reopen_locked(const base::Cancellation* cancellation);
  std::string recover(bool open_anew, const base::Cancellation* cancellation);
  void recover_without_proof(const base::Cancellation* cancellation);
  int drop_answers(milliseconds quiet, const base::Cancellation* cancellation);
  void note_exchange(const std::string& message, const QueryOptions& options);
  void note_proven();
  bool answer_is_known() const;
  void confirm_locked(const base::Cancellation* cancellation);
  void expect_silence(const base::Cancellation* cancellation);
  void ask_for_the_known_answer(const base::Cancellation* cancellation);
  milliseconds silence_left() const;
  std::string prove(const Deadline& deadline, std::string& last_seen);
  void discarded(const std::string& bytes);
  void transmit(const std::string& message, const Deadline& deadline);
  void cancel_echo(const std::string& message, const QueryOptions& options);
  ReplyLimits limits(const QueryOptions& options) const;
  void check_message(const std::string& message) const;

  std::unique_ptr<Link> link_;
  ConversationSettings settings_;
  std::optional<Proof> proof_;
  mutable std::mutex mutex_;
  State state_ = State::opened;
  std::string taint_reason_;
  std::string last_message_;        // whose reply may still come
  bool proof_outstanding_ = false;  // it may be one to the proof's own message
  bool line_start_known_ = false;   // for listen
  bool among_others_ = false;       // it also sends by itself
  // Since the last proof.
  bool unproven_ = false;
  bool proof_was_reading_ = false;  // the proof's own message was asked as any other: its answer shows nothing
  milliseconds silence_needed_{0};
  // Questions that were given up, without a proof: their answers may still come.
  bool awaiting_reply_ = false;
  SteadyTime asked_;  // when the last message was sent
  int unanswered_ = 0;
  std::string repeatable_;       // the last question, when it may be put again
  int answer_lines_ = 0;         // of its answer
  SteadyTime first_unanswered_;  // when the oldest of them was asked
  milliseconds patience_{0};     // how long an answer to them may take
  std::atomic<unsigned> recoveries_ = 0;
  SteadyTime last_traffic_;
};

}  // namespace etalon::drivers
