// `sockbench export`, read by programs of other hands: Python's csv module and Google Benchmark's
// compare.py. tests/end_to_end/hdr_export.test.mjs reads the histogram log.

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <map>

#include "common/error.h"
#include "common/file.h"
#include "tests/end_to_end/sandbox.h"

namespace sockbench::test {
namespace {

using nlohmann::ordered_json;

constexpr const char* kReference = SOCKBENCH_SOURCE_DIR "/results/reference/run.json";
constexpr const char* kCompare = "/usr/share/benchmark/compare.py";
constexpr const char* kModules =
    "PYTHONPATH=" SOCKBENCH_SOURCE_DIR "/tests/end_to_end/compare_modules";

const ordered_json& reference_run() {
  static const auto run = ordered_json::parse(read_file(kReference));
  return run;
}

/// What `sockbench export` with these arguments and the reference run prints.
std::string exported(const std::string& format) {
  const Outcome outcome =
      run_to_end({built_programs() / "sockbench", "export", "--format", format, kReference});
  EXPECT_EQ(outcome.status, kExitOk) << outcome.err;
  EXPECT_EQ(outcome.err, "");
  return outcome.out;
}

TEST(Export, WritesFilesToo) {
  const TemporaryFolder folder;
  const std::string file = folder.path() / "medians.json";
  const Outcome outcome = run_to_end({built_programs() / "sockbench", "export", "--format",
                                      "gbench", "--medians", "--out", file, kReference});
  EXPECT_EQ(outcome.status, kExitOk) << outcome.err;
  EXPECT_EQ(outcome.out + outcome.err, "");
  const auto medians = ordered_json::parse(read_file(file));
  const auto all = ordered_json::parse(exported("gbench"));
  EXPECT_GT(medians["benchmarks"].size(), 100U);
  EXPECT_GT(all["benchmarks"].size(), medians["benchmarks"].size());
}

TEST(Export, BencherHasEveryContestantOfTheReferenceRun) {
  const auto document = ordered_json::parse(exported("bmf"));
  for (const ordered_json& contestant : reference_run()["contestants"]) {
    const std::string prefix = contestant["name"].get<std::string>() + "/";
    bool found = false;
    for (const auto& [benchmark, measures] : document.items()) {
      found = found || benchmark.starts_with(prefix);
    }
    EXPECT_TRUE(found) << prefix;
  }
}

TEST(Export, PythonReadsTheCsv) {
  const TemporaryFolder folder;
  const std::string file = folder.write("run.csv", exported("csv"));
  const Outcome outcome =
      run_to_end({"/usr/bin/python3", "-c",
                  "import csv, json, sys\n"
                  "with open(sys.argv[1], newline='', encoding='utf-8') as file:\n"
                  "    print(json.dumps(list(csv.DictReader(file, strict=True))))\n",
                  file});
  ASSERT_EQ(outcome.status, 0) << outcome.err;
  const auto rows = ordered_json::parse(outcome.out);
  const ordered_json& cells = reference_run()["cells"];
  ASSERT_EQ(rows.size(), cells.size());
  for (std::size_t i = 0; i < rows.size(); ++i) {
    EXPECT_EQ(rows[i].size(), rows[0].size()) << i;
    EXPECT_FALSE(rows[i].contains("null")) << "more fields than columns: " << i;
    EXPECT_EQ(rows[i]["contestant"], cells[i]["contestant"]);
    EXPECT_EQ(rows[i]["workload"], cells[i]["workload"]);
    const std::string text = rows[i]["achieved_rps.median"];
    const ordered_json& rate = cells[i]["achieved_rps"];
    ASSERT_EQ(text.empty(), rate.is_null()) << i;
    if (text.empty()) continue;
    EXPECT_EQ(std::stod(text), rate["median"].get<double>()) << i;
  }
}

/// The reference run with one workload only, where this contestant costs `factor` times as much.
ordered_json small_run(const std::string& contestant, double factor) {
  ordered_json run = reference_run();
  ordered_json cells = ordered_json::array();
  for (ordered_json& cell : run["cells"]) {
    if (cell["workload"] != "busy") continue;
    if (cell["contestant"] == contestant) {
      for (ordered_json& value : cell["server"]["cpu_ns_per_request"]["per_restart"]) {
        value = value.get<double>() * factor;
      }
    }
    cells.push_back(std::move(cell));
  }
  run["cells"] = std::move(cells);
  return run;
}

class ExportForGoogleBenchmark : public testing::Test {
 protected:
  void SetUp() override {
    if (!std::filesystem::exists(kCompare)) {
      GTEST_SKIP() << kCompare << " is missing (Debian: libbenchmark-tools)";
    }
  }

  /// The export of `run` as a file.
  std::string export_of(const ordered_json& run, const std::string& name) const {
    const std::string file = folder_.write(name + ".run.json", run.dump());
    std::string out = folder_.path() / (name + ".json");
    const Outcome outcome = run_to_end(
        {built_programs() / "sockbench", "export", "--format", "gbench", file, "--out", out});
    EXPECT_EQ(outcome.status, kExitOk) << outcome.err;
    return out;
  }

