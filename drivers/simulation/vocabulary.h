// The messages that a simulated instrument understands, from its driver file: what each is for, and the form of its
// reply.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "drivers/driver_file.h"

namespace etalon::drivers::simulation {

class Vocabulary {
 public:
  enum class Role {
    identity,
    error,
    clear,
    flag,
    plain,
    configure,
    check,
    read,
    start_block,
    read_block,
    set,
    operate,
    read_back,
    safe,
    completion,  // *OPC, *OPC?, *ESR? of a driver file that waits by them
    simulated
  };
  struct Entry {
    Role role = Role::plain;
    MessageTemplate send;
    MessageTemplate send_short;  // SCPI short form; the same as `send` for other instruments
    std::optional<MessageTemplate> reply;
    std::size_t owner = 0;  // measure or source, or the number of the identity query
    bool first = false;     // of its measure's configuration
    Values set;
  };
  struct Match {
    const Entry* entry = nullptr;
    Values values;
  };

  explicit Vocabulary(const DriverFile& driver);
  Vocabulary(const Vocabulary&) = delete;  // matches point into it
  Vocabulary& operator=(const Vocabulary&) = delete;

  const std::vector<Entry>& entries() const { return entries_; }
  // Whether the instrument speaks SCPI, so that headers have long and short forms.
  bool scpi() const { return scpi_; }
  // The entry of a message; of two that fit, the one of the function in use. No entry: not understood.
  Match find(const std::string& message, std::size_t active_measure, std::size_t active_source) const;

 private:
  Entry* add(Role role, const MessageTemplate& send, const std::optional<MessageTemplate>& reply,
             std::size_t owner = 0);
  void add_identity(const DriverFile& driver);
  void add_measures(const DriverFile& driver);
  void add_sources(const DriverFile& driver);
  void add_completion(const DriverFile& driver);

  bool scpi_ = false;
  std::vector<Entry> entries_;
};

// The header of a message, without its parameters.
std::string header_of(const std::string& text);

}  // namespace etalon::drivers::simulation
