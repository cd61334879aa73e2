#include "loadgen/team.h"

#include <algorithm>
#include <numeric>
#include <thread>

namespace sockbench {

Team::Team(const LoadOptions& options) {
  for (int i = 0; i < options.threads; ++i) {
    workers_.push_back(std::make_unique<Worker>(options, i, options.threads));
  }
}

int Team::connect_and_verify() {
  std::vector<int> verified(workers_.size());
  on_every_worker([&](std::size_t i) { verified[i] = workers_[i]->connect_and_verify(); });
  return std::accumulate(verified.begin(), verified.end(), 0);
}

LoadOutcome Team::run(const LoadPlan& plan, const std::function<void()>& on_tick) {
  std::vector<LoadOutcome> outcomes(workers_.size());
  on_every_worker([&](std::size_t i) {
    LoadPlan own = plan;
    own.seed = plan.seed * 1000003 + i * 2;
    outcomes[i] = workers_[i]->run(own, i == 0 ? on_tick : std::function<void()>());
  });
  LoadOutcome all = outcomes.front();
  for (std::size_t i = 1; i < outcomes.size(); ++i) {
    all.drained = all.drained && outcomes[i].drained;
    all.all_dead = all.all_dead && outcomes[i].all_dead;
    all.answered += outcomes[i].answered;
    all.answered_in_window += outcomes[i].answered_in_window;
    all.window_ns = std::max(all.window_ns, outcomes[i].window_ns);
  }
  return all;
}

Tally Team::finish() const {
  Tally all;
  for (const auto& worker : workers_) {
    all.merge(worker->finish());
  }
  return all;
}

void Team::log_to(HdrLog* log) {
  for (const auto& worker : workers_) worker->log_to(log);
}

std::uint64_t Team::live_answered() const {
  std::uint64_t answered = 0;
  for (const auto& worker : workers_) answered += worker->live_answered();
  return answered;
}

std::string Team::first_failure() const {
  for (const auto& worker : workers_) {
    if (!worker->first_failure().empty()) return worker->first_failure();
  }
  return {};
}

void Team::on_every_worker(const std::function<void(std::size_t)>& task) {
  std::vector<std::jthread> others;
  for (std::size_t i = 1; i < workers_.size(); ++i) others.emplace_back([&task, i] { task(i); });
  task(0);
}

}  // namespace sockbench
