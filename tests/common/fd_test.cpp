#include "common/fd.h"

#include <fcntl.h>
#include <gtest/gtest.h>

#include <type_traits>
#include <vector>

#include "common/error.h"

namespace sockbench {
namespace {

Fd open_null() { return Fd(check(::open("/dev/null", O_RDONLY | O_CLOEXEC), "open /dev/null")); }

bool is_open(int fd) { return ::fcntl(fd, F_GETFD) >= 0; }

static_assert(!std::is_copy_constructible_v<Fd> && !std::is_copy_assignable_v<Fd>);
static_assert(std::is_nothrow_move_constructible_v<Fd>, "or vectors would need copies");
static_assert(!std::is_convertible_v<int, Fd>, "taking ownership is visible");

TEST(Fd, OwnsNothingAtFirst) {
  const Fd none;
  EXPECT_EQ(none.get(), -1);
  EXPECT_FALSE(none);
}

TEST(Fd, ClosesOnDestruction) {
  int number = -1;
  {
    const Fd fd = open_null();
    number = fd.get();
    EXPECT_TRUE(fd);
    EXPECT_TRUE(is_open(number));
  }
  EXPECT_FALSE(is_open(number));
}

TEST(Fd, MoveHandsOver) {
  Fd from = open_null();
  const int number = from.get();
  const Fd to(std::move(from));
  EXPECT_EQ(to.get(), number);
  EXPECT_FALSE(from);  // NOLINT(bugprone-use-after-move): that it is empty is the promise
  EXPECT_TRUE(is_open(number));
}

TEST(Fd, MoveAssignmentClosesWhatItHad) {
  Fd to = open_null();
  const int old = to.get();
  Fd from = open_null();
  const int number = from.get();
  to = std::move(from);
  EXPECT_FALSE(is_open(old));
  EXPECT_EQ(to.get(), number);
  EXPECT_TRUE(is_open(number));
}

TEST(Fd, SurvivesAssignmentToItself) {
  Fd fd = open_null();
  Fd& same = fd;
  fd = std::move(same);
  EXPECT_TRUE(fd);
  EXPECT_TRUE(is_open(fd.get()));
}

TEST(Fd, ReleaseGivesAway) {
  Fd fd = open_null();
  const int number = fd.release();
  EXPECT_FALSE(fd);
  EXPECT_TRUE(is_open(number));
  ::close(number);
}

TEST(Fd, ResetClosesOnce) {
  Fd fd = open_null();
  const int number = fd.get();
  fd.reset();
  EXPECT_FALSE(is_open(number));
  const Fd reused = open_null();  // the kernel gives the lowest free number
  ASSERT_EQ(reused.get(), number);
  fd.reset();
  EXPECT_TRUE(is_open(number));
}

TEST(Fd, SwapsInsideAVector) {
  std::vector<Fd> fds;
  fds.reserve(3);
  for (int i = 0; i < 3; ++i) fds.push_back(open_null());
  const int last = fds.back().get();
  std::swap(fds.back(), fds.back());
  std::swap(fds.front(), fds.back());
  EXPECT_EQ(fds.front().get(), last);
  fds.pop_back();
  EXPECT_TRUE(is_open(last));
}

}  // namespace
}  // namespace sockbench
