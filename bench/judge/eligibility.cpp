#include "bench/judge/eligibility.h"

#include <algorithm>

namespace sockbench {
namespace {

constexpr const char* kReported[] = {
    "server.cpu_ns_per_request",
    "achieved_rps",
    "server.cpu_utilisation",
    "server.syscalls_per_request",
    "server.memory_bytes_per_connection",
    "response_time_ns",
    "response_time_ns.p50",
    "response_time_ns.p90",
    "response_time_ns.p99",
    "response_time_ns.p99_9",
    "service_time_ns.p50",
    "service_time_ns.p99",
    "fairness.reply_shares",
};

bool accepts(const FigurePurpose& purpose, const char* word) {
  return std::find(purpose.accepts.begin(), purpose.accepts.end(), word) != purpose.accepts.end();
}

std::string status_reason(const Judgement& judgement) {
  const std::string status = to_text(judgement.validity);
  return judgement.reasons.empty() ? status : status + ": " + judgement.reasons.front();
}

/// What the eligibility of a cell's figures depends on.
Judgement judgement_of(const Cell& cell) {
  Judgement judgement;
  judgement.validity = cell.validity.status;
  judgement.reasons = cell.validity.reasons;
  judgement.limiter = cell.limiter;
  judgement.slices = cell.slices.count;
  judgement.disturbed_slices = cell.slices.disturbed;
  return judgement;
}

}  // namespace

bool too_disturbed(const SliceCounts& slices) {
  return slices.disturbed * std::uint64_t{kDisturbedPart} > slices.count;
}

const FigurePurpose& for_knee() {
  static const FigurePurpose purpose{{"generator_bound", "saturated", "model_limit"}};
  return purpose;
}

Eligibility eligible(const Judgement& judgement, const std::string& metric,
                     const FigurePurpose& purpose) {
  const bool valid = judgement.validity == Validity::kValid;
  const bool accepted = !valid && accepts(purpose, to_text(judgement.validity));
  const bool server_figure =
      judgement.validity == Validity::kGeneratorBound && metric.starts_with("server.");
  if (!valid && !accepted && !server_figure) return {false, status_reason(judgement)};
  if (judgement.disturbed_slices * std::uint64_t{kDisturbedPart} > judgement.slices) {
    return {false, "the machine was disturbed in " + std::to_string(judgement.disturbed_slices) +
                       " of " + std::to_string(judgement.slices) + " slices"};
  }
  const auto late = judgement.late.find(metric == "response_time_ns" ? metric + ".p99" : metric);
  if (late != judgement.late.end() && !accepted) return {false, late->second};
  const char* limiter = to_text(judgement.limiter);
  if (metric == "achieved_rps" && !accepted && judgement.limiter != Limiter::kServer &&
      !accepts(purpose, limiter)) {
    return {false, std::string("the server did not set the pace (limiter: ") + limiter + ")"};
  }
  return {};
}

std::vector<std::pair<std::string, Eligibility>> eligibility_of(
    const Judgement& judgement, const std::vector<std::string>& metrics) {
  std::vector<std::string> names = metrics;
  for (const char* name : kReported) {
    if (std::find(names.begin(), names.end(), name) == names.end()) names.emplace_back(name);
  }
  std::vector<std::pair<std::string, Eligibility>> answers;
  answers.reserve(names.size());
  for (const std::string& name : names) answers.emplace_back(name, eligible(judgement, name));
  return answers;
}

Eligibility eligible(const Cell& cell, const std::string& metric, const FigurePurpose& purpose) {
  for (const auto& [name, answer] : cell.eligibility) {
    if (name != metric) continue;
    if (answer.eligible || purpose.accepts.empty()) return answer;
  }
  return eligible(judgement_of(cell), metric, purpose);
}

}  // namespace sockbench
