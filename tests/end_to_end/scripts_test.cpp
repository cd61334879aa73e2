// The shell scripts around the programs, in a copy of the tree whose other scripts and programs
// only note that they were called.

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>

#include "common/error.h"
#include "common/file.h"
#include "tests/end_to_end/sandbox.h"

namespace sockbench::test {
namespace {

namespace fs = std::filesystem;

const fs::path kSource = SOCKBENCH_SOURCE_DIR;

void expect_one_sentence(const Outcome& outcome, const std::string& script,
                         const std::string& named) {
  EXPECT_EQ(outcome.status, kExitUsage) << outcome.err;
  EXPECT_EQ(std::count(outcome.err.begin(), outcome.err.end(), '\n'), 1) << outcome.err;
  EXPECT_EQ(outcome.err.rfind(script + ": ", 0), 0U) << outcome.err;
  EXPECT_NE(outcome.err.find(named), std::string::npos) << outcome.err;
  EXPECT_EQ(outcome.out, "");
}

class Scripts : public testing::Test {
 protected:
  Scripts() {
    for (const char* script : {"bench/run_all.sh", "scripts/test.sh", "scripts/build.sh",
                               "scripts/setup.sh", "CMakePresets.json"}) {
      fs::create_directories(path(script).parent_path());
      fs::copy_file(kSource / script, path(script));
    }
  }

  fs::path path(const std::string& name) const { return folder_.path() / name; }

  /// Replaces a script or program by one that notes its arguments in calls.txt and runs `body`.
  void put_stub(const std::string& name, const std::string& body) const {
    const std::string note = "echo " + fs::path(name).filename().string() + " \"$@\" >> '" +
                             path("calls.txt").string() + "'\n";
    fs::remove(path(name));
    fs::permissions(folder_.write(name, "#!/bin/bash\n" + note + body + "\n"),
                    fs::perms::owner_all);
  }
  std::string calls() const {
    return fs::exists(path("calls.txt")) ? read_file(path("calls.txt")) : "";
  }

  /// Stubs for all that run_all.sh calls; `sockbench run` ends with `status` and leaves a run.json.
  void put_stubs(int status) const {
    put_stub("scripts/setup.sh", "");
    put_stub("scripts/build.sh", "");
    put_stub("scripts/report.sh", "echo the report");
    put_stub("build/release/bin/sockbench-micro",
             "while [[ $1 != --out ]]; do shift; done; echo '{\"benchmarks\": []}' > \"$2\"");
    put_stub("build/release/bin/sockbench",
             "[[ $1 == run ]] || exit 0\n"
             "while [[ $1 != --out ]]; do shift; done\n"
             "mkdir -p \"$2\" && echo '{}' > \"$2/run.json\"\n"
             "exit " +
                 std::to_string(status));
  }

  Outcome run_all(const std::vector<std::string>& flags) const {
    std::vector<std::string> command = {path("bench/run_all.sh")};
    command.insert(command.end(), flags.begin(), flags.end());
    return run_to_end(command);
  }

