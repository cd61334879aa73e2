// Requests per second at a bound, for the terminal.

#include <cmath>
#include <sstream>

#include "bench/report/format.h"
#include "bench/report/reports.h"
#include "common/text.h"
#include "common/units.h"

namespace sockbench {
namespace {

std::string half_width_text(double value, const std::optional<Interval>& ci95) {
  if (!ci95) return "";
  return " ±" + fixed((ci95->hi - ci95->lo) / 2 / value * 100, 1) + " %";
}

std::string capacity_of(const ContestantCapacity& each) {
  if (std::isnan(each.capacity_rps)) return kDash;
  return (each.limiter == Limiter::kGenerator ? "at least " : "") +
         format_count(each.capacity_rps) + "/s" + half_width_text(each.capacity_rps, each.ci95);
}

std::string verdict_of(const ContestantCapacity& each) {
  if (each.reason) return plain(*each.reason);
  if (!each.verdict) return "reference";
  if (each.undecided) return words_of(*each.undecided);
  switch (*each.verdict) {
    case Verdict::kFaster:
      return "takes more";
    case Verdict::kSlower:
      return "takes less";
    default:
      return to_text(*each.verdict);
  }
}

}  // namespace

std::string capacity_text(const CapacityDocument& document) {
  std::ostringstream out;
  const CapacityBound& bound = document.bound;
  out << "Highest offered rate at which half of the windows hold " << bound.percentile
      << " <= " << format_duration_ns(bound.ns);
  if (bound.times_unloaded) {
    out << " (" << fixed(*bound.times_unloaded, 1) << " times the unloaded " << bound.percentile
        << " of " << plain(document.reference) << ")";
  }
  out << ", " << document.connections << " connections, " << document.restarts << " restarts\n\n"
      << padded("contestant", 20) << padded("capacity", 24)
      << padded("ratio to " + clipped(plain(document.reference), 12) + " [95 %]", 30)
      << "verdict\n";
  for (const ContestantCapacity& each : document.contestants) {
    const bool reference = each.contestant == document.reference && !each.verdict;
    out << padded(clipped(plain(each.contestant), 19), 20) << padded(capacity_of(each), 24)
        << padded(reference ? "1" : format_ratio(each.ratio, each.ratio_ci95), 30)
        << verdict_of(each) << '\n';
  }
  if (document.interrupted) out << "Interrupted: this is what was measured until then.\n";
  return out.str() + "\n";
}

}  // namespace sockbench
