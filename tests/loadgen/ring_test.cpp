#include "common/ring.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <deque>

#include "common/random.h"

namespace sockbench {
namespace {

void expect_same(Ring<std::uint64_t>& ring, const std::deque<std::uint64_t>& model) {
  ASSERT_EQ(ring.size(), model.size());
  ASSERT_EQ(ring.empty(), model.empty());
  if (!model.empty()) {
    ASSERT_EQ(ring.front(), model.front());
  }
  for (std::size_t i = 0; i < model.size(); ++i) ASSERT_EQ(ring.at(i), model[i]);
}

// Growing is tried at every position of the oldest element, since pushes and pops alternate.
TEST(Ring, BehavesLikeADeque) {
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    Random random(seed);
    Ring<std::uint64_t> ring;
    std::deque<std::uint64_t> model;
    for (int step = 0; step < 400; ++step) {
      // Long enough stretches of mostly pushing and of mostly popping to grow and to run empty.
      const bool filling = step / 80 % 2 == 0;
      const std::uint64_t dice = random.below(100);
      if (dice == 0) {
        ring.clear();
        model.clear();
      } else if (dice < (filling ? 70U : 30U)) {
        ring.push(dice * 1000 + static_cast<std::uint64_t>(step));
        model.push_back(dice * 1000 + static_cast<std::uint64_t>(step));
      } else if (!model.empty()) {
        ring.pop();
        model.pop_front();
      }
      ASSERT_NO_FATAL_FAILURE(expect_same(ring, model)) << "seed " << seed << ", step " << step;
    }
  }
}

TEST(Ring, TheFrontCanBeChanged) {
  Ring<int> ring;
  ring.push(1);
  ring.push(2);
  ring.front() = 10;
  EXPECT_EQ(ring.at(0), 10);
  EXPECT_EQ(ring.at(1), 2);
}

TEST(RingDeathTest, MisuseIsAProgrammerError) {
  Ring<int> ring;
  EXPECT_DEATH(ring.pop(), "assertion failed");
  EXPECT_DEATH((void)ring.front(), "assertion failed");
  ring.push(1);
  EXPECT_DEATH((void)ring.at(1), "assertion failed");
}

}  // namespace
}  // namespace sockbench
