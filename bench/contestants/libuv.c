/* libuv: a stream per connection. uv_try_write first, as its guide advises; what does not fit is
 * queued with uv_write and reading stops meanwhile. One read buffer serves the whole loop. */

#include <err.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

enum { kBacklog = 4096, kBufferBytes = 16384 };

struct rest {
  uv_write_t request; /* first: a pointer to it is one to the rest */
  char bytes[];
};

static char buffer[kBufferBytes];

static void give_buffer(uv_handle_t* handle, size_t suggested, uv_buf_t* out) {
  (void)handle;
  (void)suggested;
  *out = uv_buf_init(buffer, sizeof buffer);
}

static void on_closed(uv_handle_t* handle) { free(handle); }

static void hang_up(uv_stream_t* stream) {
  if (!uv_is_closing((uv_handle_t*)stream)) uv_close((uv_handle_t*)stream, on_closed);
}

static void on_read(uv_stream_t* stream, ssize_t size, const uv_buf_t* read);

static void on_rest_written(uv_write_t* request, int status) {
  uv_stream_t* stream = request->handle;
  free(request);
  if (status < 0) {
    hang_up(stream);
  } else {
    uv_read_start(stream, give_buffer, on_read);
  }
}

static void write_later(uv_stream_t* stream, const char* bytes, size_t size) {
  struct rest* rest = malloc(sizeof *rest + size);
  if (rest == NULL) {
    hang_up(stream);
    return;
  }
  memcpy(rest->bytes, bytes, size);
  const uv_buf_t buf = uv_buf_init(rest->bytes, (unsigned)size);
  uv_read_stop(stream);
  if (uv_write(&rest->request, stream, &buf, 1, on_rest_written) < 0) {
    free(rest);
    hang_up(stream);
  }
}

static void on_read(uv_stream_t* stream, ssize_t size, const uv_buf_t* read) {
  if (size == 0) return; /* as EAGAIN */
  if (size < 0) {
    hang_up(stream);
    return;
  }
  const uv_buf_t reply = uv_buf_init(read->base, (unsigned)size);
  const int sent = uv_try_write(stream, &reply, 1);
  if (sent == size) return;
  if (sent < 0 && sent != UV_EAGAIN) {
    hang_up(stream);
    return;
  }
  const size_t done = sent > 0 ? (size_t)sent : 0;
  write_later(stream, read->base + done, (size_t)size - done);
}

static void on_connection(uv_stream_t* listener, int status) {
  if (status < 0) return;
  uv_tcp_t* connection = malloc(sizeof *connection);
  if (connection == NULL) return;
  uv_tcp_init(listener->loop, connection);
  if (uv_accept(listener, (uv_stream_t*)connection) < 0) {
    hang_up((uv_stream_t*)connection);
    return;
  }
  uv_read_start((uv_stream_t*)connection, give_buffer, on_read);
}

static void must(int status, const char* what) {
  if (status < 0) errx(4, "%s: %s", what, uv_strerror(status));
}

int main(int argc, char** argv) {
  if (argc != 2) errx(2, "usage: contestant-libuv PORT");
  signal(SIGPIPE, SIG_IGN);
  uv_loop_t* loop = uv_default_loop();
  uv_tcp_t listener;
  struct sockaddr_in address;
  uv_ip4_addr("127.0.0.1", atoi(argv[1]), &address);
  uv_tcp_init(loop, &listener);
  must(uv_tcp_bind(&listener, (const struct sockaddr*)&address, 0), "bind");
  must(uv_tcp_nodelay(&listener, 1), "TCP_NODELAY"); /* accepted sockets inherit it */
  must(uv_listen((uv_stream_t*)&listener, kBacklog, on_connection), "listen");
  return uv_run(loop, UV_RUN_DEFAULT);
}
