#pragma once

#include <sys/types.h>

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "common/fd.h"

namespace sockbench {

/// One event as perf_event_open(2) reads it: the count, and for how long the event was wanted and
/// for how long it was really counted (less, when more events are wanted than there are counters).
struct EventCount {
  std::uint64_t value = 0;
  std::uint64_t enabled_ns = 0;
  std::uint64_t running_ns = 0;
};

/// Whether an estimate stands in for the part in which the event had no counter.
bool is_scaled(const EventCount& count);
/// value * enabled / running; nullopt when the event was wanted and never had a counter.
std::optional<double> estimate(const EventCount& count);

/// What was counted, by event, and why the other events were not.
struct Counts {
  std::map<std::string, EventCount> by_event;
  std::map<std::string, std::string> absent;
};

/// What `after` has more than `before`; an event that `before` does not know began later, at 0.
Counts difference(const Counts& after, const Counts& before);
/// An event that is absent on one side is absent in the sum: half a count is none.
void add(Counts& sum, const Counts& more);
std::optional<double> per_request(const Counts& counts, const std::string& event,
                                  std::uint64_t requests);
/// Why per_request() has no value for it.
std::string reason_for(const Counts& counts, const std::string& event);

// Events. A system call is counted under "syscalls:" and its name.
inline constexpr const char* kTaskClock = "task_clock_ns";
inline constexpr const char* kContextSwitches = "context_switches";
inline constexpr const char* kMigrations = "cpu_migrations";
inline constexpr const char* kPageFaults = "page_faults";
inline constexpr const char* kCycles = "cycles";
inline constexpr const char* kInstructions = "instructions";
inline constexpr const char* kSyscalls = "syscalls";
inline constexpr const char* kSyscallPrefix = "syscalls:";

/// {total, by_name} per request; calls beyond the counted names are "other", names that were never
/// called are left out. nullopt when system calls could not be counted.
struct SyscallFigures {
  double total = 0;
  std::map<std::string, double> by_name;
};
std::optional<SyscallFigures> syscalls_per_request(const Counts& counts, std::uint64_t requests);

/// Why an event could not be opened, with what to do about it. `paranoid` is
/// kernel.perf_event_paranoid.
std::string why_not_opened(int error, const std::string& paranoid);
/// Why the number of the tracepoint could not be read from tracefs.
std::string why_no_tracepoint(int error);

/// The counters of one process and of every thread and child that it starts later: open them while
/// it waits for its exec, which starts the counting. Each event is read by itself: the kernel does
/// not read inherited events as a group.
class Counters final {
 public:
  /// `predicted` names the system calls that are counted by name; the usual ones of servers when it
  /// is empty. All others are in the total.
  Counters(pid_t pid, const std::vector<std::string>& predicted);

  Counts read() const;

 private:
  std::map<std::string, Fd> events_;
  std::map<std::string, std::string> absent_;
};

}  // namespace sockbench
