// The micro-benchmark program, run as a user runs it with hardly any time: what it measures, under
// which names, and what it says to mistakes.

#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "bench/judge/micro_cost.h"
#include "common/error.h"
#include "common/file.h"
#include "tests/bench/temporary_folder.h"
#include "tests/support/child_process.h"

namespace sockbench::test {
namespace {

struct Outcome {
  int status = -1;
  std::string out;
  std::string err;
};

Outcome run_micro(const std::vector<std::string>& flags) {
  std::vector<std::string> command = {SOCKBENCH_MICRO};
  command.insert(command.end(), flags.begin(), flags.end());
  ChildProcess program(command);
  program.close_stdin();
  Outcome outcome;
  outcome.out = program.read_to_end();
  outcome.status = program.wait_for_exit().value_or(-1);
  outcome.err = program.stderr_text();
  return outcome;
}

std::set<std::string> lines_of(const std::string& text) {
  std::set<std::string> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) lines.insert(line);
  return lines;
}

/// The names in the first column of the table of results/micro/README.md, one row for each.
std::set<std::string> documented_names() {
  const std::string start = "| `";
  std::set<std::string> names;
  for (const std::string& line :
       lines_of(read_file(std::string(SOCKBENCH_SOURCE_DIR) + "/results/micro/README.md"))) {
    if (line.rfind(start, 0) != 0) continue;
    names.insert(line.substr(start.size(), line.find('`', start.size()) - start.size()));
  }
  return names;
}

TEST(Micro, ListsWhatIsDocumented) {
  const Outcome listed = run_micro({"--list"});
  EXPECT_EQ(listed.status, kExitOk) << listed.err;
  const std::set<std::string> names = lines_of(listed.out);
  EXPECT_GT(names.size(), 80U);
  EXPECT_EQ(names, documented_names()) << "type: scripts/studies/micro_table.py";
}

/// One run for all tests of figures.
const MicroCosts& measured() {
  static const MicroCosts costs = [] {
    const TemporaryFolder folder;
    const std::string path = folder.path() / "micro.json";
    const Outcome run = run_micro({"--repetitions", "5", "--seconds", "0.001", "--out", path});
    EXPECT_EQ(run.status, kExitOk) << run.err;
    EXPECT_EQ(run.err, "");
    EXPECT_FALSE(std::filesystem::exists(path + ".tmp"));
    return read_micro_costs(path);
  }();
  return costs;
}

TEST(Micro, MeasuresEveryNameOrSaysWhyNot) {
  const std::set<std::string> names = documented_names();
  for (const std::string& name : names) {
    ASSERT_TRUE(measured().contains(name)) << name;
    const MicroCost& cost = measured().at(name);
    if (cost.measured()) {
      EXPECT_GT(cost.low_ns, 0) << name;
      EXPECT_LE(cost.low_ns, cost.median_ns) << name;
      EXPECT_LE(cost.median_ns, cost.high_ns) << name;
    } else {
      EXPECT_NE(cost.reason, "") << name;
    }
  }
  EXPECT_EQ(measured().size(), names.size());
}

/// What no container or limit of this project's machines forbids.
TEST(Micro, MeasuresWhatEveryMachinePermits) {
  for (const char* name : {"recv/data/64",
                           "recv/eagain",
                           "send/64",
                           "accept_close",
                           "accept/eagain",
                           "epoll_ctl/mod",
                           "read/signalfd",
                           "select/descriptors:64/ready:1",
                           "poll/descriptors:64/ready:64",
                           "epoll_wait/descriptors:512/ready:1",
                           "thread/create_join",
                           "process/fork_wait",
                           "switch/thread_futex",
                           "switch/process_pipe",
                           "copy/memcpy/64",
                           "copy/send/64",
                           "copy/send_recv/65536",
                           "copy/send_full_buffer",
                           "pause/stop_continue/threads:1",
                           "own/histogram_record",
                           "own/session_step/64"}) {
    EXPECT_TRUE(measured().at(name).measured()) << name << ": " << measured().at(name).reason;
  }
}

/// The least of the repetitions' quartiles, which other work on the machine hardly raises.
double low(const std::string& name) { return measured().at(name).low_ns; }

TEST(Micro, WhatIsDearerByFarIsDearer) {
  EXPECT_GT(low("select/descriptors:1000/ready:1"), 5 * low("select/descriptors:1/ready:1"));
  EXPECT_GT(low("poll/descriptors:1000/ready:1"), 5 * low("poll/descriptors:1/ready:1"));
  EXPECT_LT(low("epoll_wait/descriptors:1000/ready:1"), low("poll/descriptors:1000/ready:1") / 3);
  EXPECT_GT(low("copy/memcpy/1048576"), 100 * low("copy/memcpy/64"));
  EXPECT_GT(low("copy/send_recv/1048576"), 2 * low("copy/send_recv/64"));
  EXPECT_GT(low("process/fork_wait"), low("thread/create_join"));
  EXPECT_LT(low("switch/coroutine_resume"), low("switch/thread_futex") / 10);
  EXPECT_LT(low("switch/boost_context"), low("switch/process_pipe") / 10);
}

TEST(Micro, MistakesAreOneSentence) {
  for (const std::vector<std::string>& flags : {std::vector<std::string>{"--bogus"},
                                                {"--cpu", "100000"},
                                                {"--cpu", "first"},
                                                {"--filter", "nothing-has-this-name"},
                                                {"--filter", "["},
                                                {"--repetitions", "0"},
                                                {"--seconds", "0"},
                                                {"--seconds", "nan"},
                                                {"--out", "/proc/no-such-folder/micro.json"}}) {
    const Outcome outcome = run_micro(flags);
    EXPECT_EQ(outcome.status, kExitUsage) << flags.front();
    EXPECT_EQ(std::count(outcome.err.begin(), outcome.err.end(), '\n'), 1) << outcome.err;
    EXPECT_EQ(outcome.err.rfind("sockbench-micro: ", 0), 0U) << outcome.err;
    EXPECT_NE(outcome.err.find(flags.front()), std::string::npos) << outcome.err;
    EXPECT_EQ(outcome.out, "");
  }
}

/// Too few descriptors for thousands of connections: skipped, with a reason that says so.
TEST(Micro, WhatTheMachineForbidsIsSkippedWithItsReason) {
  const TemporaryFolder folder;
  const std::string path = folder.path() / "micro.json";
  ChildProcess program({"/bin/sh", "-c",
                        "ulimit -n 1000 && exec setpriv --bounding-set -all --inh-caps -all "
                        "--no-new-privs \"$0\" --repetitions 3 --seconds 0.001 "
                        "--filter '^poll/descriptors:(64|1000)/ready:1$' --out \"$1\"",
                        SOCKBENCH_MICRO, path});
  program.close_stdin();
  program.read_to_end();
  ASSERT_EQ(program.wait_for_exit(), kExitOk) << program.stderr_text();
  const MicroCosts costs = read_micro_costs(path);
  ASSERT_EQ(costs.size(), 2U);
  EXPECT_TRUE(costs.at("poll/descriptors:64/ready:1").measured());
  const MicroCost& skipped = costs.at("poll/descriptors:1000/ready:1");
  EXPECT_FALSE(skipped.measured());
  EXPECT_NE(skipped.reason.find("descriptors"), std::string::npos) << skipped.reason;
}

}  // namespace
}  // namespace sockbench::test
