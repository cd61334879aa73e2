#include "bench/faults/spinner.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "common/clock.h"

namespace sockbench::faults {
namespace {

constexpr std::uint64_t kFewSteps = 64;
constexpr std::uint64_t kManySteps = 4096;
constexpr std::size_t kBatches = 101;

/// Lets no instruction behind it begin before all those in front of it have ended. Without, a
/// processor would run hundreds of instructions of the server beside a spin, and hide it.
inline void serialize() {
#if defined(__x86_64__)
  asm volatile("lfence" ::: "memory");
#elif defined(__aarch64__)
  asm volatile("isb" ::: "memory");
#endif
}

/// Nanoseconds of one spin, over a batch of them.
double batch_ns(std::uint64_t steps, int spins) {
  const std::int64_t begin = now_ns();
  for (int i = 0; i < spins; ++i) Spinner::spin(steps);
  return static_cast<double>(now_ns() - begin) / spins;
}

double median(std::array<double, kBatches>& values) {
  const auto middle = values.begin() + kBatches / 2;
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

}  // namespace

// Medians over batches of about 20 µs: those that the scheduler or the hypervisor broke off do not
// count, and the two sizes in turn meet the same machine.
Spinner::Spinner() {
  std::array<double, kBatches> few{};
  std::array<double, kBatches> many{};
  for (std::size_t i = 0; i < kBatches; ++i) {
    few[i] = batch_ns(kFewSteps, 256);
    many[i] = batch_ns(kManySteps, 4);
  }
  const double few_ns = median(few);
  ns_per_step_ = (median(many) - few_ns) / (kManySteps - kFewSteps);
  overhead_ns_ = few_ns - ns_per_step_ * kFewSteps;
}

std::uint64_t Spinner::steps_of(std::int64_t ns) const {
  const double steps = (static_cast<double>(ns) - overhead_ns_) / ns_per_step_;
  return static_cast<std::uint64_t>(std::llround(std::max(0.0, steps)));
}

// A chain of multiplications: each waits for the one before, so that neither alignment nor a
// neighbour on the same core changes its speed much.
__attribute__((noinline)) void Spinner::spin(std::uint64_t steps) {
  serialize();
  std::uint64_t state = steps;
  for (std::uint64_t i = 0; i < steps; ++i) {
    state = state * 6364136223846793005U + 1;
    asm volatile("" : "+r"(state));  // or the compiler would leave out an unused result
  }
  serialize();
}

}  // namespace sockbench::faults
