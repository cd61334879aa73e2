#pragma once

#include <gtest/gtest.h>
#include <sys/types.h>

#include <string>
#include <vector>

#include "tests/support/deadline.h"

namespace sockbench::test {

/// A process as /proc shows it.
struct Process {
  pid_t pid = 0;
  pid_t parent = 0;
  char state = 'X';  ///< 'S' sleeping, 'T' stopped, 'Z' dead and not yet reaped …
  std::vector<std::string> command;
};

std::vector<Process> children_of(pid_t parent);

/// A server of this model that `sockbench` started to be measured, once it has used CPU time for
/// requests, so that the run is under way. Throws std::runtime_error when none comes in time.
pid_t working_server(pid_t sockbench, const std::string& model);

/// Whether every process that the programs under test left behind ends in time: orphans come to the
/// test program. Call it when no other child is alive.
testing::AssertionResult nothing_is_left(Deadline deadline = Deadline());

}  // namespace sockbench::test
