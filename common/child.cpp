#include "common/child.h"

#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <csignal>
#include <cstring>
#include <string_view>

#include "common/clock.h"
#include "common/error.h"

namespace sockbench {
namespace {

std::atomic<bool> interrupt_seen{false};

void note_interrupt(int /*signal*/) { interrupt_seen.store(true); }

/// The inherited environment with `changes`, as NAME=VALUE.
std::vector<std::string> environment_with(
    const std::vector<std::pair<std::string, std::string>>& changes) {
  std::vector<std::string> all;
  for (char** variable = environ; *variable != nullptr; ++variable) {
    const std::string_view text = *variable;
    const auto replaced = [&](const auto& change) {
      return text.substr(0, text.find('=')) == change.first;
    };
    if (std::none_of(changes.begin(), changes.end(), replaced)) all.emplace_back(text);
  }
  for (const auto& [name, value] : changes)
    all.push_back(std::string(name).append("=").append(value));
  return all;
}

std::vector<char*> pointers_to(const std::vector<std::string>& words) {
  std::vector<char*> pointers;
  pointers.reserve(words.size() + 1);
  for (const std::string& word : words) pointers.push_back(const_cast<char*>(word.c_str()));
  pointers.push_back(nullptr);
  return pointers;
}

/// What the child becomes; prepared before the fork.
struct Image {
  char* const* argv;
  char** environment;
  const char* folder;     ///< null: stays
  const cpu_set_t* cpus;  ///< null: stays
};

/// In the child, between fork and exec: only async-signal-safe calls.
[[noreturn]] void become(const Image& image, int in, int out, int error, int failure,
                         pid_t parent) {
  ::setpgid(0, 0);
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != parent) ::_exit(127);  // it died before the line above
  (void)std::signal(SIGPIPE, SIG_DFL);
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  // Each start gets addresses of its own, also below a debugger: where code and data lie moves
  // figures by per cents, and must differ from restart to restart.
  ::personality(static_cast<unsigned long>(::personality(0xffffffff)) & ~ADDR_NO_RANDOMIZE);
  const cpu_set_t* const cpus = image.cpus;
  const bool ready = (cpus == nullptr || ::sched_setaffinity(0, sizeof *cpus, cpus) == 0) &&
                     (image.folder == nullptr || ::chdir(image.folder) == 0) &&
                     ::dup2(in, STDIN_FILENO) >= 0 && ::dup2(out, STDOUT_FILENO) >= 0 &&
                     ::dup2(error, STDERR_FILENO) >= 0;
  environ = image.environment;  // execvp searches its PATH
  if (ready) ::execvp(image.argv[0], image.argv);
  const int code = errno;
  (void)!::write(failure, &code, sizeof code);
  ::_exit(127);
}

/// In the child: waits until the parent closes its end.
void wait_for_end_of(Fd& go, Fd& parents_end) {
  parents_end.reset();
  char byte = 0;
  while (::read(go.get(), &byte, 1) < 0 && errno == EINTR) {
  }
}

struct Pipe {
  Fd read;
  Fd write;
};

Pipe make_pipe() {
  std::array<int, 2> ends{};
  check(::pipe2(ends.data(), O_CLOEXEC), "pipe");
  return {Fd(ends[0]), Fd(ends[1])};
}

}  // namespace

bool interrupted() { return interrupt_seen.load(); }

void watch_for_interrupt() {
  struct sigaction action {};
  action.sa_handler = note_interrupt;  // no SA_RESTART: waits return at once
  ::sigaction(SIGINT, &action, nullptr);
  ::sigaction(SIGTERM, &action, nullptr);
  (void)std::signal(SIGPIPE, SIG_IGN);
}

