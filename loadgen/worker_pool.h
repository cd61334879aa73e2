#pragma once

#include <condition_variable>
#include <cstdint>
#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <nlohmann/json_fwd.hpp>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include "loadgen/worker.h"

namespace sockbench {

/// The workers of one load generator, each in its own thread. The first runs in the calling thread,
/// so that with --threads 1 the process has one thread.
class WorkerPool final {
 public:
  /// Throws UsageError if the engine is not permitted.
  explicit WorkerPool(const LoadOptions& options);

  /// Returns the number of verified connections of all workers.
  int connect_and_verify();
  /// Runs the plan in all workers at the same time, each with its own arrivals.
  LoadOutcome run(const LoadPlan& plan, const Ticker& ticker = {});
  /// Discards the records of the last run() with a window.
  void discard_last_window();
  WindowTimes last_window() const;
  /// All measurements so far, merged.
  Tally finish() const;

  void log_to(HdrLog* log);
  std::uint64_t live_answered() const;
  std::string first_failure() const;

 private:
  /// A thread that executes one task after the other.
  class WorkerThread final {
   public:
    WorkerThread();
    void start(std::function<void()> task);
    /// Waits for the task; returns its exception, or null.
    std::exception_ptr wait();

   private:
    void loop(const std::stop_token& stop);

    std::mutex mutex_;
    std::condition_variable_any changed_;
    std::function<void()> task_;  // empty: no task
    std::exception_ptr failure_;
    std::jthread thread_;  // last, since it uses the other members
  };

  /// Runs `task(i)` for every worker i, the first in this thread. Rethrows the first exception.
  void on_every_worker(const std::function<void(std::size_t)>& task);

  std::vector<std::unique_ptr<WorkerThread>> threads_;
  std::vector<std::unique_ptr<Worker>> workers_;
};

}  // namespace sockbench
