#include "bench/machine/cpus.h"

#include <algorithm>
#include <fstream>
#include <set>
#include <sstream>

#include "common/error.h"
#include "common/process_limits.h"

namespace sockbench {
namespace {

std::vector<int> without(const std::vector<int>& all, const std::vector<int>& taken) {
  std::vector<int> rest;
  for (const int cpu : all) {
    if (std::find(taken.begin(), taken.end(), cpu) == taken.end()) rest.push_back(cpu);
  }
  return rest;
}

void require_allowed(const std::vector<int>& cpus, const std::vector<int>& allowed,
                     const std::string& flag) {
  const std::vector<int> bad = without(cpus, allowed);
  if (bad.empty()) return;
  throw UsageError(flag + " names CPU " + std::to_string(bad.front()) +
                   ", which this process may not use (see taskset -p).");
}

}  // namespace

std::vector<int> core_siblings(int cpu, const std::filesystem::path& root) {
  std::ifstream file(root / ("sys/devices/system/cpu/cpu" + std::to_string(cpu)) /
                     "topology/thread_siblings_list");
  std::string text;
  if (!std::getline(file, text)) return {cpu};
  return parse_cpu_list(text, "thread_siblings_list");
}

std::vector<std::vector<int>> physical_cores(const std::vector<int>& cpus,
                                             const std::filesystem::path& root) {
  std::set<std::vector<int>> distinct;
  for (const int cpu : cpus) {
    std::vector<int> core;
    for (const int sibling : core_siblings(cpu, root)) {
      if (std::find(cpus.begin(), cpus.end(), sibling) != cpus.end()) core.push_back(sibling);
    }
    distinct.insert(core);
  }
  return {distinct.begin(), distinct.end()};
}

CpuSplit split_cpus(const std::vector<int>& cpus, const std::vector<std::vector<int>>& cores) {
  CpuSplit split;
  if (cpus.size() == 1) return {cpus, cpus, true};
  if (cores.size() == 1) {  // one core with several logical CPUs: better than one CPU
    const auto half = static_cast<std::ptrdiff_t>(cpus.size() / 2);
    return {{cpus.begin(), cpus.begin() + half}, {cpus.begin() + half, cpus.end()}, false};
  }
  for (std::size_t i = 0; i < cores.size(); ++i) {
    auto& side = i < cores.size() / 2 ? split.server : split.generator;
    side.insert(side.end(), cores[i].begin(), cores[i].end());
  }
  std::sort(split.server.begin(), split.server.end());
  std::sort(split.generator.begin(), split.generator.end());
  return split;
}

CpuSplit choose_cpus(const std::string& server, const std::string& generator) {
  const std::vector<int> allowed = allowed_cpus();
  CpuSplit split = split_cpus(allowed, physical_cores(allowed));
  if (!server.empty()) {
    split.server = parse_cpu_list(server, "--server-cpus");
    require_allowed(split.server, allowed, "--server-cpus");
    if (generator.empty()) split.generator = without(allowed, split.server);
  }
  if (!generator.empty()) {
    split.generator = parse_cpu_list(generator, "--generator-cpus");
    require_allowed(split.generator, allowed, "--generator-cpus");
    if (server.empty()) split.server = without(allowed, split.generator);
  }
  if (split.server.empty()) split.server = allowed;
  if (split.generator.empty()) split.generator = allowed;
  const bool overlap = without(split.server, split.generator).size() != split.server.size();
  if (overlap && !server.empty() && !generator.empty() && allowed.size() > 1) {
    throw UsageError(
        "--server-cpus and --generator-cpus name the same CPU; the two sides would "
        "measure each other.");
  }
  split.shared = overlap;
  return split;
}

std::vector<int> parse_cpu_list(const std::string& text, const std::string& flag) {
  const auto reject = [&] {
    throw UsageError(flag + " '" + text + "' is not a list of CPUs such as 0 or 0,2-3.");
  };
  if (text.empty() || text.back() == ',') reject();
  std::set<int> cpus;
  std::istringstream parts(text);
  for (std::string part; std::getline(parts, part, ',');) {
    int first = -1;
    int last = -1;
    char dash = 0;
    std::istringstream range(part);
    if (!(range >> first)) reject();
    last = first;
    if (range >> dash && (dash != '-' || !(range >> last))) reject();
    if (!(range >> std::ws).eof() || first < 0 || last < first || last >= CPU_SETSIZE) reject();
    for (int cpu = first; cpu <= last; ++cpu) cpus.insert(cpu);
  }
  return {cpus.begin(), cpus.end()};
}

}  // namespace sockbench
