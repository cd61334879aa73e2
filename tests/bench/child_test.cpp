// Children of the harness: how they start, talk, pause and end, and that nothing of them is left.

#include "common/child.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sched.h>
#include <sys/personality.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <filesystem>
#include <stdexcept>
#include <system_error>

#include "bench/machine/cpus.h"
#include "bench/measure/process_group.h"
#include "common/clock.h"
#include "common/file.h"
#include "common/process_limits.h"
#include "tests/bench/temporary_folder.h"
#include "tests/support/deadline.h"

namespace sockbench {
namespace {

using std::chrono::milliseconds;
using test::eventually;
using test::kHangLimit;

Child shell(const std::string& script) {
  return Child({.command = {"/bin/sh", "-c", script}, .cpus = {}, .stderr_path = {}});
}

/// Whether the process is gone; orphans come to this process, which buries them.
bool is_gone(pid_t pid) {
  while (::waitpid(-1, nullptr, WNOHANG) > 0) {
  }
  return ::kill(pid, 0) < 0 && errno == ESRCH;
}

/// Whether the kernel shows the process as stopped: the letter behind the name in its stat file.
bool is_stopped(pid_t pid) {
  const std::string stat = read_file("/proc/" + std::to_string(pid) + "/stat");
  return stat.find(") T ") != std::string::npos;
}

TEST(ChildTalk, LineByLine) {
  Child child = shell(R"(echo listening; read word; echo "got $word"; read word; echo $word)");
  EXPECT_EQ(child.read_line(kHangLimit), "listening");
  EXPECT_TRUE(child.write_line("a word"));
  EXPECT_EQ(child.read_line(kHangLimit), "got a word");
  EXPECT_TRUE(child.write_line("last"));
  EXPECT_EQ(child.read_line(kHangLimit), "last");
  EXPECT_EQ(child.read_line(kHangLimit), std::nullopt) << "the end of the stream";
}

std::string stack_of_a_child() {
  Child child = shell("grep stack /proc/self/maps");
  return child.read_line(kHangLimit).value_or("");
}

TEST(ChildStart, EveryStartHasAddressesOfItsOwn) {
  if (read_file("/proc/sys/kernel/randomize_va_space")[0] == '0') {
    GTEST_SKIP() << "kernel.randomize_va_space is 0";
  }
  const int before = ::personality(0xffffffff);
  ::personality(static_cast<unsigned long>(before) | ADDR_NO_RANDOMIZE);  // as gdb does
  const std::string first = stack_of_a_child();
  const std::string second = stack_of_a_child();
  ::personality(static_cast<unsigned long>(before));
  EXPECT_NE(first, "");
  EXPECT_NE(first, second);
}

TEST(ChildStart, ItWaitsForWhatIsToBeDoneBeforeItsExec) {
  std::string program;
  Child child({.command = {"/bin/sh", "-c", "echo $$"},
               .cpus = {},
               .stderr_path = {},
               .before_exec = [&](pid_t pid) {
                 program = std::filesystem::read_symlink("/proc/" + std::to_string(pid) + "/exe");
               }});
  EXPECT_EQ(program, std::filesystem::read_symlink("/proc/self/exe")) << "still a copy of this one";
  EXPECT_EQ(child.read_line(kHangLimit), std::to_string(child.pid()));
}

TEST(ChildStart, AFailureBeforeItsExecEndsIt) {
  pid_t pid = 0;
  const auto start = [&] {
    Child({.command = {"/bin/sh", "-c", "sleep 100"},
           .cpus = {},
           .stderr_path = {},
           .before_exec = [&](pid_t child) {
             pid = child;
             throw std::runtime_error("no");
           }});
  };
  EXPECT_THROW(start(), std::runtime_error);
  EXPECT_TRUE(is_gone(pid));
}

TEST(ChildTalk, LinesInOneWriteAndOneLineInPieces) {
  Child child = shell(R"(printf 'a\n\nb\nc'; printf 'd\n'; printf 'no line feed')");
  for (const char* line : {"a", "", "b", "cd"}) EXPECT_EQ(child.read_line(kHangLimit), line);
  EXPECT_EQ(child.read_line(kHangLimit), std::nullopt);
}

TEST(ChildTalk, ALongLine) {
  Child child = shell(R"(head -c 300000 /dev/zero | tr '\0' x; echo)");
  EXPECT_EQ(child.read_line(kHangLimit), std::string(300'000, 'x'));
}

TEST(ChildTalk, GivesUpAfterTheLimit) {
  Child child = shell("printf 'half a line'; read word; echo; read word");
  const std::int64_t start = now_ns();
  EXPECT_EQ(child.read_line(milliseconds(30)), std::nullopt);
  EXPECT_GE(now_ns() - start, 30 * kNsPerMs);
  EXPECT_EQ(child.read_line(milliseconds(0)), std::nullopt);
  child.write_line("");
  EXPECT_EQ(child.read_line(kHangLimit), "half a line") << "what came before is kept";
}

TEST(ChildTalk, WritingToTheDeadIsFalse) {
  Child child = shell("exit 0");
  EXPECT_EQ(child.read_line(kHangLimit), std::nullopt);
  EXPECT_TRUE(eventually([&] { return child.ending().has_value(); }));
  EXPECT_FALSE(child.write_line("anybody there?"));
}

TEST(ChildTalk, StandardErrorIsAppendedToItsFile) {
  const test::TemporaryFolder folder;
  const std::string log = folder.path() / "log";
  for (const std::string word : {"first", "second"}) {
    Child child(
        {.command = {"/bin/sh", "-c", "echo " + word + " >&2"}, .cpus = {}, .stderr_path = log});
    EXPECT_EQ(child.read_line(kHangLimit), std::nullopt);
    EXPECT_TRUE(eventually([&] { return child.ending().has_value(); }));
  }
  EXPECT_EQ(read_file(log), "first\nsecond\n");
}

TEST(ChildPause, StopsTheWholeGroupAndLetsItGoOn) {
  const std::string spin = "while :; do :; done";
  Child child = shell("(" + spin + ") & echo $!; " + spin);
  const pid_t grandchild = std::stoi(child.read_line(kHangLimit).value_or("0"));
  ASSERT_GT(grandchild, 0);
  const auto used = [](pid_t pid) { return cpu_time_ns(pid); };
  const auto works = [&](pid_t pid) {
    return eventually([&, before = used(pid)] { return used(pid) > before + kNsPerMs; });
  };
  EXPECT_TRUE(works(child.pid()));
  EXPECT_TRUE(works(grandchild));

  child.pause();
  // The signal takes effect when each process next enters the kernel.
  ASSERT_TRUE(eventually([&] { return is_stopped(child.pid()) && is_stopped(grandchild); }));
  const std::int64_t stopped = used(child.pid());
  ::poll(nullptr, 0, 30);
  EXPECT_EQ(used(child.pid()), stopped) << "the leader and its child together";

  child.resume();
  EXPECT_TRUE(works(child.pid()));
  EXPECT_TRUE(works(grandchild));
}

TEST(ChildEnding, SaysHow) {
  Child running = shell("read word");
  EXPECT_EQ(running.ending(), std::nullopt);
  const auto ending_of = [](Child child) {
    eventually([&] { return child.ending().has_value(); });
    return child.ending();
  };
  EXPECT_EQ(ending_of(shell("exit 0")), "ended with status 0");
  EXPECT_EQ(ending_of(shell("exit 3")), "ended with status 3");
  EXPECT_EQ(ending_of(shell("kill -KILL $$")), "was ended by signal 9 (Killed)");
  EXPECT_EQ(ending_of(shell("kill -SEGV $$")), "was ended by signal 11 (Segmentation fault)");
}

TEST(ChildEnding, TheDestructorKillsTheGroup) {
  pid_t leader = 0;
  pid_t grandchild = 0;
  {
    Child child = shell("sleep 1000 & echo $!; wait");
    leader = child.pid();
    grandchild = std::stoi(child.read_line(kHangLimit).value_or("0"));
    ASSERT_GT(grandchild, 0);
    EXPECT_EQ(::kill(grandchild, 0), 0);
  }
  EXPECT_TRUE(is_gone(leader)) << "killed and reaped";
  EXPECT_TRUE(eventually([&] { return is_gone(grandchild); }));
}

TEST(ChildEnding, TheDestructorKillsAPausedGroup) {
  pid_t grandchild = 0;
  {
    Child child = shell("sleep 1000 & echo $!; wait");
    grandchild = std::stoi(child.read_line(kHangLimit).value_or("0"));
    child.pause();
  }
  EXPECT_TRUE(eventually([&] { return is_gone(grandchild); }));
}

TEST(ChildEnding, GrandchildrenGoEvenWhenTheLeaderEndedBefore) {
  pid_t grandchild = 0;
  {
    Child child = shell("sleep 1000 >/dev/null & echo $!");
    grandchild = std::stoi(child.read_line(kHangLimit).value_or("0"));
    EXPECT_TRUE(eventually([&] { return child.ending().has_value(); }));
    EXPECT_EQ(::kill(grandchild, 0), 0);
  }
  EXPECT_TRUE(eventually([&] { return is_gone(grandchild); }));
}

TEST(ChildEnding, AMovedFromChildKillsNobody) {
  Child child = shell("echo ready; read word");
  {
    Child taken = std::move(child);
    EXPECT_EQ(taken.read_line(kHangLimit), "ready");
    EXPECT_EQ(taken.ending(), std::nullopt);
    Child back = std::move(taken);
    EXPECT_EQ(back.ending(), std::nullopt);
    EXPECT_TRUE(back.write_line("end"));
    EXPECT_TRUE(eventually([&] { return back.ending().has_value(); }));
    EXPECT_EQ(back.ending(), "ended with status 0");
  }
}

TEST(ChildStart, AProgramThatDoesNotExistIsNamed) {
  for (const std::string program : {"/no/such/program", "no-such-program-anywhere", "/"}) {
    try {
      const Child child({.command = {program}, .cpus = {}, .stderr_path = {}});
      ADD_FAILURE() << program << " was started";
    } catch (const std::system_error& error) {
      EXPECT_NE(std::string(error.what()).find(program), std::string::npos) << error.what();
    }
  }
}

TEST(ChildStart, LeadsAGroupOfItsOwn) {
  Child child = shell("echo ready; read word");
  EXPECT_EQ(child.read_line(kHangLimit), "ready");
  EXPECT_EQ(::getpgid(child.pid()), child.pid());
}

TEST(ChildStart, OnTheCpusAsked) {
  for (const int cpu : allowed_cpus()) {
    Child child({.command = {"/bin/sh", "-c", "read word"}, .cpus = {cpu}, .stderr_path = {}});
    cpu_set_t set;
    ASSERT_EQ(::sched_getaffinity(child.pid(), sizeof set, &set), 0);
    EXPECT_EQ(CPU_COUNT(&set), 1);
    EXPECT_TRUE(CPU_ISSET(static_cast<std::size_t>(cpu), &set));
  }
}

TEST(ChildStart, OnAForbiddenCpuIsAnError) {
  EXPECT_THROW(
      Child({.command = {"/bin/true"}, .cpus = {allowed_cpus().back() + 1}, .stderr_path = {}}),
      std::system_error);
}

/// Descriptors beyond the three streams that whoever started this program left open for children.
int inherited_descriptors() {
  int count = 0;
  for (int fd = STDERR_FILENO + 1; fd < 1024; ++fd) {
    const int flags = ::fcntl(fd, F_GETFD);
    if (flags >= 0 && (flags & FD_CLOEXEC) == 0) ++count;
  }
  return count;
}

TEST(ChildStart, InheritsNothingFromTheHarness) {
  const Child other = shell("read word");  // whose pipes this process holds
  Child child = shell("ls /proc/self/fd | wc -l");
  EXPECT_EQ(child.read_line(kHangLimit), std::to_string(4 + inherited_descriptors()))
      << "three streams, and the directory that ls reads";
}

}  // namespace
}  // namespace sockbench
