#include "common/error.h"

#include <gtest/gtest.h>

namespace sockbench {
namespace {

TEST(Check, PassesResultsThatAreNotNegative) {
  EXPECT_EQ(check(0, "zero"), 0);
  EXPECT_EQ(check(7, "seven"), 7);
}

TEST(Check, ThrowsErrnoWithWhatWasTried) {
  errno = EACCES;
  try {
    check(-1, "open the box");
    ADD_FAILURE() << "no exception";
  } catch (const std::system_error& error) {
    EXPECT_EQ(error.code(), std::errc::permission_denied);
    EXPECT_STREQ(error.what(), "open the box: Permission denied");
  }
}

struct Ending {
  std::string said;
  int code;
};

Ending end_of(const std::function<int()>& body) {
  testing::internal::CaptureStderr();
  const int code = run_main("program", body);
  return {testing::internal::GetCapturedStderr(), code};
}

TEST(RunMain, ReturnsWhatTheBodyReturns) {
  const Ending ending = end_of([] { return 3; });
  EXPECT_EQ(ending.code, 3);
  EXPECT_EQ(ending.said, "");
}

TEST(RunMain, UsageErrorsExitWithTwo) {
  const Ending ending = end_of([]() -> int { throw UsageError("--x is missing."); });
  EXPECT_EQ(ending.code, kExitUsage);
  EXPECT_EQ(ending.said, "program: --x is missing.\n");
}

TEST(RunMain, OtherErrorsExitWithFour) {
  const Ending ending = end_of([]() -> int {
    errno = EADDRINUSE;
    return check(-1, "listen on 127.0.0.1:80");
  });
  EXPECT_EQ(ending.code, kExitFailed);
  EXPECT_EQ(ending.said, "program: listen on 127.0.0.1:80: Address already in use\n");
}

TEST(AssertDeathTest, StaysOnInReleaseBuilds) {
  testing::FLAGS_gtest_death_test_style = "threadsafe";
  SOCKBENCH_ASSERT(1 + 1 == 2);
  EXPECT_DEATH(SOCKBENCH_ASSERT(1 + 1 == 3), "assertion failed: 1 \\+ 1 == 3");
}

}  // namespace
}  // namespace sockbench
