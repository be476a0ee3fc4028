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
    common,  // the common commands of status reporting (IEEE 488.2, 10), of instruments that know *IDN?
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
    Completion completion = Completion::none;
    double takes = 0;  // s
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
  // Whether it knows the common commands of IEEE 488.2, and so messages of several units.
  bool has_common_commands() const { return has_common_commands_; }
  // The entry of a message; of two that fit, the one of the function in use. No entry: not understood.
  Match find(const std::string& message, std::size_t active_measure, std::size_t active_source) const;

 private:
  Entry* add(Role role, const MessageTemplate& send, const std::optional<MessageTemplate>& reply,
             std::size_t owner = 0);
  void add_identity(const DriverFile& driver);
  void add_measures(const DriverFile& driver);
  void add_sources(const DriverFile& driver);
  void add_common_commands();
  // A message that may say how it is done.
  Entry* add(Role role, const Exchange& exchange, std::size_t owner = 0);

  bool scpi_ = false;
  bool has_common_commands_ = false;
  std::vector<Entry> entries_;
};

// The header of a message, without its parameters.
std::string header_of(const std::string& text);

}  // namespace etalon::drivers::simulation
