#include "drivers/simulation/prologix_adapter.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <sstream>

#include "base/error.h"

namespace etalon::drivers {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

namespace {

constexpr milliseconds poll_interval{20};  // to look for cancellation

// A station shared between the adapter and the instrument's simulator, which wants a port of its own.
class SharedPort : public ServerPort {
 public:
  explicit SharedPort(std::shared_ptr<GpibStationPort> port) : port_(std::move(port)) {}
  std::string address() const override { return port_->address(); }
  std::size_t read(char* data, std::size_t size, const base::Cancellation& cancellation) override {
    return port_->read(data, size, cancellation);
  }
  bool write(std::string_view bytes, const base::Cancellation& cancellation) override {
    return port_->write(bytes, cancellation);
  }
  bool write_part(std::string_view bytes, const base::Cancellation& cancellation) override {
    return port_->write_part(bytes, cancellation);
  }
  void set_status_byte(std::uint8_t status) override { port_->set_status_byte(status); }
  void set_status_bits(std::uint8_t bits) override { port_->set_status_bits(bits); }
  void drop_client() override { port_->drop_client(); }
  void close() override { port_->close(); }

 private:
  std::shared_ptr<GpibStationPort> port_;
};

std::map<std::string, int> power_on_settings() {
  return {{"mode", 1},    {"auto", 0},       {"eoi", 1},      {"eos", 0},
          {"savecfg", 1}, {"eot_enable", 0}, {"eot_char", 0}, {"read_tmo_ms", 200}};
}

}  // namespace

// ---- the bus end of an instrument

std::size_t GpibStationPort::read(char* data, std::size_t size, const base::Cancellation& cancellation) {
  std::unique_lock lock(mutex_);
  for (;;) {
    cancellation.check();
    if (cleared_) {
      cleared_ = false;
      reading_.clear();
      return 0;
    }
    if (reading_.empty() && !messages_.empty()) {
      reading_ = std::move(messages_.front());
      messages_.pop_front();
      stale_ = false;
    }
    if (!reading_.empty()) break;
    changed_.wait_for(lock, poll_interval);
  }
  const std::size_t count = std::min(size, reading_.size());
  reading_.copy(data, count);
  reading_.erase(0, count);
  return count;
}

bool GpibStationPort::put(std::string_view bytes, bool end) {
  const std::lock_guard lock(mutex_);
  if (stale_) return false;
  for (const char byte : bytes)
    output_.push_back({byte, false});
  if (!output_.empty() && end) output_.back().end = true;
  changed_.notify_all();
  return true;
}

bool GpibStationPort::write(std::string_view bytes, const base::Cancellation&) {
  return put(bytes, true);
}

bool GpibStationPort::write_part(std::string_view bytes, const base::Cancellation&) {
  return put(bytes, false);
}

void GpibStationPort::set_status_byte(std::uint8_t status) {
  const std::lock_guard lock(mutex_);
  status_ = status;
}

void GpibStationPort::set_status_bits(std::uint8_t bits) {
  const std::lock_guard lock(mutex_);
  status_ = static_cast<std::uint8_t>((status_ & 0x40) | (bits & ~0x40));
}

void GpibStationPort::drop_client() {
  const std::lock_guard lock(mutex_);
  messages_.clear();
  output_.clear();
  asked_ = false;
  status_ = 0;
}

void GpibStationPort::ignore_device_clear() {
  const std::lock_guard lock(mutex_);
  obeys_clear_ = false;
}

int GpibStationPort::clears() const {
  const std::lock_guard lock(mutex_);
  return clears_;
}

int GpibStationPort::triggers() const {
  const std::lock_guard lock(mutex_);
  return triggers_;
}

int GpibStationPort::locals() const {
  const std::lock_guard lock(mutex_);
  return locals_;
}

int GpibStationPort::unasked_reads() const {
  const std::lock_guard lock(mutex_);
  return unasked_reads_;
}

// ---- the adapter

SimulatedPrologixAdapter::SimulatedPrologixAdapter(std::unique_ptr<ServerPort> port, std::string version)
    : port_(std::move(port)), version_(std::move(version)), settings_(power_on_settings()) {}

SimulatedPrologixAdapter::~SimulatedPrologixAdapter() {
  stop();
}

std::unique_ptr<ServerPort> SimulatedPrologixAdapter::station(const GpibAddress& address) {
  auto& station = stations_[key(address)];
  if (!station) station = std::make_shared<GpibStationPort>(address);
  return std::make_unique<SharedPort>(station);
}

void SimulatedPrologixAdapter::start() {
  thread_ = std::thread([this] {
    try {
      serve();
    } catch (const base::InterruptedError&) {
      // stopped
    }
  });
}

void SimulatedPrologixAdapter::stop() {
  cancellation_.cancel("the simulator is being stopped");
  if (thread_.joinable()) thread_.join();
  port_->close();
}

void SimulatedPrologixAdapter::restart() {
  const std::lock_guard lock(mutex_);
  settings_ = power_on_settings();
  addressed_.reset();
}

std::vector<std::string> SimulatedPrologixAdapter::commands() const {
  const std::lock_guard lock(mutex_);
  return commands_;
}

void SimulatedPrologixAdapter::say(const std::string& text) {
  port_->write(text, cancellation_);
}

std::shared_ptr<GpibStationPort> SimulatedPrologixAdapter::addressed() const {
  const std::lock_guard lock(mutex_);
  if (!addressed_) return nullptr;
  const auto found = stations_.find(key(*addressed_));
  return found == stations_.end() ? nullptr : found->second;
}

void SimulatedPrologixAdapter::serve() {
  std::array<char, 4096> buffer;
  std::string line;
  bool escape = false;
  std::size_t plain_plus = 0;  // unescaped + at the beginning
  for (;;) {
    const std::size_t count = port_->read(buffer.data(), buffer.size(), cancellation_);
    if (count == 0) {
      line.clear();
      escape = false;
      plain_plus = 0;
    }
    for (std::size_t i = 0; i < count; ++i) {
      const char c = buffer[i];
      if (escape) {
        line += c;
        escape = false;
      } else if (c == '\x1b') {
        escape = true;
      } else if (c == '\r' || c == '\n') {
        if (!line.empty()) take_line(line, plain_plus >= 2);
        line.clear();
        plain_plus = 0;
      } else {
        if (c == '+' && plain_plus == line.size() && plain_plus < 2) ++plain_plus;
        line += c;
      }
    }
  }
}

void SimulatedPrologixAdapter::take_line(const std::string& line, bool is_command) {
  if (is_command) {
    {
      const std::lock_guard lock(mutex_);
      commands_.push_back(line);
    }
    command(line.substr(2));
    return;
  }
  int eos = 0;
  {
    const std::lock_guard lock(mutex_);
    eos = settings_.at("eos");
  }
  const auto station = addressed();
  if (!station) return;  // nobody listens
  std::string message = line;
  if (eos == 0 || eos == 1) message += '\r';
  if (eos == 0 || eos == 2) message += '\n';
  if (!message.ends_with('\n')) message += '\n';
  const std::lock_guard lock(station->mutex_);
  station->messages_.push_back(std::move(message));
  station->asked_ = true;
  station->changed_.notify_all();
}

void SimulatedPrologixAdapter::command(const std::string& line) {
  std::istringstream words(line);
  std::string name;
  words >> name;
  std::vector<std::string> arguments;
  for (std::string word; words >> word;)
    arguments.push_back(word);
  const auto station = addressed();
  if (name == "ver") {
    say(version_ + "\r\n");
  } else if (name == "addr") {
    std::unique_lock lock(mutex_);
    if (arguments.empty()) {
      std::string text = addressed_ ? std::to_string(addressed_->primary) : "1";
      if (addressed_ && addressed_->secondary) text += " " + std::to_string(96 + *addressed_->secondary);
      lock.unlock();
      say(text + "\r\n");
      return;
    }
    GpibAddress address;
    address.primary = std::stoi(arguments[0]);
    if (arguments.size() > 1) address.secondary = std::stoi(arguments[1]) - 96;
    addressed_ = address;
  } else if (name == "read") {
    read_from_instrument();
  } else if (name == "clr") {
    if (!station) return;
    const std::lock_guard lock(station->mutex_);
    ++station->clears_;
    if (!station->obeys_clear_) return;
    station->messages_.clear();
    station->output_.clear();
    station->cleared_ = true;
    station->stale_ = true;
    station->asked_ = false;
    station->changed_.notify_all();
  } else if (name == "trg" || name == "loc") {
    if (!station) return;
    const std::lock_guard lock(station->mutex_);
    ++(name == "trg" ? station->triggers_ : station->locals_);
  } else if (name == "spoll") {
    if (!station) return;  // no status byte comes
    std::string text;
    {
      const std::lock_guard lock(station->mutex_);
      text = std::to_string(station->status_ | (station->output_.empty() ? 0 : 0x10));
      station->status_ = static_cast<std::uint8_t>(station->status_ & ~0x40);
    }
    say(text + "\r\n");
  } else if (name == "srq") {
    bool asserted = false;
    for (const auto& [address, other] : stations_) {
      const std::lock_guard lock(other->mutex_);
      asserted = asserted || (other->status_ & 0x40) != 0;
    }
    say(asserted ? "1\r\n" : "0\r\n");
  } else if (name == "ifc") {
    // Nothing that this bus would show.
  } else {
    std::unique_lock lock(mutex_);
    const auto setting = settings_.find(name);
    if (setting == settings_.end()) {
      lock.unlock();
      say("Unrecognized command\r\n");
    } else if (arguments.empty()) {
      const std::string text = std::to_string(setting->second);
      lock.unlock();
      say(text + "\r\n");
    } else {
      setting->second = std::stoi(arguments[0]);
    }
  }
}

// ++read eoi: until EOI, or until nothing came for read_tmo_ms.
void SimulatedPrologixAdapter::read_from_instrument() {
  milliseconds time_out{0};
  std::string end_mark;
  {
    const std::lock_guard lock(mutex_);
    time_out = milliseconds{settings_.at("read_tmo_ms")};
    if (settings_.at("eot_enable")) end_mark = static_cast<char>(settings_.at("eot_char"));
  }
  const auto station = addressed();
  auto silent = steady_clock::now() + time_out;
  if (!station) {
    cancellation_.sleep(time_out);
    return;
  }
  std::unique_lock lock(station->mutex_);
  if (!station->asked_ && station->output_.empty()) ++station->unasked_reads_;
  for (;;) {
    std::string bytes;
    bool end = false;
    while (!station->output_.empty() && !end) {
      bytes += station->output_.front().byte;
      end = station->output_.front().end;
      station->output_.pop_front();
    }
    if (end) station->asked_ = false;
    if (!bytes.empty()) {
      lock.unlock();
      say(bytes + (end ? end_mark : ""));
      if (end) return;
      silent = steady_clock::now() + time_out;
      lock.lock();
      continue;
    }
    cancellation_.check();
    if (steady_clock::now() >= silent) return;
    station->changed_.wait_until(lock, std::min(silent, steady_clock::now() + poll_interval));
  }
}

}  // namespace etalon::drivers
