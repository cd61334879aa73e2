#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace sockbench {

struct CpuSplit {
  std::vector<int> server;
  std::vector<int> generator;
  bool shared = false;  ///< one CPU only: both sides disturb each other
};

/// The other logical CPUs of the same core, itself included ({cpu} when unknown).
std::vector<int> core_siblings(int cpu, const std::filesystem::path& root = "/");
/// `cpus` grouped by physical core; one group per core, each in ascending order.
std::vector<std::vector<int>> physical_cores(const std::vector<int>& cpus,
                                             const std::filesystem::path& root = "/");

/// Halves `cpus` so that no physical core serves both sides; the server's half comes first and is
/// the smaller one. `siblings_of` gives the logical CPUs of a core.
CpuSplit split_cpus(const std::vector<int>& cpus, const std::vector<std::vector<int>>& cores);

/// The split for this machine; non-empty lists in `server` or `generator` ("0,2-3") override a
/// side. Throws UsageError for CPUs that are not allowed or that both lists name.
CpuSplit choose_cpus(const std::string& server, const std::string& generator);

/// "0,2-3" -> {0, 2, 3}; throws UsageError naming `flag`.
std::vector<int> parse_cpu_list(const std::string& text, const std::string& flag);

}  // namespace sockbench
