// What the kernel keeps for the processes of a control group, and what the system has left.

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <optional>
#include <string>

#include "bench/measure/memory_group.h"
#include "bench/measure/resources.h"
#include "tests/bench/forked.h"

namespace sockbench {
namespace {

constexpr int kPipes = 400;

TEST(KernelBytes, AreTwoLinesOfMemoryStat) {
  EXPECT_EQ(kernel_bytes_of_stat("anon 4096\nfile 0\nkernel 8192\nkernel_stack 4096\nsock 100\n"),
            8292);
  EXPECT_EQ(kernel_bytes_of_stat("anon 4096\nkernel 8192\n"), 8192);
  EXPECT_EQ(kernel_bytes_of_stat("anon 4096\n"), std::nullopt);
  EXPECT_EQ(kernel_bytes_of_stat(""), std::nullopt);
}

TEST(MemoryGroup, SeesWhatTheKernelAllocatesForItsProcesses) {
  MemoryGroup group;
  if (!group.absent().empty()) GTEST_SKIP() << group.absent();
  const test::Forked process([](const test::Meeting& meeting) {
    meeting.report(0);
    for (int i = 0; i < kPipes; ++i) {
      int ends[2];
      if (::pipe(ends) != 0) break;
    }
    meeting.report(1);
  });
  process.hear();
  group.add(process.pid());
  const auto before = group.kernel_bytes();
  process.go_on();
  process.hear();
  const auto after = group.kernel_bytes();
  ASSERT_TRUE(before && after);
  EXPECT_GT(*after - *before, kPipes * 1000) << "inodes, descriptions and buffer tables";
}

TEST(MemoryGroup, LeavesNothingBehind) {
  const auto groups = [] {
    std::size_t count = 0;
    for (const char* root : {"/sys/fs/cgroup", "/sys/fs/cgroup/memory"}) {
      std::error_code none;
      for (const auto& entry : std::filesystem::directory_iterator(root, none)) {
        const std::string own = "sockbench-" + std::to_string(::getpid()) + "-";
        if (entry.path().filename().string().rfind(own, 0) == 0) ++count;
      }
    }
    return count;
  };
  {
    MemoryGroup group;
    if (!group.absent().empty()) GTEST_SKIP() << group.absent();
    EXPECT_EQ(groups(), 1U);
  }
  EXPECT_EQ(groups(), 0U);
}

TEST(Resources, TheSystemHasSome) {
  const Resources all = available_resources();
  EXPECT_GT(all.memory_bytes, 1 << 20);
  EXPECT_LT(all.memory_bytes, std::int64_t{1} << 50);
  EXPECT_GT(all.tasks, 10);
  EXPECT_LT(all.tasks, 5'000'000) << "pid_max is at most 2^22";
  EXPECT_GT(all.descriptors, 100);
}

TEST(Resources, FitOnlyInEveryRespect) {
  const Resources budget{100, 10, 5};
  EXPECT_TRUE(within({100, 10, 5}, budget));
  EXPECT_FALSE(within({101, 10, 5}, budget));
  EXPECT_FALSE(within({100, 11, 5}, budget));
  EXPECT_FALSE(within({100, 10, 6}, budget));
  EXPECT_TRUE(within(Resources{60, 4, 2} + Resources{40, 6, 3}, budget));
  EXPECT_FALSE(within(Resources{60, 4, 2} + Resources{40, 7, 3}, budget));
}

}  // namespace
}  // namespace sockbench
