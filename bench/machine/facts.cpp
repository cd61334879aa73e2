#include "bench/machine/facts.h"

#include <linux/io_uring.h>
#include <linux/perf_event.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <thread>

#include "bench/machine/cpus.h"
#include "bench/machine/tracing.h"
#include "common/error.h"
#include "common/fd.h"
#include "common/process_limits.h"

namespace sockbench {
namespace {

namespace fs = std::filesystem;

// 50 ticks of the kernel's 100 Hz clock on two CPUs: a share is told to 2 %.
constexpr std::chrono::milliseconds kWatch{250};

std::optional<std::string> text_in(const fs::path& path) {
  std::ifstream file(path);
  std::string line;
  if (!std::getline(file, line) || line.empty()) return std::nullopt;
  return line;
}

std::optional<std::int64_t> number_in(const fs::path& path) {
  std::ifstream file(path);
  std::int64_t value = 0;
  return file >> value ? std::optional(value) : std::nullopt;
}

/// The value of the first "key : value" of /proc/cpuinfo.
std::string cpuinfo(const fs::path& root, const std::string& key) {
  std::ifstream file(root / "proc/cpuinfo");
  for (std::string line; std::getline(file, line);) {
    if (line.rfind(key, 0) != 0) continue;
    const std::size_t colon = line.find(": ");
    return colon == std::string::npos ? std::string() : line.substr(colon + 2);
  }
  return {};
}

std::vector<std::string> read_governors(const fs::path& root, const std::vector<int>& cpus) {
  std::vector<std::string> governors;
  for (const int cpu : cpus) {
    const auto governor = text_in(root / ("sys/devices/system/cpu/cpu" + std::to_string(cpu)) /
                                  "cpufreq/scaling_governor");
    if (governor && std::find(governors.begin(), governors.end(), *governor) == governors.end()) {
      governors.push_back(*governor);
    }
  }
  return governors;
}

std::map<std::string, std::string> read_vulnerabilities(const fs::path& root) {
  std::map<std::string, std::string> found;
  std::error_code none;  // no such folder: an architecture without them
  for (const auto& entry :
       fs::directory_iterator(root / "sys/devices/system/cpu/vulnerabilities", none)) {
    if (const auto text = text_in(entry.path())) found[entry.path().filename().string()] = *text;
  }
  return found;
}

bool is_tracefs_mounted(const fs::path& root) {
  std::ifstream file(root / "proc/self/mounts");
  for (std::string line; std::getline(file, line);) {
    if (line.find(" tracefs ") != std::string::npos) return true;
  }
  return false;
}

/// The smallest quota of this process's control group (version 2) and those above it.
std::optional<double> read_cpu_quota(const fs::path& root) {
  std::ifstream file(root / "proc/self/cgroup");
  std::string group;
  for (std::string line; std::getline(file, line);) {
    if (line.rfind("0::/", 0) == 0) group = line.substr(4);
  }
  std::optional<double> smallest;
  const fs::path top = root / "sys/fs/cgroup";
  for (fs::path below = group;; below = below.parent_path()) {
    std::ifstream limit(top / below / "cpu.max");  // "max 100000" or "150000 100000"
    double quota_us = 0;
    double period_us = 0;
    if (limit >> quota_us >> period_us && period_us > 0) {
      smallest = std::min(quota_us / period_us, smallest.value_or(quota_us / period_us));
    }
    if (below.empty()) return smallest;
  }
}

std::optional<std::int64_t> read_local_ports(const fs::path& root) {
  std::ifstream file(root / "proc/sys/net/ipv4/ip_local_port_range");
  std::int64_t first = 0;
  std::int64_t last = 0;
  if (!(file >> first >> last)) return std::nullopt;
  return last - first + 1;
}

Limits read_limits(const fs::path& root) {
  rlimit files{};
  check(::getrlimit(RLIMIT_NOFILE, &files), "getrlimit");
  const fs::path kernel = root / "proc/sys/kernel";
  return {.open_files_soft = static_cast<std::int64_t>(files.rlim_cur),
          .open_files_hard = static_cast<std::int64_t>(files.rlim_max),
          .pid_max = number_in(kernel / "pid_max"),
          .threads_max = number_in(kernel / "threads-max"),
          .max_map_count = number_in(root / "proc/sys/vm/max_map_count"),
          .somaxconn = number_in(root / "proc/sys/net/core/somaxconn"),
          .local_ports = read_local_ports(root),
          .tcp_tw_reuse = number_in(root / "proc/sys/net/ipv4/tcp_tw_reuse"),
          .perf_event_paranoid = number_in(kernel / "perf_event_paranoid"),
          .io_uring_disabled = number_in(kernel / "io_uring_disabled"),
          .randomize_va_space = number_in(root / "proc/sys/kernel/randomize_va_space"),
          .cpu_quota = read_cpu_quota(root)};
}

double read_load_average(const fs::path& root) {
  std::ifstream file(root / "proc/loadavg");
  double load = 0;
  file >> load;
  return load;
}

}  // namespace

CpuTimes cpu_times_of(const std::array<double, 8>& ticks) {
  const auto per_second = static_cast<double>(::sysconf(_SC_CLK_TCK));
  return {.busy_s = (ticks[0] + ticks[1] + ticks[2] + ticks[5] + ticks[6]) / per_second,
          .idle_s = (ticks[3] + ticks[4]) / per_second,
          .steal_s = ticks[7] / per_second,
          .niced_s = ticks[1] / per_second};
}

CpuTimes read_cpu_times(const fs::path& root) {
  std::ifstream file(root / "proc/stat");
  std::string name;
  std::array<double, 8> ticks{};
  file >> name;
  for (double& field : ticks) file >> field;
  if (!file) throw std::runtime_error("/proc/stat cannot be read; nothing can be measured");
  return cpu_times_of(ticks);
}

Activity activity_between(const CpuTimes& before, const CpuTimes& after, int cpus) {
  Activity activity;
  if (after.total_s() > 0) activity.steal_since_boot = after.steal_s / after.total_s();
  const double total = after.total_s() - before.total_s();
  if (total <= 0) return activity;
  activity.busy_cpus = (after.busy_s - before.busy_s) / total * cpus;
  activity.steal_share = (after.steal_s - before.steal_s) / total;
  return activity;
}

MachineFacts read_facts(const fs::path& root) {
  utsname system{};
  check(::uname(&system), "uname");
  MachineFacts facts;
  facts.kernel = std::string(system.sysname) + " " + system.release;
  facts.architecture = system.machine;
  facts.cpu_model = cpuinfo(root, "model name");
  facts.hypervisor = cpuinfo(root, "flags").find(" hypervisor") != std::string::npos;
  facts.memory_bytes =
      static_cast<std::int64_t>(::sysconf(_SC_PHYS_PAGES)) * ::sysconf(_SC_PAGESIZE);
  facts.online_cpus = static_cast<int>(::sysconf(_SC_NPROCESSORS_ONLN));
  facts.allowed_cpus = allowed_cpus();
  facts.cores = physical_cores(facts.allowed_cpus, root);
  facts.governors = read_governors(root, facts.allowed_cpus);
  facts.clocksource =
      text_in(root / "sys/devices/system/clocksource/clocksource0/current_clocksource");
  facts.vulnerabilities = read_vulnerabilities(root);
  facts.load_average = read_load_average(root);
  facts.tracefs_mounted = is_tracefs_mounted(root);
  facts.tracepoint_id = read_tracepoint_id(root, kSyscallEntry);
  facts.limits = read_limits(root);
  // Reading it here makes a missing /proc an error of every caller, also of one that does not wait.
  facts.activity.steal_since_boot =
      activity_between({}, read_cpu_times(root), facts.online_cpus).steal_since_boot;
  return facts;
}

MachineFacts examine_machine() {
  MachineFacts facts = read_facts();
  const Tracepoint entry = find_tracepoint(kSyscallEntry);
  facts.tracepoint_id = entry.id;
  facts.tracefs_own_mount = entry.own_mount;
  facts.probes = try_permissions(facts.tracepoint_id);
  facts.no_strace = why_no_strace();
  facts.clock = check_clock();
  const CpuTimes before = read_cpu_times();
  std::this_thread::sleep_for(kWatch);  // asleep, so that all CPU time is of other processes
  facts.activity = activity_between(before, read_cpu_times(), facts.online_cpus);
  facts.jitter = watch_jitter(facts.allowed_cpus);
  return facts;
}

namespace {

// What the kernel allows is found by trying: sysctls do not tell, because capabilities, seccomp
// filters of containers and the hypervisor decide as well.

int try_event(std::uint32_t type, std::uint64_t config) {
  perf_event_attr attributes{};
  attributes.size = sizeof attributes;
  attributes.type = type;
  attributes.config = config;
  attributes.disabled = 1;
  const Fd event(static_cast<int>(
      ::syscall(SYS_perf_event_open, &attributes, 0, -1, -1, PERF_FLAG_FD_CLOEXEC)));
  return event ? 0 : errno;
}

int try_ring() {
  io_uring_params parameters{};
  const Fd ring(static_cast<int>(::syscall(SYS_io_uring_setup, 1, &parameters)));
  return ring ? 0 : errno;
}

}  // namespace

Probes try_permissions(std::optional<std::int64_t> tracepoint_id) {
  return {.perf_software = try_event(PERF_TYPE_SOFTWARE, PERF_COUNT_SW_CONTEXT_SWITCHES),
          .perf_tracepoint = tracepoint_id ? try_event(PERF_TYPE_TRACEPOINT,
                                                       static_cast<std::uint64_t>(*tracepoint_id))
                                           : ENOENT,
          .perf_hardware = try_event(PERF_TYPE_HARDWARE, PERF_COUNT_HW_CPU_CYCLES),
          .io_uring = try_ring()};
}

}  // namespace sockbench
