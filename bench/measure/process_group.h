#pragma once

#include <sys/types.h>

#include <cstdint>
#include <map>
#include <optional>
#include <vector>

namespace sockbench {

/// The leader and all its living descendants (from /proc/PID/task/TID/children).
std::vector<pid_t> process_tree(pid_t leader);

/// CPU time of the leader's tree in nanoseconds: every living process through its CPU clock
/// (clock_getcpuclockid(3), all threads, living and ended), and reaped children from /proc (in
/// ticks of 10 ms). It reads what the scheduler keeps anyway, so it costs the measured processes
/// nothing. Exact for threads that sleep at this moment; one that runs is booked at the scheduler's
/// ticks only, so each reading of a server that never sleeps may lack up to 4 ms.
std::int64_t cpu_time_ns(pid_t leader);

/// How long the tree's living threads were ready to run and had to wait for a CPU, since they began
/// (/proc/PID/task/TID/schedstat); 0 where the kernel does not tell.
std::int64_t waited_ns(pid_t leader);

/// What the main thread does: 'R' runs or wants to, 'S' sleeps, 'T' is stopped (proc(5)); 'X' when
/// the process is gone.
char state_of(pid_t pid);

struct UserSystem {
  double user_ns;
  double system_ns;
};
/// User and system time of the tree, reaped children included. The kernel samples the split at
/// timer ticks: use it over seconds, not over slices.
UserSystem user_system_ns(pid_t leader);

/// Anonymous memory of the tree in bytes, pages shared between processes counted in proportion
/// (Pss_Anon). File pages are left out: how many processes share the libraries changes from moment
/// to moment and has nothing to do with connections. nullopt when smaps_rollup cannot be read.
std::optional<std::int64_t> anonymous_memory_bytes(pid_t leader);
/// Peak resident set in bytes (VmHWM). Of several processes, which share pages, what they hold
/// together now (PSS): the kernel keeps no peak of that.
std::optional<std::int64_t> memory_bytes_peak(pid_t leader);
/// How often threads gave the CPU up (voluntary) or lost it (involuntary).
struct Switches {
  std::int64_t voluntary = 0;
  std::int64_t involuntary = 0;
};
/// Context switches of every living thread of the tree so far, by thread.
std::map<pid_t, Switches> context_switches(pid_t leader);
/// The sum over all threads between two readings; nullopt when one has ended, for it took its
/// count along.
std::optional<Switches> switches_between(const std::map<pid_t, Switches>& before,
                                         const std::map<pid_t, Switches>& after);

/// Threads of the tree now.
int thread_count(pid_t leader);

}  // namespace sockbench
