#include "bench/machine/environment.h"

#include <nlohmann/json.hpp>
#include <string>

#include "bench/machine/doctor.h"
#include "bench/machine/latency.h"
#include "common/error.h"
#include "common/or_null.h"

namespace sockbench {
namespace {

using nlohmann::ordered_json;

ordered_json warnings(const CpuSplit& cpus, const std::vector<Finding>& findings) {
  ordered_json list = ordered_json::array();
  if (cpus.shared) {
    list.push_back(
        "Server and generator share a CPU: throughput and times say little, CPU per "
        "request still compares.");
  }
  for (const std::string& sentence : spoiling(findings)) list.push_back(sentence);
  return list;
}

}  // namespace

ordered_json describe_environment(const CpuSplit& cpus, const MachineFacts& facts) {
  const std::vector<Finding> findings = diagnose(facts);
  const ordered_json governor =
      facts.governors.empty() ? ordered_json(nullptr) : ordered_json(facts.governors.front());
  return {{"kernel", facts.kernel},
          {"architecture", facts.architecture},
          {"cpu_model", facts.cpu_model},
          {"cpus", facts.allowed_cpus.size()},
          {"memory_bytes", facts.memory_bytes},
          {"virtualization", facts.hypervisor ? "virtual machine" : "none seen"},
          {"clocksource", or_null(facts.clocksource)},
          {"governor", governor},
          {"load_average_at_start", facts.load_average},
          {"open_files_limit", facts.limits.open_files_soft},
          {"somaxconn", or_null(facts.limits.somaxconn)},
          {"perf_event_paranoid", or_null(facts.limits.perf_event_paranoid)},
          {"warnings", warnings(cpus, findings)},
          {"doctor", to_json(findings)}};
}

RunWatch::RunWatch(CpuSplit cpus, const std::vector<CpuJitter>& before) : cpus_(std::move(cpus)) {
  const auto sides = sides_of(cpus_);
  for (const CpuJitter& each : before) {
    if (sides.count(each.cpu) > 0) before_.push_back(each);
  }
}

void RunWatch::record_into(ordered_json& environment) const {
  environment["steal_s"] = read_cpu_times().steal_s - steal_before_s_;
  environment["cpu_activity"] = cpu_activity(counters_before_, read_cpu_counters(), cpus_);
  const auto sides = sides_of(cpus_);
  ordered_json list = ordered_json::array();
  const auto add = [&](const char* when, const std::vector<CpuJitter>& jitters) {
    for (const CpuJitter& each : jitters) {
      ordered_json entry = {{"when", when}, {"side", sides.at(each.cpu)}};
      entry.update(to_json(each));
      list.push_back(std::move(entry));
    }
  };
  add("before", before_);
  add("after", after_);
  environment["jitter"] = std::move(list);
  environment["wake_up_ns"] = wake_ups_ns_;
  environment["cache_line_ns"] = cache_lines_ns_;
}

void RunWatch::note_machine_state() {
  wake_ups_ns_.push_back(wake_up_ns(cpus_.server.front()));
  cache_lines_ns_.push_back(cache_line_ns(cpus_.server.front(), cpus_.generator.front()));
}

void RunWatch::finish() {
  std::vector<int> cpus;
  for (const auto& [cpu, side] : sides_of(cpus_)) cpus.push_back(cpu);
  after_ = watch_jitter(cpus);
}

}  // namespace sockbench
