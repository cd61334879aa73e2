#include "tests/support/child_process.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <stdexcept>

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

struct Streams {
  int in;
  int out;
  int err;
};

/// Before PR_SET_PDEATHSIG, which a change of user clears.
bool become_nobody() {
  constexpr uid_t kNobody = 65534;
  return ::setresgid(kNobody, kNobody, kNobody) == 0 && ::setresuid(kNobody, kNobody, kNobody) == 0;
}

bool lower_limit(decltype(RLIMIT_NOFILE) resource, std::optional<rlim_t> soft) {
  rlimit limit{};
  if (!soft) return true;
  if (::getrlimit(resource, &limit) < 0) return false;
  limit.rlim_cur = *soft;
  return ::setrlimit(resource, &limit) == 0;
}

/// The child between fork and exec: only calls that are safe there. Returns only when one failed.
void become(char* const* argv, const Streams& streams, pid_t parent, const ChildOptions& options) {
  ::setpgid(0, 0);
  if (options.process_limit_as_nobody && !become_nobody()) return;
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != parent) ::_exit(127);  // it died before the line above
  (void)std::signal(SIGPIPE, SIG_DFL);
  if (::dup2(streams.in, STDIN_FILENO) < 0) return;
  if (::dup2(streams.out, STDOUT_FILENO) < 0) return;
  if (::dup2(streams.err, STDERR_FILENO) < 0) return;
  // Servers count their descriptors, so what the test or its parent has open must not reach them.
  if (::close_range(STDERR_FILENO + 1, ~0U, CLOSE_RANGE_CLOEXEC) < 0) return;
  if (!lower_limit(RLIMIT_NOFILE, options.descriptor_limit)) return;
  if (!lower_limit(RLIMIT_SIGPENDING, options.pending_signal_limit)) return;
  if (!lower_limit(RLIMIT_NPROC, options.process_limit_as_nobody)) return;
  ::execv(argv[0], argv);
}

/// A descriptor that becomes readable when the process ends. The wrapper of glibc 2.36 cannot be
/// linked from C++: its header lacks extern "C".
Fd open_pid_fd(pid_t pid) {
  return Fd(check(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)), "pidfd_open"));
}

int shell_status(int status) {
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

}  // namespace

ChildProcess::ChildProcess(const std::vector<std::string>& command, ChildOptions options) {
  std::vector<char*> argv;
  argv.reserve(command.size() + 1);
  for (const std::string& word : command) argv.push_back(const_cast<char*>(word.c_str()));
  argv.push_back(nullptr);

  Pipe in = make_pipe();
  Pipe out = make_pipe();
  Pipe failure = make_pipe();  // carries errno, or closes with exec
  Fd err(check(::memfd_create("stderr", MFD_CLOEXEC), "memfd_create"));
  check(::fcntl(err.get(), F_SETFL, O_APPEND), "fcntl O_APPEND");
  const pid_t parent = ::getpid();
  pid_ = check(::fork(), "fork");
  if (pid_ == 0) {
    become(argv.data(), {in.read.get(), out.write.get(), err.get()}, parent, options);
    const int error = errno;
    (void)!::write(failure.write.get(), &error, sizeof error);
    ::_exit(127);
  }
  stdin_ = std::move(in.write);
  stdout_ = std::move(out.read);
  stderr_ = std::move(err);
  failure.write.reset();
  int error = 0;
  if (::read(failure.read.get(), &error, sizeof error) == sizeof error) {
    ::waitpid(pid_, nullptr, 0);
    throw std::system_error(error, std::generic_category(), "start " + command.front());
  }
  pid_fd_ = open_pid_fd(pid_);
}

ChildProcess::~ChildProcess() {
  ::kill(-pid_, SIGKILL);
  if (!status_) ::waitpid(pid_, nullptr, 0);
  while (::waitpid(-pid_, nullptr, 0) > 0) {  // adopted orphans, if any
  }
}

void ChildProcess::signal(int number) const { check(::kill(pid_, number), "kill"); }

void ChildProcess::write_stdin(std::string_view bytes) const {
  if (::write(stdin_.get(), bytes.data(), bytes.size()) != static_cast<ssize_t>(bytes.size())) {
    throw std::runtime_error("the program's standard input did not take all bytes");
  }
}

bool ChildProcess::read_more(Deadline deadline) {
  pollfd readable{stdout_.get(), POLLIN, 0};
  if (::poll(&readable, 1, deadline.poll_ms()) <= 0) {
    throw std::runtime_error("no more output in time; standard error: " + stderr_text());
  }
  std::array<char, 4096> chunk{};
  const int count = check(static_cast<int>(::read(stdout_.get(), chunk.data(), chunk.size())),
                          "read the program's output");
  unread_.append(chunk.data(), static_cast<std::size_t>(count));
  return count > 0;
}

std::string ChildProcess::read_line(Deadline deadline) {
  std::size_t end = 0;
  while ((end = unread_.find('\n')) == std::string::npos) {
    if (!read_more(deadline)) {
      throw std::runtime_error("the output ended after '" + unread_ +
                               "'; standard error: " + stderr_text());
    }
  }
  std::string line = unread_.substr(0, end);
  unread_.erase(0, end + 1);
  return line;
}

std::string ChildProcess::read_to_end(Deadline deadline) {
  while (read_more(deadline)) {
  }
  return std::exchange(unread_, {});
}

std::string ChildProcess::stderr_text() const {
  std::string text;
  std::array<char, 4096> chunk{};
  ssize_t count = 0;
  while ((count = ::pread(stderr_.get(), chunk.data(), chunk.size(),
                          static_cast<off_t>(text.size()))) > 0) {
    text.append(chunk.data(), static_cast<std::size_t>(count));
  }
  return text;
}

std::optional<int> ChildProcess::wait_for_exit(Deadline deadline) {
  if (status_) return status_;
  pollfd ended{pid_fd_.get(), POLLIN, 0};
  if (::poll(&ended, 1, deadline.poll_ms()) <= 0) return std::nullopt;
  int status = 0;
  check(::waitpid(pid_, &status, 0), "waitpid");
  status_ = shell_status(status);
  return status_;
}

bool ChildProcess::group_is_gone(Deadline deadline) const {
  return eventually(
      [&] {
        while (::waitpid(-pid_, nullptr, WNOHANG) > 0) {
        }
        return ::kill(-pid_, 0) < 0 && errno == ESRCH;
      },
      deadline);
}

void adopt_orphans() { check(::prctl(PR_SET_CHILD_SUBREAPER, 1), "PR_SET_CHILD_SUBREAPER"); }

}  // namespace sockbench::test
