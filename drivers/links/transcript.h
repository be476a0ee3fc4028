// Every byte to and from instruments, with time: the last ones in memory, all of them in a file if wanted.
#pragma once

#include <cstddef>
#include <deque>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace etalon::drivers {

enum class Direction { sent, received, note };  // notes: opened, closed, tainted, discarded, in step again

struct TranscriptEntry {
  double utc = 0;        // seconds since 1970-01-01T00:00:00Z, to the millisecond
  double monotonic = 0;  // seconds of the machine's steady clock
  Direction direction = Direction::note;
  std::string address;
  std::string bytes;  // raw
  bool operator==(const TranscriptEntry&) const = default;
};

// One JSON object without a line end: {"utc": "…Z", "monotonic": s, "direction": "sent", "address": "…", "bytes":
// "*IDN?\\n"}, bytes as in escaped_bytes.h. Reads back exactly.
std::string to_json_line(const TranscriptEntry& entry);
TranscriptEntry parse_transcript_line(const std::string& line);         // InputError
std::vector<TranscriptEntry> read_transcript(const std::string& path);  // FileError with the line

// Any number of links may share one; safe from any thread.
class Transcript {
 public:
  // Keeps the latest entries in memory up to `byte_limit` bytes of traffic (an entry counts at least 64).
  explicit Transcript(std::size_t byte_limit = 1u << 20);
  ~Transcript();
  Transcript(const Transcript&) = delete;
  Transcript& operator=(const Transcript&) = delete;

  // Appends every later entry to this file as a JSON line; InputError when it cannot be opened.
  void log_to(const std::string& path);
  // Never throws for the file's sake (a full disk must not keep a source from being switched off): see file_error().
  void record(Direction direction, const std::string& address, std::string_view bytes);
  std::vector<TranscriptEntry> entries() const;
  // The reason why the file is incomplete; empty when it is complete.
  std::string file_error() const;

 private:
  mutable std::mutex mutex_;
  std::deque<TranscriptEntry> entries_;
  std::size_t byte_limit_;
  std::size_t bytes_ = 0;
  int file_ = -1;
  std::string path_, file_error_;
};

}  // namespace etalon::drivers
