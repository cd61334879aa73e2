#pragma once

#include <string>
#include <utility>
#include <vector>

#include "bench/document/cell.h"
#include "bench/judge/validity.h"

/// The one rule of which figures of a cell count. Comparisons, ranks, claims, advice, break-even
/// points, knees and duels ask it; run.json has its answers, and whoever reads a run takes those.
namespace sockbench {

/// Nothing of a cell counts where more than one slice in so many stayed disturbed.
inline constexpr int kDisturbedPart = 4;

/// Whether so many slices stayed disturbed that nothing of the cell counts.
bool too_disturbed(const SliceCounts& slices);

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
///   the generator set the pace, only figures of the server ("server.…") count.
/// - Nothing counts where more than a quarter of the slices stayed disturbed by other processes or
///   a hypervisor.
/// - A percentile of the response time does not count where the generator took requests up too late
///   for it; the service time runs from the actual send and does not depend on that.
/// - Throughput counts only where the server was the limiter.
/// Whether there is a figure at all is another question: a percentile without samples enough is
/// null, with its reason in `absent`.
Eligibility eligible(const Judgement& judgement, const std::string& metric,
                     const FigurePurpose& purpose = {});

/// The answers for the metrics of the workload and every other figure that reports draw.
std::vector<std::pair<std::string, Eligibility>> eligibility_of(
    const Judgement& judgement, const std::vector<std::string>& metrics);

/// The same answer for a cell of a run: what the run says; from its status, limiter and slices
/// where it says nothing (a run of an earlier version, a figure that is not in the list, a purpose
/// that accepts more).
Eligibility eligible(const Cell& cell, const std::string& metric,
                     const FigurePurpose& purpose = {});

}  // namespace sockbench
