#pragma once

#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "tests/end_to_end/sandbox.h"

namespace sockbench::test {

/// A repository in which scripts/ci_gate.sh and short_gate.sh can be tried in moments. Its servers
/// are scripts, servers/NAME.cpp, which CMake copies as build_step.sh says. `sockbench` is a script
/// that notes how it was called and leaves the duel that answer() names.
class GateRepository final {
 public:
  /// One commit, with the models epoll and poll.
  GateRepository();

  std::filesystem::path path(const std::string& name) const { return folder_.path() / name; }
  std::filesystem::path in_repository(const std::string& name) const {
    return path("repository/" + name);
  }
  void write(const std::string& name, const std::string& text) const {
    folder_.write("repository/" + name, text);
  }
  /// Commits everything; returns the commit.
  std::string commit(const std::string& message) const;
  /// Writes servers/MODEL.cpp, another program for every `text`, and commits it.
  std::string commit_server(const std::string& model, const std::string& text) const;
  /// What git prints; throws when it fails.
  std::string git(const std::vector<std::string>& arguments) const;

  /// What the duel of this model ends with from now on; other models pass.
  void answer(const std::string& model, const nlohmann::ordered_json& duel) const;
  /// A body of shell for `sockbench duel` in the place of an answer.
  void duel_does(const std::string& shell) const;

  /// A command line of a script of the repository, with its environment; `variables` such as
  /// "PATH=/bin" come on top.
  std::vector<std::string> command(const std::string& script,
                                   const std::vector<std::string>& arguments,
                                   const std::vector<std::string>& variables = {}) const;
  /// Runs ci_gate.sh with `--out` after these arguments.
  Outcome gate(std::vector<std::string> arguments,
               const std::vector<std::string>& variables = {}) const;

  std::filesystem::path out() const { return path("out"); }
  nlohmann::ordered_json verdict() const;
  /// The command lines of all duels so far.
  std::vector<std::string> duels() const;
  /// How often CMake configured a tree of the repository.
  int configured() const;
  /// Contents of all files of the repository, .git included, and when they were written.
  std::map<std::string, std::string> files() const;
  /// What is in the folder for temporary files.
  std::vector<std::string> temporary_files() const;

 private:
  TemporaryFolder folder_;
};

/// A duel.json with the parts that the gate reads.
nlohmann::ordered_json duel_of(const std::string& verdict, int exit_code);
/// One in which head makes another number of system calls, and nothing else is wrong.
nlohmann::ordered_json duel_of_changed_counts();

}  // namespace sockbench::test
