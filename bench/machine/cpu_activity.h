#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>

#include "bench/machine/cpus.h"
#include "bench/machine/facts.h"

namespace sockbench {

/// What the kernel counted on each CPU since boot, by CPU; nullopt where it has no such file.
struct CpuCounters {
  std::int64_t at_ns = 0;
  std::map<int, CpuTimes> times;
  /// By the kernel's names ("LOC", "RES"); those of devices, which have numbers, under "devices".
  std::optional<std::map<int, std::map<std::string, std::uint64_t>>> interrupts;
  std::optional<std::map<int, std::map<std::string, std::uint64_t>>> softirqs;
};

/// CPU time by CPU, from /proc/stat; empty when it cannot be read.
std::map<int, CpuTimes> read_times_by_cpu(const std::filesystem::path& root = "/");

CpuCounters read_cpu_counters(const std::filesystem::path& root = "/");

/// What happened on each CPU of a run between two readings: [{cpu, side, steal_s, steal_share,
/// busy_share, interrupts_per_second: {total, by_name}, softirqs_per_second: likewise, absent}].
/// Kinds that did not occur are left out; `absent` tells why a figure is null. Pure.
nlohmann::ordered_json cpu_activity(const CpuCounters& before, const CpuCounters& after,
                                    const CpuSplit& cpus);

/// The CPUs of both sides, each once, with "server", "generator" or "both".
std::map<int, std::string> sides_of(const CpuSplit& cpus);

}  // namespace sockbench
