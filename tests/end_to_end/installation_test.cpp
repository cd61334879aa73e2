// What `cmake --install` puts into an empty prefix works by itself, and so does the package's
// content.

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <regex>

#include "common/file.h"
#include "tests/end_to_end/help_texts.h"
#include "tests/end_to_end/sandbox.h"

namespace sockbench::test {
namespace {

namespace fs = std::filesystem;

/// Installed once for all tests of the suite.
class Installation : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    installed_folder = std::make_unique<TemporaryFolder>();
    install_outcome = run_to_end({SOCKBENCH_CMAKE, "--install", SOCKBENCH_BUILD_DIR, "--prefix",
                                  (installed_folder->path() / "prefix").string(), "--strip"},
                                 Deadline(milliseconds(60'000)));
  }
  static void TearDownTestSuite() { installed_folder.reset(); }
  void SetUp() override { ASSERT_EQ(install_outcome.status, 0) << install_outcome.err; }

  static fs::path prefix(const std::string& name) {
    return installed_folder->path() / "prefix" / name;
  }
  static fs::path work(const std::string& name) { return installed_folder->path() / "work" / name; }

  /// Runs a shell command in an empty folder, with nothing of the build in its environment.
  static Outcome shell(const std::string& command) {
    fs::create_directories(work(""));
    return run_to_end({"/usr/bin/env", "-i", "HOME=" + work("").string(),
                       "PATH=" + prefix("bin").string() + ":/usr/bin:/bin", "/bin/bash", "-c",
                       "cd '" + work("").string() + "' && " + command},
                      Deadline(milliseconds(60'000)));
  }

  static std::unique_ptr<TemporaryFolder> installed_folder;
  static Outcome install_outcome;
};

std::unique_ptr<TemporaryFolder> Installation::installed_folder;
Outcome Installation::install_outcome;

TEST_F(Installation, RunsAndReportsFromAnEmptyFolder) {
  const Outcome run = shell(
      "sockbench run --suite quick --models epoll,select --workloads pingpong --restarts 2 "
      "--out out");
  EXPECT_EQ(run.status, 0) << run.err;
  EXPECT_EQ(shell("sockbench validate out/run.json").status, 0);
  const Outcome report = shell("sockbench report-md out/run.json --out out/report.md");
  EXPECT_EQ(report.status, 0) << report.err;
  EXPECT_NE(read_file(work("out/report.md")).find("select"), std::string::npos);
  const auto json = nlohmann::ordered_json::parse(read_file(work("out/run.json")));
  EXPECT_FALSE(json["claims"].empty()) << "the claims were found";
  EXPECT_TRUE(json.contains("advice")) << "the rules were found";
}

TEST_F(Installation, HasTheSameNamesAsTheBuild) {
  for (const char* kind : {"models", "workloads", "suites", "claims", "contestants"}) {
    const Outcome installed = shell(std::string("sockbench names ") + kind);
    EXPECT_EQ(installed.out, output_of({built_programs() / "sockbench", "names", kind}));
    EXPECT_NE(installed.out, "") << kind;
  }
}

TEST_F(Installation, HasWhatStandsAroundThePrograms) {
  for (const char* file :
       {"bin/sockbench-micro", "bin/loadgen", "bin/server-epoll", "bin/sockbench-report",
        "bin/sockbench-run-all", "bin/contestant-bare_epoll", "bin/libsockbench_fault.so",
        "share/sockbench/advice.json", "share/sockbench/cost_model.json",
        "share/sockbench/run.schema.json", "share/sockbench/pool.schema.json",
        "share/sockbench/contestants/asyncio_echo.py", "share/sockbench/scripts/report/main.mjs",
        "share/man/man1/sockbench.1", "share/man/man1/server-epoll.1",
        "share/bash-completion/completions/sockbench", "share/zsh/site-functions/_sockbench"}) {
    EXPECT_TRUE(fs::exists(prefix(file))) << file;
  }
  EXPECT_FALSE(fs::exists(prefix("share/sockbench/scripts/report/node_modules")));
  EXPECT_EQ(shell("server-select --describe").status, 0);
}

TEST_F(Installation, NoFileNamesTheSourceTree) {
  const std::string source = SOCKBENCH_SOURCE_DIR;
  int files = 0;
  for (const auto& entry : fs::recursive_directory_iterator(prefix(""))) {
    if (!entry.is_regular_file()) continue;
    ++files;
    EXPECT_EQ(read_file(entry.path()).find(source + "/bench"), std::string::npos) << entry.path();
  }
  EXPECT_GT(files, 60);
}

TEST_F(Installation, TheScriptsRefuseInOneSentence) {
  const Outcome report = shell("sockbench-report nowhere");
  EXPECT_EQ(report.status, 2);
  EXPECT_NE(report.err.find("nowhere/run.json is missing"), std::string::npos) << report.err;
  const Outcome all = shell("sockbench-run-all --quick --out");
  EXPECT_EQ(all.status, 2);
  EXPECT_EQ(std::count(all.err.begin(), all.err.end(), '\n'), 1) << all.err;
}

TEST(Package, HoldsTheProgramsAndNamesItsLibraries) {
  if (!fs::exists("/usr/bin/dpkg-shlibdeps")) GTEST_SKIP() << "dpkg-dev is not installed";
  const TemporaryFolder folder;
  const Outcome made = run_to_end(
      {SOCKBENCH_CPACK, "--config", std::string(SOCKBENCH_BUILD_DIR) + "/CPackConfig.cmake", "-G",
       "DEB", "-B", folder.path().string()},
      Deadline(milliseconds(100'000)));
  ASSERT_EQ(made.status, 0) << made.out << made.err;
  fs::path package;
  for (const auto& entry : fs::directory_iterator(folder.path())) {
    if (entry.path().extension() == ".deb") package = entry.path();
  }
  const std::string content = output_of({"/usr/bin/dpkg-deb", "--contents", package});
  for (const char* file :
       {"./usr/bin/sockbench\n", "./usr/bin/server-io_uring\n",
        "./usr/share/sockbench/workloads/busy.json\n", "./usr/share/man/man1/sockbench.1\n"}) {
    EXPECT_NE(content.find(file), std::string::npos) << file;
  }
  const std::string depends = output_of({"/usr/bin/dpkg-deb", "--field", package, "Depends"});
  for (const char* library : {"libc6", "liburing2", "libhiredis"}) {
    EXPECT_NE(depends.find(library), std::string::npos) << depends;
  }
}

}  // namespace
}  // namespace sockbench::test
