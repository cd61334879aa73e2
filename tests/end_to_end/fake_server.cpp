// A contestant that misbehaves as its name says. `sockbench` finds it as server-NAME, a link to
// this program, and cannot tell it from a model.
//
//   honest   answers rightly, always
//   mute     starts and says nothing
//   quitter  ends with status 3 at once
//   leaver   closes its output, and ends with status 3 only a moment later, as a big process may
//   garbler  says something else than the ready line
//   crasher  answers rightly, and crashes 100 ms after the first request
//   liar     answers rightly, and 100 ms after the first request with a wrong byte
//   stuck    answers rightly, and 100 ms after the first request stops, however often it is
//   continued
//   hanger   the same, 600 ms after the first request: in the midst of a long slice

#include <poll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cctype>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "common/clock.h"
#include "common/error.h"
#include "common/socket.h"

namespace sockbench {
namespace {

constexpr std::int64_t kHonestNs = 100 * kNsPerMs;
constexpr std::int64_t kHangerHonestNs = 600 * kNsPerMs;

class FakeServer final {
 public:
  FakeServer(std::string name, const Fd& listener) : name_(std::move(name)) {
    polled_.push_back({listener.get(), POLLIN, 0});
  }

  [[noreturn]] void serve() {
    for (;;) {
      const int ready = ::poll(polled_.data(), polled_.size(), 10);
      if (ready < 0 && errno == EINTR) continue;
      check(ready, "poll");
      if (turned()) misbehave();
      if (polled_[0].revents != 0) {
        const int fd = check(::accept4(polled_[0].fd, nullptr, nullptr, SOCK_CLOEXEC), "accept");
        polled_.push_back({fd, POLLIN, 0});
      }
      for (std::size_t i = 1; i < polled_.size(); ++i) {
        if (polled_[i].revents != 0) answer(polled_[i]);
      }
    }
  }

 private:
  bool turned() const {
    const std::int64_t honest_ns = name_ == "hanger" ? kHangerHonestNs : kHonestNs;
    return first_ns_ != 0 && now_ns() - first_ns_ > honest_ns;
  }

  void misbehave() const {
    if (name_ == "crasher") {
      const rlimit no_core{0, 0};
      ::setrlimit(RLIMIT_CORE, &no_core);
      (void)std::signal(SIGSEGV, SIG_DFL);
      ::raise(SIGSEGV);
    }
    while (name_ == "stuck" || name_ == "hanger") ::raise(SIGSTOP);
  }

  void answer(pollfd& connection) {
    std::array<char, 4096> bytes{};
    const ssize_t count = ::recv(connection.fd, bytes.data(), bytes.size(), 0);
    if (count <= 0) {
      ::close(connection.fd);
      connection.fd = -1;  // poll ignores it from now on
      return;
    }
    if (first_ns_ == 0) first_ns_ = now_ns();
    for (char& byte : bytes) byte = static_cast<char>(std::toupper(byte));
    if (name_ == "liar" && turned()) bytes[0] = static_cast<char>(bytes[0] + 1);
    (void)::send(connection.fd, bytes.data(), static_cast<std::size_t>(count), MSG_NOSIGNAL);
  }

  std::string name_;
  std::vector<pollfd> polled_;  // the listener, then the connections
  std::int64_t first_ns_ = 0;   // when the first request came
};

int fake_main(const std::string& name, const std::vector<std::string>& flags) {
  for (const std::string& flag : flags) {
    if (flag != "--describe") continue;
    std::printf(R"({"name": "%s", "title": "Fake", "family": "fake", "summary": "Misbehaves.",
                    "syscalls_per_request": null, "max_connections": null, "options": {}})",
                name.c_str());
    std::puts("");
    return kExitOk;
  }
  if (name == "quitter") return 3;
  if (name == "leaver") {
    ::close(STDOUT_FILENO);
    ::poll(nullptr, 0, 5);
    return 3;
  }
  if (name == "mute") {
    for (;;) ::pause();
  }
  const Fd listener = listen_tcp(parse_endpoint("127.0.0.1:0", "--listen"), 64);
  std::printf("%s %s\n", name == "garbler" ? "ready at" : "listening",
              local_endpoint(listener.get()).text().c_str());
  (void)std::fflush(stdout);
  FakeServer(name, listener).serve();
}

}  // namespace
}  // namespace sockbench

int main(int argc, char** argv) {
  const std::string program = argv[0];
  const std::string name = program.substr(program.rfind("server-") + 7);
  return sockbench::run_main(program, [&] {
    return sockbench::fake_main(name, {argv + 1, argv + argc});
  });
}
