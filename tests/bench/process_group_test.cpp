// What /proc says of a contestant, against processes whose use is known. Upper bounds come from the
// wall clock, so that a busy machine cannot break them.

#include "bench/measure/process_group.h"

#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstring>
#include <thread>

#include "bench/measure/foreign_processes.h"
#include "common/clock.h"
#include "tests/bench/forked.h"

namespace sockbench {
namespace {

using test::fork_and;
using test::Forked;
using test::Meeting;
using test::spin;

constexpr std::int64_t kSpinNs = 50 * kNsPerMs;
constexpr std::int64_t kTickNs = 10 * kNsPerMs;

void wait_for_ever() {
  for (;;) ::pause();
}

TEST(CpuTime, OfOneProcess) {
  const std::int64_t start = now_ns();
  const Forked child([](const Meeting& meeting) {
    spin(kSpinNs);
    meeting.report(0);
  });
  child.hear();
  const std::int64_t used = cpu_time_ns(child.pid());
  EXPECT_GE(used, kSpinNs);
  EXPECT_LE(used, now_ns() - start);
}

TEST(CpuTime, AddsUpAndStandsStillWhileItSleeps) {
  const Forked child([](const Meeting& meeting) {
    for (;;) {
      spin(kSpinNs / 5);
      meeting.report(0);
    }
  });
  child.hear();
  const std::int64_t first = cpu_time_ns(child.pid());
  child.go_on();
  child.hear();
  const std::int64_t second = cpu_time_ns(child.pid());
  EXPECT_GE(second - first, kSpinNs / 5);
  // It said its number before it went to sleep: the way there may still be counted, a spin not.
  EXPECT_LT(cpu_time_ns(child.pid()) - second, kSpinNs / 10);
}

TEST(CpuTime, OfAllThreadsLivingAndEnded) {
  const std::int64_t start = now_ns();
  const Forked child([](const Meeting& meeting) {
    std::thread([] { spin(kSpinNs); }).join();
    std::jthread other([&] {
      spin(kSpinNs);
      meeting.report(0);
      wait_for_ever();
    });
    wait_for_ever();
  });
  child.hear();
  const std::int64_t used = cpu_time_ns(child.pid());
  EXPECT_GE(used, 2 * kSpinNs);
  EXPECT_LE(used, 3 * (now_ns() - start));
}

TEST(CpuTime, OfChildrenWhileTheyLive) {
  const std::int64_t start = now_ns();
  const Forked child([](const Meeting& meeting) {
    fork_and([&] {
      spin(kSpinNs);
      meeting.report(0);
      wait_for_ever();
    });
    wait_for_ever();
  });
  child.hear();
  const std::int64_t used = cpu_time_ns(child.pid());
  EXPECT_GE(used, kSpinNs);
  EXPECT_LE(used, 2 * (now_ns() - start));
}

TEST(CpuTime, OfChildrenAfterTheyWereReaped) {
  const std::int64_t start = now_ns();
  const Forked child([](const Meeting& meeting) {
    const pid_t worker = fork_and([] { spin(kSpinNs); });
    ::waitpid(worker, nullptr, 0);
    meeting.report(worker);
  });
  child.hear();
  const std::int64_t used = cpu_time_ns(child.pid());
  EXPECT_GE(used, kSpinNs - 2 * kTickNs) << "user and system time are rounded down to ticks";
  EXPECT_LE(used, 2 * (now_ns() - start) + 2 * kTickNs);
}

TEST(CpuTime, ReapingDoesNotCountTwice) {
  const Forked child([](const Meeting& meeting) {
    const pid_t worker = fork_and([&] {
      spin(kSpinNs);
      meeting.report(0);
    });
    ::waitpid(worker, nullptr, 0);
    meeting.report(1);
  });
  ASSERT_EQ(child.hear(), 0);
  const std::int64_t alive = cpu_time_ns(child.pid());
  child.go_on();
  ASSERT_EQ(child.hear(), 1);
  EXPECT_NEAR(static_cast<double>(cpu_time_ns(child.pid())), static_cast<double>(alive),
              2.5 * kTickNs);
}

TEST(CpuTime, OfAProcessThatIsGoneIsNothing) {
  pid_t gone = 0;
  {
    const Forked child([](const Meeting& meeting) { meeting.report(0); });
    child.hear();
    gone = child.pid();
  }
  EXPECT_EQ(cpu_time_ns(gone), 0);
  EXPECT_EQ(thread_count(gone), 0);
  EXPECT_EQ(anonymous_memory_bytes(gone), std::nullopt) << "not 0";
  EXPECT_EQ(memory_bytes_peak(gone), std::nullopt);
}

TEST(UserSystem, AgreesWithTheCpuClock) {
  const Forked child([](const Meeting& meeting) {
    spin(2 * kSpinNs);
    meeting.report(0);
  });
  child.hear();
  const UserSystem split = user_system_ns(child.pid());
  EXPECT_GE(split.user_ns, 0);
  EXPECT_GE(split.system_ns, 0);
  EXPECT_NEAR(split.user_ns + split.system_ns, static_cast<double>(cpu_time_ns(child.pid())),
              2.5 * kTickNs);
}

TEST(UserSystem, ReapedChildrenCount) {
  const Forked child([](const Meeting& meeting) {
    const pid_t worker = fork_and([] { spin(2 * kSpinNs); });
    ::waitpid(worker, nullptr, 0);
    meeting.report(0);
  });
  child.hear();
  const UserSystem split = user_system_ns(child.pid());
  EXPECT_GE(split.user_ns + split.system_ns, 2.0 * kSpinNs - 2 * kTickNs);
}

TEST(ProcessTree, HasEveryDescendant) {
  const Forked child([](const Meeting& meeting) {
    meeting.say(fork_and(wait_for_ever));
    fork_and([&] {
      meeting.say(::getpid());
      meeting.say(fork_and(wait_for_ever));
      wait_for_ever();
    });
    wait_for_ever();
  });
  std::vector<pid_t> expected = {child.pid()};
  for (int i = 0; i < 3; ++i) expected.push_back(static_cast<pid_t>(child.hear()));
  std::vector<pid_t> tree = process_tree(child.pid());
  EXPECT_EQ(tree.front(), child.pid());
  std::sort(tree.begin(), tree.end());
  std::sort(expected.begin(), expected.end());
  EXPECT_EQ(tree, expected);
}

TEST(ThreadCount, OfTheWholeTree) {
  const Forked child([](const Meeting& meeting) {
    meeting.report(0);
    std::jthread other(wait_for_ever);
    meeting.report(1);
    fork_and([&] {
      std::jthread third(wait_for_ever);
      meeting.say(2);
      wait_for_ever();
    });
    wait_for_ever();
  });
  child.hear();
  EXPECT_EQ(thread_count(child.pid()), 1);
  child.go_on();
  child.hear();
  EXPECT_EQ(thread_count(child.pid()), 2);
  child.go_on();
  child.hear();
  EXPECT_EQ(thread_count(child.pid()), 4);
}

void* map(std::size_t bytes) {
  return ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
}

TEST(AnonymousMemory, GrowsByWhatIsTouched) {
  constexpr std::size_t kBytes = std::size_t{32} << 20;
  const Forked child([](const Meeting& meeting) {
    void* memory = map(2 * kBytes);
    meeting.report(0);
    std::memset(memory, 1, kBytes);  // the other half stays untouched
    meeting.report(1);
    ::munmap(memory, 2 * kBytes);
    meeting.report(2);
  });
  const auto at_next = [&] {
    child.hear();
    const auto bytes = anonymous_memory_bytes(child.pid());
    child.go_on();
    return static_cast<double>(bytes.value_or(-1));
  };
  if (!anonymous_memory_bytes(child.pid())) GTEST_SKIP() << "smaps_rollup cannot be read here";
  const double before = at_next();
  const double grown = at_next();
  const double after = at_next();
  constexpr double kTolerance = 1 << 20;
  EXPECT_NEAR(grown - before, static_cast<double>(kBytes), kTolerance);
  EXPECT_NEAR(after, before, kTolerance);
  EXPECT_GE(memory_bytes_peak(child.pid()), static_cast<std::int64_t>(kBytes)) << "the peak stays";
}

TEST(AnonymousMemory, SharedPagesCountOnce) {
  constexpr std::size_t kBytes = std::size_t{32} << 20;
  const Forked child([](const Meeting& meeting) {
    void* memory = map(kBytes);
    std::memset(memory, 1, kBytes);
    meeting.report(0);
    fork_and([&] {
      meeting.say(1);
      wait_for_ever();
    });
    wait_for_ever();
  });
  child.hear();
  const auto alone = anonymous_memory_bytes(child.pid());
  if (!alone) GTEST_SKIP() << "smaps_rollup cannot be read here";
  child.go_on();
  child.hear();
  EXPECT_NEAR(static_cast<double>(anonymous_memory_bytes(child.pid()).value_or(-1)),
              static_cast<double>(*alone), kBytes / 4.0)
      << "once, and not once for each of the two; less what the test process shares with them";
}

/// Ends the process when the test does.
class Guard final {
 public:
  explicit Guard(pid_t pid) : pid_(pid) {}
  ~Guard() {
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
  }
  Guard(const Guard&) = delete;
  Guard(Guard&&) = delete;
  Guard& operator=(const Guard&) = delete;
  Guard& operator=(Guard&&) = delete;

