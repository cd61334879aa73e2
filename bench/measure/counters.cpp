#include "bench/measure/counters.h"

#include <linux/perf_event.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <set>

#include "bench/machine/tracing.h"

namespace sockbench {
namespace {

struct Event {
  const char* name;
  std::uint32_t type;
  std::uint64_t config;
};

constexpr std::array<Event, 6> kEvents = {{
    {kTaskClock, PERF_TYPE_SOFTWARE, PERF_COUNT_SW_TASK_CLOCK},
    {kContextSwitches, PERF_TYPE_SOFTWARE, PERF_COUNT_SW_CONTEXT_SWITCHES},
    {kMigrations, PERF_TYPE_SOFTWARE, PERF_COUNT_SW_CPU_MIGRATIONS},
    {kPageFaults, PERF_TYPE_SOFTWARE, PERF_COUNT_SW_PAGE_FAULTS},
    {kCycles, PERF_TYPE_HARDWARE, PERF_COUNT_HW_CPU_CYCLES},
    {kInstructions, PERF_TYPE_HARDWARE, PERF_COUNT_HW_INSTRUCTIONS},
}};

struct Syscall {
  const char* name;
  long number;
};

// What an exchange can be made of.
constexpr std::array kCalls = {
    Syscall{"accept4", SYS_accept4},
    Syscall{"epoll_ctl", SYS_epoll_ctl},
    Syscall{"epoll_pwait", SYS_epoll_pwait},
    Syscall{"fcntl", SYS_fcntl},
    Syscall{"futex", SYS_futex},
    Syscall{"io_uring_enter", SYS_io_uring_enter},
    Syscall{"ppoll", SYS_ppoll},
    Syscall{"pselect6", SYS_pselect6},
    Syscall{"read", SYS_read},
    Syscall{"readv", SYS_readv},
    Syscall{"recvfrom", SYS_recvfrom},
    Syscall{"recvmsg", SYS_recvmsg},
    Syscall{"rt_sigtimedwait", SYS_rt_sigtimedwait},
    Syscall{"sendmsg", SYS_sendmsg},
    Syscall{"sendto", SYS_sendto},
    Syscall{"write", SYS_write},
    Syscall{"writev", SYS_writev},
#ifdef SYS_epoll_wait
    Syscall{"epoll_wait", SYS_epoll_wait},
#endif
#ifdef SYS_poll
    Syscall{"poll", SYS_poll},
#endif
#ifdef SYS_select
    Syscall{"select", SYS_select},
#endif
};

std::map<std::string, long> calls_to_count(const std::vector<std::string>& predicted) {
  // Few, because every name costs at each system call and at each context switch; the rest shows as
  // the difference to the total.
  std::set<std::string> wanted = {"accept4", "epoll_pwait", "epoll_wait", "futex",
                                  "read",    "recvfrom",    "sendto",     "write"};
  if (!predicted.empty()) wanted = std::set(predicted.begin(), predicted.end());
  std::map<std::string, long> numbers;
  for (const Syscall& call : kCalls) {
    if (wanted.contains(call.name)) numbers[call.name] = call.number;
  }
  return numbers;
}

/// The descriptor of an event that starts with the exec of `pid`, or -1 and errno.
int open_event(pid_t pid, std::uint32_t type, std::uint64_t config) {
  perf_event_attr attributes{};
  attributes.size = sizeof attributes;
  attributes.type = type;
  attributes.config = config;
  attributes.inherit = 1;
  attributes.disabled = 1;
  attributes.enable_on_exec = 1;
  attributes.read_format = PERF_FORMAT_TOTAL_TIME_ENABLED | PERF_FORMAT_TOTAL_TIME_RUNNING;
  return static_cast<int>(
      ::syscall(SYS_perf_event_open, &attributes, pid, -1, -1, PERF_FLAG_FD_CLOEXEC));
}

std::string paranoid_level() {
  std::string level;
  std::ifstream("/proc/sys/kernel/perf_event_paranoid") >> level;
  return level.empty() ? "not there" : level;
}

/// Looked for once: it does not change while the kernel runs.
const Tracepoint& entry_tracepoint() {
  static const Tracepoint entry = find_tracepoint(kSyscallEntry);
  return entry;
}

/// One tracepoint with a filter for each name, rather than one tracepoint for each name: closing
/// the last user of a tracepoint waits for an RCU grace period (50 ms measured), each.
int open_call(pid_t pid, std::uint64_t tracepoint, std::optional<long> number) {
  Fd event(open_event(pid, PERF_TYPE_TRACEPOINT, tracepoint));
  if (event && number) {
    const std::string filter = "id == " + std::to_string(*number);
    if (::ioctl(event.get(), PERF_EVENT_IOC_SET_FILTER, filter.c_str()) != 0) {
      const int error = errno;  // closing the event may change it
      event.reset();
      errno = error;
    }
  }
  return event.release();
}

}  // namespace

bool is_scaled(const EventCount& count) { return count.running_ns < count.enabled_ns; }

std::optional<double> estimate(const EventCount& count) {
  if (!is_scaled(count)) return static_cast<double>(count.value);
  if (count.running_ns == 0) return std::nullopt;
  return static_cast<double>(count.value) * static_cast<double>(count.enabled_ns) /
         static_cast<double>(count.running_ns);
}

Counts difference(const Counts& after, const Counts& before) {
  Counts result{{}, after.absent};
  for (const auto& [event, count] : after.by_event) {
    if (before.absent.contains(event)) continue;
    const auto found = before.by_event.find(event);
    const EventCount start = found == before.by_event.end() ? EventCount{} : found->second;
    result.by_event[event] = {count.value - start.value, count.enabled_ns - start.enabled_ns,
                              count.running_ns - start.running_ns};
  }
  return result;
}

void add(Counts& sum, const Counts& more) {
  const bool first = sum.by_event.empty() && sum.absent.empty();
  if (first) {
    sum = more;
    return;
  }
  for (const auto& [event, reason] : more.absent) sum.absent.emplace(event, reason);
  for (const auto& [event, reason] : sum.absent) sum.by_event.erase(event);
  for (const auto& [event, other] : more.by_event) {
    if (sum.absent.contains(event)) continue;
    EventCount& count = sum.by_event[event];
    count.value += other.value;
    count.enabled_ns += other.enabled_ns;
    count.running_ns += other.running_ns;
  }
}

std::optional<double> per_request(const Counts& counts, const std::string& event,
                                  std::uint64_t requests) {
  const auto found = counts.by_event.find(event);
  if (found == counts.by_event.end() || requests == 0) return std::nullopt;
  const auto value = estimate(found->second);
  if (!value) return std::nullopt;
  return *value / static_cast<double>(requests);
}

std::string reason_for(const Counts& counts, const std::string& event) {
  if (const auto found = counts.absent.find(event); found != counts.absent.end()) {
    return found->second;
  }
  if (!counts.by_event.contains(event)) return "it was not counted";
  return estimate(counts.by_event.at(event)) ? "no request was answered while it was counted"
                                             : "other users of the CPU's counters left none for it";
}

std::optional<SyscallFigures> syscalls_per_request(const Counts& counts, std::uint64_t requests) {
  const auto total = per_request(counts, kSyscalls, requests);
  if (!total) return std::nullopt;
  SyscallFigures figures{*total, {}};
  const std::string prefix = kSyscallPrefix;
  std::uint64_t others = counts.by_event.at(kSyscalls).value;
  for (const auto& [event, count] : counts.by_event) {
    if (event.rfind(prefix, 0) != 0 || count.value == 0) continue;
    // A server that never sleeps goes on calling between two readings: then a name can be ahead of
    // the total.
    others -= std::min(others, count.value);
    figures.by_name[event.substr(prefix.size())] =
        static_cast<double>(count.value) / static_cast<double>(requests);
  }
  if (others > 0) {
    figures.by_name["other"] = static_cast<double>(others) / static_cast<double>(requests);
  }
  return figures;
}

std::string why_not_opened(int error, const std::string& paranoid) {
  if (error == EACCES || error == EPERM) {
    return "perf_event_open is not permitted (kernel.perf_event_paranoid is " + paranoid +
           "): run as root, or 'sysctl -w kernel.perf_event_paranoid=1'; a container needs "
           "CAP_PERFMON";
  }
  if (error == ENOENT || error == EOPNOTSUPP || error == ENODEV) {
    return "this machine offers no such counter (virtual machines often do not)";
  }
  return std::string("perf_event_open: ") + std::strerror(error);
}

std::string why_no_tracepoint(int error) {
  if (error == EACCES) {
    return "this user may not read tracefs: run as root, or 'mount -o remount,mode=750,gid=GROUP "
           "/sys/kernel/tracing'";
  }
  return "tracefs is not mounted and this user may not mount it: run as root, or 'mount -t tracefs "
         "tracefs /sys/kernel/tracing'";
}

Counters::Counters(pid_t pid, const std::vector<std::string>& predicted) {
  const auto keep = [&](const std::string& name, int event) {
    if (event < 0) {
      absent_[name] = why_not_opened(errno, paranoid_level());
    } else {
      events_[name] = Fd(event);
    }
  };
  for (const Event& event : kEvents) keep(event.name, open_event(pid, event.type, event.config));
  const Tracepoint& entry = entry_tracepoint();
  if (!entry.id) {
    absent_[kSyscalls] = why_no_tracepoint(entry.error);
    return;
  }
  const auto tracepoint = static_cast<std::uint64_t>(*entry.id);
  keep(kSyscalls, open_call(pid, tracepoint, std::nullopt));
  for (const auto& [name, number] : calls_to_count(predicted)) {
    keep(kSyscallPrefix + name, open_call(pid, tracepoint, number));
  }
}

Counts Counters::read() const {
  Counts counts{{}, absent_};
  for (const auto& [name, event] : events_) {
    EventCount count;
    if (::read(event.get(), &count, sizeof count) == sizeof count) {
      counts.by_event[name] = count;
    } else {
      counts.absent[name] = std::string("read of the counter: ") + std::strerror(errno);
    }
  }
  return counts;
}

}  // namespace sockbench
