/* A small instrument: one line in, one line out, one process a connection. Usage: answering_server tcp|pty [DELAY_MS].
 * Prints where it is (a port of 127.0.0.1, or a terminal's name) and serves until it is killed. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <termios.h>
#include <unistd.h>

static const char identity[] = "Example,Instrument,000001,1.0\n";
static const char number[] = "+1.00000123E+00\n";

static void serve(int line, int delay_ms) {
  char message[256];
  size_t length = 0;
  for (;;) {
    const ssize_t got = read(line, message + length, sizeof message - length);
    if (got <= 0) return;
    length += (size_t)got;
    char* end = memchr(message, '\n', length);
    if (end == NULL) {
      if (length == sizeof message) return;
      continue;
    }
    if (delay_ms > 0) usleep((useconds_t)delay_ms * 1000);
    const int asked_who = message[0] == '*';
    const char* reply = asked_who ? identity : number;
    const size_t size = asked_who ? sizeof identity - 1 : sizeof number - 1;
    if (write(line, reply, size) != (ssize_t)size) return;
    length = 0;
  }
}

static int serve_tcp(int delay_ms) {
  const int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  socklen_t size = sizeof address;
  if (bind(listener, (struct sockaddr*)&address, size) != 0 || listen(listener, 64) != 0 ||
      getsockname(listener, (struct sockaddr*)&address, &size) != 0)
    return 1;
  printf("%d\n", ntohs(address.sin_port));
  fflush(stdout);
  signal(SIGCHLD, SIG_IGN);
  for (;;) {
    const int line = accept(listener, NULL, NULL);
    if (line < 0) return 1;
    if (fork() == 0) {
      prctl(PR_SET_PDEATHSIG, SIGKILL);
      const int on = 1;
      setsockopt(line, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
      serve(line, delay_ms);
      _exit(0);
    }
    close(line);
  }
}

static int serve_pty(int delay_ms) {
  const int line = posix_openpt(O_RDWR | O_NOCTTY);
  if (line < 0 || grantpt(line) != 0 || unlockpt(line) != 0) return 1;
  /* Closed again: a client may want the line for itself. */
  const int other_end = open(ptsname(line), O_RDWR | O_NOCTTY);
  struct termios raw;
  if (other_end < 0 || tcgetattr(other_end, &raw) != 0) return 1;
  cfmakeraw(&raw);
  if (tcsetattr(other_end, TCSANOW, &raw) != 0) return 1;
  close(other_end);
  printf("%s\n", ptsname(line));
  fflush(stdout);
  for (;;) {
    serve(line, delay_ms); /* ends with an error while nobody has the other end */
    usleep(1000);
  }
}

int main(int count, char** values) {
  if (count < 2) return 2;
  const int delay_ms = count > 2 ? atoi(values[2]) : 0;
  return strcmp(values[1], "pty") == 0 ? serve_pty(delay_ms) : serve_tcp(delay_ms);
}
