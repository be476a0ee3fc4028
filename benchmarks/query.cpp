// Queries a second over one line to answering_server: etalon's Conversation, or the bare system calls. Every second
// query asks for the identity, every other one for a number. Prints one number.
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <termios.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>

#include "benchmarks/stopwatch.h"
#include "drivers/messages/conversation.h"

using namespace etalon;

namespace {

double with_etalon(const std::string& address, int queries) {
  drivers::LinkOptions options;
  options.instrument = "instrument";
  drivers::Conversation conversation(drivers::open_link(address, options), {});
  conversation.query("*IDN?");  // the first one also makes sure that the line is quiet
  std::size_t size = 0;
  const Stopwatch watch;
  for (int i = 0; i < queries; ++i)
    size += conversation.query(i % 2 ? "READ?" : "*IDN?").size();
  const double time = watch.seconds();
  return size == static_cast<std::size_t>(queries) / 2 * (29 + 15) ? queries / time : -1;
}

// What a careful person writes in C: write the message, read until the terminator.
double bare(int line, int queries) {
  std::size_t size = 0;
  char reply[4096];
  const Stopwatch watch;
  for (int i = 0; i < queries; ++i) {
    const char* message = i % 2 ? "READ?\n" : "*IDN?\n";
    if (::write(line, message, 6) != 6) return -1;
    std::size_t length = 0;
    do {
      const ssize_t got = ::read(line, reply + length, sizeof reply - length);
      if (got <= 0) return -1;
      length += static_cast<std::size_t>(got);
    } while (reply[length - 1] != '\n');
    size += length - 1;
  }
  const double time = watch.seconds();
  return size == static_cast<std::size_t>(queries) / 2 * (29 + 15) ? queries / time : -1;
}

int bare_tcp(const std::string& port) {
  const int line = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(static_cast<std::uint16_t>(std::atoi(port.c_str())));
  if (::connect(line, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) return -1;
  const int on = 1;
  ::setsockopt(line, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  return line;
}

int bare_tty(const std::string& path) {
  const int line = ::open(path.c_str(), O_RDWR | O_NOCTTY | O_CLOEXEC);
  termios raw{};
  if (line < 0 || ::tcgetattr(line, &raw) != 0) return -1;
  ::cfmakeraw(&raw);
  raw.c_cc[VMIN] = 1;
  raw.c_cc[VTIME] = 0;
  return ::tcsetattr(line, TCSANOW, &raw) == 0 ? line : -1;
}

}  // namespace

int main(int count, char** values) {
  if (count != 5) {
    std::fprintf(stderr, "usage: benchmark_query tcp|pty etalon|bare PORT|TERMINAL QUERIES\n");
    return 2;
  }
  const bool tcp = std::strcmp(values[1], "tcp") == 0;
  const std::string place = values[3];
  const int queries = std::atoi(values[4]) / 2 * 2;
  const double rate =
      std::strcmp(values[2], "etalon") == 0
          ? with_etalon(tcp ? "TCPIP::127.0.0.1::" + place + "::SOCKET" : "ASRL" + place + "::9600-8N1::INSTR", queries)
          : bare(tcp ? bare_tcp(place) : bare_tty(place), queries);
  if (rate < 0) return 1;
  std::printf("%.1f\n", rate);
  return 0;
}
