#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "bench/machine/jitter.h"
#include "common/clock_check.h"

namespace sockbench {

/// CPU time of all CPUs since boot, in seconds, from /proc/stat.
struct CpuTimes {
  double busy_s = 0;  ///< by processes, the kernel and interrupts
  double idle_s = 0;
  double steal_s = 0;  ///< given to others by the hypervisor
  double niced_s = 0;  ///< of busy_s: by processes that give way to others (nice above 0)

  double total_s() const { return busy_s + idle_s + steal_s; }
};

/// Of user, nice, system, idle, iowait, irq, softirq and steal, see proc(5); guests are within
/// user.
CpuTimes cpu_times_of(const std::array<double, 8>& ticks);

/// Throws std::runtime_error when `root`/proc/stat cannot be read: then nothing can be measured.
CpuTimes read_cpu_times(const std::filesystem::path& root = "/");

/// Limits of the kernel and of this process; absent where the kernel has no such file.
struct Limits {
  std::int64_t open_files_soft = 0;
  std::int64_t open_files_hard = 0;
  std::optional<std::int64_t> pid_max;
  std::optional<std::int64_t> threads_max;
  std::optional<std::int64_t> max_map_count;
  std::optional<std::int64_t> somaxconn;
  std::optional<std::int64_t> local_ports;  ///< how many ip_local_port_range holds
  std::optional<std::int64_t> tcp_tw_reuse;
  std::optional<std::int64_t> perf_event_paranoid;
  std::optional<std::int64_t> io_uring_disabled;
  std::optional<std::int64_t> randomize_va_space;
  std::optional<double> cpu_quota;  ///< CPUs that the control group may use; absent: no quota
};

/// What came of trying; an errno, 0 when it worked.
struct Probes {
  int perf_software = 0;
  int perf_tracepoint = 0;
  int perf_hardware = 0;
  int io_uring = 0;
};

/// What others did to the CPUs while this program slept.
struct Activity {
  double busy_cpus = 0;         ///< of other processes; 1.0 = one CPU
  double steal_share = 0;       ///< of all CPU time, in the interval
  double steal_since_boot = 0;  ///< likewise, since boot
};
/// Pure. `cpus` is how many CPUs the two readings are about.
Activity activity_between(const CpuTimes& before, const CpuTimes& after, int cpus);

/// Everything sockbench knows about the machine, read once; environment.h and doctor.h judge it.
struct MachineFacts {
  std::string kernel;
  std::string architecture;
  std::string cpu_model;
  bool hypervisor = false;
  std::int64_t memory_bytes = 0;
  int online_cpus = 0;
  std::vector<int> allowed_cpus;
  std::vector<std::vector<int>> cores;  ///< the allowed CPUs by physical core
  std::vector<std::string> governors;   ///< distinct ones of the allowed CPUs; empty: no cpufreq
  std::optional<std::string> clocksource;
  std::map<std::string, std::string> vulnerabilities;  ///< name -> what the kernel says
  double load_average = 0;                             ///< of the last minute
  bool tracefs_mounted = false;
  bool tracefs_own_mount = false;  ///< not mounted, but this process may mount it for itself
  std::optional<std::int64_t> tracepoint_id;  ///< of kSyscallEntry; absent: tracefs unreadable
  std::string no_strace;                      ///< why strace cannot be used, or empty
  Limits limits;
  Probes probes;
  Activity activity;
  ClockCheck clock;
  std::vector<CpuJitter> jitter;  ///< of the allowed CPUs; empty: not watched
};

/// The files below `root` and what system calls tell without trying anything.
MachineFacts read_facts(const std::filesystem::path& root = "/");

/// Opens, and closes at once, one of each: a software event, the tracepoint, hardware cycles, a
/// ring.
Probes try_permissions(std::optional<std::int64_t> tracepoint_id);

/// All of the above for this machine, with the clock's check and the jitter of every allowed CPU;
/// takes half a second.
MachineFacts examine_machine();

}  // namespace sockbench
