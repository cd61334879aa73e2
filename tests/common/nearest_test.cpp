#include "common/nearest.h"

#include <gtest/gtest.h>

namespace sockbench::test {
namespace {

TEST(EditDistance, Table) {
  struct Case {
    const char* a;
    const char* b;
    std::size_t distance;
  };
  const std::vector<Case> cases = {
      {"", "", 0},           {"epoll", "epoll", 0},       {"", "poll", 4},
      {"poll", "", 4},       {"epol", "epoll", 1},        {"epolll", "epoll", 1},
      {"apoll", "epoll", 1}, {"peoll", "epoll", 1},       {"eplol", "epoll", 1},
      {"EPoll", "epoll", 0}, {"io-uring", "io_uring", 0}, {"kitten", "sitting", 3},
      {"ab", "ba", 1},       {"abc", "cab", 2},
  };
  for (const Case& c : cases) {
    EXPECT_EQ(edit_distance(c.a, c.b), c.distance) << c.a << " " << c.b;
    EXPECT_EQ(edit_distance(c.b, c.a), c.distance) << "the other way: " << c.a << " " << c.b;
  }
}

TEST(Nearest, Table) {
  const std::vector<std::string> models = {"blocking", "epoll",    "epoll_edge", "poll",
                                           "select",   "threaded", "io_uring"};
  struct Case {
    const char* typed;
    const char* meant;  ///< null: nothing is near
  };
  const std::vector<Case> cases = {
      {"epol", "epoll"},        {"epoll_egde", "epoll_edge"},
      {"pol", "poll"},          {"slect", "select"},
      {"thraeded", "threaded"}, {"IO-URING", "io_uring"},
      {"iouring", "io_uring"},  {"blokking", "blocking"},
      {"kqueue", nullptr},      {"", nullptr},
      {"x", nullptr},           {"libevent", nullptr},
      {"epoll", "epoll"},       {"lolp", nullptr},
  };
  for (const Case& c : cases) {
    const auto found = nearest(c.typed, models);
    EXPECT_EQ(found.value_or("nothing"), c.meant == nullptr ? "nothing" : c.meant) << c.typed;
  }
  EXPECT_EQ(nearest("epoll", {}), std::nullopt);
}

TEST(Nearest, AShortNameIsNotReplacedWhole) {
  EXPECT_EQ(nearest("a", {"b"}), std::nullopt);
  EXPECT_EQ(nearest("ab", {"ac", "xy"}), "ac");
}

TEST(DidYouMean, OrWhatElse) {
  EXPECT_EQ(did_you_mean("epol", {"epoll"}, "see."), "did you mean 'epoll'?");
  EXPECT_EQ(did_you_mean("kqueue", {"epoll"}, "see."), "see.");
}

}  // namespace
}  // namespace sockbench::test
