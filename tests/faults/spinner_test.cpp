// How long a calibrated spin takes, as the clock says.

#include "bench/faults/spinner.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "common/clock.h"

namespace sockbench::faults {
namespace {

/// The tenth percentile over batches: a moment without the CPU only makes one longer, and a batch
/// of a millisecond has several where neighbours are busy.
double ns_of_spin(std::uint64_t steps, int spins) {
  std::vector<double> batches(201);
  for (double& batch : batches) {
    const std::int64_t begin = now_ns();
    for (int i = 0; i < spins; ++i) Spinner::spin(steps);
    batch = static_cast<double>(now_ns() - begin) / spins;
  }
  std::nth_element(batches.begin(), batches.begin() + 20, batches.end());
  return batches[20];
}

class SpinOf : public testing::TestWithParam<int> {};

/// Calibrates and measures. On a shared machine the clock rate may change in between; the
/// calibration is right if the two agree in one of a few attempts.
TEST_P(SpinOf, IsRightWithinTenPercent) {
  const int ns = GetParam();
  const int spins = std::max(1, 20'000 / ns);
  std::vector<double> measured;
  for (int attempt = 0; attempt < 8; ++attempt) {
    const Spinner spinner;
    measured.push_back(ns_of_spin(spinner.steps_of(ns), spins));
    if (std::abs(measured.back() - ns) <= 0.1 * ns) return;
  }
  ADD_FAILURE() << "instead of " << ns << " ns: " << testing::PrintToString(measured);
}

INSTANTIATE_TEST_SUITE_P(Spinner, SpinOf, testing::Values(100, 300, 1'000, 10'000, 1'000'000),
                         [](const auto& tested) { return std::to_string(tested.param) + "ns"; });

TEST(Spinner, ShorterThanItsOverheadIsNothing) {
  const Spinner spinner;
  EXPECT_EQ(spinner.steps_of(0), 0U);
  EXPECT_GT(spinner.steps_of(1'000), 100U) << "the loop has a resolution of a few nanoseconds";
}

}  // namespace
}  // namespace sockbench::faults
