/* A small instrument: one line in, one line out, one process a connection; "FETCH? N" brings a block of N numbers that
 * count on over the connection (IEEE 754 doubles, high byte first). Usage: answering_server tcp|pty [DELAY_MS]. Prints
 * * where it is (a port of 127.0.0.1, or a terminal's name) and serves until it is killed. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <endian.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <termios.h>
#include <unistd.h>

static const char identity[] = "Example,Instrument,000001,1.0\n";
static const char number[] = "+1.00000123E+00\n";

static int write_whole(int line, const char* bytes, size_t size) {
  while (size > 0) {
    const ssize_t done = write(line, bytes, size);
    if (done <= 0) return 0;
    bytes += done;
    size -= (size_t)done;
  }
  return 1;
}

/* A definite block (IEEE 488.2, 8.7.9). */
static int say_block(int line, long count, double* next) {
  if (count < 1 || count > 1000000) return 0;
  const size_t size = (size_t)count * sizeof(double);
  char digits[24];
  const int digit_count = snprintf(digits, sizeof digits, "%zu", size);
  char* reply = malloc(size + 32);
  if (reply == NULL) return 0;
  const size_t head = (size_t)sprintf(reply, "#%d%s", digit_count, digits);
  for (long i = 0; i < count; ++i, *next += 1) {
    uint64_t bits;
    memcpy(&bits, next, sizeof bits);
    bits = htobe64(bits);
    memcpy(reply + head + (size_t)i * sizeof bits, &bits, sizeof bits);
  }
  reply[head + size] = '\n';
  const int done = write_whole(line, reply, head + size + 1);
  free(reply);
  return done;
}

static void serve(int line, int delay_ms) {
  double next = 0;
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
    if (strncmp(message, "FETCH? ", 7) == 0) {
      if (!say_block(line, strtol(message + 7, NULL, 10), &next)) return;
      length = 0;
      continue;
    }
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