 private:
  TemporaryFolder folder_;
};

TEST_F(Scripts, UnknownFlags) {
  expect_one_sentence(run_to_end({path("scripts/test.sh"), "--bogus"}), "test", "--bogus");
  expect_one_sentence(run_to_end({path("scripts/setup.sh"), "--bogus"}), "setup", "--bogus");
  expect_one_sentence(run_to_end({path("scripts/build.sh"), "--bogus"}), "build", "--bogus");
  expect_one_sentence(run_to_end({path("scripts/build.sh"), "fast"}), "build", "'fast'");
  EXPECT_FALSE(fs::exists(path("build"))) << "nothing was begun";
}

TEST_F(Scripts, RunAllWithAnUnknownFlag) {
  put_stubs(0);
  fs::remove(path("build/release/bin/sockbench"));
  fs::create_symlink(built_programs() / "sockbench", path("build/release/bin/sockbench"));
  expect_one_sentence(run_all({"--bogus"}), "sockbench", "--bogus");
  EXPECT_FALSE(fs::exists(path("results"))) << "no directory for a run that never was";
  EXPECT_EQ(calls().find("report.sh"), std::string::npos);
}

TEST_F(Scripts, RunAllNeedsAFolderAfterOut) {
  put_stubs(0);
  expect_one_sentence(run_all({"--quick", "--out"}), "run_all", "--out");
  EXPECT_EQ(calls(), "");
}

TEST_F(Scripts, RunAllSetsUpBuildsRunsAndReports) {
  put_stubs(0);
  const std::string out = path("mine");
  const Outcome outcome = run_all({"--quick", "--out", out, "--models", "epoll"});
  EXPECT_EQ(outcome.status, 0) << outcome.err;
  const std::string log = calls();
  std::size_t place = 0;
  for (const std::string& step :
       {std::string("setup.sh"), std::string("build.sh release"),
        std::string("sockbench-micro --short --out "),
        "sockbench run --suite quick --out " + out + " --models epoll --micro ",
        "report.sh " + out}) {
    const std::size_t found = log.find(step, place);
    ASSERT_NE(found, std::string::npos) << step << " is not in order in:\n" << log;
    place = found;
  }
}

TEST_F(Scripts, RunAllHasAFlagForEachSuite) {
  put_stubs(0);
  EXPECT_EQ(run_all({"--full", "--out", path("out")}).status, 0);
  EXPECT_NE(calls().find("sockbench run --suite full "), std::string::npos) << calls();
  EXPECT_EQ(run_all({"--out", path("out")}).status, 0);
  EXPECT_NE(calls().find("sockbench run --suite standard "), std::string::npos) << calls();
}

TEST_F(Scripts, RunAllKeepsTheCostsOfSingleOperationsBesideTheRun) {
  put_stubs(0);
  EXPECT_EQ(run_all({"--out", path("out")}).status, 0);
  EXPECT_EQ(read_file(path("out/micro.json")), "{\"benchmarks\": []}\n");
  EXPECT_FALSE(fs::exists(path("out/micro.json.tmp")));
}

TEST_F(Scripts, RunAllGoesOnWithoutTheCostsOfSingleOperations) {
  put_stubs(0);
  put_stub("build/release/bin/sockbench-micro", "exit 4");
  const Outcome outcome = run_all({"--out", path("out")});
  EXPECT_EQ(outcome.status, 0);
  EXPECT_NE(outcome.err.find("sockbench-micro failed"), std::string::npos) << outcome.err;
  EXPECT_FALSE(fs::exists(path("out/micro.json")));
  EXPECT_EQ(calls().find("--micro"), std::string::npos) << calls();
  EXPECT_NE(calls().find("report.sh"), std::string::npos) << calls();
}

TEST_F(Scripts, RunAllTakesTheStandardSuiteAndAFolderOfItsOwn) {
  put_stubs(0);
  EXPECT_EQ(run_all({}).status, 0);
  EXPECT_NE(calls().find("sockbench run --suite standard --out results/"), std::string::npos)
      << calls();
}

TEST_F(Scripts, RunAllReportsWhatAFailedOrInterruptedRunMeasured) {
  for (const int status : {static_cast<int>(kExitFailed), static_cast<int>(kExitInterrupted)}) {
    put_stubs(status);
    fs::remove(path("calls.txt"));
    EXPECT_EQ(run_all({"--out", path("out")}).status, status);
    EXPECT_NE(calls().find("report.sh"), std::string::npos) << status;
  }
}

TEST_F(Scripts, RunAllStopsWhereSomethingFails) {
  put_stubs(0);
  put_stub("scripts/build.sh", "echo 'build: failed.' >&2; exit 4");
  const Outcome outcome = run_all({"--out", path("out")});
  EXPECT_EQ(outcome.status, kExitFailed);
  EXPECT_EQ(calls().find("sockbench"), std::string::npos) << calls();
}

}  // namespace
}  // namespace sockbench::test
