#include "loadgen/worker_pool.h"

#include <algorithm>
#include <numeric>

namespace sockbench {

WorkerPool::WorkerPool(const LoadOptions& options)
    : workers_(static_cast<std::size_t>(options.threads)) {
  for (int i = 1; i < options.threads; ++i) threads_.push_back(std::make_unique<WorkerThread>());
  // Each in its own thread, since an io_uring must be used by the thread that created it.
  on_every_worker([&](std::size_t i) {
    workers_[i] = std::make_unique<Worker>(options, static_cast<int>(i), options.threads);
  });
}

int WorkerPool::connect_and_verify() {
  std::vector<int> verified(workers_.size());
  on_every_worker([&](std::size_t i) { verified[i] = workers_[i]->connect_and_verify(); });
  return std::accumulate(verified.begin(), verified.end(), 0);
}

LoadOutcome WorkerPool::run(const LoadPlan& plan, const Ticker& ticker) {
  std::vector<LoadOutcome> outcomes(workers_.size());
  on_every_worker([&](std::size_t i) {
    LoadPlan own = plan;
    own.seed = plan.seed * 1000003 + i * 2;
    outcomes[i] = workers_[i]->run(own, i == 0 ? ticker : Ticker());
  });
  LoadOutcome all = outcomes.front();
  for (std::size_t i = 1; i < outcomes.size(); ++i) {
    all.drained = all.drained && outcomes[i].drained;
    all.all_dead = all.all_dead && outcomes[i].all_dead;
    all.answered += outcomes[i].answered;
    all.wall_ns = std::max(all.wall_ns, outcomes[i].wall_ns);
    all.answered_in_window += outcomes[i].answered_in_window;
    all.window_ns = std::max(all.window_ns, outcomes[i].window_ns);
  }
  return all;
}

WindowTimes WorkerPool::last_window() const {
  WindowTimes all;
  for (const auto& worker : workers_) all.merge(worker->last_window());
  return all;
}

void WorkerPool::discard_last_window() {
  on_every_worker([&](std::size_t i) { workers_[i]->discard_last_window(); });
}

Tally WorkerPool::finish() const {
  Tally all;
  for (const auto& worker : workers_) all.merge(worker->finish());
  return all;
}

void WorkerPool::log_to(HdrLog* log) {
  for (const auto& worker : workers_) worker->log_to(log);
}

std::uint64_t WorkerPool::live_answered() const {
  std::uint64_t answered = 0;
  for (const auto& worker : workers_) answered += worker->live_answered();
  return answered;
}

std::string WorkerPool::first_failure() const {
  for (const auto& worker : workers_) {
    if (!worker->first_failure().empty()) return worker->first_failure();
  }
  return {};
}

void WorkerPool::on_every_worker(const std::function<void(std::size_t)>& task) {
  for (std::size_t i = 0; i < threads_.size(); ++i) {
    threads_[i]->start([&task, i] { task(i + 1); });
  }
  std::exception_ptr failure;
  try {
    task(0);
  } catch (...) {
    failure = std::current_exception();
  }
  for (const auto& thread : threads_) {
    if (auto own = thread->wait(); !failure) failure = own;
  }
  if (failure) std::rethrow_exception(failure);
}

WorkerPool::WorkerThread::WorkerThread()
    : thread_([this](const std::stop_token& stop) { loop(stop); }) {}

void WorkerPool::WorkerThread::start(std::function<void()> task) {
  const std::lock_guard lock(mutex_);
  task_ = std::move(task);
  changed_.notify_all();
}

std::exception_ptr WorkerPool::WorkerThread::wait() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return !task_; });
  return std::exchange(failure_, nullptr);
}

void WorkerPool::WorkerThread::loop(const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  while (changed_.wait(lock, stop, [this] { return static_cast<bool>(task_); })) {
    const std::function<void()> task = task_;
    lock.unlock();
    std::exception_ptr failure;
    try {
      task();
    } catch (...) {
      failure = std::current_exception();
    }
    lock.lock();
    failure_ = failure;
    task_ = nullptr;
    changed_.notify_all();
  }
}

}  // namespace sockbench
