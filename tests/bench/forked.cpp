#include "tests/bench/forked.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <stdexcept>

#include "common/clock.h"
#include "common/error.h"

namespace sockbench::test {
namespace {

struct Pipe {
  Fd read;
  Fd write;
};

Pipe make_pipe() {
  std::array<int, 2> ends{};
  check(::pipe2(ends.data(), O_CLOEXEC), "pipe2");
  return {Fd(ends[0]), Fd(ends[1])};
}

}  // namespace

void Meeting::say(std::int64_t number) const {
  if (::write(out_.get(), &number, sizeof number) != sizeof number) ::_exit(1);
}

void Meeting::report(std::int64_t number) const {
  say(number);
  char word = 0;
  if (::read(in_.get(), &word, 1) != 1) ::_exit(1);
}

Forked::Forked(const std::function<void(const Meeting&)>& body) {
  Pipe down = make_pipe();
  Pipe up = make_pipe();
  pid_ = check(::fork(), "fork");
  if (pid_ == 0) {
    ::setpgid(0, 0);
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    down.write.reset();
    up.read.reset();
    body(Meeting(down.read, up.write));
    for (;;) ::pause();
  }
  ::setpgid(pid_, pid_);  // in both processes, so that neither order leaves a gap
  to_ = std::move(down.write);
  from_ = std::move(up.read);
}

Forked::~Forked() {
  ::kill(-pid_, SIGKILL);
  while (::waitpid(-pid_, nullptr, 0) > 0 || errno == EINTR) {
  }
}

std::int64_t Forked::hear(Deadline deadline) const {
  pollfd readable{from_.get(), POLLIN, 0};
  std::int64_t number = 0;
  if (::poll(&readable, 1, deadline.poll_ms()) <= 0 ||
      ::read(from_.get(), &number, sizeof number) != sizeof number) {
    throw std::runtime_error("the forked child said nothing");
  }
  return number;
}

void Forked::go_on() const {
  if (::write(to_.get(), "g", 1) != 1) throw std::runtime_error("the forked child is gone");
}

void spin(std::int64_t ns) {
  for (const std::int64_t end = thread_cpu_ns() + ns; thread_cpu_ns() < end;) {
  }
}

pid_t fork_and(const std::function<void()>& body) {
  const pid_t pid = ::fork();
  if (pid == 0) {
    body();
    ::_exit(0);
  }
  return pid;
}

}  // namespace sockbench::test
