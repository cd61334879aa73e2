#include "tests/support/test_client.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <limits>
#include <stdexcept>

#include "common/error.h"

namespace sockbench::test {

TestClient::TestClient(const Endpoint& server, SocketBuffers buffers)
    : fd_(check(::socket(server.family(), SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0),
                "socket")) {
  const auto set = [&](int level, int option, int value) {
    check(::setsockopt(fd_.get(), level, option, &value, sizeof value), "setsockopt");
  };
  set(IPPROTO_TCP, TCP_NODELAY, 1);
  if (buffers.send > 0) set(SOL_SOCKET, SO_SNDBUF, buffers.send);
  if (buffers.receive > 0) set(SOL_SOCKET, SO_RCVBUF, buffers.receive);
  const std::string what = "connect to " + server.text();
  if (::connect(fd_.get(), server.get(), server.length) == 0) return;
  if (errno != EINPROGRESS) check(-1, what);
  wait_for(POLLOUT, Deadline(), what);
  int error = 0;
  socklen_t size = sizeof error;
  check(::getsockopt(fd_.get(), SOL_SOCKET, SO_ERROR, &error, &size), what);
  if (error != 0) throw std::system_error(error, std::generic_category(), what);
}

short TestClient::wait_for(short events, Deadline deadline, std::string_view what) const {
  pollfd socket{fd_.get(), events, 0};
  int ready = 0;
  do {
    ready = ::poll(&socket, 1, deadline.poll_ms());
  } while (ready < 0 && errno == EINTR);
  if (check(ready, "poll") == 0) {
    throw std::runtime_error("gave up waiting: " + std::string(what));
  }
  return socket.revents;
}

std::size_t TestClient::send_some(std::string_view bytes) {
  const ssize_t sent = ::send(fd_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
  if (sent < 0 && errno == EAGAIN) return 0;
  check(sent < 0 ? -1 : 0, "send to the server");
  return static_cast<std::size_t>(sent);
}

bool TestClient::receive_some(std::string& to, std::size_t limit) {
  std::array<char, std::size_t{64} * 1024> chunk{};
  const ssize_t received = ::recv(fd_.get(), chunk.data(), std::min(limit, chunk.size()), 0);
  if (received < 0 && errno == EAGAIN) return true;
  check(received < 0 ? -1 : 0, "receive from the server");
  to.append(chunk.data(), static_cast<std::size_t>(received));
  return received > 0;
}

void TestClient::send(std::string_view bytes) {
  const Deadline deadline;
  while (!bytes.empty()) {
    bytes.remove_prefix(send_some(bytes));
    if (!bytes.empty()) wait_for(POLLOUT, deadline, "the socket stays full");
  }
}

std::size_t TestClient::send_until_full(std::string_view bytes, milliseconds patience) {
  std::size_t sent = 0;
  pollfd socket{fd_.get(), POLLOUT, 0};
  do {
    sent += send_some(bytes.substr(sent));
  } while (sent < bytes.size() && ::poll(&socket, 1, static_cast<int>(patience.count())) > 0);
  return sent;
}

std::string TestClient::transfer(std::string_view request, std::size_t wanted, After after) {
  std::string reply;
  std::size_t sent = 0;
  const Deadline deadline;
  while (reply.size() < wanted) {
    const bool sending = sent < request.size();
    const short ready = wait_for(
        static_cast<short>(sending ? POLLIN | POLLOUT : POLLIN), deadline,
        std::to_string(sent) + " bytes sent, " + std::to_string(reply.size()) + " received");
    if ((ready & POLLOUT) != 0) {
      sent += send_some(request.substr(sent));
      if (sent == request.size() && after == After::kFinish) finish_sending();
    }
    if ((ready & ~POLLOUT) != 0 && !receive_some(reply, wanted - reply.size())) break;
  }
  return reply;
}

std::string TestClient::receive(std::size_t count) { return transfer({}, count, After::kNothing); }

std::string TestClient::exchange(std::string_view request) {
  return transfer(request, request.size(), After::kNothing);
}

std::string TestClient::exchange(std::string_view request, std::size_t reply_bytes) {
  return transfer(request, reply_bytes, After::kNothing);
}

std::string TestClient::exchange_and_finish(std::string_view request) {
  return transfer(request, std::numeric_limits<std::size_t>::max(), After::kFinish);
}

std::string TestClient::receive_to_end() {
  return receive(std::numeric_limits<std::size_t>::max());
}

void TestClient::finish_sending() { check(::shutdown(fd_.get(), SHUT_WR), "shutdown"); }

void TestClient::reset() {
  const linger at_once{1, 0};
  check(::setsockopt(fd_.get(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once), "SO_LINGER");
  fd_.reset();
}

bool TestClient::anything_within(milliseconds patience) const {
  pollfd socket{fd_.get(), POLLIN, 0};
  return check(::poll(&socket, 1, static_cast<int>(patience.count())), "poll") > 0;
}

bool TestClient::closed_by_server() {
  try {
    receive_to_end();
    return true;
  } catch (const std::system_error& error) {
    return error.code() == std::errc::connection_reset;
  } catch (const std::runtime_error&) {
    return false;  // still open
  }
}

std::vector<bool> answered(std::span<const TestClient> clients, milliseconds quiet) {
  std::vector<bool> has_answer(clients.size(), false);
  std::vector<pollfd> sockets;
  for (const TestClient& client : clients) sockets.push_back({client.fd(), POLLIN, 0});
  while (::poll(sockets.data(), sockets.size(), static_cast<int>(quiet.count())) > 0) {
    for (std::size_t i = 0; i < sockets.size(); ++i) {
      if (sockets[i].revents == 0) continue;
      has_answer[i] = true;
      sockets[i].fd = -1;  // poll ignores it from now on
    }
  }
  return has_answer;
}

}  // namespace sockbench::test
