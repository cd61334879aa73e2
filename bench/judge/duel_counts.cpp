#include "bench/judge/duel_counts.h"

#include <cmath>
#include <set>

namespace sockbench {

double calls_of(const CallCounts& counts, const std::string& name) {
  const auto found = counts.per_request.find(name);
  return found == counts.per_request.end() ? 0 : found->second;
}

double all_calls(const CallCounts& counts) {
  double total = 0;
  for (const auto& [name, count] : counts.per_request) total += count;
  return total;
}

std::string why_not_counted(const DuelCounts& counts) {
  for (const CallCounts* one : {&counts.base, &counts.control, &counts.head, &counts.head_again}) {
    if (!one->absent.empty()) return one->absent;
  }
  return {};
}

std::vector<CallChange> call_changes(const DuelCounts& counts) {
  std::vector<CallChange> changes;
  if (!why_not_counted(counts).empty()) return changes;
  std::set<std::string> names;
  for (const auto& [name, count] : counts.base.per_request) names.insert(name);
  for (const auto& [name, count] : counts.head.per_request) names.insert(name);
  for (const std::string& name : names) {
    const double base = calls_of(counts.base, name);
    const double head = calls_of(counts.head, name);
    const double spread = std::abs(base - calls_of(counts.control, name)) +
                          std::abs(head - calls_of(counts.head_again, name));
    if (std::abs(head - base) < kCallsApart + 2 * spread) continue;
    changes.push_back({name, base, head});
  }
  return changes;
}

bool more_calls(const DuelCounts& counts) {
  double more = 0;
  for (const CallChange& change : call_changes(counts)) more += change.head - change.base;
  return more >= kCallsApart;
}

}  // namespace sockbench
