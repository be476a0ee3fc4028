// A Prologix GPIB-ETHERNET or GPIB-USB controller, or an AR488, with several instruments behind it (Prologix GPIB-USB
// Controller User Manual, 2011; AR488 manual and firmware).
//
// How it is shared. The adapter does one thing after another, in the order of its input, and an instrument talks only
// while it is addressed. So a message, and one `++read eoi` with all it brings, are each done under one turn; what
// happens on the bus between an instrument's query and the reading of its reply does not matter. Turns are given in the
// order they were asked for and nobody keeps one beyond a read's own time-out, so there is no deadlock. The bytes of a
// `++read` belong to the instrument that was addressed for it and to no other: a read that its owner gave up (time-out,
// cancellation) is brought to its end by whoever comes next, and its bytes go to the owner's inbox.
//
// How END is known. The adapter adds one byte (eot_char, NUL) where EOI came, but a block may hold that byte, too, and
// a read that timed out in the adapter ends without any sign. So each read is closed with the question for the
// adapter's version, whose answer, known from the opening, comes after all bytes of the read. A NUL right before it is
// END, when the answer came at once; when it came late (the read may have timed out right after a NUL of the data), the
// NUL is END only after a line of text, or where a block has all its bytes.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "drivers/links/link.h"

namespace etalon::drivers {

struct PrologixSettings {
  Address address;  // socket or serial line
  bool serial = false;
  bool ar488 = false;
  milliseconds command_pause{0};
  milliseconds boot_time{0};
  milliseconds read_time{1000};    // of one ++read; at most 3000. Longer replies take several
  milliseconds answer_time{3000};  // for commands to the adapter itself
};

// One instrument as the adapter sees it. `inbox` and what follows it are guarded by the adapter's turn.
struct GpibStation {
  GpibAddress address;
  std::string instrument;  // for messages

  struct Piece {
    std::string bytes;
    bool end = false;  // END came with its last byte, or after the piece before when empty
  };
  std::deque<Piece> inbox;
  bool service_requested = false;  // RQS was seen in a serial poll

  // The message under way, as far as its END must be told from data.
  std::string head;
  std::size_t size = 0;
  bool is_text = true;
  char last = 0;
};

// What went wrong at the adapter; the link adds instrument and address.
struct AdapterError {
  Fault fault;
  std::string received;
  std::string detail;
};

class PrologixAdapter {
 public:
  explicit PrologixAdapter(const PrologixSettings& settings);
  ~PrologixAdapter();
  PrologixAdapter(const PrologixAdapter&) = delete;
  PrologixAdapter& operator=(const PrologixAdapter&) = delete;

  // All of the following take a turn; AdapterError, or InterruptedError.
  // Opens the adapter when it is not open. Forgets what the station has not read. Returns the generation.
  unsigned attach(const std::shared_ptr<GpibStation>& station, const Deadline& deadline);
  // A whole message. What the station has not read is dropped and returned: it cannot answer this message.
  std::string write(const std::shared_ptr<GpibStation>& station, std::string_view message, const Deadline& deadline);
  // The next piece from the instrument; nothing when the deadline passed.
  std::optional<GpibStation::Piece> read(const std::shared_ptr<GpibStation>& station, const Deadline& deadline);
  void clear(const std::shared_ptr<GpibStation>& station, const Deadline& deadline);
  std::uint8_t poll(const std::shared_ptr<GpibStation>& station, const Deadline& deadline);
  bool service_line(const std::shared_ptr<GpibStation>& station, const Deadline& deadline);
  void trigger(const std::shared_ptr<GpibStation>& station, const Deadline& deadline);
  void go_to_local(const std::shared_ptr<GpibStation>& station, const Deadline& deadline);

  // Grows when the adapter was lost: links of an earlier generation are closed. 0: not open.
  unsigned generation() const { return generation_; }

 private:
  class Turn;

  void open(const Deadline& deadline);
  void identify(const Deadline& deadline);
  [[noreturn]] void lose(const std::string& detail);
  template <typename Work>
  auto on_line(Work work);

  void send(std::string_view bytes);
  void send_fence();
  std::string ask(const std::string& command, const Deadline& deadline);
  void tell(const std::string& command, const Deadline& deadline);
  void settle(const Deadline& deadline, const std::string& waiting_for);
  void pump(const Deadline& deadline);
  void take(std::string_view bytes);
  void deliver(std::string_view bytes);
  void finish();
  bool is_ar488() const;
  void address(const GpibStation& station, const Deadline& deadline, bool check);

  const PrologixSettings settings_;

  std::mutex mutex_;  // of the queue and the holder's name
  std::condition_variable turn_changed_;
  std::deque<std::uint64_t> queue_;  // who holds the turn, and who waits for it
  std::uint64_t next_ticket_ = 0;
  std::string holder_;

  // Guarded by the turn.
  std::unique_ptr<Link> line_;
  std::atomic<unsigned> generation_ = 0;
  unsigned generations_ = 0;
  std::string version_;  // with its line end
  std::optional<GpibAddress> addressed_;

  // What the adapter was told and has not yet finished.
  enum class State { idle, asked, reading };
  State state_ = State::idle;
  std::shared_ptr<GpibStation> reader_;
  std::size_t waiting_ = 0;  // bytes of this read in its inbox
  bool fenced_ = false;      // the version was asked for
  SteadyTime asked_at_;      // then
  bool end_likely_ = false;  // because a NUL was the last byte for the moment
  std::string tail_;         // came, not yet known whether data, END, or the version
  std::string answer_;       // of a command
  SteadyTime last_byte_;     // or command
};

}  // namespace etalon::drivers
