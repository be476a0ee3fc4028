#include "drivers/links/prologix_adapter.h"

#include <algorithm>
#include <thread>
#include <utility>

#include "base/language.h"
#include "drivers/links/escaped_bytes.h"
#include "drivers/links/filled_text.h"

namespace etalon::drivers {

using base::tr;
using std::chrono::steady_clock;

namespace {

constexpr char end_mark = '\0';  // never in a line of text
// Beyond the read's own time-out. When the adapter is later still, it finds the next command in its input.
constexpr milliseconds margin{100};
// A NUL that is followed by nothing for so long may be END (serial lines bring a block byte by byte).
constexpr milliseconds pause_before_end{20};
// Of one read, received and not fetched by its owner.
constexpr std::size_t most_waiting = 64u << 20;
// The AR488 passes what fills its buffer on at once, with EOI: a longer message would become two.
constexpr std::size_t longest_ar488_message = 127;

std::string lower(std::string_view text) {
  std::string result(text);
  for (char& c : result) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return result;
}

std::string trimmed(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(" \t\r\n");
  if (begin == std::string_view::npos) return {};
  return std::string(text.substr(begin, text.find_last_not_of(" \t\r\n") - begin + 1));
}

std::string escaped(std::string_view message) {
  std::string bytes;
  for (const char c : message) {
    if (c == '\r' || c == '\n' || c == '\x1b' || c == '+') bytes += '\x1b';
    bytes += c;
  }
  return bytes;
}

std::string address_text(const GpibAddress& address) {
  return std::to_string(address.primary) +
         (address.secondary ? " " + std::to_string(96 + *address.secondary) : std::string());
}

// A NUL after what came of the message is END by the message's own form, whatever the timing.
bool is_complete(const GpibStation& station) {
  const std::string& head = station.head;
  if (head.size() >= 2 && head[0] == '#' && head[1] >= '1' && head[1] <= '9') {
    const std::size_t digits = static_cast<std::size_t>(head[1] - '0');
    if (head.size() < 2 + digits) return false;
    std::size_t length = 0;
    for (const char c : std::string_view(head).substr(2, digits)) {
      if (c < '0' || c > '9') return false;
      length = 10 * length + static_cast<std::size_t>(c - '0');
    }
    const std::size_t whole = 2 + digits + length;
    return station.size == whole || (station.size <= whole + 2 && station.last == '\n');
  }
  return station.is_text && station.last == '\n';
}

}  // namespace

// ---- turns

class PrologixAdapter::Turn {
 public:
  Turn(PrologixAdapter& adapter, const std::string& instrument, const Deadline& deadline) : adapter_(adapter) {
    std::unique_lock lock(adapter_.mutex_);
    const std::uint64_t ticket = adapter_.next_ticket_++;
    adapter_.queue_.push_back(ticket);
    while (adapter_.queue_.front() != ticket) {
      const bool cancelled =
          deadline.cancellation && (deadline.cancellation->cancelled() || deadline.cancellation->paused());
      if (cancelled || deadline.passed()) {
        std::erase(adapter_.queue_, ticket);
        if (cancelled) deadline.cancellation->check();
        throw AdapterError{Fault::timeout, "",
                           filled(tr("the GPIB adapter {0} was in use by {1} all the time"),
                                  format_address(adapter_.settings_.address), adapter_.holder_)};
      }
      adapter_.turn_changed_.wait_until(lock, std::min(deadline.at, steady_clock::now() + milliseconds{20}));
    }
    adapter_.holder_ = instrument;
  }
  ~Turn() {
    const std::lock_guard lock(adapter_.mutex_);
    adapter_.queue_.pop_front();
    adapter_.turn_changed_.notify_all();
  }
  Turn(const Turn&) = delete;
  Turn& operator=(const Turn&) = delete;

