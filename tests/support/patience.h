#pragma once

#include <gtest/gtest-spi.h>
#include <gtest/gtest.h>

#include <string>

#include "tests/support/process_stats.h"

namespace sockbench::test {

/// Runs `attempt`, a test that compares times, until it passes. A neighbour that takes the CPU away
/// can make right figures look wrong, but not wrong ones right: it fails when it did so three times
/// while the CPUs were its own. Where the hypervisor gave others more than a hundredth of their
/// time in each of eight attempts, nothing can be said, and the test is skipped.
template <typename Attempt>
void with_patience(Attempt attempt) {
  constexpr double kCalm = 0.01;
  testing::TestPartResultArray last;
  int calm = 0;
  for (int attempts = 0; attempts < 8 && calm < 3; ++attempts) {
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
    if (stolen.share() > kCalm) continue;
    ++calm;
    for (int i = 0; calm == 3 && i < results.size(); ++i) last.Append(results.GetTestPartResult(i));
  }
  if (calm < 3) GTEST_SKIP() << "the hypervisor gave the CPUs to others in too many attempts";
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

}  // namespace sockbench::test
