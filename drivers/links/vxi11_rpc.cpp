#include "drivers/links/vxi11_rpc.h"

#include <netinet/in.h>
#include <rpc/rpc.h>

#include <array>
#include <cstdlib>

#include "base/language.h"
#include "drivers/links/filled_text.h"
#include "drivers/links/tcp_connection.h"

namespace etalon::drivers {

using base::tr;

namespace {

constexpr std::size_t header_room = 1024;  // of a call or reply, with its credentials
constexpr std::size_t longest_record = 64u << 20;
constexpr std::uint32_t last_fragment = 0x80000000;

// They follow the header and are read by whoever knows them.
bool_t no_results(XDR*, ...) {
  return 1;
}

// The header and what follows it, as one record of one fragment.
std::string encode(rpc_msg& message, bool_t (*header)(XDR*, rpc_msg*), std::string_view content) {
  std::string record(4 + header_room, '\0');
  XDR xdr;
  ::xdrmem_create(&xdr, record.data() + 4, header_room, XDR_ENCODE);
  if (!header(&xdr, &message)) throw std::logic_error("RPC header");
  record.resize(4 + xdr_getpos(&xdr));
  xdr_destroy(&xdr);
  record += content;
  const std::uint32_t mark = last_fragment | static_cast<std::uint32_t>(record.size() - 4);
  for (int i = 0; i < 4; ++i)
    record[static_cast<std::size_t>(i)] = static_cast<char>((mark >> (24 - 8 * i)) & 0xff);
  return record;
}

// Authentication data that libtirpc allocates on reading.
struct AuthenticationReleaser {
  opaque_auth* first;
  opaque_auth* second;
  ~AuthenticationReleaser() {
    std::free(first->oa_base);
    if (second) std::free(second->oa_base);
  }
};

struct Reply {
  std::uint32_t id = 0;
  bool refused = false;
  std::string results;
};

std::optional<Reply> decode_reply(std::string_view record) {
  std::string bytes(record);  // xdrmem wants it changeable
  XDR xdr;
  ::xdrmem_create(&xdr, bytes.data(), static_cast<u_int>(bytes.size()), XDR_DECODE);
  rpc_msg message{};
  message.acpted_rply.ar_results.proc = no_results;
  const AuthenticationReleaser releaser{&message.acpted_rply.ar_verf, nullptr};
  const bool understood = ::xdr_replymsg(&xdr, &message) != 0;
  const bool accepted = message.rm_reply.rp_stat == MSG_ACCEPTED;
  Reply reply;
  reply.id = message.rm_xid;
  reply.refused = !accepted || message.acpted_rply.ar_stat != SUCCESS;
  if (!accepted) message.acpted_rply.ar_verf.oa_base = nullptr;  // the union holds something else
  if (!understood) return std::nullopt;
  reply.results = bytes.substr(xdr_getpos(&xdr));
  xdr_destroy(&xdr);
  return reply;
}

}  // namespace

std::string encode_rpc_call(const RpcCall& call) {
  rpc_msg message{};
  message.rm_xid = call.id;
  message.rm_direction = CALL;
  message.rm_call.cb_rpcvers = RPC_MSG_VERSION;
  message.rm_call.cb_prog = call.program;
  message.rm_call.cb_vers = call.version;
  message.rm_call.cb_proc = call.procedure;
  message.rm_call.cb_cred = _null_auth;
  message.rm_call.cb_verf = _null_auth;
  return encode(message, ::xdr_callmsg, call.arguments);
}

std::string encode_rpc_reply(std::uint32_t id, std::string_view results) {
  rpc_msg message{};
  message.rm_xid = id;
  message.rm_direction = REPLY;
  message.rm_reply.rp_stat = MSG_ACCEPTED;
  message.acpted_rply.ar_verf = _null_auth;
  message.acpted_rply.ar_stat = SUCCESS;
  message.acpted_rply.ar_results.proc = no_results;
  return encode(message, ::xdr_replymsg, results);
}

std::string encode_rpc_refusal(std::uint32_t id, RpcRefusal refusal) {
  rpc_msg message{};
  message.rm_xid = id;
  message.rm_direction = REPLY;
  message.rm_reply.rp_stat = MSG_ACCEPTED;
  message.acpted_rply.ar_verf = _null_auth;
  message.acpted_rply.ar_stat = refusal == RpcRefusal::unknown_program     ? PROG_UNAVAIL
                                : refusal == RpcRefusal::unknown_procedure ? PROC_UNAVAIL
                                                                           : GARBAGE_ARGS;
  return encode(message, ::xdr_replymsg, {});
}

std::optional<RpcCall> decode_rpc_call(std::string_view record) {
  std::string bytes(record);
  XDR xdr;
  ::xdrmem_create(&xdr, bytes.data(), static_cast<u_int>(bytes.size()), XDR_DECODE);
  rpc_msg message{};
  const AuthenticationReleaser releaser{&message.rm_call.cb_cred, &message.rm_call.cb_verf};
  if (!::xdr_callmsg(&xdr, &message)) return std::nullopt;
  RpcCall call{message.rm_xid, message.rm_call.cb_prog, message.rm_call.cb_vers, message.rm_call.cb_proc,
               bytes.substr(xdr_getpos(&xdr))};
  xdr_destroy(&xdr);
  return call;
}

void RpcRecords::clear() {
  bytes_.clear();
  record_.clear();
}

std::optional<std::string> RpcRecords::next() {
  while (bytes_.size() >= 4) {
    std::uint32_t mark = 0;
    for (std::size_t i = 0; i < 4; ++i)
      mark = mark << 8 | static_cast<unsigned char>(bytes_[i]);
    const std::size_t size = mark & ~last_fragment;
    if (size + record_.size() > longest_record) throw RpcError(tr("what came is no RPC message"));
    if (bytes_.size() < 4 + size) return std::nullopt;
    record_.append(bytes_, 4, size);
    bytes_.erase(0, 4 + size);
    if ((mark & last_fragment) != 0) return std::exchange(record_, {});
  }
  return std::nullopt;
}

// ---- client

void RpcClient::connect(const std::string& host, std::uint16_t port, const Deadline& deadline) {
  close();
  descriptor_ = connect_tcp(host, port, deadline);
}

void RpcClient::close() {
  descriptor_.reset();
  unsent_.clear();
  records_.clear();
  outstanding_ = 0;
}

std::optional<std::string> RpcClient::call(std::uint32_t procedure, std::string_view arguments,
                                           const Deadline& deadline) {
  const std::uint32_t id = ++last_id_;
  unsent_ += encode_rpc_call({id, program_, version_, procedure, std::string(arguments)});
  ++outstanding_;
  while (!unsent_.empty()) {
    const std::size_t sent = send_bytes(descriptor_.get(), unsent_, deadline);
    if (sent == 0) return std::nullopt;
    unsent_.erase(0, sent);
  }
  std::array<char, 16384> buffer;
  for (;;) {
    while (const auto record = records_.next()) {
      const auto reply = decode_reply(*record);
      if (!reply) throw RpcError(tr("what came is no RPC message"));
      --outstanding_;
      if (reply->id != id) continue;  // to a call that was given up
      outstanding_ = 0;
      if (reply->refused) throw RpcRefused(filled(tr("the instrument does not know the RPC procedure {}"), procedure));
      return reply->results;
    }
    const std::size_t count = receive_bytes(descriptor_.get(), buffer.data(), buffer.size(), deadline);
    if (count == 0) return std::nullopt;
    records_.append({buffer.data(), count});
  }
}

void RpcClient::call_one_way(std::uint32_t procedure, std::string_view arguments) noexcept {
  try {
    if (!connected()) return;
    unsent_ += encode_rpc_call({++last_id_, program_, version_, procedure, std::string(arguments)});
    ++outstanding_;
    const std::size_t sent = send_bytes(descriptor_.get(), unsent_, within(milliseconds{0}));
    unsent_.erase(0, sent);
  } catch (const std::exception&) {
    close();
  }
}

std::uint16_t ask_port_mapper(const std::string& host, std::uint32_t program, std::uint32_t version,
                              const Deadline& deadline) {
  constexpr std::uint32_t get_port = 3;
  constexpr std::uint16_t port_mapper = 111;
  RpcClient client(100000, 2);
  client.connect(host, port_mapper, deadline);
  std::array<std::uint32_t, 4> wanted = {program, version, IPPROTO_TCP, 0};
  std::string arguments(16, '\0');
  XDR xdr;
  ::xdrmem_create(&xdr, arguments.data(), 16, XDR_ENCODE);
  for (std::uint32_t& number : wanted)
    (void)::xdr_uint32_t(&xdr, &number);
  xdr_destroy(&xdr);
  auto results = client.call(get_port, arguments, deadline);
  if (!results) throw ConnectionError(filled(tr("the port mapper of \"{}\" does not answer"), host));
  std::uint32_t port = 0;
  ::xdrmem_create(&xdr, results->data(), static_cast<u_int>(results->size()), XDR_DECODE);
  const bool understood = ::xdr_uint32_t(&xdr, &port) != 0 && port <= 65535;
  xdr_destroy(&xdr);
  if (!understood) throw RpcError(tr("what came is no RPC message"));
  return static_cast<std::uint16_t>(port);
}

}  // namespace etalon::drivers
