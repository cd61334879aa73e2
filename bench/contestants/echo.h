/* What the servers on bare event loops share: everything but the loop, which is what is compared.
 */

#pragma once

#define _GNU_SOURCE
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { kBacklog = 4096, kBufferBytes = 16384 };

/* A listening socket on 127.0.0.1:`text`; ends the program when that cannot be. */
static inline int listen_on(const char* text) {
  const int on = 1;
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  struct sockaddr_in address = {.sin_family = AF_INET,
                                .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
                                .sin_port = htons((in_port_t)atoi(text))};
  setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on); /* accepted sockets inherit it */
  if (bind(fd, (struct sockaddr*)&address, sizeof address) < 0) err(4, "bind to port %s", text);
  if (listen(fd, kBacklog) < 0) err(4, "listen");
  signal(SIGPIPE, SIG_IGN);
  return fd;
}

/* A new connection, or -1 when there is none. At the descriptor limit the peer is turned away
 * through a descriptor kept for that; otherwise it would keep the listener ready for ever. */
static inline int accept_on(int listener) {
  static int spare = -1;
  if (spare < 0) spare = open("/dev/null", O_RDONLY | O_CLOEXEC);
  const int fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
  if (fd >= 0 || (errno != EMFILE && errno != ENFILE)) return fd;
  close(spare);
  close(accept4(listener, NULL, NULL, SOCK_CLOEXEC));
  spare = -1;
  return -1;
}

/* One connection: its descriptor, and what could not be sent yet. While there is such a rest
 * nothing is read, so it is bounded by one buffer. */
struct echo {
  int fd;
  char* rest; /* owned */
  size_t begin;
  size_t end;
};

enum echo_want { kWantRead, kWantWrite, kWantClose };

static inline enum echo_want send_rest(struct echo* echo) {
  const ssize_t sent = send(echo->fd, echo->rest + echo->begin, echo->end - echo->begin, 0);
  if (sent < 0) return errno == EAGAIN || errno == EINTR ? kWantWrite : kWantClose;
  echo->begin += (size_t)sent;
  if (echo->begin < echo->end) return kWantWrite;
  free(echo->rest);
  echo->rest = NULL;
  return kWantRead;
}

/* The connection is ready for what was wanted last: one recv and one send, or the rest. */
static inline enum echo_want echo_ready(struct echo* echo) {
  static char buffer[kBufferBytes];
  if (echo->rest != NULL) return send_rest(echo);
  const ssize_t size = recv(echo->fd, buffer, sizeof buffer, 0);
  if (size == 0) return kWantClose;
  if (size < 0) return errno == EAGAIN || errno == EINTR ? kWantRead : kWantClose;
  const ssize_t sent = send(echo->fd, buffer, (size_t)size, 0);
  if (sent == size) return kWantRead;
  if (sent < 0 && errno != EAGAIN && errno != EINTR) return kWantClose;
  echo->begin = 0;
  echo->end = (size_t)(size - (sent > 0 ? sent : 0));
  echo->rest = malloc(echo->end);
  if (echo->rest == NULL) return kWantClose;
  memcpy(echo->rest, buffer + (size - (ssize_t)echo->end), echo->end);
  return kWantWrite;
}
