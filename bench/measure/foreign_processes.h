#pragma once

#include <sys/types.h>

#include <cstdint>
#include <map>

namespace sockbench {

/// CPU time of the processes that are no part of the run, by process.
using ForeignTimes = std::map<pid_t, std::int64_t>;

/// What the processes used between two readings; one that is new used all of its time since.
std::int64_t used_between(const ForeignTimes& before, const ForeignTimes& after);

/// Watches the processes that are neither this one, nor its descendants, nor kernel threads: those
/// work for whoever is measured. One reading takes about half a millisecond for a thousand
/// processes; what begins and ends between two readings is not seen.
class ForeignProcesses final {
 public:
  ForeignTimes read();

 private:
  std::map<pid_t, bool> foreign_;  // whether a process that was seen before is
};

}  // namespace sockbench
