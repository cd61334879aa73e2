#include "bench/judge/eligibility.h"

#include <algorithm>

namespace sockbench {
namespace {

using nlohmann::ordered_json;

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
    "fairness.reply_shares",
};

bool accepts(const FigurePurpose& purpose, const char* word) {
  return std::find(purpose.accepts.begin(), purpose.accepts.end(), word) != purpose.accepts.end();
}

std::string status_reason(const Judgement& judgement) {
  const std::string status = to_text(judgement.validity);
  return judgement.reasons.empty() ? status : status + ": " + judgement.reasons.front();
}

/// What the eligibility of a cell's figures depends on, from a run.json.
Judgement judgement_in(const ordered_json& cell) {
  Judgement judgement;
  const ordered_json& validity = cell.at("validity");
  judgement.validity = validity_named(validity.at("status"));
  judgement.reasons = validity.at("reasons").get<std::vector<std::string>>();
  judgement.limiter = limiter_named(cell.value("limiter", "neither"));
  if (const auto slices = cell.find("slices"); slices != cell.end()) {
    judgement.slices = slices->value("count", judgement.slices);
    judgement.disturbed_slices = slices->value("disturbed", judgement.disturbed_slices);
  }
  return judgement;
}

}  // namespace

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
  const char* limiter = to_text(judgement.limiter);
  if (metric == "achieved_rps" && !accepted && judgement.limiter != Limiter::kServer &&
      !accepts(purpose, limiter)) {
    return {false, std::string("the server did not set the pace (limiter: ") + limiter + ")"};
  }
  return {};
}

ordered_json eligibility_json(const Judgement& judgement, const std::vector<std::string>& metrics) {
  std::vector<std::string> names = metrics;
  for (const char* name : kReported) {
    if (std::find(names.begin(), names.end(), name) == names.end()) names.emplace_back(name);
  }
  ordered_json block = ordered_json::object();
  for (const std::string& name : names) {
    const Eligibility answer = eligible(judgement, name);
    block[name] = {{"eligible", answer.eligible}};
    if (!answer.eligible) block[name]["reason"] = answer.reason;
  }
  return block;
}

Eligibility eligible_in_run(const ordered_json& cell, const std::string& metric,
                            const FigurePurpose& purpose) {
  const auto block = cell.find("eligibility");
  if (block != cell.end() && block->contains(metric)) {
    const ordered_json& answer = (*block)[metric];
    if (answer.at("eligible") == true) return {};
    if (purpose.accepts.empty()) return {false, answer.value("reason", "no reason given")};
  }
  return eligible(judgement_in(cell), metric, purpose);
}

}  // namespace sockbench