 private:
  PrologixAdapter& adapter_;
};

PrologixAdapter::PrologixAdapter(const PrologixSettings& settings) : settings_(settings) {}

PrologixAdapter::~PrologixAdapter() = default;

// ---- the line to the adapter

void PrologixAdapter::lose(const std::string& detail) {
  line_.reset();
  generation_ = 0;
  addressed_.reset();
  state_ = State::idle;
  reader_.reset();
  const std::string received = std::exchange(tail_, {});
  throw AdapterError{Fault::link_lost, received,
                     filled(tr("GPIB adapter {0}: {1}"), format_address(settings_.address), detail)};
}

template <typename Work>
auto PrologixAdapter::on_line(Work work) {
  try {
    return work();
  } catch (const InstrumentError& fault) {
    lose(fault.detail());
  }
}

void PrologixAdapter::send(std::string_view bytes) {
  // Not the caller's deadline: half a line to the adapter would spoil the next one.
  on_line([&] { line_->write(bytes, within(settings_.answer_time)); });
  last_byte_ = steady_clock::now();
  if (settings_.command_pause > milliseconds{0}) std::this_thread::sleep_for(settings_.command_pause);
}

void PrologixAdapter::send_fence() {
  fenced_ = true;
  send("++ver\n");
  asked_at_ = steady_clock::now();
}

void PrologixAdapter::deliver(std::string_view bytes) {
  if (state_ == State::asked) {
    answer_ += bytes;
    answer_.resize(std::min<std::size_t>(answer_.size(), 4096));
    return;
  }
  if (bytes.empty()) return;
  GpibStation& station = *reader_;
  station.head += bytes.substr(0, 12 - std::min<std::size_t>(12, station.head.size()));
  station.size += bytes.size();
  station.last = bytes.back();
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    if ((byte < 0x20 && c != '\r' && c != '\n' && c != '\t') || byte >= 0x7f) station.is_text = false;
  }
  station.inbox.push_back({std::string(bytes), false});
  waiting_ += bytes.size();
  if (waiting_ > most_waiting) lose(filled(tr("{} sends without end"), station.instrument));
}

// The version has come: what the adapter was told is done.
void PrologixAdapter::finish() {
  tail_.resize(tail_.size() - version_.size());
  if (state_ == State::reading) {
    GpibStation& station = *reader_;
    // Nothing but the version followed the NUL, and long before a read that had not ended could have timed out.
    const bool at_once = end_likely_ && tail_.size() == 1;
    bool end = false;
    if (tail_.ends_with(end_mark)) {
      tail_.pop_back();
      deliver(tail_);
      tail_.clear();
      end = at_once || is_complete(station);
      if (!end) deliver(std::string_view(&end_mark, 1));
    }
    deliver(tail_);
    if (end) {
      if (station.inbox.empty() || station.inbox.back().end) station.inbox.emplace_back();
      station.inbox.back().end = true;
      station.head.clear();
      station.size = 0;
      station.is_text = true;
    }
  } else {
    deliver(tail_);
  }
  tail_.clear();
  state_ = State::idle;
  reader_.reset();
}

void PrologixAdapter::take(std::string_view bytes) {
  tail_ += bytes;
  if (fenced_) {
    if (steady_clock::now() - asked_at_ >= settings_.read_time / 2) end_likely_ = false;
    if (tail_.ends_with(version_)) {
      finish();
      return;
    }
    if (end_likely_ && !std::string_view(version_).starts_with(std::string_view(tail_).substr(1))) end_likely_ = false;
    const std::size_t held = version_.size() + 1;
    if (tail_.size() > held) {
      deliver(std::string_view(tail_).substr(0, tail_.size() - held));
      tail_.erase(0, tail_.size() - held);
    }
    last_byte_ = steady_clock::now();
    return;
  }
  const std::size_t held = tail_.ends_with(end_mark) ? 1 : 0;
  deliver(std::string_view(tail_).substr(0, tail_.size() - held));
  tail_.erase(0, tail_.size() - held);
  last_byte_ = steady_clock::now();
}

// Waits for bytes, at most until the deadline, and does what is due when none come.
void PrologixAdapter::pump(const Deadline& deadline) {
  SteadyTime due = last_byte_ + settings_.read_time + (fenced_ ? settings_.answer_time : margin);
  const bool likely = !fenced_ && !tail_.empty();
  if (likely) due = last_byte_ + (is_complete(*reader_) ? milliseconds{0} : pause_before_end);
  const std::string bytes = on_line([&] { return line_->read_some(deadline.earlier(due)); });
  if (!bytes.empty()) {
    take(bytes);
  } else if (steady_clock::now() >= due) {
    if (fenced_) lose(tr("it does not answer any more"));
    end_likely_ = likely;
    send_fence();
  }
}

// Until the adapter has done what it was told.
void PrologixAdapter::settle(const Deadline& deadline, const std::string& waiting_for) {
  while (state_ != State::idle) {
    if (deadline.passed())
      throw AdapterError{
          Fault::timeout, "",
          filled(tr("the GPIB adapter {0} was still busy with {1}"), format_address(settings_.address), waiting_for)};
    pump(deadline);
  }
}

std::string PrologixAdapter::ask(const std::string& command, const Deadline& deadline) {
  settle(deadline, reader_ ? reader_->instrument : tr("a command"));
  answer_.clear();
  state_ = State::asked;
  fenced_ = false;
  end_likely_ = false;
  tail_.clear();
  if (!command.empty()) send(command + "\n");
  send_fence();
  settle(deadline, command);
  return trimmed(answer_);
}

