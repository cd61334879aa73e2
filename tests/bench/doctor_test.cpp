// The doctor's rules: each with a machine that it finds good and one that it does not.

#include "bench/machine/doctor.h"

#include <gtest/gtest.h>

#include <cerrno>
#include <functional>
#include <nlohmann/json.hpp>
#include <set>
#include <stdexcept>

#include "bench/machine/environment.h"

namespace sockbench {
namespace {

/// A machine on which nothing is to be said.
MachineFacts healthy_machine() {
  MachineFacts facts;
  facts.online_cpus = 8;
  facts.allowed_cpus = {0, 1, 2, 3, 4, 5, 6, 7};
  for (const int cpu : facts.allowed_cpus) facts.cores.push_back({cpu});
  facts.governors = {"performance"};
  facts.clocksource = "tsc";
  facts.clock = {.cost_ns = 25, .resolution_ns = 20};
  facts.jitter = {{0, 200 * kNsPerMs, {3'000, 4'000}}, {1, 200 * kNsPerMs, {}}};
  facts.vulnerabilities = {{"meltdown", "Not affected"}};
  facts.tracepoint_id = 700;
  facts.limits = {.open_files_soft = 1024,
                  .open_files_hard = 1'048'576,
                  .pid_max = 4'194'304,
                  .threads_max = 192'000,
                  .max_map_count = 65'530,
                  .somaxconn = 4'096,
                  .local_ports = 28'232,
                  .tcp_tw_reuse = 2,
                  .perf_event_paranoid = 1,
                  .io_uring_disabled = 0,
                  .randomize_va_space = 2,
                  .cpu_quota = std::nullopt};
  return facts;
}

Finding finding_of(const MachineFacts& facts, const std::string& item) {
  for (const Finding& finding : diagnose(facts)) {
    if (finding.item == item) return finding;
  }
  throw std::runtime_error("no item " + item);
}

TEST(Doctor, NothingToSayOfAHealthyMachine) {
  std::set<std::string> items;
  for (const Finding& finding : diagnose(healthy_machine())) {
    EXPECT_EQ(finding.status, Status::kGood) << finding.item;
    EXPECT_NE(finding.found, "") << finding.item;
    EXPECT_EQ(finding.cost, "") << finding.item;
    EXPECT_EQ(finding.advice, std::nullopt) << finding.item;
    EXPECT_TRUE(items.insert(finding.item).second) << finding.item << " stands there twice";
  }
  EXPECT_EQ(items.size(), 24U);
  EXPECT_TRUE(spoiling(diagnose(healthy_machine())).empty());
}

struct Diagnosis {
  const char* item;
  std::function<void(MachineFacts&)> change;  ///< of the healthy machine
  Status status;
  const char* found;  ///< that the finding must say
  bool spoils = false;
  const char* advice = nullptr;  ///< that the advice must hold; null: there is none
};

void expect_findings(const std::vector<Diagnosis>& cases) {
  for (const Diagnosis& each : cases) {
    MachineFacts facts = healthy_machine();
    each.change(facts);
    const Finding finding = finding_of(facts, each.item);
    SCOPED_TRACE(std::string(each.item) + ": " + finding.found);
    EXPECT_STREQ(to_text(finding.status), to_text(each.status));
    EXPECT_NE(finding.found.find(each.found), std::string::npos);
    EXPECT_EQ(finding.cost.empty(), each.status == Status::kGood);
    EXPECT_EQ(finding.spoils, each.spoils);
    if (each.advice == nullptr) {
      EXPECT_EQ(finding.advice, std::nullopt);
    } else {
      EXPECT_NE(finding.advice.value_or("none").find(each.advice), std::string::npos);
    }
  }
}

void allow_cpus(MachineFacts& facts, int count, int per_core = 1) {
  facts.allowed_cpus.clear();
  facts.cores.clear();
  for (int cpu = 0; cpu < count; ++cpu) {
    facts.allowed_cpus.push_back(cpu);
    if (cpu % per_core == 0) facts.cores.emplace_back();
    facts.cores.back().push_back(cpu);
  }
}

TEST(Doctor, Processors) {
  using F = MachineFacts;
  expect_findings({
      {"cpus", [](F& f) { allow_cpus(f, 8); }, Status::kGood, "8 of 8"},
      {"cpus", [](F& f) { allow_cpus(f, 4); }, Status::kNote, "4 of 8"},
      {"cpus", [](F& f) { allow_cpus(f, 2); }, Status::kNote, "2 of 8"},
      {"cpus", [](F& f) { allow_cpus(f, 1); }, Status::kBad, "1 of 8", false, "taskset"},
      {"cpus", [](F& f) { allow_cpus(f, 1), f.online_cpus = 1; }, Status::kBad, "1 of 1"},
      {"cpu_quota", [](F& f) { f.limits.cpu_quota = 1.5; }, Status::kBad, "1.50 CPUs", true, "max"},
      {"smt", [](F& f) { allow_cpus(f, 1); }, Status::kGood, "no two"},
      {"smt", [](F& f) { allow_cpus(f, 8, 2); }, Status::kNote, "8 CPUs on 4 cores", false, "off"},
      {"smt", [](F& f) { allow_cpus(f, 2, 2); }, Status::kBad, "2 CPUs on 1 cores", true, "off"},
      {"governor", [](F& f) { f.governors = {}; }, Status::kNote, "no cpufreq"},
      {"governor", [](F& f) { f.governors = {"powersave"}; }, Status::kBad, "powersave", true,
       "performance"},
      {"governor",
       [](F& f) {
         f.governors = {"performance", "schedutil"};
       },
       Status::kBad, "performance, schedutil", true, "performance"},
      {"virtualization", [](F& f) { f.hypervisor = true; }, Status::kNote, "virtual machine"},
      {"mitigations",
       [](F& f) {
         f.vulnerabilities = {{"a", "Mitigation: PTI"}, {"b", "Vulnerable: no"}};
       },
       Status::kNote, "active: a; vulnerable: b"},
      {"mitigations",
       [](F& f) {
         f.vulnerabilities = {{"b", "Vulnerable"}};
       },
       Status::kNote, "none active; vulnerable: b"},
      {"mitigations", [](F& f) { f.vulnerabilities = {}; }, Status::kGood, "unknown"},
      {"clock", [](F& f) { f.clock.cost_ns = 100; }, Status::kGood, "tsc, 100 ns"},
      {"clock", [](F& f) { f.clock.cost_ns = 300; }, Status::kNote, "300 ns", false, "tsc"},
      {"clock", [](F& f) { f.clock.cost_ns = 2'000; }, Status::kBad, "2.00 µs", true, "tsc"},
      {"clock", [](F& f) { f.clock.largest_step_back_ns = 5, f.hypervisor = true; }, Status::kBad,
       "tsc", true},
  });
}

TEST(Doctor, WhatOthersDo) {
  using F = MachineFacts;
  expect_findings({
      {"steal", [](F& f) { f.activity.steal_share = 0.01; }, Status::kGood, "1.0 % now"},
      {"steal", [](F& f) { f.activity.steal_share = 0.04; }, Status::kNote, "4.0 % now"},
      {"steal", [](F& f) { f.activity.steal_since_boot = 0.02; }, Status::kNote, "2.0 % since"},
      {"steal", [](F& f) { f.activity.steal_share = 0.06; }, Status::kBad, "6.0 % now", true},
      {"load", [](F& f) { f.activity.busy_cpus = 0.1; }, Status::kGood, "0.10 CPUs"},
      {"load", [](F& f) { f.activity.busy_cpus = 0.2; }, Status::kNote, "0.20", false, "top"},
      {"load", [](F& f) { f.load_average = 0.6; }, Status::kNote, "average 0.60", false, "top"},
      {"load", [](F& f) { f.activity.busy_cpus = 0.6; }, Status::kBad, "0.60", true, "top"},
  });
}

TEST(Doctor, JitterOfTheCpuThatLostMost) {
  using F = MachineFacts;
  const auto gaps = [](std::vector<std::int64_t> of_cpu_1) {
    return [of_cpu_1](F& f) { f.jitter[1].gaps_ns = of_cpu_1; };
  };
  expect_findings({
      {"jitter", gaps({}), Status::kGood, "CPU 0 lost 0.0 %"},
      {"jitter", gaps({240'000}), Status::kGood, "CPU 1 lost 0.1 % of an idle spin, at most 240"},
      {"jitter", gaps({260'000}), Status::kNote, "260 µs", false, "top"},
      {"jitter", gaps({9'900'000}), Status::kNote, "5.0 %", false, "top"},
      {"jitter", gaps({2'000'000, 9'000'000}), Status::kBad, "5.5 %", true, "top"},
      {"jitter", [](F& f) { f.jitter.clear(); }, Status::kNote, "not watched"},
  });
}

TEST(Doctor, Limits) {
  using F = MachineFacts;
  expect_findings({
      {"open_files", [](F& f) { f.limits.open_files_hard = 10'240; }, Status::kGood, "(soft 1024)"},
      {"open_files", [](F& f) { f.limits.open_files_hard = 4'096; }, Status::kNote, "4096", false,
       "prlimit"},
      {"open_files", [](F& f) { f.limits.open_files_hard = 1'024; }, Status::kBad, "1024", true,
       "prlimit"},
      {"pid_max", [](F& f) { f.limits.pid_max = 8'000; }, Status::kNote, "8000", false, "pid_max="},
      {"pid_max", [](F& f) { f.limits.pid_max = 2'000; }, Status::kBad, "2000", true, "pid_max="},
      {"threads_max", [](F& f) { f.limits.threads_max = 14'336; }, Status::kGood, "14336"},
      {"threads_max", [](F& f) { f.limits.threads_max = 14'335; }, Status::kNote, "14335", false,
       "threads-max="},
      {"max_map_count", [](F& f) { f.limits.max_map_count = 2'199; }, Status::kBad, "2199", true,
       "max_map_count="},
      {"somaxconn", [](F& f) { f.limits.somaxconn = 128; }, Status::kNote, "128", false,
       "somaxconn="},
      {"somaxconn", [](F& f) { f.limits.somaxconn = 127; }, Status::kBad, "127", true,
       "somaxconn="},
      {"local_ports", [](F& f) { f.limits.local_ports = 1'000; }, Status::kBad, "1000", true,
       "ip_local_port_range="},
      {"local_ports", [](F& f) { f.limits.local_ports = std::nullopt; }, Status::kGood, "unknown"},
      {"tcp_tw_reuse", [](F& f) { f.limits.tcp_tw_reuse = 1; }, Status::kGood, "1"},
      {"tcp_tw_reuse", [](F& f) { f.limits.tcp_tw_reuse = 0; }, Status::kNote, "0", false,
       "tcp_tw_reuse=2"},
      {"address_layout", [](F& f) { f.limits.randomize_va_space = 1; }, Status::kGood, "random"},
      {"address_layout", [](F& f) { f.limits.randomize_va_space = 0; }, Status::kBad,
       "the same at every start", true, "randomize_va_space=2"},
  });
}

TEST(Doctor, Permissions) {
  using F = MachineFacts;
  expect_findings({
      {"perf_software", [](F& f) { f.limits.perf_event_paranoid = 4; }, Status::kGood,
       "works (perf_event_paranoid 4)"},
      {"perf_software", [](F& f) { f.probes.perf_software = EACCES; }, Status::kBad,
       "refused: Permission denied (perf_event_paranoid 1)", false, "paranoid=1"},
      {"perf_software", [](F& f) { f.probes.perf_software = ENOSYS; }, Status::kBad, "refused"},
      {"perf_tracepoint", [](F& f) { f.probes.perf_tracepoint = EPERM; }, Status::kNote, "refused",
       false, "paranoid=1"},
      {"system_calls", [](F& f) { f.no_strace = "strace is not installed"; }, Status::kGood,
       "counted by the kernel (perf_tracepoints)"},
      {"system_calls", [](F& f) { f.probes.perf_tracepoint = EPERM; }, Status::kNote,
       "counted by strace", false, "paranoid=1"},
      {"system_calls",
       [](F& f) { f.tracepoint_id = std::nullopt, f.no_strace = "strace is not installed"; },
       Status::kBad, "cannot be counted: strace is not installed", false, "mount -t tracefs"},
      {"tracefs", [](F& f) { f.tracefs_own_mount = true; }, Status::kGood,
       "mount of sockbench's own"},
      {"perf_tracepoint", [](F& f) { f.tracepoint_id = std::nullopt; }, Status::kNote, "not tried",
       false, "mount -t tracefs"},
      {"tracefs", [](F& f) { f.tracepoint_id = std::nullopt; }, Status::kNote, "not mounted", false,
       "mount -t tracefs"},
      {"tracefs", [](F& f) { f.tracepoint_id = std::nullopt, f.tracefs_mounted = true; },
       Status::kNote, "not readable", false, "remount"},
      {"perf_hardware", [](F& f) { f.probes.perf_hardware = ENOENT; }, Status::kNote,
       "no cycle counter"},
      {"perf_hardware", [](F& f) { f.probes.perf_hardware = EACCES; }, Status::kNote, "refused",
       false, "paranoid=1"},
      {"io_uring", [](F& f) { f.probes.io_uring = EPERM, f.limits.io_uring_disabled = 2; },
       Status::kBad, "refused: Operation not permitted (io_uring_disabled 2)", false,
       "io_uring_disabled=0"},
      {"io_uring", [](F& f) { f.probes.io_uring = EPERM; }, Status::kBad, "refused", false,
       "seccomp"},
      {"io_uring", [](F& f) { f.probes.io_uring = ENOSYS; }, Status::kBad, "refused"},
  });
}

MachineFacts troubled() {
  MachineFacts facts = healthy_machine();
  facts.hypervisor = true;
  facts.probes.io_uring = ENOSYS;
  facts.activity.busy_cpus = 1.5;
  return facts;
}

TEST(Doctor, WorstFirst) {
  const auto findings = diagnose(troubled());
  ASSERT_EQ(findings.size(), diagnose(healthy_machine()).size());
  EXPECT_EQ(findings[0].item, "load");
  EXPECT_EQ(findings[1].item, "io_uring");
  EXPECT_EQ(findings[2].item, "virtualization");
  EXPECT_EQ(findings[3].status, Status::kGood);
}

TEST(Doctor, WarnsOfWhatSpoilsResultsAlone) {
  const auto sentences = spoiling(diagnose(troubled()));
  ASSERT_EQ(sentences.size(), 1U) << "a missing counter is null, which says enough";
  EXPECT_EQ(sentences[0].rfind("load (1.50 CPUs busy", 0), 0U) << sentences[0];
  EXPECT_EQ(sentences[0].back(), '.');

  const auto environment = describe_environment({{0}, {0}, true}, troubled());
  ASSERT_EQ(environment["warnings"].size(), 2U);
  EXPECT_NE(environment["warnings"][0].get<std::string>().find("share a CPU"), std::string::npos);
  EXPECT_EQ(environment["warnings"][1], sentences[0]);
  EXPECT_EQ(environment["doctor"], to_json(diagnose(troubled())));
  EXPECT_TRUE(describe_environment({{0}, {1}, false}, healthy_machine())["warnings"].empty());
}

TEST(Doctor, AsJson) {
  const nlohmann::ordered_json list = to_json(diagnose(troubled()));
  EXPECT_EQ(list[0]["item"], "load");
  EXPECT_EQ(list[0]["status"], "bad");
  EXPECT_EQ(list[0]["advice"], "top -o %CPU");
  EXPECT_EQ(list[1]["advice"], nullptr);
  for (const auto& record : list) EXPECT_EQ(record.size(), 5U) << record;
}

TEST(Doctor, AsText) {
  const std::string text = to_text({{"load", Status::kBad, "much", "wide intervals", "top"},
                                    {"tracefs", Status::kNote, "none", "no counts"},
                                    {"smt", Status::kGood, "off", ""}});
  EXPECT_EQ(text,
            "bad   load     much\n"
            "               wide intervals; try: top\n"
            "note  tracefs  none\n"
            "               no counts\n"
            "good  smt      off\n");
}

}  // namespace
}  // namespace sockbench
