#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "bench/judge/claim.h"
#include "bench/judge/micro_cost.h"

/// One check of a claim against the figures of a run.
namespace sockbench {

/// A measured value. `bounds` is what a verdict goes by: the 95 % interval, or what the check's
/// guard makes of a figure that has none; nullopt when neither is there.
struct ClaimFigure {
  std::string cell;    ///< such as "busy/epoll", "busy/select ÷ busy/epoll"
  std::string metric;  ///< the path
  std::string unit;    ///< "ns", "bytes", "ratio", …
  double value = 0;
  std::optional<Interval> ci95;
  std::optional<Interval> bounds;
};

struct CheckResult {
  std::string missing;                ///< why it was not tested; empty: it was
  std::vector<ClaimFigure> evidence;  ///< what the figure was made of, and the figure itself last
  const ClaimFigure& figure() const { return evidence.back(); }
};

CheckResult run_check(const ClaimCheck& check, const nlohmann::ordered_json& run,
                      const MicroCosts& micro);

/// A value with its unit, for people: "17.6 µs", "1.52 times", "20.7 %".
std::string format_figure(double value, const std::string& unit);

/// The check's sentence with its figures filled in; throws UsageError on an unknown placeholder.
std::string fill_text(const ClaimCheck& check, const CheckResult& result);

/// "more than 1.2 times": the side of the margin that the claim asks for. {needs}.
std::string claimed_text(const ClaimCheck& check, const std::string& unit);

}  // namespace sockbench
