#include "drivers/discovery/vxi11_broadcast.h"

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <map>
#include <set>
#include <string>

#include "base/language.h"
#include "drivers/links/file_descriptor.h"
#include "drivers/links/filled_text.h"
#include "drivers/links/vxi11_rpc.h"

namespace etalon::drivers {

using base::tr;

namespace {

constexpr std::uint32_t port_mapper_program = 100000, port_mapper_version = 2, get_port = 3;
constexpr std::uint32_t core_channel_program = 395183, core_channel_version = 1;  // VXI-11, table B.1
constexpr milliseconds between_looks{50};

void append(std::string& bytes, std::uint32_t number) {
  for (int shift = 24; shift >= 0; shift -= 8)
    bytes += static_cast<char>((number >> shift) & 0xff);
}

std::uint32_t number_at(std::string_view bytes, std::size_t word) {
  std::uint32_t number = 0;
  for (std::size_t i = 0; i < 4; ++i)
    number = number << 8 | static_cast<unsigned char>(bytes[4 * word + i]);
  return number;
}

// The port in the answer to the call with this number (RFC 5531, section 9); 0 for anything else.
std::uint32_t port_in_answer(std::string_view bytes, std::uint32_t id) {
  constexpr std::uint32_t reply = 1, accepted = 0, success = 0;
  if (bytes.size() < 24 || number_at(bytes, 0) != id || number_at(bytes, 1) != reply || number_at(bytes, 2) != accepted)
    return 0;
  const std::size_t verifier = (number_at(bytes, 4) + 3u) / 4u;  // words, after flavour and length
  if (verifier > 100 || bytes.size() < 4 * (7 + verifier) || number_at(bytes, 5 + verifier) != success) return 0;
  const std::uint32_t port = number_at(bytes, 6 + verifier);
  return port <= 65535 ? port : 0;
}

// Broadcast addresses of the networks that are up, and this computer itself.
std::map<std::uint32_t, std::string> places_to_ask() {
  std::map<std::uint32_t, std::string> places{{INADDR_LOOPBACK, "lo"}};
  ifaddrs* list = nullptr;
  if (::getifaddrs(&list) != 0) return places;
  for (const ifaddrs* at = list; at != nullptr; at = at->ifa_next) {
    if (at->ifa_addr == nullptr || at->ifa_addr->sa_family != AF_INET) continue;
    if ((at->ifa_flags & IFF_UP) == 0 || (at->ifa_flags & IFF_BROADCAST) == 0 || at->ifa_broadaddr == nullptr) continue;
    places.emplace(ntohl(reinterpret_cast<const sockaddr_in*>(at->ifa_broadaddr)->sin_addr.s_addr), at->ifa_name);
  }
  ::freeifaddrs(list);
  return places;
}

}  // namespace

std::vector<FoundInstrument> find_vxi11_instruments(const Deadline& deadline, std::uint16_t port_mapper) {
  const FileDescriptor socket(::socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  const int yes = 1;
  if (!socket.valid() || ::setsockopt(socket.get(), SOL_SOCKET, SO_BROADCAST, &yes, sizeof yes) != 0)
    throw base::InputError(filled(tr("no broadcast is possible: {}"), std::strerror(errno)));
  const auto id = static_cast<std::uint32_t>(std::chrono::steady_clock::now().time_since_epoch().count());
  std::string wanted;
  for (const std::uint32_t number : {core_channel_program, core_channel_version, std::uint32_t{IPPROTO_TCP}, 0u})
    append(wanted, number);
  // A datagram has no record mark.
  const std::string call = encode_rpc_call({id, port_mapper_program, port_mapper_version, get_port, wanted}).substr(4);
  bool sent = false;
  std::string failure;
  for (const auto& [place, name] : places_to_ask()) {
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(port_mapper);
    to.sin_addr.s_addr = htonl(place);
    if (::sendto(socket.get(), call.data(), call.size(), MSG_NOSIGNAL, reinterpret_cast<const sockaddr*>(&to),
                 sizeof to) == static_cast<ssize_t>(call.size())) {
      sent = true;
    } else {
      failure = name + ": " + std::strerror(errno);
    }
  }
  if (!sent) throw base::InputError(filled(tr("no broadcast is possible: {}"), failure));
  std::map<std::string, std::uint32_t> hosts;
  while (!deadline.passed()) {
    if (deadline.cancellation) deadline.cancellation->check();
    const auto rest = std::chrono::ceil<milliseconds>(deadline.at - std::chrono::steady_clock::now());
    pollfd waiting{socket.get(), POLLIN, 0};
    if (::poll(&waiting, 1, static_cast<int>(std::clamp(rest, milliseconds{0}, between_looks).count())) <= 0) continue;
    std::array<char, 2048> buffer;
    sockaddr_in from{};
    socklen_t size = sizeof from;
    // An error is that of an earlier datagram (ICMP: nobody listens there); the others go on.
    const ssize_t count =
        ::recvfrom(socket.get(), buffer.data(), buffer.size(), 0, reinterpret_cast<sockaddr*>(&from), &size);
    if (count <= 0) continue;
    const std::uint32_t port = port_in_answer({buffer.data(), static_cast<std::size_t>(count)}, id);
    if (port == 0) continue;
    std::array<char, INET_ADDRSTRLEN> host{};
    ::inet_ntop(AF_INET, &from.sin_addr, host.data(), host.size());
    hosts.emplace(host.data(), port);
  }
  std::vector<FoundInstrument> found;
  for (const auto& [host, port] : hosts)
    found.push_back({"vxi-11", format_address(Vxi11Address{host, "inst0"}), {{"core channel", std::to_string(port)}}});
  return found;
}

}  // namespace etalon::drivers
