#include "bench/faults/injector.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <new>
#include <string>

#include "bench/faults/neighbour.h"
#include "bench/faults/spinner.h"
#include "common/error.h"

namespace sockbench::faults {
namespace {

using Kind = Fault::Kind;

constexpr const char* kForms =
    "none, spin:NS, syscall, tail:N:MS, memory:BYTES, lost_wakeup:N, crash:N, wrong_byte:N or "
    "neighbour, with integers from 1 on";

/// One sentence, and the end. stdio does not go through the functions that this library replaces.
[[noreturn]] void give_up(int status, const std::string& sentence) {
  std::fprintf(stderr, "libsockbench_fault: %s\n", sentence.c_str());
  ::_exit(status);
}

void sleep_ms(std::int64_t ms) {
  timespec left{ms / 1000, ms % 1000 * 1'000'000};
  while (::clock_nanosleep(CLOCK_MONOTONIC, 0, &left, &left) == EINTR) {
  }
}

}  // namespace

Injector& Injector::instance() {
  static Injector injector;
  return injector;
}

Injector::Injector() {
  const char* const variable = std::getenv("SOCKBENCH_FAULT");
  const std::string text = variable == nullptr ? "none" : variable;
  const auto fault = parse_fault(text);
  if (!fault) {
    give_up(kExitUsage, "SOCKBENCH_FAULT is '" + text + "' and must be " + kForms + ".");
  }
  fault_ = *fault;
  void* const shared =
      ::mmap(nullptr, sizeof(Counts), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (shared == MAP_FAILED) give_up(kExitFailed, "There is no memory to count replies in.");
  counts_ = new (shared) Counts;
  if (fault_.kind == Kind::kSpin) spin_steps_ = Spinner().steps_of(fault_.amount);
  if (fault_.kind == Kind::kNeighbour && !start_neighbour()) {
    give_up(kExitFailed, "The neighbour cannot be started.");
  }
}

std::uint64_t Injector::begin_reply() {
  return counts_->replies.fetch_add(1, std::memory_order_relaxed) + 1;
}

void Injector::withdraw_reply() { counts_->replies.fetch_sub(1, std::memory_order_relaxed); }

bool Injector::spoils(std::uint64_t reply) const {
  return fault_.kind == Kind::kWrongByte && is_due(reply);
}

void Injector::before(std::uint64_t reply) const {
  if (fault_.kind == Kind::kTail && is_due(reply)) sleep_ms(fault_.delay_ms);
}

void Injector::after(std::uint64_t reply, int fd) const {
  if (fault_.kind == Kind::kSpin) Spinner::spin(spin_steps_);
  if (fault_.kind == Kind::kSyscall) (void)::fcntl(fd, F_GETFL);
  if (fault_.kind == Kind::kCrash && is_due(reply)) std::abort();
}

bool Injector::swallows_event() {
  const std::uint64_t number = counts_->events.fetch_add(1, std::memory_order_relaxed) + 1;
  return fault_.kind == Kind::kLostWakeup && is_due(number);
}

}  // namespace sockbench::faults