  /// compare.py's measurements by benchmark, and what it printed.
  std::pair<std::map<std::string, ordered_json>, std::string> compared(
      const std::vector<std::string>& arguments) const {
    const std::string dump = folder_.path() / "compared.json";
    std::vector<std::string> command = {"/usr/bin/env",
                                        kModules,
                                        "PYTHONDONTWRITEBYTECODE=1",
                                        "/usr/bin/python3",
                                        kCompare,
                                        "--no-color",
                                        "-d",
                                        dump};
    command.insert(command.end(), arguments.begin(), arguments.end());
    const Outcome outcome = run_to_end(command);
    EXPECT_EQ(outcome.status, 0) << outcome.err;
    std::map<std::string, ordered_json> measurements;
    for (const ordered_json& benchmark : ordered_json::parse(read_file(dump))) {
      measurements[benchmark["name"]] = benchmark["measurements"];
    }
    return {measurements, outcome.out};
  }

 private:
  TemporaryFolder folder_;
};

TEST_F(ExportForGoogleBenchmark, TwoRuns) {
  const std::string monday = export_of(small_run("epoll", 1), "monday");
  const std::string tuesday = export_of(small_run("epoll", 1.1), "tuesday");
  const auto [measurements, text] = compared({"benchmarks", monday, tuesday});
  const std::string changed = "epoll/busy/server.cpu_ns_per_request";
  ASSERT_TRUE(measurements.contains(changed)) << text;
  EXPECT_GE(measurements.at(changed).size(), 8U) << "one for each restart";
  EXPECT_NE(text.find(changed + "_pvalue"), std::string::npos) << text;
  for (const auto& [name, list] : measurements) {
    if (name == "OVERALL_GEOMEAN" || name.ends_with("_cv")) continue;
    for (const ordered_json& measurement : list) {
      const double expected = name.starts_with(changed) ? 0.1 : 0;
      EXPECT_NEAR(measurement["time"].get<double>(), expected, 1e-9) << name;
      EXPECT_EQ(measurement["cpu"], measurement["time"]) << name;
    }
  }
}

TEST_F(ExportForGoogleBenchmark, TwoContestantsOfOneRun) {
  const std::string run = export_of(small_run("epoll", 1), "run");
  const auto [measurements, text] = compared({"filters", run, "^epoll/", "^threaded/"});
  EXPECT_TRUE(measurements.contains("[^epoll/ vs. ^threaded/]busy/server.cpu_ns_per_request"))
      << text;
}

TEST(Export, MistakesAreOneSentence) {
  const Sandbox sandbox;
  sandbox.folder().write("broken.json", "{");
  sandbox.folder().write("empty.json", "{}");
  ordered_json nothing = reference_run();
  nothing["cells"] = ordered_json::array();
  sandbox.folder().write("nothing.json", nothing.dump());
  const std::vector<Mistake> mistakes = {
      {{"--format", "csv"}, "file is required"},
      {{kReference}, "--format is required"},
      {{"--format", "cvs", kReference}, "did you mean 'csv'?"},
      {{"--format", "xml", kReference}, "choose of gbench, csv, hdr and bmf"},
      {{"--format", "csv", "--medians", kReference}, "--medians needs --format gbench"},
      {{"--format", "csv", "missing.json"}, "missing.json"},
      {{"--format", "csv", sandbox.path("broken.json")}, "broken.json' is not JSON"},
      {{"--format", "csv", sandbox.path("empty.json")}, "empty.json' is not a valid run"},
      {{"--format", "gbench", sandbox.path("nothing.json")}, "nothing for --format gbench"},
      {{"--format", "csv", "--median", kReference}, "did you mean '--medians'?"},
  };
  for (const Mistake& mistake : mistakes) {
    std::vector<std::string> arguments = {"export", "--out", sandbox.path("out")};
    arguments.insert(arguments.end(), mistake.arguments.begin(), mistake.arguments.end());
    const Outcome outcome = run_to_end(sandbox.sockbench(arguments));
    EXPECT_EQ(outcome.status, kExitUsage) << mistake.named;
    EXPECT_EQ(std::count(outcome.err.begin(), outcome.err.end(), '\n'), 1) << outcome.err;
    EXPECT_NE(outcome.err.find(mistake.named), std::string::npos) << outcome.err;
    EXPECT_EQ(outcome.out, "");
    EXPECT_FALSE(std::filesystem::exists(sandbox.path("out"))) << mistake.named;
  }
}

TEST(Export, APlaceThatCannotBeWritten) {
  const Sandbox sandbox;
  const std::string place = sandbox.folder().write("file", "in the way").string() + "/out";
  const Outcome outcome =
      run_to_end(sandbox.sockbench({"export", "--format", "csv", kReference, "--out", place}));
  EXPECT_EQ(outcome.status, kExitFailed);
  EXPECT_EQ(std::count(outcome.err.begin(), outcome.err.end(), '\n'), 1) << outcome.err;
  EXPECT_NE(outcome.err.find(place), std::string::npos) << outcome.err;
}

}  // namespace
}  // namespace sockbench::test
