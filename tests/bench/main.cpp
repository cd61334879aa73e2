// The tests of the harness's parts. As in the harness, a write to a dead child is an error, not the
// end of the program.

#include <gtest/gtest.h>

#include <csignal>

#include "tests/support/child_process.h"

int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  (void)std::signal(SIGPIPE, SIG_IGN);
  sockbench::test::adopt_orphans();
  return RUN_ALL_TESTS();
}
