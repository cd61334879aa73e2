// The test program adopts what servers leave behind: a neighbour is an orphan.

#include <gtest/gtest.h>

#include <csignal>

#include "tests/support/child_process.h"

int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  (void)std::signal(SIGPIPE, SIG_IGN);
  sockbench::test::adopt_orphans();
  return RUN_ALL_TESTS();
}