void PrologixAdapter::tell(const std::string& command, const Deadline& deadline) {
  const std::string answer = ask(command, deadline);
  if (!answer.empty())
    throw AdapterError{Fault::unexpected_reply, answer,
                       filled(tr("GPIB adapter {0}: \"{1}\" was answered with \"{2}\""),
                              format_address(settings_.address), command, printable(answer))};
}

void PrologixAdapter::identify(const Deadline& deadline) {
  ReplyLimits limits;
  limits.between_bytes = milliseconds{1000};
  limits.max_size = 200;
  limits.cancellation = deadline.cancellation;
  const int tries = settings_.serial ? 3 : 1;  // an Arduino may still be starting
  std::string seen;
  for (int attempt = 1; attempt <= tries; ++attempt) {
    line_->drain(milliseconds{50}, deadline);
    line_->write("++ver\n", deadline);
    limits.first_byte =
        std::min(settings_.answer_time,
                 std::chrono::duration_cast<milliseconds>(deadline.at - steady_clock::now()) / (tries - attempt + 1));
    limits.whole = milliseconds{2000};
    try {
      seen = line_->read_until("\n", limits);
    } catch (const InstrumentError& fault) {
      if (fault.fault() == Fault::link_lost || fault.fault() == Fault::oversized_reply) throw;
      seen = line_->read_waiting();
      continue;
    }
    const std::string text = lower(seen);
    if (text.find("prologix") != std::string::npos || text.find("ar488") != std::string::npos ||
        text.find("gpib") != std::string::npos) {
      version_ = seen + "\n";
      return;
    }
  }
  throw AdapterError{Fault::connect_failed, seen,
                     filled(tr("{0} is no GPIB adapter: it answered \"++ver\" with \"{1}\""),
                            format_address(settings_.address), printable(seen))};
}

void PrologixAdapter::open(const Deadline& deadline) {
  if (line_) return;
  LinkOptions options;
  options.instrument = tr("GPIB adapter");
  options.connect_timeout =
      std::max(milliseconds{1}, std::chrono::duration_cast<milliseconds>(deadline.at - steady_clock::now()));
  options.cancellation = deadline.cancellation;
  try {
    line_ = open_link(settings_.address, options);
    if (settings_.boot_time > milliseconds{0}) {
      // What it says while it starts is dropped with what waits.
      const Deadline booted = within(settings_.boot_time, deadline.cancellation);
      while (!booted.passed())
        line_->read_some(booted);
    }
    identify(deadline);
    addressed_.reset();
    state_ = State::idle;
    // ++savecfg would write the AR488's EEPROM each time. Firmware that does not know it writes none.
    if (!is_ar488()) ask("++savecfg 0", deadline);
    for (const char* command : {"++mode 1", "++auto 0", "++eoi 1", "++eos 3", "++eot_char 0", "++eot_enable 1"})
      tell(command, deadline);
    tell("++read_tmo_ms " + std::to_string(settings_.read_time.count()), deadline);
    tell("++ifc", deadline);
  } catch (const InstrumentError& fault) {
    line_.reset();
    throw AdapterError{Fault::connect_failed, "",
                       filled(tr("GPIB adapter {0}: {1}"), format_address(settings_.address), fault.detail())};
  } catch (AdapterError& error) {
    line_.reset();
    error.fault = Fault::connect_failed;
    throw;
  } catch (...) {
    line_.reset();
    throw;
  }
  generation_ = ++generations_;
}

bool PrologixAdapter::is_ar488() const {
  return settings_.ar488 || lower(version_).find("ar488") != std::string::npos;
}

void PrologixAdapter::address(const GpibStation& station, const Deadline& deadline, bool check) {
  settle(deadline, reader_ ? reader_->instrument : tr("a command"));
  const std::string text = address_text(station.address);
  const bool changed = addressed_ != station.address;
  addressed_.reset();
  if (changed) tell("++addr " + text, deadline);
  // A message to another instrument could switch a source on: an adapter that lost a byte, or started anew behind the
  // back of its serial line, is noticed before.
  if (changed || check) {
    const std::string answer = ask("++addr", deadline);
    if (answer != text)
      lose(filled(tr("it addresses \"{0}\" instead of \"{1}\": it has been started anew, or lost a command"),
                  printable(answer), text));
  }
  addressed_ = station.address;
}

// ---- what links ask for

