#include "common/clock_check.h"

#include <nlohmann/json.hpp>

#include "common/units.h"

namespace sockbench {
namespace {

constexpr std::int64_t kCoarsestNs = kNsPerUs;
constexpr double kDearestNs = 1000;

// The vDSO reads the clock without a system call only from some clock sources (vdso(7)).
constexpr const char* kAdvice =
    "; see /sys/devices/system/clocksource/clocksource0/current_clocksource, which should be tsc, "
    "kvm-clock or arch_sys_counter.";

std::string duration(std::int64_t ns) { return format_duration_ns(static_cast<double>(ns)); }

}  // namespace

std::optional<std::string> clock_warning(const ClockCheck& check) {
  if (!check.monotonic()) {
    return "The clock went back by " + duration(check.largest_step_back_ns) +
           " between two readings, so no time measured with it can be trusted" + kAdvice;
  }
  if (!check.resolution_ns) {
    return std::string("The clock stood still while it was read, so it measures nothing") + kAdvice;
  }
  // Before the resolution: two readings of a dear clock are never less than its cost apart.
  if (check.cost_ns > kDearestNs) {
    return "Reading the clock costs " + format_duration_ns(check.cost_ns) +
           ", which adds to every time measured" + kAdvice;
  }
  if (*check.resolution_ns > kCoarsestNs) {
    return "The clock advances in steps of " + duration(*check.resolution_ns) +
           ", too coarse for replies that take microseconds" + kAdvice;
  }
  return std::nullopt;
}

nlohmann::ordered_json to_json(const ClockCheck& check) {
  nlohmann::ordered_json resolution;  // null: it stood still
  if (check.resolution_ns) resolution = *check.resolution_ns;
  return {{"cost_ns", check.cost_ns},
          {"resolution_ns", resolution},
          {"monotonic", check.monotonic()},
          {"largest_step_ns", check.largest_step_ns},
          {"largest_step_back_ns", check.largest_step_back_ns}};
}

}  // namespace sockbench
