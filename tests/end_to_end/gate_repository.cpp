#include "tests/end_to_end/gate_repository.h"

#include <algorithm>
#include <sstream>
#include <stdexcept>

#include "common/file.h"

namespace sockbench::test {
namespace {

namespace fs = std::filesystem;
using nlohmann::ordered_json;

constexpr milliseconds kLongEnough{60'000};

constexpr const char* kPresets = R"({
  "version": 4,
  "configurePresets": [{"name": "release", "generator": "Ninja",
                        "binaryDir": "${sourceDir}/build/release"}]
})";

constexpr const char* kProject = R"(
cmake_minimum_required(VERSION 3.25)
project(fixture LANGUAGES NONE)
file(APPEND $ENV{CONFIGURED} "${CMAKE_SOURCE_DIR}\n")
add_subdirectory(servers)
)";

constexpr const char* kServers = R"(
function(add_server name)
  add_custom_target(server-${name}
    COMMAND sh ${CMAKE_SOURCE_DIR}/build_step.sh ${CMAKE_CURRENT_SOURCE_DIR}/${name}.cpp
            ${CMAKE_BINARY_DIR}/bin/server-${name})
endfunction()
add_server(epoll)
add_server(poll)
)";

/// Finds DIR of `--out DIR` and does as the files in ANSWERS say.
std::string fake_sockbench(const fs::path& folder) {
  return "#!/bin/bash\necho \"$*\" >> '" + (folder / "duels.txt").string() +
         "'\nwhile [[ $1 != --out ]]; do shift; done\nout=$2\nmodel=${out##*/}\n"
         "mkdir -p \"$out\"\ncd '" +
         (folder / "answers").string() +
         "'\n[[ ! -e does.sh ]] || . ./does.sh\n[[ -e $model.json ]] || model=pass\n"
         "cp $model.json \"$out/duel.json\"\necho \"summary of $model\" > \"$out/summary.md\"\n"
         "exit \"$(cat $model.status)\"\n";
}

}  // namespace

GateRepository::GateRepository() {
  for (const char* script :
       {"ci_gate.sh", "ci_gate_build.sh", "ci_gate_verdict.py", "short_gate.sh"}) {
    fs::create_directories(in_repository("scripts"));
    fs::copy_file(fs::path(SOCKBENCH_SOURCE_DIR) / "scripts" / script,
                  in_repository("scripts") / script);
  }
  fs::create_directories(path("temporary"));
  write("CMakePresets.json", kPresets);
  write("CMakeLists.txt", kProject);
  write("servers/CMakeLists.txt", kServers);
  write("build_step.sh", "mkdir -p ${2%/*} && cp $1 $2\n");
  write("servers/epoll.cpp", "echo epoll\n");
  write("servers/poll.cpp", "echo poll\n");
  fs::permissions(folder_.write("sockbench", fake_sockbench(folder_.path())), fs::perms::owner_all);
  answer("pass", duel_of("pass", 0));
  git({"init", "--quiet"});
  commit("First");
}

std::string GateRepository::git(const std::vector<std::string>& arguments) const {
  std::vector<std::string> command = {"/usr/bin/env",
                                      "GIT_CONFIG_GLOBAL=/dev/null",
                                      "GIT_CONFIG_NOSYSTEM=1",
                                      "GIT_AUTHOR_NAME=a",
                                      "GIT_AUTHOR_EMAIL=a@localhost",
                                      "GIT_COMMITTER_NAME=a",
                                      "GIT_COMMITTER_EMAIL=a@localhost",
                                      "git",
                                      "-C",
                                      in_repository("")};
  command.insert(command.end(), arguments.begin(), arguments.end());
  const Outcome outcome = run_to_end(command);
  if (outcome.status != 0) throw std::runtime_error("git: " + outcome.err);
  return outcome.out.substr(0, outcome.out.find_last_not_of('\n') + 1);
}

