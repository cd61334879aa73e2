// What the kernel and this process are limited to.

#include <array>

#include "bench/machine/doctor.h"

namespace sockbench {
namespace {

// The basic workloads of the suites have up to 1,000 connections; 10,000 is what every model that
// can should be measured with, and the last point of two sweeps. A server or generator needs some
// descriptors of its own besides.
constexpr std::int64_t kConnections = 10'240;
constexpr std::int64_t kConnectionsOfSuites = 1'100;
// A thread per connection, beside the threads of everything else on the machine.
constexpr std::int64_t kThreads = kConnections + 4'096;
constexpr std::int64_t kThreadsOfSuites = kConnectionsOfSuites + 1'024;

/// A limit that is good from `wanted` on and bad below `least`; between them only workloads larger
/// than the basic ones suffer.
struct LimitRule {
  const char* item;
  std::optional<std::int64_t> Limits::*value;
  std::int64_t wanted;
  std::int64_t least;
  const char* cost;
  const char* advice;
};

constexpr std::array kRules = {
    LimitRule{"pid_max", &Limits::pid_max, kThreads, kThreadsOfSuites,
              "a thread per connection ends there: every thread takes a process number",
              "sudo sysctl kernel.pid_max=65536"},
    LimitRule{"threads_max", &Limits::threads_max, kThreads, kThreadsOfSuites,
              "a thread per connection ends there", "sudo sysctl kernel.threads-max=65536"},
    // A stack and its guard page are two mappings, see sysctl/vm.rst of the kernel.
    LimitRule{"max_map_count", &Limits::max_map_count, 2 * kConnections, 2 * kConnectionsOfSuites,
              "a thread per connection ends at half of it: a stack and its guard page are two",
              "sudo sysctl vm.max_map_count=65530"},
    // The backlog of every server; the kernel silently cuts it to this, listen(2).
    LimitRule{"somaxconn", &Limits::somaxconn, 4'096, 128,
              "bursts of connecting clients overflow the backlog of 4096 and wait a second each",
              "sudo sysctl net.core.somaxconn=4096"},
    LimitRule{"local_ports", &Limits::local_ports, kConnections, kConnectionsOfSuites,
              "one source address reaches a server from that many ports at most",
              "sudo sysctl net.ipv4.ip_local_port_range='10240 65535'"},
};

Finding judge_limit(const LimitRule& rule, const std::optional<std::int64_t>& value) {
  Finding finding{rule.item, Status::kGood, value ? std::to_string(*value) : "unknown", ""};
  if (!value || *value >= rule.wanted) return finding;
  finding.status = *value < rule.least ? Status::kBad : Status::kNote;
  finding.found += ", " + std::to_string(rule.wanted) + " wanted for 10,000 connections";
  finding.cost = rule.cost;
  finding.advice = rule.advice;
  finding.spoils = finding.status == Status::kBad;
  return finding;
}

/// The soft limit is not judged: the run raises it to the hard one.
Finding judge_open_files(const Limits& limits) {
  const LimitRule rule{"open_files",
                       nullptr,
                       kConnections,
                       kConnectionsOfSuites,
                       "server and generator each need a descriptor per connection",
                       "sudo prlimit --pid $$ --nofile=20480:20480"};
  Finding finding = judge_limit(rule, limits.open_files_hard);
  finding.found += " (soft " + std::to_string(limits.open_files_soft) + ")";
  return finding;
}

Finding judge_time_wait(const Limits& limits) {
  Finding finding{"tcp_tw_reuse", Status::kGood, "unknown", ""};
  if (!limits.tcp_tw_reuse) return finding;
  finding.found = std::to_string(*limits.tcp_tw_reuse);
  if (*limits.tcp_tw_reuse == 2) finding.found += " (on loopback)";
  if (*limits.tcp_tw_reuse != 0) return finding;
  finding.status = Status::kNote;
  finding.cost = "a closed connection keeps its port for 60 s: churn is limited by the local ports";
  finding.advice = "sudo sysctl net.ipv4.tcp_tw_reuse=2";
  return finding;
}

Finding judge_address_layout(const Limits& limits) {
  Finding finding{"address_layout", Status::kGood, "unknown", ""};
  if (!limits.randomize_va_space) return finding;
  finding.found = *limits.randomize_va_space == 0 ? "the same at every start" : "random";
  if (*limits.randomize_va_space != 0) return finding;
  finding.status = Status::kBad;
  finding.cost = "luck with one layout looks like a property of the server, in every restart";
  finding.advice = "sudo sysctl kernel.randomize_va_space=2";
  finding.spoils = true;
  return finding;
}

}  // namespace

std::vector<Finding> judge_limits(const MachineFacts& facts) {
  std::vector<Finding> findings = {judge_open_files(facts.limits)};
  for (const LimitRule& rule : kRules) {
    findings.push_back(judge_limit(rule, facts.limits.*rule.value));
  }
  findings.push_back(judge_time_wait(facts.limits));
  findings.push_back(judge_address_layout(facts.limits));
  return findings;
}

}  // namespace sockbench
