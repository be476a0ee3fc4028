// ONC RPC over TCP (RFC 5531, RFC 4506), as much as VXI-11 needs. Messages are made and understood by libtirpc; the
// socket is served here, so that each call has a deadline and can be cancelled, and nothing raises SIGPIPE.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

#include "drivers/links/file_descriptor.h"
#include "drivers/links/link.h"

namespace etalon::drivers {

// The peer speaks no RPC, or refuses the call (RpcRefused); says which, in the user interface's language.
class RpcError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// It does not offer the procedure; the connection is good for others.
class RpcRefused : public RpcError {
 public:
  using RpcError::RpcError;
};

struct RpcCall {
  std::uint32_t id = 0;
  std::uint32_t program = 0, version = 0, procedure = 0;
  std::string arguments;  // XDR
};

enum class RpcRefusal { unknown_program, unknown_procedure, bad_arguments };

// As records of a stream (RFC 5531, section 11).
std::string encode_rpc_call(const RpcCall& call);
std::string encode_rpc_reply(std::uint32_t id, std::string_view results);
std::string encode_rpc_refusal(std::uint32_t id, RpcRefusal refusal);
// Of one record; nothing when it is no call.
std::optional<RpcCall> decode_rpc_call(std::string_view record);

// Puts the bytes of a stream together to records.
class RpcRecords {
 public:
  void append(std::string_view bytes) { bytes_ += bytes; }
  // The next whole record; RpcError for one longer than 64 MiB.
  std::optional<std::string> next();
  void clear();

 private:
  std::string bytes_, record_;
};

// One connection to one program.
class RpcClient {
 public:
  RpcClient(std::uint32_t program, std::uint32_t version) : program_(program), version_(version) {}

  // ConnectionError (tcp_connection.h).
  void connect(const std::string& host, std::uint16_t port, const Deadline& deadline);
  bool connected() const { return descriptor_.valid(); }
  void close();
  int descriptor() const { return descriptor_.get(); }
  // No call is waiting for its reply.
  bool in_step() const { return unsent_.empty() && outstanding_ == 0; }

  // The results; nothing when the deadline passed: should the reply come later, it is dropped. ConnectionError,
  // RpcError.
  std::optional<std::string> call(std::uint32_t procedure, std::string_view arguments, const Deadline& deadline);
  // Without waiting for a reply, and without waiting for room to send. Never throws.
  void call_one_way(std::uint32_t procedure, std::string_view arguments) noexcept;

 private:
  std::uint32_t program_, version_;
  FileDescriptor descriptor_;
  std::string unsent_;
  RpcRecords records_;
  std::uint32_t last_id_ = 0;
  int outstanding_ = 0;
};

// The TCP port of a program, from the port mapper at port 111 (RFC 1833, section 3); 0 when it knows none.
std::uint16_t ask_port_mapper(const std::string& host, std::uint32_t program, std::uint32_t version,
                              const Deadline& deadline);

}  // namespace etalon::drivers