std::string GateRepository::commit(const std::string& message) const {
  git({"add", "--all"});
  git({"commit", "--quiet", "--allow-empty", "--message", message});
  return git({"rev-parse", "HEAD"});
}

std::string GateRepository::commit_server(const std::string& model, const std::string& text) const {
  write("servers/" + model + ".cpp", text + "\n");
  return commit(model + ": " + text);
}

void GateRepository::answer(const std::string& model, const ordered_json& duel) const {
  folder_.write("answers/" + model + ".json", duel.dump());
  folder_.write("answers/" + model + ".status", duel["exit_code"].dump());
}

void GateRepository::duel_does(const std::string& shell) const {
  folder_.write("answers/does.sh", shell + "\n");
}

std::vector<std::string> GateRepository::command(const std::string& script,
                                                 const std::vector<std::string>& arguments,
                                                 const std::vector<std::string>& variables) const {
  std::vector<std::string> all = {"/usr/bin/env",
                                  "GIT_CONFIG_GLOBAL=/dev/null",
                                  "GIT_CONFIG_NOSYSTEM=1",
                                  "TMPDIR=" + path("temporary").string(),
                                  "CONFIGURED=" + path("configured.txt").string(),
                                  "SOCKBENCH=" + path("sockbench").string()};
  all.insert(all.end(), variables.begin(), variables.end());
  all.insert(all.end(), {"/bin/bash", in_repository("scripts/" + script)});
  all.insert(all.end(), arguments.begin(), arguments.end());
  return all;
}

Outcome GateRepository::gate(std::vector<std::string> arguments,
                             const std::vector<std::string>& variables) const {
  const auto duel_flags = std::find(arguments.begin(), arguments.end(), "--");
  arguments.insert(duel_flags, {"--out", out().string()});
  return run_to_end(command("ci_gate.sh", arguments, variables), Deadline(kLongEnough));
}

ordered_json GateRepository::verdict() const {
  return ordered_json::parse(read_file(out() / "verdict.json"));
}

std::vector<std::string> GateRepository::duels() const {
  std::vector<std::string> lines;
  if (!fs::exists(path("duels.txt"))) return lines;
  std::istringstream text(read_file(path("duels.txt")));
  for (std::string line; std::getline(text, line);) lines.push_back(line);
  return lines;
}

int GateRepository::configured() const {
  if (!fs::exists(path("configured.txt"))) return 0;
  const std::string text = read_file(path("configured.txt"));
  return static_cast<int>(std::count(text.begin(), text.end(), '\n'));
}

std::map<std::string, std::string> GateRepository::files() const {
  std::map<std::string, std::string> files;
  for (const auto& entry : fs::recursive_directory_iterator(in_repository(""))) {
    if (!entry.is_regular_file()) continue;
    const auto written = entry.last_write_time().time_since_epoch().count();
    files[entry.path().string()] = std::to_string(written) + " " + read_file(entry.path());
  }
  return files;
}

std::vector<std::string> GateRepository::temporary_files() const {
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(path("temporary"))) {
    names.push_back(entry.path().filename().string());
  }
  return names;
}

ordered_json duel_of(const std::string& verdict, int exit_code) {
  return {
      {"verdict", verdict},
      {"sentence", "It is " + verdict + "."},
      {"exit_code", exit_code},
      {"options", {{"fail_on_inconclusive", exit_code == 3}}},
      {"workloads", ordered_json::array({ordered_json{{"name", "busy"}, {"verdict", verdict}}})},
      {"checks", ordered_json::array()}};
}

ordered_json duel_of_changed_counts() {
  ordered_json duel = duel_of("regression", 1);
  duel["workloads"].push_back({{"name", "counts"}, {"verdict", "regression"}});
  duel["workloads"][0]["verdict"] = "pass";
  duel["checks"].push_back({{"workload", "counts"},
                            {"metric", "server.syscalls_per_request.by_name.fcntl"},
                            {"exact", true},
                            {"verdict", "regression"}});
  return duel;
}

}  // namespace sockbench::test
