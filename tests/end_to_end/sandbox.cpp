#include "tests/end_to_end/sandbox.h"

#include <fstream>
#include <stdexcept>

#include "common/file.h"

namespace sockbench::test {
namespace {

namespace fs = std::filesystem;
using nlohmann::ordered_json;

const ordered_json kDuo = {{"name", "duo"},
                           {"title", "Two connections"},
                           {"description", "Two connections, for tests."},
                           {"mode", "closed_loop"},
                           {"connections", 2},
                           {"message_bytes", 64},
                           {"slice_ms", 10},
                           {"discard_ms", 2},
                           {"slices_per_restart", 5},
                           {"metrics", {"server.cpu_ns_per_request", "achieved_rps"}}};

}  // namespace

fs::path built_programs() { return SOCKBENCH_PROGRAMS; }

Outcome run_to_end(const std::vector<std::string>& command, Deadline deadline) {
  ChildProcess process(command);
  Outcome outcome;
  outcome.out = process.read_to_end(deadline);
  outcome.status = process.wait_for_exit(deadline);
  outcome.err = process.stderr_text();
  return outcome;
}

Sandbox::Sandbox() : programs_(built_programs()) {
  fs::create_directories(path("data/workloads"));
  fs::create_symlink(SOCKBENCH_SOURCE_DIR "/results/schema/run.schema.json",
                     path("data/run.schema.json"));
  add_workload("duo", {});
  folder_.write("data/suites/tiny.json", ordered_json({{"name", "tiny"},
                                                       {"title", "For tests"},
                                                       {"restarts", 2},
                                                       {"counted_restarts", 0},
                                                       {"workloads", {"duo"}}})
                                             .dump());
}

std::string Sandbox::counted_suite() const {
  return folder_.write("data/suites/counted.json",
                       R"({"name": "counted", "title": "For tests", "restarts": 1,
                           "counted_restarts": 1, "workloads": ["duo"]})");
}

void Sandbox::use_own_programs(const std::vector<std::string>& models) {
  programs_ = path("bin");
  fs::create_directories(programs_);
  // It looks for the others where its own file is, so a link would lead back to the build.
  fs::copy_file(built_programs() / "sockbench", programs_ / "sockbench");
  fs::create_symlink(built_programs() / "loadgen", programs_ / "loadgen");
  for (const std::string& model : models) {
    fs::create_symlink(built_programs() / ("server-" + model), programs_ / ("server-" + model));
  }
}

void Sandbox::add_fake(const std::string& name) {
  fs::create_symlink(SOCKBENCH_FAKE_SERVER, programs_ / ("server-" + name));
}

void Sandbox::use_fake_generator() {
  fs::remove(programs_ / "loadgen");
  fs::create_symlink(SOCKBENCH_FAKE_GENERATOR, programs_ / "loadgen");
}

void Sandbox::add_workload(const std::string& name, const ordered_json& changes) {
  ordered_json json = kDuo;
  json["name"] = name;
  if (!changes.is_null()) json.update(changes);
  folder_.write("data/workloads/" + name + ".json", json.dump());
}

std::vector<std::string> Sandbox::sockbench(const std::vector<std::string>& arguments) const {
  std::vector<std::string> command = {"/usr/bin/env", "SOCKBENCH_DATA=" + path("data").string(),
                                      programs_ / "sockbench"};
  command.insert(command.end(), arguments.begin(), arguments.end());
  // Other tests run at the same time.
  const bool runs = !arguments.empty() && arguments.front() == "run";
  const bool says =
      std::find(arguments.begin(), arguments.end(), "--disturbances") != arguments.end();
  if (runs && !says) {
    const auto after_run = command.end() - static_cast<std::ptrdiff_t>(arguments.size()) + 1;
    command.insert(after_run, {"--disturbances", "ignore"});
  }
  return command;
}

std::vector<std::string> Sandbox::run(const std::vector<std::string>& arguments) const {
  std::vector<std::string> all = {"run", "--suite", "tiny", "--out", path("out")};
  all.insert(all.end(), arguments.begin(), arguments.end());
  return sockbench(all);
}

ordered_json Sandbox::result() const {
  return ordered_json::parse(read_file(path("out/run.json")));
}

testing::AssertionResult Sandbox::result_is_valid() const {
  const Outcome outcome = run_to_end(sockbench({"validate", path("out/run.json")}));
  if (outcome.status == 0) return testing::AssertionSuccess();
  return testing::AssertionFailure() << outcome.err;
}

const ordered_json& cell_of(const ordered_json& run, const std::string& contestant,
                            const std::string& workload) {
  const ordered_json* found = nullptr;
  for (const ordered_json& cell : run.at("cells")) {
    if (cell.at("contestant") != contestant || cell.at("workload") != workload) continue;
    if (found != nullptr) throw std::runtime_error("two cells of " + contestant);
    found = &cell;
  }
  if (found == nullptr) throw std::runtime_error("no cell of " + contestant + " in " + workload);
  return *found;
}

testing::AssertionResult is_whole(const ordered_json& cell, int restarts) {
  const std::string status = cell.at("validity").at("status");
  const bool whole =
      status != "failed" && cell.at("restarts") == restarts &&
      cell.at("achieved_rps").is_object() && cell["achieved_rps"]["median"].get<double>() > 0 &&
      cell.at("server").at("cpu_ns_per_request").is_object() &&
      cell.at("response_time_ns").is_object() && cell.at("ledger").at("answered").get<int>() > 0 &&
      cell.at("ledger").at("mismatched") == 0;
  if (whole) return testing::AssertionSuccess();
  return testing::AssertionFailure() << cell.dump(1);
}

testing::AssertionResult failed_with(const ordered_json& cell, const std::string& reason) {
  const ordered_json& validity = cell.at("validity");
  const bool marked = validity.at("status") == "failed" && !validity.at("reasons").empty() &&
                      validity["reasons"][0].get<std::string>().find(reason) != std::string::npos;
  const bool empty = cell.at("achieved_rps").is_null() && cell.at("response_time_ns").is_null() &&
                     cell.at("server").at("cpu_ns_per_request").is_null();
  if (marked && empty) return testing::AssertionSuccess();
  return testing::AssertionFailure() << "wanted '" << reason << "', got " << validity.dump();
}

}  // namespace sockbench::test
