// What tells a load generator's wrong stamps from right ones.

#include "common/stamp_check.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "common/clock.h"

namespace sockbench {
namespace {

constexpr std::int64_t kUs = kNsPerUs;

StampErrors errors_of(int samples, std::int64_t error_ns) {
  StampErrors errors;
  for (int i = 0; i < samples; ++i) errors.record_send(error_ns);
  return errors;
}

/// The part of the sentence that says what is wrong; empty when nothing is.
std::string problem(const StampErrors& errors, std::int64_t response_ns = 100 * kUs) {
  return stamp_problem(errors, response_ns).value_or("");
}

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

TEST(StampProblem, NoneWhereStampsAgree) {
  EXPECT_EQ(problem({}), "");
  EXPECT_EQ(problem(errors_of(5000, 2 * kUs)), "");
  EXPECT_EQ(problem(errors_of(5000, -500)), "") << "reading two clocks takes as long";
}

TEST(StampProblem, SendsStampedTooEarly) {
  EXPECT_EQ(problem(errors_of(100, 24 * kUs)), "");
  const std::string text = problem(errors_of(100, 30 * kUs));
  EXPECT_TRUE(has(text, "stamped 30.0 µs before the kernel sends them (p50")) << text;
  EXPECT_TRUE(has(text, "the limit is 25.0 µs")) << text;
}

TEST(StampProblem, TheLimitGrowsWithTheResponseTime) {
  EXPECT_EQ(problem(errors_of(100, 45 * kUs), 1000 * kUs), "") << "below 5 %";
  EXPECT_NE(problem(errors_of(100, 55 * kUs), 1000 * kUs), "");
  EXPECT_TRUE(stamp_problem(errors_of(100, 55 * kUs), std::nullopt).has_value())
      << "without a reply the fixed limit counts";
}

TEST(StampProblem, SendsStampedAfterTheKernelSentThem) {
  StampErrors errors = errors_of(990, 2 * kUs);
  errors.merge(errors_of(10, -3 * kUs));
  EXPECT_EQ(problem(errors), "") << "one in a hundred may be a step of the clock";
  errors.merge(errors_of(5, -3 * kUs));
  const std::string text = problem(errors);
  EXPECT_TRUE(has(text, "1.5 % of the sampled sends were stamped after")) << text;
}

TEST(StampProblem, TheSlowestHundredthCountsFromAThousandSamplesOn) {
  const auto with_tail = [](int samples) {
    StampErrors errors = errors_of(samples, 2 * kUs);
    errors.merge(errors_of(samples / 20, 150 * kUs));
    return errors;
  };
  EXPECT_EQ(problem(with_tail(500)), "");
  const std::string text = problem(with_tail(1000));
  EXPECT_TRUE(has(text, "(p99 of the samples; the limit is 100 µs")) << text;
  EXPECT_EQ(problem(with_tail(1000), 1000 * kUs), "") << "below 20 % of the response time";
}

TEST(StampProblem, RepliesReadBeforeTheyArrived) {
  StampErrors errors;
  for (int i = 0; i < 98; ++i) errors.record_arrival(5 * kUs);
  errors.record_arrival(-500);
  errors.record_arrival(-2 * kUs);
  EXPECT_EQ(problem(errors), "");
  errors.record_arrival(-2 * kUs);
  EXPECT_TRUE(has(problem(errors), "of the replies were stamped as read before they arrived"));
}

TEST(StampProblem, FewSamplesDecideNothing) {
  EXPECT_EQ(problem(errors_of(19, kNsPerMs)), "");
  EXPECT_EQ(problem(errors_of(19, -kNsPerMs)), "");
  EXPECT_NE(problem(errors_of(20, kNsPerMs)), "");
  EXPECT_NE(problem(errors_of(20, -kNsPerMs)), "");
}

TEST(StampErrors, MergingAddsEveryField) {
  StampErrors a = errors_of(3, -2 * kUs);
  a.record_arrival(-2 * kUs);
  a.record_arrival(0);
  StampErrors sum = a;
  sum.merge(a);
  EXPECT_EQ(sum.send.count(), 6U);
  EXPECT_EQ(sum.after_send, 6U);
  EXPECT_EQ(sum.arrivals, 4U);
  EXPECT_EQ(sum.before_arrival, 2U);
}

}  // namespace
}  // namespace sockbench
