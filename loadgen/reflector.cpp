#include "loadgen/reflector.h"

#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <span>
#include <system_error>

#include "common/clock.h"
#include "common/error.h"
#include "common/fd.h"
#include "common/process_limits.h"

namespace sockbench {
namespace {

constexpr std::size_t kBufferBytes = std::size_t{64} * 1024;
constexpr int kEventsPerWait = 512;
constexpr int kBacklog = 4096;

struct Connection {
  Fd fd;
  std::vector<char> unsent;  // if not empty, nothing is received until it is sent
};

class ReflectorLoop final {
 public:
  ReflectorLoop(int listener, bool upper);
  [[noreturn]] void run();

 private:
  void accept_all();
  void reflect(Connection& connection);
  void send_rest(Connection& connection);
  void close_connection(Connection& connection);
  /// The listener is the null connection.
  void watch(int operation, int fd, std::uint32_t events, Connection* connection);

  int listener_;
  bool upper_;
  Fd epoll_;
  bool accepting_ = true;  // false at the descriptor limit, until a connection ends
  std::array<char, kBufferBytes> buffer_{};
};

/// ASCII a-z to A-Z; without a branch, so that the compiler can vectorise it.
void make_upper(std::span<char> bytes) {
  for (char& byte : bytes) {
    const bool lower = static_cast<unsigned char>(byte - 'a') < 26;
    byte = static_cast<char>(byte ^ (lower ? 'a' ^ 'A' : 0));
  }
}

ReflectorLoop::ReflectorLoop(int listener, bool upper)
    : listener_(listener),
      upper_(upper),
      epoll_(check(::epoll_create1(EPOLL_CLOEXEC), "epoll_create1")) {
  watch(EPOLL_CTL_ADD, listener_, EPOLLIN, nullptr);
}

void ReflectorLoop::run() {
  std::array<epoll_event, kEventsPerWait> events{};
  for (;;) {
    const int ready = ::epoll_wait(epoll_.get(), events.data(), kEventsPerWait, -1);
    if (ready < 0 && errno == EINTR) continue;
    check(ready, "epoll_wait");
    for (int i = 0; i < ready; ++i) {
      auto* connection = static_cast<Connection*>(events[static_cast<std::size_t>(i)].data.ptr);
      if (connection == nullptr) {
        accept_all();
      } else if (connection->unsent.empty()) {
        reflect(*connection);
      } else {
        send_rest(*connection);
      }
    }
  }
}

void ReflectorLoop::accept_all() {
  for (;;) {
    Fd fd(::accept4(listener_, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
    if (!fd) {
      if (errno == EINTR || errno == ECONNABORTED) continue;
      if (errno == EAGAIN) return;
      watch(EPOLL_CTL_MOD, listener_, 0, nullptr);  // otherwise it would be ready all the time
      accepting_ = false;
      return;
    }
    const int borrowed = fd.get();
    watch(EPOLL_CTL_ADD, borrowed, EPOLLIN, new Connection{std::move(fd), {}});
  }
}

void ReflectorLoop::reflect(Connection& connection) {
  const int fd = connection.fd.get();
  const ssize_t received = ::recv(fd, buffer_.data(), buffer_.size(), 0);
  if (received < 0 && (errno == EAGAIN || errno == EINTR)) return;
  if (received <= 0) return close_connection(connection);
  const std::span<char> bytes(buffer_.data(), static_cast<std::size_t>(received));
  if (upper_) make_upper(bytes);
  const ssize_t sent = ::send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
  if (sent == received) return;
  if (sent < 0 && errno != EAGAIN && errno != EINTR) return close_connection(connection);
  const auto rest = bytes.subspan(static_cast<std::size_t>(std::max<ssize_t>(sent, 0)));
  connection.unsent.assign(rest.begin(), rest.end());
  watch(EPOLL_CTL_MOD, fd, EPOLLOUT, &connection);
}

void ReflectorLoop::send_rest(Connection& connection) {
  std::vector<char>& unsent = connection.unsent;
  const ssize_t sent = ::send(connection.fd.get(), unsent.data(), unsent.size(), MSG_NOSIGNAL);
  if (sent < 0 && (errno == EAGAIN || errno == EINTR)) return;
  if (sent < 0) return close_connection(connection);
  unsent.erase(unsent.begin(), unsent.begin() + sent);
  if (!unsent.empty()) return;
  unsent = {};  // free the memory: there may be ten thousand of them
  watch(EPOLL_CTL_MOD, connection.fd.get(), EPOLLIN, &connection);
}

void ReflectorLoop::close_connection(Connection& connection) {
  delete &connection;  // closing the descriptor also takes it out of the interest set
  if (accepting_) return;
  watch(EPOLL_CTL_MOD, listener_, EPOLLIN, nullptr);
  accepting_ = true;
}

void ReflectorLoop::watch(int operation, int fd, std::uint32_t events, Connection* connection) {
  epoll_event event{};
  event.events = events;
  event.data.ptr = connection;
  check(::epoll_ctl(epoll_.get(), operation, fd, &event), "epoll_ctl");
}

/// Runs in the child. `noexcept`: an error must not unwind into the generator's code.
[[noreturn]] void live_as_child(int listener, bool upper, pid_t parent) noexcept {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != parent) ::_exit(kExitFailed);  // the parent ended before the line above
  // Ignore signals to the process group: the generator needs the reflector until its end.
  (void)std::signal(SIGINT, SIG_IGN);
  (void)std::signal(SIGTERM, SIG_IGN);
  // Close the generator's sockets and files.
  const auto number = static_cast<unsigned>(std::max(listener, STDERR_FILENO));
  if (number > STDERR_FILENO + 1) {
    check(::close_range(STDERR_FILENO + 1, number - 1, 0), "close_range");
  }
  check(::close_range(number + 1, ~0U, 0), "close_range");
  raise_descriptor_limit();
  set_non_blocking(listener);
  ReflectorLoop(listener, upper).run();
}

}  // namespace

ReflectorCpus split_off_reflector(const std::vector<int>& allowed, const std::vector<int>& wanted) {
  ReflectorCpus split{wanted, {}};
  if (wanted.empty() && allowed.size() > 1) split.reflector = {allowed.back()};
  if (split.reflector.empty()) return split;
  for (const int cpu : allowed) {
    if (std::count(split.reflector.begin(), split.reflector.end(), cpu) == 0) {
      split.generator.push_back(cpu);
    }
  }
  return split;
}

Reflector::Reflector(bool upper, const std::vector<int>& cpus) : Reflector() {
  const Fd listener = listen_tcp(parse_endpoint("127.0.0.1:0", "reflector"), kBacklog);
  endpoint_ = local_endpoint(listener.get());
  cpus_before_ = allowed_cpus();
  const ReflectorCpus split = split_off_reflector(cpus_before_, cpus);
  if (!split.reflector.empty()) pin_this_thread(split.reflector);  // inherited by the child
  const pid_t parent = ::getpid();
  pid_ = check(::fork(), "fork");
  if (pid_ == 0) live_as_child(listener.get(), upper, parent);
  pin_this_thread(split.generator.empty() ? cpus_before_ : split.generator);
  errno = ::clock_getcpuclockid(pid_, &cpu_clock_);
  check(-errno, "clock_getcpuclockid");
}

Reflector::~Reflector() {
  try {
    if (!cpus_before_.empty()) pin_this_thread(cpus_before_);
  } catch (const std::system_error&) {  // these CPUs are no longer allowed
  }
  if (pid_ < 0) return;
  ::kill(pid_, SIGKILL);
  while (::waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
  }
}

std::int64_t Reflector::cpu_ns() const {
  timespec used{};
  check(::clock_gettime(cpu_clock_, &used), "the reflector's CPU clock");
  return used.tv_sec * kNsPerSecond + used.tv_nsec;
}

}  // namespace sockbench
