#pragma once

#include <sys/types.h>

#include <cstdint>
#include <functional>

#include "common/fd.h"
#include "tests/support/deadline.h"

namespace sockbench::test {

/// A numbered meeting point of a forked child and its test.
class Meeting final {
 public:
  Meeting(const Fd& in, const Fd& out) : in_(in), out_(out) {}
  /// Hands a number over and waits until the other side allows to go on.
  void report(std::int64_t number) const;
  /// Hands a number over and goes on.
  void say(std::int64_t number) const;

 private:
  const Fd& in_;
  const Fd& out_;
};

/// A copy of the test process that runs `body` and then sleeps, in a process group of its own,
/// until the destructor kills the group.
class Forked final {
 public:
  explicit Forked(const std::function<void(const Meeting&)>& body);
  Forked(Forked&&) = delete;
  Forked& operator=(Forked&&) = delete;
  Forked(const Forked&) = delete;
  Forked& operator=(const Forked&) = delete;
  ~Forked();

  pid_t pid() const { return pid_; }
  /// The next number that the child handed over; throws std::runtime_error when none comes.
  std::int64_t hear(Deadline deadline = Deadline()) const;
  /// Lets the child go on after report().
  void go_on() const;

 private:
  pid_t pid_ = -1;
  Fd to_;
  Fd from_;
};

/// Uses CPU time: returns when this thread has used `ns` more of it.
void spin(std::int64_t ns);

/// For bodies: a child of the child that runs `body` and exits.
pid_t fork_and(const std::function<void()>& body);

}  // namespace sockbench::test
