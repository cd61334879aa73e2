// What may be counted and used, by what came of trying.

#include <cerrno>
#include <cstring>

#include "bench/machine/doctor.h"

namespace sockbench {
namespace {

constexpr const char* kLetPerf = "sudo sysctl kernel.perf_event_paranoid=1";

std::string or_unknown(const std::optional<std::int64_t>& value) {
  return value ? std::to_string(*value) : "not there";
}

/// "works", or what went wrong; with the sysctl that has a say in it.
std::string outcome(int error, const char* sysctl, const std::optional<std::int64_t>& value) {
  const std::string what =
      error == 0 ? std::string("works") : std::string("refused: ") + std::strerror(error);
  return what + " (" + sysctl + " " + or_unknown(value) + ")";
}

std::string perf_outcome(int error, const Limits& limits) {
  return outcome(error, "perf_event_paranoid", limits.perf_event_paranoid);
}

bool is_permission(int error) { return error == EACCES || error == EPERM; }

Finding judge_perf_software(const MachineFacts& facts) {
  const int error = facts.probes.perf_software;
  Finding finding{"perf_software", Status::kGood, perf_outcome(error, facts.limits), ""};
  if (error == 0) return finding;
  finding.status = Status::kBad;
  finding.cost = "context switches and page faults per request are null";
  if (is_permission(error)) finding.advice = kLetPerf;
  return finding;
}

Finding judge_tracefs(const MachineFacts& facts) {
  if (facts.tracepoint_id) {
    return {"tracefs", Status::kGood,
            facts.tracefs_own_mount ? "not mounted; read through a mount of sockbench's own"
                                    : "readable",
            ""};
  }
  return {"tracefs", Status::kNote, facts.tracefs_mounted ? "mounted, not readable" : "not mounted",
          "the kernel's counter of system calls cannot be opened, see system_calls",
          facts.tracefs_mounted ? "sudo mount -o remount,mode=755 /sys/kernel/tracing"
                                : "sudo mount -t tracefs -o mode=755 tracefs /sys/kernel/tracing"};
}

Finding judge_perf_tracepoint(const MachineFacts& facts) {
  const int error = facts.probes.perf_tracepoint;
  Finding finding{"perf_tracepoint", Status::kGood, perf_outcome(error, facts.limits), ""};
  if (facts.tracepoint_id && error == 0) return finding;
  finding.status = Status::kNote;
  finding.cost = "the kernel does not count system calls, see system_calls";
  if (!facts.tracepoint_id) {
    finding.found = "not tried: its number stands in tracefs";
    finding.advice = judge_tracefs(facts).advice;
  } else if (is_permission(error)) {
    finding.advice = kLetPerf;
  }
  return finding;
}

/// Where counts of system calls come from.
Finding judge_system_calls(const MachineFacts& facts) {
  if (facts.tracepoint_id && facts.probes.perf_tracepoint == 0) {
    return {"system_calls", Status::kGood, "counted by the kernel (perf_tracepoints)", ""};
  }
  Finding finding{"system_calls", Status::kNote, "counted by strace", "",
                  judge_perf_tracepoint(facts).advice};
  if (facts.no_strace.empty()) {
    finding.cost =
        "a traced server is many times slower, so that a wait may find more events ready";
    return finding;
  }
  finding.status = Status::kBad;
  finding.found = "cannot be counted: " + facts.no_strace;
  finding.cost = "system calls per request are null";
  return finding;
}

Finding judge_perf_hardware(const MachineFacts& facts) {
  const int error = facts.probes.perf_hardware;
  Finding finding{"perf_hardware", Status::kGood, perf_outcome(error, facts.limits), ""};
  if (error == 0) return finding;
  finding.status = Status::kNote;
  if (is_permission(error)) {
    finding.advice = kLetPerf;
  } else {
    finding.found = std::string("no cycle counter: ") + std::strerror(error);
  }
  finding.cost = "no cycles or instructions per request; CPU time is still measured";
  return finding;
}

Finding judge_io_uring(const MachineFacts& facts) {
  const int error = facts.probes.io_uring;
  Finding finding{"io_uring", Status::kGood,
                  outcome(error, "io_uring_disabled", facts.limits.io_uring_disabled), ""};
  if (error == 0) return finding;
  finding.status = Status::kBad;
  finding.cost = "models and generator engines that use it cannot run";
  if (facts.limits.io_uring_disabled.value_or(0) != 0) {
    finding.advice = "sudo sysctl kernel.io_uring_disabled=0";
  } else if (is_permission(error)) {  // the sysctl allows it, so a container's filter does not
    finding.advice = "docker run --security-opt seccomp=unconfined";
  }
  return finding;
}

}  // namespace

std::vector<Finding> judge_permissions(const MachineFacts& facts) {
  return {judge_perf_software(facts), judge_perf_tracepoint(facts), judge_system_calls(facts),
          judge_perf_hardware(facts), judge_tracefs(facts),         judge_io_uring(facts)};
}

}  // namespace sockbench