unsigned PrologixAdapter::attach(const std::shared_ptr<GpibStation>& station, const Deadline& deadline) {
  const Turn turn(*this, station->instrument, deadline);
  open(deadline);
  settle(deadline, reader_ ? reader_->instrument : tr("a command"));
  station->inbox.clear();
  station->head.clear();
  station->size = 0;
  station->is_text = true;
  station->service_requested = false;
  return generation_;
}

std::string PrologixAdapter::write(const std::shared_ptr<GpibStation>& station, std::string_view message,
                                   const Deadline& deadline) {
  const Turn turn(*this, station->instrument, deadline);
  if (!line_) lose(tr("it is not open"));
  if (is_ar488() && message.size() > longest_ar488_message)
    throw base::InputError(
        filled(tr("the message has {0} bytes; an AR488 would cut it into several messages after {1}"), message.size(),
               longest_ar488_message));
  address(*station, deadline, settings_.serial);
  std::string dropped;
  for (const GpibStation::Piece& piece : station->inbox)
    dropped += piece.bytes;
  station->inbox.clear();
  station->head.clear();
  station->size = 0;
  station->is_text = true;
  if (!message.empty()) send(escaped(message) + "\n");
  return dropped;
}

std::optional<GpibStation::Piece> PrologixAdapter::read(const std::shared_ptr<GpibStation>& station,
                                                        const Deadline& deadline) {
  for (;;) {
    // One read of the adapter a turn: the others need not wait until this instrument is ready.
    const Turn turn(*this, station->instrument, deadline);
    if (!line_) lose(tr("it is not open"));
    for (bool started = false;;) {
      if (!station->inbox.empty()) {
        GpibStation::Piece piece = std::move(station->inbox.front());
        station->inbox.pop_front();
        if (reader_ == station) waiting_ -= std::min(waiting_, piece.bytes.size());
        return piece;
      }
      if (deadline.passed()) return std::nullopt;
      if (state_ == State::idle) {
        if (started) break;
        address(*station, deadline, false);
        if (!station->inbox.empty()) continue;
        started = true;
        state_ = State::reading;
        reader_ = station;
        waiting_ = 0;
        fenced_ = false;
        end_likely_ = false;
        tail_.clear();
        send("++read eoi\n");
      }
      pump(deadline);
    }
  }
}

void PrologixAdapter::clear(const std::shared_ptr<GpibStation>& station, const Deadline& deadline) {
  const Turn turn(*this, station->instrument, deadline);
  if (!line_) lose(tr("it is not open"));
  address(*station, deadline, true);
  tell("++clr", deadline);
  station->inbox.clear();
  station->head.clear();
  station->size = 0;
  station->is_text = true;
}

std::uint8_t PrologixAdapter::poll(const std::shared_ptr<GpibStation>& station, const Deadline& deadline) {
  const Turn turn(*this, station->instrument, deadline);
  if (!line_) lose(tr("it is not open"));
  address(*station, deadline, settings_.serial);
  const std::string answer = ask("++spoll", deadline);
  unsigned status = 0;
  for (const char c : answer)
    status = c >= '0' && c <= '9' && status < 1000 ? 10 * status + static_cast<unsigned>(c - '0') : 1000;
  if (answer.empty()) throw AdapterError{Fault::timeout, "", tr("the instrument does not answer the serial poll")};
  if (status > 255) throw AdapterError{Fault::unexpected_reply, answer, tr("expected a status byte, 0 to 255")};
  if (status & 0x40) station->service_requested = true;
  return static_cast<std::uint8_t>(status);
}

bool PrologixAdapter::service_line(const std::shared_ptr<GpibStation>& station, const Deadline& deadline) {
  const Turn turn(*this, station->instrument, deadline);
  if (!line_) lose(tr("it is not open"));
  const std::string answer = ask("++srq", deadline);
  if (answer != "0" && answer != "1")
    throw AdapterError{Fault::unexpected_reply, answer, tr("expected 0 or 1 from \"++srq\"")};
  return answer == "1";
}

void PrologixAdapter::trigger(const std::shared_ptr<GpibStation>& station, const Deadline& deadline) {
  const Turn turn(*this, station->instrument, deadline);
  if (!line_) lose(tr("it is not open"));
  address(*station, deadline, settings_.serial);
  tell("++trg", deadline);
}

void PrologixAdapter::go_to_local(const std::shared_ptr<GpibStation>& station, const Deadline& deadline) {
  const Turn turn(*this, station->instrument, deadline);
  if (!line_) lose(tr("it is not open"));
  address(*station, deadline, settings_.serial);
  tell("++loc", deadline);
}

}  // namespace etalon::drivers
