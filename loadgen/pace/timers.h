#pragma once

#include <cstdint>
#include <limits>
#include <queue>
#include <utility>
#include <vector>

namespace sockbench {

struct Connection;

/// The connections that wait for a time: with think time, or before a retry.
class Timers final {
 public:
  void set(std::int64_t due_ns, Connection& connection) { due_.emplace(due_ns, &connection); }
  /// The earliest time; far in the future if there is none.
  std::int64_t next_ns() const {
    return due_.empty() ? std::numeric_limits<std::int64_t>::max() : due_.top().first;
  }
  /// Removes the earliest entry; must not be empty.
  std::pair<std::int64_t, Connection*> take() {
    const auto first = due_.top();
    due_.pop();
    return first;
  }
  void clear() { due_ = {}; }

 private:
  using Entry = std::pair<std::int64_t, Connection*>;  // due time, connection
  std::priority_queue<Entry, std::vector<Entry>, std::greater<>> due_;
};

}  // namespace sockbench
