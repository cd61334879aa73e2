#pragma once

#include <gtest/gtest-spi.h>
#include <gtest/gtest.h>

#include <string>

#include "tests/support/process_stats.h"

namespace sockbench::test {

/// What a test of times that failed says where the hypervisor takes the CPUs away all the time.
enum class WhereBusy { kSkips, kFails };

/// Runs `attempt`, a test that compares times, until it passes. A neighbour that takes the CPU away
/// can make right figures look wrong, but not wrong ones right: it fails when it did so three times
/// while the CPUs were its own. Where the hypervisor gave others more than a hundredth of their
/// time in each of eight attempts, nothing can be said of a fine figure, and the test is skipped;
/// with kFails, for a test whose bounds are coarse, five failures are one, whoever had the CPUs.
template <typename Attempt>
void with_patience(Attempt attempt, WhereBusy where_busy = WhereBusy::kSkips) {
  constexpr double kCalm = 0.01;
  const int enough = where_busy == WhereBusy::kSkips ? 3 : 5;
  testing::TestPartResultArray last;
  int counted = 0;
  for (int attempts = 0; attempts < 8 && counted < enough; ++attempts) {
    testing::TestPartResultArray results;
    const StolenTime stolen;
    {
      const testing::ScopedFakeTestPartResultReporter hidden(
          testing::ScopedFakeTestPartResultReporter::INTERCEPT_ONLY_CURRENT_THREAD, &results);
      attempt();
    }
    bool failed = false;
    std::string skipped;
    for (int i = 0; i < results.size(); ++i) {
      const testing::TestPartResult& result = results.GetTestPartResult(i);
      failed = failed || result.failed();
      if (result.skipped()) skipped = result.message();
    }
    if (!failed) {
      if (!skipped.empty()) GTEST_SKIP() << skipped;
      return;
    }
    if (where_busy == WhereBusy::kSkips && stolen.share() > kCalm) continue;
    ++counted;
    for (int i = 0; counted == enough && i < results.size(); ++i)
      last.Append(results.GetTestPartResult(i));
  }
  if (counted < enough)
    GTEST_SKIP() << "the hypervisor gave the CPUs to others in too many attempts";
  for (int i = 0; i < last.size(); ++i) {
    const testing::TestPartResult& result = last.GetTestPartResult(i);
    if (result.failed())
      ADD_FAILURE_AT(result.file_name(), result.line_number()) << result.message();
  }
}

/// TEST whose body is attempted with patience.
#define PATIENT_TEST(suite, name)                                \
  static void suite##_##name##_attempt();                        \
  TEST(suite, name) { with_patience(suite##_##name##_attempt); } \
  static void suite##_##name##_attempt()

/// The same for coarse bounds, which are never skipped.
#define REPEATED_TEST(suite, name)                                                  \
  static void suite##_##name##_attempt();                                           \
  TEST(suite, name) { with_patience(suite##_##name##_attempt, WhereBusy::kFails); } \
  static void suite##_##name##_attempt()

}  // namespace sockbench::test
