#include "bench/machine/cpu_activity.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "common/clock.h"

namespace sockbench {
namespace {

namespace fs = std::filesystem;
using nlohmann::ordered_json;

using EventCounts = std::map<std::string, std::uint64_t>;
using EventCountsByCpu = std::map<int, EventCounts>;

/// The CPU in "cpu7" or "CPU7"; nullopt for other words.
std::optional<int> cpu_named(const std::string& word) {
  if (word.size() < 4 || (word.rfind("cpu", 0) != 0 && word.rfind("CPU", 0) != 0)) return {};
  const bool number = std::all_of(word.begin() + 3, word.end(),
                                  [](unsigned char c) { return std::isdigit(c) != 0; });
  return number ? std::optional(std::stoi(word.substr(3))) : std::nullopt;
}

/// The table of /proc/interrupts or /proc/softirqs: a line of CPUs, then "NAME: count count …".
std::optional<EventCountsByCpu> read_counts(const fs::path& path) {
  std::ifstream file(path);
  std::string line;
  if (!std::getline(file, line)) return std::nullopt;
  std::vector<int> cpus;
  std::istringstream heads(line);
  for (std::string word; heads >> word;) {
    if (const auto cpu = cpu_named(word)) cpus.push_back(*cpu);
  }
  EventCountsByCpu counts;
  while (std::getline(file, line)) {
    std::istringstream words(line);
    std::string name;
    words >> name;
    if (name.empty() || name.back() != ':') continue;
    name.pop_back();
    if (!name.empty() && std::isdigit(static_cast<unsigned char>(name[0])) != 0) name = "devices";
    std::vector<std::uint64_t> row(cpus.size());
    for (std::uint64_t& count : row) words >> count;
    if (!words) continue;  // such as ERR, which is not counted by CPU
    for (std::size_t i = 0; i < cpus.size(); ++i) counts[cpus[i]][name] += row[i];
  }
  return counts;
}

const EventCounts& counts_of(const EventCountsByCpu& counts, int cpu) {
  static const EventCounts none;
  const auto found = counts.find(cpu);
  return found == counts.end() ? none : found->second;
}

/// {total, by_name} a second, or null where a reading is missing.
ordered_json rates(const std::optional<EventCountsByCpu>& before,
                   const std::optional<EventCountsByCpu>& after, int cpu, double seconds) {
  if (!before || !after || seconds <= 0) return nullptr;
  double total = 0;
  ordered_json by_name = ordered_json::object();
  for (const auto& [name, count] : counts_of(*after, cpu)) {
    const EventCounts& earlier = counts_of(*before, cpu);
    const auto found = earlier.find(name);
    const std::uint64_t then = found == earlier.end() ? 0 : found->second;
    if (count <= then) continue;
    const double rate = static_cast<double>(count - then) / seconds;
    by_name[name] = rate;
    total += rate;
  }
  return {{"total", total}, {"by_name", by_name}};
}

}  // namespace

std::map<int, CpuTimes> read_times_by_cpu(const fs::path& root) {
  std::ifstream file(root / "proc/stat");
  std::map<int, CpuTimes> times;
  for (std::string line; std::getline(file, line);) {
    std::istringstream words(line);
    std::string name;
    std::array<double, 8> ticks{};
    words >> name;
    for (double& field : ticks) words >> field;
    const auto cpu = cpu_named(name);
    if (!words || !cpu) continue;
    times[*cpu] = cpu_times_of(ticks);
  }
  return times;
}

CpuCounters read_cpu_counters(const fs::path& root) {
  return {now_ns(), read_times_by_cpu(root), read_counts(root / "proc/interrupts"),
          read_counts(root / "proc/softirqs")};
}

std::map<int, std::string> sides_of(const CpuSplit& cpus) {
  std::map<int, std::string> sides;
  for (const int cpu : cpus.server) sides[cpu] = "server";
  for (const int cpu : cpus.generator) sides[cpu] = sides.count(cpu) > 0 ? "both" : "generator";
  return sides;
}

ordered_json cpu_activity(const CpuCounters& before, const CpuCounters& after,
                          const CpuSplit& cpus) {
  const double seconds = static_cast<double>(after.at_ns - before.at_ns) / kNsPerSecond;
  ordered_json list = ordered_json::array();
  for (const auto& [cpu, side] : sides_of(cpus)) {
    ordered_json entry = {{"cpu", cpu},
                          {"side", side},
                          {"steal_s", nullptr},
                          {"steal_share", nullptr},
                          {"busy_share", nullptr}};
    ordered_json absent = ordered_json::object();
    const auto then = before.times.find(cpu);
    const auto now = after.times.find(cpu);
    const bool told = then != before.times.end() && now != after.times.end();
    const double total = told ? now->second.total_s() - then->second.total_s() : 0;
    if (told) entry["steal_s"] = now->second.steal_s - then->second.steal_s;
    if (total > 0) {
      entry["steal_share"] = (now->second.steal_s - then->second.steal_s) / total;
      entry["busy_share"] = (now->second.busy_s - then->second.busy_s) / total;
    }
    entry["interrupts_per_second"] = rates(before.interrupts, after.interrupts, cpu, seconds);
    entry["softirqs_per_second"] = rates(before.softirqs, after.softirqs, cpu, seconds);
    for (const auto& [figure, reason] : std::map<std::string, std::string>{
             {"steal_s", "/proc/stat does not name the CPU"},
             {"steal_share", "no tick of the CPU was counted in /proc/stat"},
             {"busy_share", "no tick of the CPU was counted in /proc/stat"},
             {"interrupts_per_second", "/proc/interrupts could not be read twice"},
             {"softirqs_per_second", "/proc/softirqs could not be read twice"}}) {
      if (entry[figure].is_null()) absent[figure] = reason;
    }
    entry["absent"] = absent;
    list.push_back(std::move(entry));
  }
  return list;
}

}  // namespace sockbench
