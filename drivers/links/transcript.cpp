#include "drivers/links/transcript.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cmath>
#include <cstring>
#include <fstream>
#include <nlohmann/json.hpp>

#include "base/clock.h"
#include "base/error.h"
#include "base/language.h"
#include "drivers/links/escaped_bytes.h"
#include "drivers/links/filled_text.h"

namespace etalon::drivers {

using base::tr;

namespace {

constexpr std::size_t entry_cost = 64;  // a byte-by-byte conversation must not fill the memory with entries

std::string direction_name(Direction direction) {
  switch (direction) {
    case Direction::sent:
      return "sent";
    case Direction::received:
      return "received";
    case Direction::note:
      break;
  }
  return "note";
}

Direction parse_direction(const std::string& name) {
  if (name == "sent") return Direction::sent;
  if (name == "received") return Direction::received;
  if (name == "note") return Direction::note;
  throw base::InputError(filled(tr("direction \"{}\", expected \"sent\", \"received\" or \"note\""), name));
}

std::size_t cost(const TranscriptEntry& entry) {
  return std::max(entry.bytes.size(), entry_cost);
}

// Everything or the system's reason.
std::string write_all(int file, std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = ::write(file, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return std::strerror(errno);
    text.remove_prefix(static_cast<std::size_t>(written));
  }
  return "";
}

}  // namespace

std::string to_json_line(const TranscriptEntry& entry) {
  nlohmann::ordered_json line;
  line["utc"] = base::utc_text(entry.utc);
  line["monotonic"] = entry.monotonic;
  line["direction"] = direction_name(entry.direction);
  line["address"] = entry.address;
  line["bytes"] = escape_bytes(entry.bytes);
  // An address is the one part that a person wrote; a wrong byte in it must not lose the line.
  return line.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

TranscriptEntry parse_transcript_line(const std::string& text) {
  TranscriptEntry entry;
  try {
    const auto line = nlohmann::json::parse(text);
    entry.utc = base::parse_utc(line.at("utc").get<std::string>());
    entry.monotonic = line.at("monotonic").get<double>();
    entry.direction = parse_direction(line.at("direction").get<std::string>());
    entry.address = line.at("address").get<std::string>();
    entry.bytes = unescape_bytes(line.at("bytes").get<std::string>());
  } catch (const nlohmann::json::exception& error) {
    throw base::InputError(filled(tr("not a line of a transcript: {}"), error.what()));
  }
  return entry;
}

std::vector<TranscriptEntry> read_transcript(const std::string& path) {
  std::ifstream file(path);
  if (!file) throw base::FileError({path}, std::strerror(errno));
  std::vector<TranscriptEntry> entries;
  std::string line;
  for (int number = 1; std::getline(file, line); ++number) {
    try {
      entries.push_back(parse_transcript_line(line));
    } catch (const base::InputError& error) {
      throw base::FileError({path, number}, error.what());
    }
  }
  return entries;
}

Transcript::Transcript(std::size_t byte_limit) : byte_limit_(byte_limit) {}

Transcript::~Transcript() {
  if (file_ >= 0) ::close(file_);
}

void Transcript::log_to(const std::string& path) {
  const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
  if (file < 0)
    throw base::InputError(filled(tr("{0}: the transcript cannot be written: {1}"), path, std::strerror(errno)));
  const std::lock_guard lock(mutex_);
  if (file_ >= 0) ::close(file_);
  file_ = file;
  path_ = path;
  file_error_.clear();
}

void Transcript::record(Direction direction, const std::string& address, std::string_view bytes) {
  using namespace std::chrono;
  const std::lock_guard lock(mutex_);  // the clocks are read inside, so that the lines are in the order of time
  TranscriptEntry entry;
  entry.utc = static_cast<double>(duration_cast<milliseconds>(system_clock::now().time_since_epoch()).count()) / 1000.0;
  entry.monotonic = duration<double>(steady_clock::now().time_since_epoch()).count();
  entry.direction = direction;
  entry.address = address;
  entry.bytes = bytes;
  if (file_ >= 0 && file_error_.empty()) file_error_ = write_all(file_, to_json_line(entry) + "\n");
  bytes_ += cost(entry);
  entries_.push_back(std::move(entry));
  while (bytes_ > byte_limit_ && entries_.size() > 1) {
    bytes_ -= cost(entries_.front());
    entries_.pop_front();
  }
}

std::vector<TranscriptEntry> Transcript::entries() const {
  const std::lock_guard lock(mutex_);
  return {entries_.begin(), entries_.end()};
}

std::string Transcript::file_error() const {
  const std::lock_guard lock(mutex_);
  return file_error_.empty() ? "" : path_ + ": " + file_error_;
}

}  // namespace etalon::drivers
