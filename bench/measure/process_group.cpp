#include "bench/measure/process_group.h"

#include <unistd.h>

#include <ctime>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>
#include <string>

#include "common/clock.h"

namespace sockbench {
namespace {

std::string proc_path(pid_t pid, const char* file) {
  return "/proc/" + std::to_string(pid) + "/" + file;
}

/// Fields of /proc/PID/stat behind the program's name; element i is field i + 3 of proc(5).
std::vector<std::string> stat_fields(pid_t pid) {
  std::ifstream file(proc_path(pid, "stat"));
  std::string line;
  std::getline(file, line);
  const std::size_t name_end = line.rfind(')');
  std::vector<std::string> fields;
  if (name_end == std::string::npos) return fields;
  std::istringstream rest(line.substr(name_end + 1));
  for (std::string field; rest >> field;) fields.push_back(field);
  return fields;
}

double ticks_ns(const std::vector<std::string>& fields, std::size_t number_in_proc5) {
  const std::size_t index = number_in_proc5 - 3;
  if (index >= fields.size()) return 0;
  static const double tick_ns = 1e9 / static_cast<double>(::sysconf(_SC_CLK_TCK));
  return std::stod(fields[index]) * tick_ns;
}

constexpr std::size_t kUserTime = 14;
constexpr std::size_t kSystemTime = 15;
constexpr std::size_t kReapedUserTime = 16;
constexpr std::size_t kReapedSystemTime = 17;
constexpr std::size_t kThreads = 20;

/// The number of "Name:   123" in a /proc file.
std::optional<std::int64_t> number_of(const std::string& path, const std::string& name) {
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);) {
    if (line.rfind(name + ":", 0) == 0) return std::stoll(line.substr(name.size() + 1));
  }
  return std::nullopt;
}

/// "Name:   123 kB" of a /proc file, in bytes.
std::optional<std::int64_t> kilobytes_of(const std::string& path, const std::string& name) {
  const auto number = number_of(path, name);
  return number ? std::optional(*number * 1024) : std::nullopt;
}

/// The sum of one line of smaps_rollup over the processes; one that ended meanwhile holds nothing.
/// nullopt when it can be read of none.
std::optional<std::int64_t> proportional_bytes(const std::vector<pid_t>& pids, const char* line) {
  std::optional<std::int64_t> sum;
  for (const pid_t pid : pids) {
    const auto bytes = kilobytes_of(proc_path(pid, "smaps_rollup"), line);
    if (bytes) sum = sum.value_or(0) + *bytes;
  }
  return sum;
}

}  // namespace

std::vector<pid_t> process_tree(pid_t leader) {
  std::vector<pid_t> tree = {leader};
  for (std::size_t i = 0; i < tree.size(); ++i) {
    // Only the main thread of a model forks: its list is the process's list.
    std::ifstream children(proc_path(tree[i], "task/") + std::to_string(tree[i]) + "/children");
    for (pid_t child = 0; children >> child;) tree.push_back(child);
  }
  return tree;
}

std::int64_t cpu_time_ns(pid_t leader) {
  std::int64_t total = 0;
  const std::vector<pid_t> tree = process_tree(leader);
  for (const pid_t pid : tree) {
    clockid_t clock{};
    timespec time{};
    if (::clock_getcpuclockid(pid, &clock) != 0 || ::clock_gettime(clock, &time) != 0) continue;
    total += time.tv_sec * kNsPerSecond + time.tv_nsec;
  }
  const auto fields = stat_fields(leader);
  total += static_cast<std::int64_t>(ticks_ns(fields, kReapedUserTime) +
                                     ticks_ns(fields, kReapedSystemTime));
  return total;
}

std::int64_t waited_ns(pid_t leader) {
  std::int64_t total = 0;
  for (const pid_t pid : process_tree(leader)) {
    std::error_code gone;
    for (const auto& thread : std::filesystem::directory_iterator(proc_path(pid, "task"), gone)) {
      std::ifstream file(thread.path() / "schedstat");
      std::int64_t ran = 0;
      std::int64_t waited = 0;
      if (file >> ran >> waited) total += waited;
    }
  }
  return total;
}

char state_of(pid_t pid) {
  std::ifstream file("/proc/" + std::to_string(pid) + "/stat");
  const std::string stat((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  const std::size_t end_of_name = stat.rfind(") ");
  return end_of_name == std::string::npos ? 'X' : stat[end_of_name + 2];
}

UserSystem user_system_ns(pid_t leader) {
  UserSystem sum{0, 0};
  for (const pid_t pid : process_tree(leader)) {
    const auto fields = stat_fields(pid);
    sum.user_ns += ticks_ns(fields, kUserTime) + ticks_ns(fields, kReapedUserTime);
    sum.system_ns += ticks_ns(fields, kSystemTime) + ticks_ns(fields, kReapedSystemTime);
  }
  return sum;
}

std::optional<std::int64_t> anonymous_memory_bytes(pid_t leader) {
  return proportional_bytes(process_tree(leader), "Pss_Anon");
}

std::optional<std::int64_t> memory_bytes_peak(pid_t leader) {
  const auto tree = process_tree(leader);
  if (tree.size() > 1) return proportional_bytes(tree, "Pss");
  return kilobytes_of(proc_path(leader, "status"), "VmHWM");
}

std::map<pid_t, Switches> context_switches(pid_t leader) {
  std::map<pid_t, Switches> switches;
  for (const pid_t pid : process_tree(leader)) {
    std::error_code gone;
    std::filesystem::directory_iterator thread(proc_path(pid, "task"), gone);
    for (const std::filesystem::directory_iterator end; thread != end; thread.increment(gone)) {
      const std::string status = (thread->path() / "status").string();
      const auto voluntary = number_of(status, "voluntary_ctxt_switches");
      const auto involuntary = number_of(status, "nonvoluntary_ctxt_switches");
      if (!voluntary || !involuntary) continue;  // it ended meanwhile
      switches[std::stoi(thread->path().filename())] = {*voluntary, *involuntary};
    }
  }
  return switches;
}

std::optional<Switches> switches_between(const std::map<pid_t, Switches>& before,
                                         const std::map<pid_t, Switches>& after) {
  Switches sum;
  for (const auto& [thread, count] : after) {
    const auto start = before.find(thread);
    const Switches base = start == before.end() ? Switches{} : start->second;
    sum.voluntary += count.voluntary - base.voluntary;
    sum.involuntary += count.involuntary - base.involuntary;
  }
  for (const auto& [thread, count] : before) {
    if (!after.contains(thread)) return std::nullopt;
  }
  return sum;
}

int thread_count(pid_t leader) {
  double sum = 0;
  for (const pid_t pid : process_tree(leader)) {
    const auto fields = stat_fields(pid);
    if (fields.size() > kThreads - 3) sum += std::stod(fields[kThreads - 3]);
  }
  return static_cast<int>(sum);
}

}  // namespace sockbench
