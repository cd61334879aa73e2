#pragma once

#include <string>
#include <vector>

#include "bench/measure/call_counts.h"

/// Whether head asks more of the kernel than base: exact counts, so no statistics. Pure.
namespace sockbench {

/// The calls of base, of base again, and of head, twice.
struct DuelCounts {
  CallCounts base;
  CallCounts control;
  CallCounts head;
  CallCounts head_again;
  double seconds = 0;
};

/// Counts per request are whole numbers, give or take what happens once in a hundred.
inline constexpr double kCallsApart = 0.01;

/// Why there are no counts to compare; empty when there are.
std::string why_not_counted(const DuelCounts& counts);
/// Per request, by the name of a system call; 0 for one that was not made.
double calls_of(const CallCounts& counts, const std::string& name);
/// Per request, whatever they are.
double all_calls(const CallCounts& counts);

/// A system call of which head makes another number for each request than base, which makes the
/// same each time.
struct CallChange {
  std::string name;
  double base = 0;
  double head = 0;
};

/// Empty where nothing was counted.
std::vector<CallChange> call_changes(const DuelCounts& counts);
/// Whether a request needs more calls in all: a call in another one's place is no regression.
bool more_calls(const DuelCounts& counts);

}  // namespace sockbench
