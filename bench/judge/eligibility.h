#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "bench/judge/validity.h"

/// The one rule of which figures of a cell count. Comparisons, ranks, claims, advice, break-even
/// points, knees and duels ask it; run.json has its answers, and whoever reads a run takes those.
namespace sockbench {

/// Nothing of a cell counts where more than one slice in so many stayed disturbed.
inline constexpr int kDisturbedPart = 4;

/// Of one figure, not of a whole cell: a busy generator spoils the throughput and not the server's
/// CPU per request.
struct Eligibility {
  bool eligible = true;
  std::string reason;  ///< why not; empty when eligible
};

/// What a figure is used for, as far as that changes the answer. Comparisons, ranks, advice and
/// duels all ask for a figure that stands on its own, and accept nothing more.
struct FigurePurpose {
  /// Statuses such as "model_limit", and limiters such as "neither", whose figures count here, too.
  std::vector<std::string> accepts = {};
};

/// A p99 that is within a bound stays within it when the generator sent late, as response times run
/// from the intended start; saturation and starved connections are what ends a knee, and are looked
/// at by find_knee() itself.
const FigurePurpose& for_knee();

/// `metric` is a path as in comparisons; "a+b" is a sum. The rules, the first that fires:
/// - A cell that failed, is unstable, saturated or beyond the model's limit has no figure. Where
///   the generator set the pace or sent late, only figures of the server ("server.…") count.
/// - Nothing counts where more than a quarter of the slices stayed disturbed by other processes or
///   a hypervisor.
/// - Throughput counts only where the server was the limiter.
/// Whether there is a figure at all is another question: a percentile without samples enough is
/// null, with its reason in `absent`.
Eligibility eligible(const Judgement& judgement, const std::string& metric,
                     const FigurePurpose& purpose = {});

/// {"server.cpu_ns_per_request": {"eligible": true}, "achieved_rps": {"eligible": false, "reason":
/// "…"}, …}: the metrics of the workload and every other figure that reports draw.
nlohmann::ordered_json eligibility_json(const Judgement& judgement,
                                        const std::vector<std::string>& metrics);

/// The same answer for a cell of a run.json: what the run says; from its status, limiter and slices
/// where it says nothing (a run of an earlier version, a figure that is not in the list, a purpose
/// that accepts more).
Eligibility eligible_in_run(const nlohmann::ordered_json& cell, const std::string& metric,
                            const FigurePurpose& purpose = {});

}  // namespace sockbench