Child::Child(const ChildOptions& options) {
  const std::vector<char*> argv = pointers_to(options.command);
  const std::vector<std::string> variables = environment_with(options.environment);
  std::vector<char*> environment = pointers_to(variables);
  cpu_set_t cpus;
  CPU_ZERO(&cpus);
  for (const int cpu : options.cpus) CPU_SET(static_cast<std::size_t>(cpu), &cpus);
  Pipe in = make_pipe();
  Pipe out = make_pipe();
  Pipe failure = make_pipe();
  Pipe go = make_pipe();
  const char* log = options.stderr_path.empty() ? "/dev/null" : options.stderr_path.c_str();
  const Fd error(check(::open(log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666), log));
  const pid_t parent = ::getpid();
  pid_ = check(::fork(), "fork");
  if (pid_ == 0) {
    wait_for_end_of(go.read, go.write);
    become(
        {argv.data(), environment.data(), options.folder.empty() ? nullptr : options.folder.c_str(),
         options.cpus.empty() ? nullptr : &cpus},
        in.read.get(), options.output_to_log ? error.get() : out.write.get(), error.get(),
        failure.write.get(), parent);
  }
  ::setpgid(pid_, pid_);  // in both processes, so that neither order leaves a gap
  to_ = std::move(in.write);
  from_ = std::move(out.read);
  failure.write.reset();
  try {
    if (options.before_exec) options.before_exec(pid_);
  } catch (...) {
    kill_group();
    throw;
  }
  go.write.reset();
  int code = 0;
  if (::read(failure.read.get(), &code, sizeof code) == sizeof code) {
    kill_group();
    throw std::system_error(code, std::generic_category(), "start " + options.command.front());
  }
}

Child::Child(Child&& other) noexcept
    : pid_(std::exchange(other.pid_, -1)),
      to_(std::move(other.to_)),
      from_(std::move(other.from_)),
      unread_(std::move(other.unread_)),
      status_(other.status_) {}

Child::~Child() { kill_group(); }

std::optional<std::string> Child::read_line(std::chrono::nanoseconds limit) {
  const std::int64_t deadline = now_ns() + limit.count();
  for (;;) {
    if (const std::size_t end = unread_.find('\n'); end != std::string::npos) {
      std::string line = unread_.substr(0, end);
      unread_.erase(0, end + 1);
      return line;
    }
    const std::int64_t left = deadline - now_ns();
    if (left <= 0 || interrupted()) return std::nullopt;
    pollfd wait{from_.get(), POLLIN, 0};
    const int rc = ::poll(&wait, 1, static_cast<int>(left / kNsPerMs) + 1);
    if (rc < 0 && errno == EINTR) continue;
    if (rc <= 0) continue;
    std::array<char, 65536> buffer;
    const ssize_t count = ::read(from_.get(), buffer.data(), buffer.size());
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return std::nullopt;
    unread_.append(buffer.data(), static_cast<std::size_t>(count));
  }
}

bool Child::write_line(const std::string& line) {
  std::string text = line + "\n";  // shorter than a pipe's buffer: one write takes it
  for (;;) {
    const ssize_t written = ::write(to_.get(), text.data(), text.size());
    if (written < 0 && errno == EINTR && !interrupted()) continue;
    return written == static_cast<ssize_t>(text.size());
  }
}

void Child::pause() { ::kill(-pid_, SIGSTOP); }
void Child::resume() { ::kill(-pid_, SIGCONT); }

std::optional<std::string> Child::ending() {
  if (!status_) {
    int status = 0;
    if (::waitpid(pid_, &status, WNOHANG) != pid_) return std::nullopt;
    status_ = status;
  }
  if (WIFSIGNALED(*status_)) {
    const int signal = WTERMSIG(*status_);
    return "was ended by signal " + std::to_string(signal) + " (" + ::strsignal(signal) + ")";
  }
  return "ended with status " + std::to_string(WEXITSTATUS(*status_));
}

void Child::kill_group() {
  if (pid_ <= 0) return;
  ::kill(-pid_, SIGKILL);
  if (!status_) {
    int status = 0;
    while (::waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
    }
    status_ = status;
  }
  pid_ = -1;
}

}  // namespace sockbench
