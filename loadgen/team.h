#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "loadgen/worker.h"

namespace sockbench {

/// The workers of one load generator. The calling thread is the first of them, so that with
/// --threads 1 the process has one thread.
class Team final {
 public:
  explicit Team(const LoadOptions& options);

  /// Connections of all workers that answered one request.
  int connect_and_verify();
  /// All workers run the same plan at the same time; each with its own arrivals.
  LoadOutcome run(const LoadPlan& plan, const std::function<void()>& on_tick = {});
  /// Everything measured so far, merged.
  Tally finish() const;

  void log_to(HdrLog* log);
  std::uint64_t live_answered() const;
  std::string first_failure() const;

 private:
  /// Runs `task(i)` for every worker i, the first on this thread.
  void on_every_worker(const std::function<void(std::size_t)>& task);

  std::vector<std::unique_ptr<Worker>> workers_;
};

}  // namespace sockbench
