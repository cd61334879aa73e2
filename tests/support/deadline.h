#pragma once

#include <poll.h>

#include <algorithm>
#include <chrono>

namespace sockbench::test {

using std::chrono::milliseconds;

/// How long anything may take before a test calls it hung: generous, since machines that run tests
/// are busy and sanitizers are slow. No test passes or fails by how much of it was used.
inline constexpr milliseconds kHangLimit{45'000};

/// A point in time after which waiting is given up.
class Deadline final {
 public:
  explicit Deadline(milliseconds from_now = kHangLimit)
      : end_(std::chrono::steady_clock::now() + from_now) {}

  bool passed() const { return std::chrono::steady_clock::now() >= end_; }
  /// What is left, as a timeout for poll(2).
  int poll_ms() const {
    const auto left =
        std::chrono::ceil<milliseconds>(end_ - std::chrono::steady_clock::now()).count();
    return static_cast<int>(std::max<milliseconds::rep>(left, 0));
  }

 private:
  std::chrono::steady_clock::time_point end_;
};

/// Whether `holds()` becomes true in time. Only for states of another process that no descriptor
/// announces, such as the number of entries in its /proc directory.
template <typename Predicate>
bool eventually(Predicate holds, Deadline deadline = Deadline()) {
  while (!holds()) {
    if (deadline.passed()) return false;
    ::poll(nullptr, 0, 2);
  }
  return true;
}

}  // namespace sockbench::test
