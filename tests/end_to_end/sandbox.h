#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "tests/bench/temporary_folder.h"
#include "tests/support/child_process.h"

namespace sockbench::test {

/// What a program that ended left.
struct Outcome {
  std::optional<int> status;
  std::string out;
  std::string err;
};

/// Runs a program to its end.
Outcome run_to_end(const std::vector<std::string>& command, Deadline deadline = Deadline());

/// A command line that must be refused in one sentence.
struct Mistake {
  std::vector<std::string> arguments;
  const char* named;  ///< what the sentence must name, for the user to find it
};

/// The built programs, and a folder in which a run can take place: data/ with workloads and suites
/// that take moments, out/ for results, bin/ for programs that a test puts there.
class Sandbox final {
 public:
  Sandbox();

  std::filesystem::path path(const std::string& name) const { return folder_.path() / name; }
  const TemporaryFolder& folder() const { return folder_; }

  /// Puts a copy of sockbench into bin/, with loadgen and these servers of the build beside it;
  /// from then on it is the one that runs.
  void use_own_programs(const std::vector<std::string>& models);
  /// A server beside that copy that behaves as its name says, see fake_server.cpp.
  void add_fake(const std::string& name);
  /// In the place of loadgen beside that copy: fake_generator.cpp, which writes down what it is
  /// told in bin/orders.txt.
  void use_fake_generator();
  /// A workload like "duo" with some keys changed.
  void add_workload(const std::string& name, const nlohmann::ordered_json& changes);

  /// The path of a suite with one timed and one counted restart; "tiny" counts nothing.
  std::string counted_suite() const;

  /// The command line of `sockbench` with these arguments and the sandbox's data.
  std::vector<std::string> sockbench(const std::vector<std::string>& arguments) const;
  /// Of `sockbench run --suite tiny --out …` with more arguments.
  std::vector<std::string> run(const std::vector<std::string>& arguments) const;

  /// out/run.json; throws when it is missing or no JSON.
  nlohmann::ordered_json result() const;
  /// Whether `sockbench validate` accepts out/run.json.
  testing::AssertionResult result_is_valid() const;

 private:
  TemporaryFolder folder_;
  std::filesystem::path programs_;
};

/// The only cell of these names; throws when there is none.
const nlohmann::ordered_json& cell_of(const nlohmann::ordered_json& run,
                                      const std::string& contestant, const std::string& workload);

/// Whether the cell has every restart, its figures, and no failure.
testing::AssertionResult is_whole(const nlohmann::ordered_json& cell, int restarts);
/// Whether the cell is marked as failed with `reason` in its first reason, and has no figures.
testing::AssertionResult failed_with(const nlohmann::ordered_json& cell, const std::string& reason);

/// The programs of the build.
std::filesystem::path built_programs();

}  // namespace sockbench::test
