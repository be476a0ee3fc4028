// A server port on a pseudo-terminal in raw mode: the slave side is a serial line to any program. The terminal stays
// while clients come and go.
#pragma once

#include "drivers/links/file_descriptor.h"
#include "drivers/simulation/server_port.h"

namespace etalon::drivers {

class PseudoTerminal : public ServerPort {
 public:
  // `symlink` (optional) is a path that points to the slave while this lives; an old symbolic link there is replaced,
  // anything else is an InputError.
  explicit PseudoTerminal(const std::string& symlink = "");
  ~PseudoTerminal() override;
  PseudoTerminal(const PseudoTerminal&) = delete;
  PseudoTerminal& operator=(const PseudoTerminal&) = delete;

  const std::string& slave_path() const { return slave_; }
  // ASRL/dev/pts/3::9600-8N1::INSTR, or with the symbolic link.
  std::string address() const override;
  std::size_t read(char* data, std::size_t size, const base::Cancellation& cancellation) override;
  bool write(std::string_view bytes, const base::Cancellation& cancellation) override;
  // A pseudo-terminal has no way to hang up on its client alone: unread bytes to it are dropped.
  void drop_client() override;
  void close() override;

 private:
  bool has_client() const;
  FileDescriptor master_;
  bool had_client_ = false;
  std::string slave_, symlink_;
};

}  // namespace etalon::drivers
