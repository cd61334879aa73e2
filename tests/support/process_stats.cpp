#include "tests/support/process_stats.h"

#include <sys/resource.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <numeric>
#include <string>
#include <tuple>
#include <utility>

#include "common/clock.h"
#include "common/error.h"
#include "tests/support/deadline.h"

namespace sockbench::test {
namespace {

namespace fs = std::filesystem;

fs::path proc(pid_t pid, const char* name) { return "/proc/" + std::to_string(pid) + "/" + name; }

/// Sums `value_of(pid)`; a process that ended meanwhile counts as 0.
template <typename Value, typename ValueOf>
Value sum_over_tree(pid_t root, ValueOf value_of) {
  const std::vector<pid_t> tree = process_tree(root);
  return std::transform_reduce(tree.begin(), tree.end(), Value{}, std::plus<>(), value_of);
}

/// The letter of /proc/PID/stat: 'S' sleeping, 'T' stopped and so on; 'X' when it is gone.
char state_of(pid_t pid) {
  std::ifstream stat(proc(pid, "stat"));
  const std::string text((std::istreambuf_iterator<char>(stat)), std::istreambuf_iterator<char>());
  const std::size_t end_of_name = text.rfind(") ");
  return end_of_name == std::string::npos ? 'X' : text[end_of_name + 2];
}

/// How many files an io_uring holds in a table of its own: the lines after "UserFiles: 20000", such
/// as "    0: socket:[76174878]".
std::size_t files_of_ring(const fs::path& fdinfo) {
  std::ifstream lines(fdinfo);
  std::size_t count = 0;
  bool in_table = false;
  for (std::string line; std::getline(lines, line);) {
    if (in_table && !line.starts_with(' ')) break;
    if (in_table) ++count;
    if (line.starts_with("UserFiles:")) in_table = true;
  }
  return count;
}

/// Ticks of all CPUs since boot: stolen, and all (proc(5)).
std::pair<double, double> cpu_ticks() {
  std::ifstream stat("/proc/stat");
  std::string name;
  stat >> name;
  std::array<double, 8> ticks{};  // user nice system idle iowait irq softirq steal
  for (double& field : ticks) stat >> field;
  return {ticks.back(), std::accumulate(ticks.begin(), ticks.end(), 0.0)};
}

}  // namespace

StolenTime::StolenTime() { std::tie(stolen_ticks_, all_ticks_) = cpu_ticks(); }

double StolenTime::share() const {
  const auto [stolen, all] = cpu_ticks();
  return all > all_ticks_ ? (stolen - stolen_ticks_) / (all - all_ticks_) : 0;
}

std::vector<pid_t> process_tree(pid_t root) {
  std::vector<pid_t> tree = {root};
  for (std::size_t i = 0; i < tree.size(); ++i) {
    std::error_code gone;
    for (const auto& thread : fs::directory_iterator(proc(tree[i], "task"), gone)) {
      std::ifstream children(thread.path() / "children");
      for (pid_t child = 0; children >> child;) tree.push_back(child);
    }
  }
  return tree;
}

std::size_t open_descriptors(pid_t root) {
  return sum_over_tree<std::size_t>(root, [](pid_t pid) {
    std::error_code gone;
    std::size_t count = 0;
    for (const auto& entry : fs::directory_iterator(proc(pid, "fd"), gone)) {
      count += 1 + files_of_ring(proc(pid, "fdinfo") / entry.path().filename());
    }
    return count;
  });
}

std::int64_t private_memory_bytes(pid_t root) {
  return sum_over_tree<std::int64_t>(root, [](pid_t pid) {
    std::ifstream rollup(proc(pid, "smaps_rollup"));
    for (std::string line; std::getline(rollup, line);) {
      if (line.starts_with("Pss_Anon:")) return std::stoll(line.substr(9)) * 1024;  // in kB
    }
    return 0LL;
  });
}

std::int64_t cpu_time_ns(pid_t root) {
  return sum_over_tree<std::int64_t>(root, [](pid_t pid) -> std::int64_t {
    clockid_t clock{};
    timespec used{};
    if (::clock_getcpuclockid(pid, &clock) != 0 || ::clock_gettime(clock, &used) != 0) return 0;
    return used.tv_sec * kNsPerSecond + used.tv_nsec;
  });
}

bool stop_tree(pid_t root) {
  const std::vector<pid_t> tree = process_tree(root);
  for (const pid_t pid : tree) ::kill(pid, SIGSTOP);
  return eventually([&] {
    return std::all_of(tree.begin(), tree.end(), [](pid_t pid) { return state_of(pid) == 'T'; });
  });
}

void continue_tree(pid_t root) {
  for (const pid_t pid : process_tree(root)) ::kill(pid, SIGCONT);
}

bool allow_descriptors(std::size_t wanted) {
  rlimit limit{};
  check(::getrlimit(RLIMIT_NOFILE, &limit), "getrlimit");
  if (limit.rlim_cur >= wanted) return true;
  if (limit.rlim_max < wanted) return false;
  limit.rlim_cur = wanted;
  return ::setrlimit(RLIMIT_NOFILE, &limit) == 0;
}

void set_descriptor_limit(pid_t pid, std::size_t soft_limit) {
  rlimit limit{};
  check(::prlimit(pid, RLIMIT_NOFILE, nullptr, &limit), "prlimit");
  limit.rlim_cur = soft_limit;
  check(::prlimit(pid, RLIMIT_NOFILE, &limit, nullptr), "prlimit");
}

bool others_may_run(const std::string& program) {
  const fs::path file = fs::canonical(program);
  for (fs::path path = file; path != path.root_path(); path = path.parent_path()) {
    if ((fs::status(path).permissions() & fs::perms::others_exec) == fs::perms::none) return false;
  }
  return true;
}

}  // namespace sockbench::test
