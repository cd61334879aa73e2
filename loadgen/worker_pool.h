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

/// The workers of one load generator. The calling thread is the first of them, so that with
/// --threads 1 the process has one thread; each worker keeps its thread.
class WorkerPool final {
 public:
  /// Throws UsageError when the engine is not permitted.
  explicit WorkerPool(const LoadOptions& options);

  /// Connections of all workers that answered one request.
  int connect_and_verify();
  /// All workers run the same plan at the same time; each with its own arrivals.
  LoadOutcome run(const LoadPlan& plan, const Ticker& ticker = {});
  /// Forgets what the last run() with a window recorded.
  void discard_last_window();
  /// Everything measured so far, merged.
  Tally finish() const;

  void log_to(HdrLog* log);
  std::uint64_t live_answered() const;
  std::string first_failure() const;

 private:
  /// A thread that does one task after the other.
  class WorkerThread final {
   public:
    WorkerThread();
    void start(std::function<void()> task);
    /// Until the task is done; what it threw, or null.
    std::exception_ptr wait();

   private:
    void loop(const std::stop_token& stop);

    std::mutex mutex_;
    std::condition_variable_any changed_;
    std::function<void()> task_;  // empty: nothing to do
    std::exception_ptr failure_;
    std::jthread thread_;  // last: it uses the others
  };

  /// Runs `task(i)` for every worker i, the first on this thread. Throws what the first one threw.
  void on_every_worker(const std::function<void(std::size_t)>& task);

  std::vector<std::unique_ptr<WorkerThread>> threads_;
  std::vector<std::unique_ptr<Worker>> workers_;
};

}  // namespace sockbench
