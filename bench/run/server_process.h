#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "bench/measure/call_trace.h"
#include "bench/measure/counters.h"
#include "bench/measure/cpu_use.h"
#include "bench/measure/foreign_processes.h"
#include "bench/measure/memory_group.h"
#include "bench/measure/process_group.h"
#include "bench/measure/resources.h"
#include "bench/plan/contestant.h"
#include "bench/plan/workload.h"
#include "bench/run/disturbance.h"
#include "bench/run/external_server.h"
#include "common/child.h"
#include "common/numbers.h"

namespace sockbench {

/// Where and how the processes of a run are started.
struct Bench {
  std::filesystem::path programs;
  std::vector<int> server_cpus;
  std::vector<int> generator_cpus;
  std::filesystem::path log_directory;  ///< standard error of every child
  Resources budget;                     ///< of all contestants that are alive together
  bool watch_waiting = false;           ///< of servers for a CPU; costs a file per thread and slice
  std::vector<pid_t> own_processes;     ///< of the harness, beside itself; their CPU time is no
                                        ///< disturbance
  /// Shared by all contestants; null: only the CPUs' own accounts tell what else ran.
  std::shared_ptr<ForeignProcesses> foreign_processes;
};

/// Percentiles of one slice's times: response, service (from the actual send) and how late the
/// generator took requests up. NaN where too few samples lie beyond one.
struct SlicePercentiles {
  double p50 = kNaN;
  double p90 = kNaN;
  double p99 = kNaN;
  double p99_9 = kNaN;
};
struct SliceLatency {
  std::uint64_t answered = 0;
  std::uint64_t wrong = 0;  ///< never sent, or not answered right
  SlicePercentiles response;
  SlicePercentiles service;
  SlicePercentiles take_up_delay;
};

/// One short window in which one contestant ran and was measured, the others being silent. Work,
/// cost and time are of one and the same stretch, at whose ends the server had nothing to do.
struct Slice {
  int round = 0;
  int position = 0;            ///< in the round's order
  std::int64_t start_ns = 0;   ///< CLOCK_MONOTONIC
  std::int64_t wall_ns = 0;    ///< from the first request to the last reply
  std::int64_t cpu_ns = 0;     ///< of the server's processes in that time
  std::uint64_t answered = 0;  ///< replies in that time
  std::int64_t window_ns = 0;  ///< the part of it whose requests have their times recorded
  SliceLatency latency = {};   ///< of that part; service and take-up only where requests are timed
  std::uint64_t answered_in_window = 0;
  /// How long the server took to fall silent again after it was continued; 0: it was not stopped.
  std::int64_t settle_ns = 0;
  SliceDisturbance disturbance = {};
  bool disturbed = false;  ///< see is_disturbed(), where disturbed slices are repeated
  int repeats = 0;         ///< earlier attempts that were discarded because they were disturbed
  /// How long the server's threads were ready to run and had no CPU, where the bench watches it.
  std::optional<std::int64_t> waited_ns = std::nullopt;
  /// The server's anonymous memory after it, where the workload watches it grow.
  std::optional<std::int64_t> memory_bytes = std::nullopt;
  /// Of the server's threads while it is idle; nullopt under load, and when a thread ended.
  std::optional<Switches> idle_switches = std::nullopt;
};

/// What the counters of a server saw in a slice that was counted and not timed.
struct CountedSlice {
  Slice slice;
  Counts counts;
  std::optional<Switches> switches;
};

/// What a server held with so many silent connections, each of which was answered once.
struct MemoryPoint {
  int connections = 0;
  std::optional<std::int64_t> user_bytes;    ///< anonymous memory of all its processes (PSS)
  std::optional<std::int64_t> kernel_bytes;  ///< see MemoryGroup
};

/// How long a generator may take for an answer beyond what it was told to do.
inline constexpr std::chrono::seconds kGeneratorReportLimit{10};

/// Sleeps, so that an interruption ends it.
void wait_ns(std::int64_t ns);

/// What a restart is for. Counting slows a server down and accounting for its memory may, so such a
/// server's times are not used. It is alone on its CPUs: it is never stopped, for every stop would
/// add the calls that a stopped one makes when it is continued.
enum class Purpose : std::uint8_t {
  kTimed,
  kCounted,
  kTraced,  ///< its system calls are counted by strace
  kMemory,  ///< starts without connections
};

struct SliceOrder {
  int round = 0;
  int position = 0;
  /// Load that warms caches up and ends before the measured stretch begins; 0: none.
  std::int64_t lead_in_ns = 0;
  /// The first part of the measured stretch, whose requests have no times recorded.
  std::int64_t ramp_ns = 0;
  std::int64_t window_ns = 0;  ///< 0: warm-up, nothing is recorded
  std::uint64_t seed = 0;
  double rate = 0;  ///< open loop: requests per second instead of the workload's; 0: that one
};

/// A contestant in one restart: its fresh server and its own fresh generator process, connected.
/// A failure is a sentence in failure(), never an exception: the others go on.
class ServerProcess final {
 public:
  ServerProcess(const Bench& bench, const Contestant& contestant, const Workload& workload,
                Purpose purpose = Purpose::kTimed);

