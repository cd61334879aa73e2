/* libevent: a persistent event per connection and system calls of our own. Its bufferevents do more
 * (queues, watermarks, timeouts) and cost about half as much again; an echo needs none of that. */

#include "echo.h"

/* clang-format off: echo.h asks for the declarations of the C library first */
#include <event2/event.h>
#include <event2/event_struct.h>
/* clang-format on */

struct connection {
  struct event event;
  struct echo echo;
};

static void on_ready(int fd, short events, void* argument) {
  struct connection* connection = argument;
  const enum echo_want want = echo_ready(&connection->echo);
  const short wanted = want == kWantWrite ? EV_WRITE : EV_READ;
  if (want != kWantClose && events == wanted) return;
  event_del(&connection->event);
  if (want == kWantClose) {
    close(fd);
    free(connection->echo.rest);
    free(connection);
    return;
  }
  event_assign(&connection->event, event_get_base(&connection->event), fd,
               (short)(wanted | EV_PERSIST), on_ready, connection);
  event_add(&connection->event, NULL);
}

static void on_accept(int listener, short events, void* argument) {
  (void)events;
  const int fd = accept_on(listener);
  if (fd < 0) return;
  struct connection* connection = calloc(1, sizeof *connection);
  if (connection == NULL) {
    close(fd);
    return;
  }
  connection->echo.fd = fd;
  event_assign(&connection->event, argument, fd, EV_READ | EV_PERSIST, on_ready, connection);
  event_add(&connection->event, NULL);
}

int main(int argc, char** argv) {
  if (argc != 2) errx(2, "usage: contestant-libevent PORT");
  struct event_config* config = event_config_new();
  event_config_set_flag(config, EVENT_BASE_FLAG_NOLOCK);
  struct event_base* base = event_base_new_with_config(config);
  if (base == NULL) errx(4, "libevent has no event base here");
  struct event listener;
  event_assign(&listener, base, listen_on(argv[1]), EV_READ | EV_PERSIST, on_accept, base);
  event_add(&listener, NULL);
  event_base_dispatch(base);
  return 0;
}
