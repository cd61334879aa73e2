/* libev: an ev_io per connection on the epoll backend; system calls of our own beside the loop's.
 */

#include "echo.h"

/* clang-format off: echo.h asks for the declarations of the C library first */
#include <ev.h>
/* clang-format on */

struct connection {
  ev_io watcher; /* first: a pointer to it is one to the connection */
  struct echo echo;
};

static void on_ready(struct ev_loop* loop, ev_io* watcher, int events) {
  (void)events;
  struct connection* connection = (struct connection*)watcher;
  const enum echo_want want = echo_ready(&connection->echo);
  const int wanted = want == kWantWrite ? EV_WRITE : EV_READ;
  if (want != kWantClose && (watcher->events & (EV_READ | EV_WRITE)) == wanted) return;
  ev_io_stop(loop, watcher);
  if (want == kWantClose) {
    close(connection->echo.fd);
    free(connection->echo.rest);
    free(connection);
    return;
  }
  ev_io_set(watcher, connection->echo.fd, wanted);
  ev_io_start(loop, watcher);
}

static void on_accept(struct ev_loop* loop, ev_io* watcher, int events) {
  (void)events;
  const int fd = accept_on(watcher->fd);
  if (fd < 0) return;
  struct connection* connection = calloc(1, sizeof *connection);
  if (connection == NULL) {
    close(fd);
    return;
  }
  connection->echo.fd = fd;
  ev_io_init(&connection->watcher, on_ready, fd, EV_READ);
  ev_io_start(loop, &connection->watcher);
}

int main(int argc, char** argv) {
  if (argc != 2) errx(2, "usage: contestant-libev PORT");
  ev_io listener;
  struct ev_loop* loop = ev_default_loop(EVBACKEND_EPOLL);
  if (loop == NULL) errx(4, "libev has no epoll here");
  ev_io_init(&listener, on_accept, listen_on(argv[1]), EV_READ);
  ev_io_start(loop, &listener);
  ev_run(loop, 0);
  return 0;
}
