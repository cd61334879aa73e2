// What the processors are like and what others do with them.

#include <algorithm>

#include "bench/machine/doctor.h"
#include "common/units.h"

namespace sockbench {
namespace {

std::string percent(double share) { return fixed(share * 100, 1) + " %"; }

Finding judge_cpus(const MachineFacts& facts) {
  const auto usable = static_cast<int>(facts.allowed_cpus.size());
  Finding finding{"cpus", Status::kGood,
                  std::to_string(usable) + " of " + std::to_string(facts.online_cpus) + " usable",
                  ""};
  if (usable < 2) {  // the run itself warns, from the split that it chose
    finding.status = Status::kBad;
    finding.cost =
        "server and generator share it: throughput and times say little, CPU per request still "
        "compares";
    if (facts.online_cpus > 1) finding.advice = "taskset -pc 0-1 $$";
  } else if (usable < 4) {
    finding.status = Status::kNote;
    finding.cost =
        "server and generator have one core each and often reach their limits together: "
        "throughput is then not ranked";
  } else if (usable < facts.online_cpus) {
    finding.status = Status::kNote;
    finding.cost = "the others' processes are outside of the run but share caches and memory";
  }
  return finding;
}

Finding judge_cpu_quota(const MachineFacts& facts) {
  const auto& quota = facts.limits.cpu_quota;
  if (!quota) return {"cpu_quota", Status::kGood, "none", ""};
  return {"cpu_quota",
          Status::kBad,
          fixed(*quota, 2) + " CPUs for this control group",
          "the kernel stops all processes for the rest of a period once it is used up: slices end "
          "in gaps of many milliseconds",
          "echo max | sudo tee /sys/fs/cgroup/$(cut -d: -f3 /proc/self/cgroup)/cpu.max",
          true};
}

Finding judge_smt(const MachineFacts& facts) {
  const std::size_t cpus = facts.allowed_cpus.size();
  const std::size_t cores = facts.cores.size();
  Finding finding{"smt", Status::kGood, "no two usable CPUs share a core", ""};
  if (cores == cpus) return finding;
  finding.found = std::to_string(cpus) + " CPUs on " + std::to_string(cores) + " cores";
  finding.advice = "echo off | sudo tee /sys/devices/system/cpu/smt/control";
  if (cores < 2) {
    finding.status = Status::kBad;
    finding.cost = "server and generator share the only core and slow each other";
    finding.spoils = true;
  } else {
    finding.status = Status::kNote;
    finding.cost = "threads of one side share cores: its CPU per request grows with its load";
  }
  return finding;
}

Finding judge_governor(const MachineFacts& facts) {
  if (facts.governors.empty()) {
    return {"governor", Status::kNote, "no cpufreq",
            "frequency changes by hardware or hypervisor cannot be seen from here"};
  }
  std::string names;
  for (const std::string& name : facts.governors) names += (names.empty() ? "" : ", ") + name;
  if (names == "performance") return {"governor", Status::kGood, names, ""};
  return {"governor",
          Status::kBad,
          names,
          "absolute figures move with the frequency, ratios much less",
          "sudo cpupower frequency-set -g performance",
          true};
}

Finding judge_virtualization(const MachineFacts& facts) {
  if (!facts.hypervisor) return {"virtualization", Status::kGood, "none seen", ""};
  return {"virtualization", Status::kNote, "virtual machine",
          "absolute figures move with the neighbours; trust the ratios, which are paired in time"};
}

Finding judge_steal(const MachineFacts& facts) {
  const Activity& activity = facts.activity;
  Finding finding{
      "steal", Status::kGood,
      percent(activity.steal_share) + " now, " + percent(activity.steal_since_boot) + " since boot",
      ""};
  if (activity.steal_share > 0.05) {
    finding.status = Status::kBad;
    finding.cost =
        "the hypervisor gives the CPUs to others for milliseconds at a time: intervals widen, "
        "tails are the neighbours'";
    finding.spoils = true;
  } else if (activity.steal_share > 0.01 || activity.steal_since_boot > 0.01) {
    finding.status = Status::kNote;
    finding.cost = "tails beyond p99 are partly the hypervisor's";
  }
  return finding;
}

Finding judge_load(const MachineFacts& facts) {
  const double busy = facts.activity.busy_cpus;
  Finding finding{"load", Status::kGood,
                  fixed(busy, 2) + " CPUs busy with other processes, load average " +
                      fixed(facts.load_average, 2),
                  ""};
  if (busy > 0.5) {
    finding.status = Status::kBad;
    finding.cost = "other processes take turns with server and generator: intervals widen";
    finding.advice = "top -o %CPU";
    finding.spoils = true;
  } else if (busy > 0.1 || facts.load_average > 0.5) {
    finding.status = Status::kNote;
    finding.cost = "other processes run, or did within the last minute: intervals may widen";
    finding.advice = "top -o %CPU";
  }
  return finding;
}

/// Of the CPU that lost most; what the others lose is in the same table of run.json.
Finding judge_jitter(const MachineFacts& facts) {
  const CpuJitter* worst = nullptr;
  for (const CpuJitter& each : facts.jitter) {
    if (worst == nullptr || lost_share(each) > lost_share(*worst)) worst = &each;
  }
  if (worst == nullptr) {
    return {"jitter", Status::kNote, "not watched", "the floor under tail figures is not known"};
  }
  const double lost = lost_share(*worst);
  const auto floor = static_cast<double>(floor_of(*worst).p99_9);
  const auto longest =
      worst->gaps_ns.empty() ? 0 : *std::max_element(worst->gaps_ns.begin(), worst->gaps_ns.end());
  Finding finding{"jitter", Status::kGood,
                  "CPU " + std::to_string(worst->cpu) + " lost " + percent(lost) +
                      " of an idle spin, at most " +
                      format_duration_ns(static_cast<double>(longest)) + " at once",
                  ""};
  // A tick of the kernel takes a few microseconds, 250 times a second: far less than either limit.
  if (lost > 0.05) {
    finding.status = Status::kBad;
    finding.cost =
        "another process or the hypervisor takes the CPU away: response times beyond p95 are the "
        "machine's, intervals widen";
    finding.spoils = true;
  } else if (floor > 50e3) {
    finding.status = Status::kNote;
    finding.cost = "the machine alone delays one request in a thousand by " +
                   format_duration_ns(floor) + ": no p99.9 below that is a finding";
  }
  if (finding.status != Status::kGood) finding.advice = "top -o %CPU";
  return finding;
}

/// Never bad, and without advice: mitigations belong to the machine and cost all models alike per
/// system call.
Finding judge_mitigations(const MachineFacts& facts) {
  std::string active;
  std::string open;
  for (const auto& [name, text] : facts.vulnerabilities) {
    if (text.rfind("Mitigation", 0) == 0) active += (active.empty() ? "" : ", ") + name;
    if (text.rfind("Vulnerable", 0) == 0) open += (open.empty() ? "" : ", ") + name;
  }
  if (active.empty() && open.empty()) {
    const bool told = !facts.vulnerabilities.empty();
    return {"mitigations", Status::kGood, told ? "none needed" : "unknown", ""};
  }
  std::string found = active.empty() ? "none active" : "active: " + active;
  if (!open.empty()) found += "; vulnerable: " + open;
  return {"mitigations", Status::kNote, found,
          "they are part of the price of a system call: another machine may rank models that make "
          "many calls otherwise"};
}

Finding judge_clock(const MachineFacts& facts) {
  const ClockCheck& clock = facts.clock;
  Finding finding{"clock", Status::kGood,
                  facts.clocksource.value_or("source unknown") + ", " +
                      format_duration_ns(clock.cost_ns) + " a reading",
                  ""};
  if (const auto wrong = clock_warning(clock)) {
    finding.status = Status::kBad;
    finding.cost = wrong->substr(0, wrong->size() - 1);  // without its full stop
    finding.spoils = true;
  } else if (clock.cost_ns > 100) {
    finding.status = Status::kNote;
    finding.cost = "the generator's own CPU per request grows: it stamps every request and reply";
  }
  if (finding.status != Status::kGood && !facts.hypervisor) {
    finding.advice =
        "echo tsc | sudo tee /sys/devices/system/clocksource/clocksource0/current_clocksource";
  }
  return finding;
}

}  // namespace

std::vector<Finding> judge_processors(const MachineFacts& facts) {
  return {judge_cpus(facts),     judge_cpu_quota(facts),      judge_smt(facts),
          judge_governor(facts), judge_virtualization(facts), judge_steal(facts),
          judge_load(facts),     judge_jitter(facts),         judge_mitigations(facts),
          judge_clock(facts)};
}

}  // namespace sockbench