 private:
  pid_t pid_;
};

TEST(ForeignProcesses, OwnChildrenAndKernelThreadsAreNone) {
  ForeignProcesses watch;
  const ForeignTimes before = watch.read();
  EXPECT_FALSE(before.contains(::getpid()));
  EXPECT_FALSE(before.contains(2)) << "kthreadd";
  const pid_t child = ::fork();
  if (child == 0) {
    for (volatile unsigned turns = 0;;) turns = turns + 1;
  }
  const Guard guard(child);
  ::usleep(20'000);
  const ForeignTimes after = watch.read();
  EXPECT_FALSE(after.contains(child));
}

TEST(ForeignProcesses, WhoLeftTheTreeIsForeignAndItsTimeCounts) {
  // A grandchild whose parent ends belongs to init, as any process of somebody else.
  int adopts = 0;
  ASSERT_EQ(::prctl(PR_GET_CHILD_SUBREAPER, &adopts), 0);
  ASSERT_EQ(::prctl(PR_SET_CHILD_SUBREAPER, 0), 0);
  int ends[2];
  ASSERT_EQ(::pipe(ends), 0);
  const pid_t parent = ::fork();
  if (parent == 0) {
    const pid_t spinner = ::fork();
    if (spinner == 0) {
      ::alarm(10);
      for (volatile unsigned turns = 0;;) turns = turns + 1;
    }
    const bool told = ::write(ends[1], &spinner, sizeof spinner) == sizeof spinner;
    ::_exit(told ? 0 : 1);
  }
  pid_t spinner = 0;
  ASSERT_EQ(::read(ends[0], &spinner, sizeof spinner), static_cast<ssize_t>(sizeof spinner));
  ::waitpid(parent, nullptr, 0);
  const Guard guard(spinner);
  ForeignProcesses watch;
  const ForeignTimes before = watch.read();
  ASSERT_TRUE(before.contains(spinner)) << "is there a subreaper above this test?";
  ForeignTimes after;
  for (int tries = 0; tries < 500; ++tries) {
    ::usleep(10'000);
    after = watch.read();
    if (after[spinner] - before.at(spinner) > 20'000'000) break;
  }
  EXPECT_GT(used_between(before, after), 20'000'000);
  ASSERT_EQ(::prctl(PR_SET_CHILD_SUBREAPER, adopts), 0);
  ::close(ends[0]);
  ::close(ends[1]);
}

TEST(ForeignProcesses, WhatTheyUsedIsSummed) {
  EXPECT_EQ(used_between({{7, 100}, {8, 50}}, {{7, 130}, {9, 5}}), 35) << "9 is new, 8 has ended";
  EXPECT_EQ(used_between({{7, 100}}, {{7, 40}}), 0) << "another process with the number of 7";
}

}  // namespace
}  // namespace sockbench
