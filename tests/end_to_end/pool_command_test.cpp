// `sockbench pool`: what it writes, says and refuses.

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "common/error.h"
#include "common/file.h"
#include "tests/end_to_end/sandbox.h"

namespace sockbench::test {
namespace {

namespace fs = std::filesystem;
using nlohmann::ordered_json;

const std::string kReference = SOCKBENCH_SOURCE_DIR "/results/reference";

Outcome sockbench(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), built_programs() / "sockbench");
  return run_to_end(arguments);
}

/// The committed run as another one, of a day later.
ordered_json later_run() {
  auto run = ordered_json::parse(read_file(kReference + "/run.json"));
  run["started_at"] = "2027-01-01T00:00:00Z";
  run["plan"]["seed"] = 99;
  return run;
}

TEST(PoolCommand, WritesAResultThatIsValidAndAPage) {
  const TemporaryFolder folder;
  folder.write("later/run.json", later_run().dump());
  const std::string out = folder.path() / "deep/pool";
  const Outcome outcome = sockbench({"pool", kReference, folder.path() / "later", "--out", out});
  EXPECT_EQ(outcome.status, kExitOk) << outcome.err;
  EXPECT_NE(outcome.out.find("2 runs of suite 'standard'"), std::string::npos) << outcome.out;
  EXPECT_NE(outcome.out.find("moved between runs    none"), std::string::npos) << outcome.out;
  EXPECT_NE(outcome.out.find(out + "/pool.json"), std::string::npos) << outcome.out;

  const Outcome valid = sockbench({"validate", out + "/pool.json"});
  EXPECT_EQ(valid.status, kExitOk) << valid.err;
  EXPECT_NE(valid.out.find("is a valid pool."), std::string::npos) << valid.out;
  const auto pool = ordered_json::parse(read_file(out + "/pool.json"));
  const auto run = ordered_json::parse(read_file(kReference + "/run.json"));
  EXPECT_EQ(pool["comparisons"].size(), run["comparisons"].size());
  EXPECT_EQ(pool["cells"].size(), run["cells"].size());
  EXPECT_EQ(pool["claims"].size(), run["claims"].size());
  EXPECT_EQ(pool["runs"][1]["seed"], 99);
  EXPECT_EQ(pool["reproducibility"]["disjoint"], 0) << "the runs are equal";
  const auto with_interval =
      std::count_if(run["comparisons"].begin(), run["comparisons"].end(),
                    [](const ordered_json& each) { return !each["ci95"].is_null(); });
  EXPECT_EQ(pool["reproducibility"]["compared"], with_interval);
  EXPECT_LT(fs::file_size(out + "/pool.json"), 500'000U) << "it is to be committed";
  EXPECT_NE(read_file(out + "/pool.md").find("| `select` |"), std::string::npos);

  const Outcome models =
      sockbench({"models-md", kReference + "/run.json", "--pool", out + "/pool.json"});
  EXPECT_EQ(models.status, kExitOk) << models.err;
  EXPECT_NE(models.out.find("pooled over 2 runs"), std::string::npos) << models.out;
}

TEST(PoolCommand, RefusesWhatIsNoPoolAndWritesNothing) {
  const TemporaryFolder folder;
  ordered_json run = later_run();
  run["plan"]["margin"] = 0.05;
  const std::string other = folder.write("other/run.json", run.dump());
  const std::string out = folder.path() / "out";
  const std::vector<Mistake> mistakes = {
      {{kReference}, "at least two runs"},
      {{kReference, kReference}, "is the same run as"},
      {{kReference, other}, "the margin is 0.02 in the first and 0.05 in the second"},
      {{kReference, folder.path()}, "holds no run.json"},
  };
  for (const Mistake& mistake : mistakes) {
    std::vector<std::string> arguments = {"pool", "--out", out};
    arguments.insert(arguments.end(), mistake.arguments.begin(), mistake.arguments.end());
    const Outcome outcome = sockbench(arguments);
    EXPECT_EQ(outcome.status, kExitUsage);
    EXPECT_NE(outcome.err.find(mistake.named), std::string::npos) << outcome.err;
    EXPECT_EQ(outcome.out, "");
    EXPECT_FALSE(fs::exists(out));
  }
  const Outcome models =
      sockbench({"models-md", kReference + "/run.json", "--pool", kReference + "/run.json"});
  EXPECT_EQ(models.status, kExitUsage);
  EXPECT_NE(models.err.find("is not a valid pool"), std::string::npos) << models.err;
}

}  // namespace
}  // namespace sockbench::test
