// When a server's memory is a line over its connections, and when it is none.

#include "bench/judge/memory_line.h"

#include <gtest/gtest.h>

#include <functional>
#include <vector>

namespace sockbench {
namespace {

MemoryFit fit(const std::vector<int>& connections, const std::function<double(int)>& bytes_at) {
  std::vector<MemoryPoint> points;
  for (const int number : connections) {
    points.push_back({number, static_cast<std::int64_t>(bytes_at(number)), std::nullopt});
  }
  return fit_memory(points, &MemoryPoint::user_bytes);
}

const std::vector<int> kSteps = {1, 250, 500, 750, 1000};

TEST(MemoryLine, TellsFixedFromPerConnection) {
  const MemoryFit ring = fit(kSteps, [](int n) { return 17e6 + 144 * n; });
  ASSERT_TRUE(ring.line) << ring.why_not;
  EXPECT_NEAR(ring.line->fixed_bytes, 17e6, 1);
  EXPECT_NEAR(ring.line->bytes_per_connection, 144, 0.01);
}

TEST(MemoryLine, IsAsExactAsPages) {
  const MemoryFit pages =
      fit({1, 50, 100, 150, 200}, [](int n) { return 4096.0 * (n * 80 / 4096); });
  EXPECT_TRUE(pages.line) << "20 bytes of a page are none or all of it; " << pages.why_not;
}

TEST(MemoryLine, IsNoneWhereMemoryComesAtOnce) {
  const MemoryFit step = fit({1, 50, 100, 150, 200}, [](int n) { return n > 1 ? 17e6 : 1e5; });
  EXPECT_FALSE(step.line);
  EXPECT_NE(step.why_not.find("memory_points"), std::string::npos);
}

TEST(MemoryLine, IsNoneWhereItBends) {
  EXPECT_FALSE(fit(kSteps, [](int n) { return 1000.0 * n + n * 1.0 * n; }).line);
  EXPECT_FALSE(fit(kSteps, [](int n) { return n < 600 ? 4000.0 * n : 2.4e6; }).line);
  EXPECT_TRUE(fit(kSteps, [](int n) { return 4000.0 * n + (n == 500 ? 3e4 : 0); }).line);
}

TEST(MemoryLine, IsNoneWithTooFewPoints) {
  EXPECT_FALSE(fit({}, [](int) { return 0; }).line);
  EXPECT_FALSE(fit({1, 2}, [](int n) { return n; }).line);
  EXPECT_FALSE(fit({5, 5, 5}, [](int n) { return n; }).line) << "one number of connections";
  const std::vector<MemoryPoint> unread(5);
  const MemoryFit none = fit_memory(unread, &MemoryPoint::kernel_bytes);
  EXPECT_FALSE(none.line);
  EXPECT_EQ(none.why_not, "it could not be read");
}

}  // namespace
}  // namespace sockbench