  const std::string& failure() const { return failure_; }
  bool failed() const { return !failure_.empty(); }

  /// Runs one slice between resume() and pause(). nullopt when it failed or was interrupted.
  std::optional<Slice> run_slice(const SliceOrder& order);

  /// Makes the generator forget what the last slice recorded.
  void discard_slice();

  /// A slice of a server that counts, or its warm-up.
  std::optional<CountedSlice> run_counted_slice(const SliceOrder& order);

  /// Opens more connections, which stay silent once each was answered.
  void connect(const Bench& bench, const Contestant& contestant, int connections);
  /// Makes the first connections of a restart for memory ask for so long, unrecorded.
  void load(std::int64_t ns);
  /// What the server holds, stopped for the reading. Kernel memory only in a restart for it.
  MemoryPoint memory();
  /// Why memory() has no kernel_bytes, or empty.
  std::string no_kernel_memory() const;

  /// What server and generator hold, with a generous estimate of the kernel's part.
  Resources needs() const;

  /// Whether the server needs stopping while others are measured: false once it was silent for
  /// kSilenceProbe without load. Checked again between all slices.
  bool needs_pausing() const { return needs_pausing_; }
  void check_idle();
  /// What an earlier restart of the same contestant found, before the warm-up; still checked
  /// between all slices. After the warm-up settle() takes the place of check_idle().
  void expect_idle_state(bool needs_pausing, bool spins);
  void settle();
  /// It never sleeps, also without load.
  bool spins() const { return spins_; }

  /// The generator's report: the measured blocks of this restart. Call after the last slice.
  std::optional<nlohmann::ordered_json> report();

  std::optional<std::int64_t> memory_peak() const;
  int threads_now() const;
  /// Share of user time in the server's CPU time since the warm-up; nullopt when too little was
  /// used.
  std::optional<double> user_share() const;
  void pause_if_needed();

 private:
  void start_server(const Bench& bench, const Contestant& contestant);
  void start_model(ChildOptions options);
  void start_external(const ChildOptions& options);
  Counts read_counts();
  std::optional<nlohmann::ordered_json> ask(const nlohmann::ordered_json& command,
                                            std::chrono::nanoseconds limit);
  void fail(const std::string& why);
  /// Fails where the server answers nothing any more. One that hangs in any other slice shows in
  /// the next one; after the last one, unrecorded load takes its place.
  void check_liveness();
  void note_user_and_system();
  void let_run();
  /// Waits until the server uses no CPU time; returns how long that took, nullopt when it did not
  /// within the limit.
  std::optional<std::int64_t> wait_until_silent() const;
  /// Nothing of the server's CPU time is outstanding afterwards: it sleeps or is stopped.
  void come_to_rest();
  /// Has the generator run one stretch of load; what it answered, nullopt when that failed.
  std::optional<nlohmann::ordered_json> request_load(std::int64_t lead_in_ns,
                                                     std::int64_t window_ns, std::uint64_t seed,
                                                     double rate);
  std::optional<Slice> run_idle(const SliceOrder& order);
  std::optional<Slice> run_loaded(const SliceOrder& order);

  /// Everything that is read at both ends of a slice.
  struct Reading {
    std::int64_t at_ns = 0;
    std::int64_t server_ns = 0;  ///< CPU time
    std::int64_t waited_ns = 0;  ///< of the server for a CPU, where the bench watches it
    std::int64_t own_ns = 0;     ///< CPU time of the generator and the harness
    CpuUse use;                  ///< of all CPUs of the run
    ForeignTimes foreign;
  };
  Reading read() const;
  SliceDisturbance disturbance_between(const Reading& before, const Reading& after) const;

  const Workload& workload_;
  Purpose purpose_;
  bool watch_waiting_;
  bool serves_all_;  // connections of the workload, as far as its description says
  std::vector<pid_t> own_processes_;
  std::shared_ptr<ForeignProcesses> foreign_processes_;
  std::vector<int> cpus_;  // of server and generator
  std::string address_;
  std::string failure_;
  std::string log_;  // where an external server's own words are; empty: a model
  std::optional<Counters> counters_;
  std::optional<CallTrace> trace_;
  std::optional<MemoryGroup> memory_group_;     // outlives the server, which is in it
  std::optional<ExternalServer> surroundings_;  // of an external server; ends after it
  std::optional<Child> server_;
  std::vector<Child> generators_;  // one, except in a restart for memory
  int connections_ = 0;
  double user_at_start_ = 0;
  double system_at_start_ = 0;
  bool needs_pausing_ = true;
  bool spins_ = false;
  bool paused_ = false;
  bool drained_ = true;                // whether all requests of the last slice were answered
  std::int64_t cpu_when_left_ns_ = 0;  // at the end of its last slice …
  std::int64_t left_at_ns_ = 0;        // … and when that was
};

}  // namespace sockbench
