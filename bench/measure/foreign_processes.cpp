#include "bench/measure/foreign_processes.h"

#include <dirent.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include "common/clock.h"

namespace sockbench {
namespace {

std::vector<pid_t> all_processes() {
  std::vector<pid_t> processes;
  const std::unique_ptr<DIR, int (*)(DIR*)> directory(::opendir("/proc"), ::closedir);
  if (!directory) return processes;
  while (const dirent* entry = ::readdir(directory.get())) {
    const pid_t pid = std::atoi(entry->d_name);
    if (pid > 0) processes.push_back(pid);
  }
  return processes;
}

struct Ancestry {
  pid_t parent = 0;
  bool kernel_thread = false;
};

/// From /proc/PID/stat: "PID (name) state ppid pgrp session tty tpgid flags …" (proc(5)).
Ancestry ancestry_of(pid_t pid) {
  constexpr unsigned long kKernelThread = 0x00200000;  // PF_KTHREAD of include/linux/sched.h
  std::ifstream file("/proc/" + std::to_string(pid) + "/stat");
  std::string line;
  std::getline(file, line);
  const std::size_t name_end = line.rfind(')');
  char state = 0;
  int parent = 0;
  unsigned long flags = 0;
  if (name_end == std::string::npos ||
      std::sscanf(line.c_str() + name_end + 1, " %c %d %*d %*d %*d %*d %lu", &state, &parent,
                  &flags) != 3) {
    return {};
  }
  return {parent, (flags & kKernelThread) != 0};
}

/// This process or a descendant of it, or a kernel thread.
bool belongs_to_run(pid_t pid) {
  const pid_t own = ::getpid();
  for (pid_t each = pid; each > 1;) {
    if (each == own) return true;
    const Ancestry ancestry = ancestry_of(each);
    if (ancestry.kernel_thread) return true;
    each = ancestry.parent;
  }
  return false;
}

}  // namespace

std::int64_t used_between(const ForeignTimes& before, const ForeignTimes& after) {
  std::int64_t used = 0;
  for (const auto& [pid, ns] : after) {
    const auto found = before.find(pid);
    used += std::max<std::int64_t>(0, ns - (found == before.end() ? 0 : found->second));
  }
  return used;
}

ForeignTimes ForeignProcesses::read() {
  ForeignTimes times;
  std::map<pid_t, bool> seen;
  for (const pid_t pid : all_processes()) {
    const auto known = foreign_.find(pid);
    const bool foreign = known == foreign_.end() ? !belongs_to_run(pid) : known->second;
    seen[pid] = foreign;
    if (!foreign) continue;
    clockid_t clock{};
    timespec time{};
    if (::clock_getcpuclockid(pid, &clock) != 0 || ::clock_gettime(clock, &time) != 0) continue;
    times[pid] = time.tv_sec * kNsPerSecond + time.tv_nsec;
  }
  foreign_ = std::move(seen);
  return times;
}

}  // namespace sockbench
