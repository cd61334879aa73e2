/* The least that an epoll server can be: level-triggered, one recv and one send per message. It is
 * a yardstick and no model: a client that does not read its replies blocks everybody. */

#define _GNU_SOURCE
#include <err.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

int main(int argc, char** argv) {
  if (argc != 2) errx(2, "usage: contestant-bare_epoll PORT");
  const int on = 1;
  const int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  struct sockaddr_in address = {.sin_family = AF_INET,
                                .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
                                .sin_port = htons((in_port_t)atoi(argv[1]))};
  setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  setsockopt(listener, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on); /* accepted sockets inherit it */
  if (bind(listener, (struct sockaddr*)&address, sizeof address) < 0) err(4, "bind");
  if (listen(listener, 4096) < 0) err(4, "listen");
  const int set = epoll_create1(EPOLL_CLOEXEC);
  struct epoll_event event = {.events = EPOLLIN, .data.fd = listener};
  epoll_ctl(set, EPOLL_CTL_ADD, listener, &event);
  static struct epoll_event ready[256];
  static char buffer[16384];
  for (;;) {
    const int count = epoll_wait(set, ready, 256, -1); /* -1 after a stop and continue */
    for (int i = 0; i < count; ++i) {
      int fd = ready[i].data.fd;
      if (fd == listener) {
        fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
        event.data.fd = fd;
        if (fd >= 0) epoll_ctl(set, EPOLL_CTL_ADD, fd, &event);
        continue;
      }
      const ssize_t size = recv(fd, buffer, sizeof buffer, 0);
      if (size <= 0 || send(fd, buffer, (size_t)size, MSG_NOSIGNAL) != size) close(fd);
    }
  }
}
