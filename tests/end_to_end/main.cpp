// Drives the built programs as a user does. The test program adopts what they leave behind, so that
// nothing can hide.

#include <gtest/gtest.h>

#include <csignal>

#include "tests/support/child_process.h"

int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  (void)std::signal(SIGPIPE, SIG_IGN);
  sockbench::test::adopt_orphans();
  const int status = RUN_ALL_TESTS();
  // ctest chooses suites by name: a name that fits nothing is a mistake, not a success.
  return testing::UnitTest::GetInstance()->test_to_run_count() > 0 ? status : 1;
}
