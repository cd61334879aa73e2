#include "tests/bench/synthetic_duel.h"

#include <stdexcept>
#include <utility>

#include "tests/bench/documents.h"
#include "tests/bench/synthetic.h"

namespace sockbench::test {

using nlohmann::ordered_json;

namespace {

constexpr const char* kCallsOf = "server.syscalls_per_request.by_name.";

ordered_json measured(double median) {
  return {{"median", median}, {"per_restart", {median * 0.998, median, median * 1.002}}};
}

ordered_json check_of(const char* workload, const std::string& metric, const char* unit,
                      const char* better, double base, double ratio) {
  return {{"workload", workload},
          {"metric", metric},
          {"unit", unit},
          {"better", better},
          {"gated", true},
          {"not_gated", nullptr},
          {"exact", false},
          {"base", measured(base)},
          {"control", measured(base * 1.0005)},
          {"head", measured(base * ratio)},
          {"ratio", ratio},
          {"ci", {ratio - 0.006, ratio + 0.006}},
          {"level", 0.99},
          {"difference", base * (ratio - 1)},
          {"p_value", 0.3},
          {"p_corrected", 0.9},
          {"margin", 0.005},
          {"detectable", 0.012},
          {"verdict", "pass"},
          {"confirmation", nullptr}};
}

ordered_json without_gate(ordered_json check, const char* reason) {
  check["gated"] = false;
  check["not_gated"] = reason;
  check["verdict"] = "not_gated";
  return check;
}

ordered_json count(const char* call, double base, double head) {
  ordered_json made =
      check_of("counts", std::string(kCallsOf) + call, "per request", "same", base, 1);
  made["exact"] = true;
  made["control"] = nullptr;
  made["head"] = measured(head);
  made["ratio"] = base > 0 ? ordered_json(head / base) : ordered_json(nullptr);
  made["difference"] = head - base;
  for (const char* key : {"ci", "level", "p_value", "p_corrected", "detectable"}) {
    made[key] = nullptr;
  }
  if (head > base) made["verdict"] = "regression";
  return made;
}

ordered_json workload(const char* name, const char* title, double seconds) {
  const ordered_json quiet = {{"waited_share", 0.01}, {"foreign_share", 0.0}, {"steal_share", 0.0}};
  return {
      {"name", name},
      {"title", title},
      {"verdict", "pass"},
      {"sentence", "Nothing costs more."},
      {"reasons", ordered_json::array()},
      {"seconds", seconds},
      {"restarts", 8},
      {"confirmation_restarts", 0},
      {"limiter", "neither"},
      {"control", {{"ratio", 1.001}, {"ci", {0.997, 1.005}}, {"moved", false}}},
      {"disturbance", {{"base", quiet}, {"control", quiet}, {"head", quiet}, {"one_sided", false}}},
      {"explanation", ordered_json::array()}};
}

ordered_json side(const char* label, const char* program) {
  ordered_json command = ordered_json::array({program, "--reply", "echo"});
  return {{"label", label}, {"commands", ordered_json::array({std::move(command)})}};
}

ordered_json counts_workload() {
  ordered_json counts = workload("counts", "Exact counts", 2.5);
  counts["restarts"] = 1;
  counts["limiter"] = nullptr;
  counts["control"] = nullptr;
  counts["disturbance"] = nullptr;
  return counts;
}

void add_explanation(ordered_json& duel) {
  ordered_json& busy = workload_in(duel, "busy");
  busy["explanation"] = {"+1.00 fcntl per request", "+0.11 µs of system time per request"};
}

}  // namespace

ordered_json& check_in(ordered_json& duel, const std::string& workload, const std::string& metric) {
  for (ordered_json& check : duel["checks"]) {
    if (check["workload"] == workload && check["metric"] == metric) return check;
  }
  throw std::runtime_error("no check " + workload + " " + metric);
}

ordered_json& workload_in(ordered_json& duel, const std::string& name) {
  for (ordered_json& workload : duel["workloads"]) {
    if (workload["name"] == name) return workload;
  }
  throw std::runtime_error("no workload " + name);
}

ordered_json passed_duel(double ratio) {
  ordered_json duel = {
      {"schema_version", 1},
      {"kind", "duel"},
      {"sockbench",
       {{"version", "0.1.0"},
        {"git_commit", "0123456789ab"},
        {"git_dirty", false},
        {"compiler", "GNU 12.2.0"},
        {"build_type", "Release"}}},
      {"started_at", "2026-01-31T12:00:00Z"},
      {"duration_s", 45.3},
      {"interrupted", false},
      {"base", side("a1b2c3d", "base/server-epoll")},
      {"head", side("e4f5a6b", "head/server-epoll")},
      {"options",
       {{"workloads", {"busy", "pingpong"}},
        {"margin", 0.005},
        {"resolve", 0.02},
        {"budget_s", 60},
        {"seed", 1},
        {"short", false},
        {"fail_on_inconclusive", false}}},
      {"environment",
       {{"kernel", "Linux 6.1"},
        {"cpu_model", "AMD EPYC"},
        {"cpus", 2},
        {"memory_bytes", 25276510208},
        {"warnings", ordered_json::array()},
        {"steal_s", 0.5}}},
      {"verdict", "pass"},
      {"sentence", "e4f5a6b costs no more than a1b2c3d: 2 % would have been found."},
      {"exit_code", 0},
      {"workloads", ordered_json::array()},
      {"checks", ordered_json::array()}};
  duel["workloads"].push_back(workload("busy", "Busy, 64 connections", 21.3));
  duel["workloads"].push_back(workload("pingpong", "Ping-pong", 19.8));
  duel["workloads"].push_back(counts_workload());
  ordered_json& checks = duel["checks"];
  for (const char* name : {"busy", "pingpong"}) {
    checks.push_back(check_of(name, kCpu, "ns", "lower", 5'000, name[0] == 'b' ? ratio : 1.002));
    checks.push_back(
        without_gate(check_of(name, "achieved_rps", "requests/s", "higher", 200'000, 1.0),
                     "the generator was the limit"));
    checks.push_back(check_of(name, "response_time_ns.p99", "ns", "lower", 126'000, 0.997));
    checks.push_back(
        check_of(name, "server.memory_bytes_per_connection.user", "bytes", "lower", 4'096, 1));
  }
  for (const char* call : {"epoll_wait", "recvfrom", "sendto"}) checks.push_back(count(call, 1, 1));
  return duel;
}

ordered_json regressed_duel() {
  ordered_json duel = passed_duel(1.021);
  duel["verdict"] = "regression";
  duel["sentence"] = "e4f5a6b costs 2.1 % more CPU per request than a1b2c3d in busy.";
  duel["exit_code"] = 1;
  ordered_json& busy = workload_in(duel, "busy");
  busy["verdict"] = "regression";
  busy["sentence"] = "CPU per request rose by 2.1 %.";
  busy["confirmation_restarts"] = 8;
  add_explanation(duel);
  ordered_json& cpu = check_in(duel, "busy", kCpu);
  cpu["verdict"] = "regression";
  cpu["p_value"] = 0.0039;
  cpu["p_corrected"] = 0.0212;
  cpu["confirmation"] = {
      {"restarts", 8}, {"ratio", 1.02}, {"ci", {1.01, 1.03}}, {"p_value", 0.004}, {"agrees", true}};
  check_in(duel, "pingpong", "response_time_ns.p99")["verdict"] = "improved";
  ordered_json& counts = workload_in(duel, "counts");
  counts["verdict"] = "regression";
  counts["sentence"] = "One more system call is made for each request.";
  duel["checks"].push_back(count("fcntl", 0, 1));
  return duel;
}

namespace {

/// Busy, where head costs `ratio` times as much, could not be judged.
ordered_json undecided_duel(double ratio, const char* sentence, const char* reason) {
  ordered_json duel = passed_duel(ratio);
  duel["verdict"] = "inconclusive";
  duel["sentence"] = "busy could not be judged.";
  ordered_json& busy = workload_in(duel, "busy");
  busy["verdict"] = "inconclusive";
  busy["sentence"] = sentence;
  busy["reasons"] = ordered_json::array({reason});
  return duel;
}

}  // namespace

ordered_json unsteady_duel() {
  ordered_json duel =
      undecided_duel(1.015, "Two instances of base differ by 1.4 %.",
                     "The control, a second instance of base, is off by +1.4 % [+0.9, +1.9].");
  workload_in(duel, "busy")["control"] = {
      {"ratio", 1.014}, {"ci", {1.009, 1.019}}, {"moved", true}};
  check_in(duel, "busy", kCpu)["verdict"] = "inconclusive";
  return duel;
}

ordered_json disturbed_duel() {
  ordered_json duel = undecided_duel(1.03, "Somebody else used the CPU while head ran.",
                                     "Others used 12 % of the CPU during head, 1 % during base.");
  ordered_json& disturbance = workload_in(duel, "busy")["disturbance"];
  disturbance["head"]["foreign_share"] = 0.12;
  disturbance["one_sided"] = true;
  return duel;
}

ordered_json failed_duel() {
  ordered_json duel = passed_duel();
  duel["verdict"] = "failed";
  duel["sentence"] = "e4f5a6b crashed in busy.";
  duel["exit_code"] = 4;
  ordered_json& busy = workload_in(duel, "busy");
  busy["verdict"] = "failed";
  busy["sentence"] = "Head was ended by signal 11 (segmentation fault).";
  busy["reasons"] = ordered_json::array({"head: signal 11 in restart 1, see logs/"});
  busy["restarts"] = 0;
  busy["limiter"] = nullptr;
  busy["control"] = {{"ratio", nullptr}, {"ci", nullptr}, {"moved", false}};
  for (ordered_json& check : duel["checks"]) {
    if (check["workload"] != "busy" || check["gated"] == false) continue;
    for (const char* key : {"base", "control", "head", "ratio", "ci", "level", "difference",
                            "p_value", "p_corrected", "detectable"}) {
      check[key] = nullptr;
    }
    check["verdict"] = "inconclusive";
  }
  return duel;
}

ordered_json short_duel() {
  ordered_json duel = passed_duel(1.04);
  duel["options"]["short"] = true;
  duel["sentence"] = "No count changed; busy looks 4 % dearer.";
  ordered_json& busy = workload_in(duel, "busy");
  busy["restarts"] = 2;
  busy["reasons"] =
      ordered_json::array({"Warning: CPU per request looks 4 % higher; the long form decides."});
  for (ordered_json& check : duel["checks"]) {
    if (check["exact"] == false) check = without_gate(check, "the short form only looks");
  }
  check_in(duel, "busy", kCpu)["ci"] = nullptr;
  return duel;
}

ordered_json interrupted_duel() {
  ordered_json duel = passed_duel();
  duel["interrupted"] = true;
  duel["verdict"] = "inconclusive";
  duel["sentence"] = "Interrupted before busy.";
  duel["exit_code"] = 130;
  duel["workloads"].erase(0);
  ordered_json kept = ordered_json::array();
  for (const ordered_json& check : duel["checks"]) {
    if (check["workload"] != "busy") kept.push_back(check);
  }
  duel["checks"] = kept;
  return duel;
}

ordered_json hostile_duel() {
  const std::string hostile =
      "<script>alert('x')</script> | a `b` ``` \"q\" & [l](http://e) @all #1\n## h\x1b[2J\x01" +
      std::string(300, 'w') + "\xef\xbf\xbf";
  ordered_json duel = regressed_duel();
  duel["base"]["label"] = hostile;
  duel["head"]["label"] = "--> ]]> </details> ``` & \t" + hostile;
  duel["head"]["commands"][0].push_back(hostile);
  duel["sentence"] = hostile;
  duel["environment"]["cpu_model"] = hostile;
  ordered_json& busy = workload_in(duel, "busy");
  for (const char* key : {"title", "sentence"}) busy[key] = hostile;
  for (const char* key : {"reasons", "explanation"}) busy[key] = {hostile, "fine"};
  check_in(duel, "busy", "achieved_rps")["not_gated"] = hostile;
  check_in(duel, "busy", kCpu)["metric"] = hostile;
  for (ordered_json& check : duel["checks"]) {
    if (check["workload"] == "busy") check["workload"] = hostile;
  }
  busy["name"] = hostile;
  return duel;
}

std::vector<std::pair<std::string, ordered_json>> all_duels() {
  return {{"passed", passed_duel()},           {"regressed", regressed_duel()},
          {"unsteady", unsteady_duel()},       {"disturbed", disturbed_duel()},
          {"failed", failed_duel()},           {"short", short_duel()},
          {"interrupted", interrupted_duel()}, {"hostile", hostile_duel()}};
}

}  // namespace sockbench::test
