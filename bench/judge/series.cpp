#include "bench/judge/series.h"

#include <algorithm>
#include <cmath>

#include "bench/document/figure.h"
#include "bench/judge/eligibility.h"

namespace sockbench {
namespace {

std::vector<double> logs_of(const std::vector<double>& values) {
  std::vector<double> logs;
  logs.reserve(values.size());
  for (const double value : values) logs.push_back(value > 0 ? std::log(value) : kNaN);
  return logs;
}

/// Why the figure may not be used; empty when it may. A ranking knows also what concerns two cells,
/// such as a reference without a result.
std::string reason_out(const Run& run, const Cell& cell, const std::string& metric) {
  if (Eligibility answer = eligible(cell, metric); !answer.eligible) return answer.reason;
  if (const Ranking* ranking = run.ranking(cell.workload, metric)) {
    for (const LeftOut& entry : ranking->unranked) {
      if (entry.contestant == cell.contestant) return entry.reason;
    }
  }
  return {};
}

struct Pairing {
  bool known = false;  ///< the run tells the ratio to the reference of every restart
  std::size_t restarts = 0;
  std::string reference;
  std::vector<double> logs;  ///< of the contestant; empty when it was not compared
};

Pairing pairing_of(const Run& run, const Cell& cell, const std::string& metric) {
  Pairing pairing;
  for (const Comparison& comparison : run.comparisons) {
    if (comparison.workload != cell.workload || comparison.metric != metric) continue;
    if (!comparison.per_restart) continue;
    pairing.known = true;
    pairing.restarts = std::max(pairing.restarts, comparison.per_restart->size());
    pairing.reference = comparison.base;
    if (comparison.head == cell.contestant) pairing.logs = logs_of(*comparison.per_restart);
  }
  if (cell.contestant == pairing.reference) pairing.logs.assign(pairing.restarts, 0.0);
  return pairing;
}

/// The figure itself: of every restart, or one for all of them.
Series absolute_series(const Cell& cell, const std::string& metric) {
  const Figure found = figure(cell, metric);
  if (!found.per_restart.empty()) {
    // Statistics list finite values only: with one missing, it is not known which restart lacks it.
    if (cell.restarts != found.per_restart.size()) {
      return {{}, "some restarts have no value, so the others cannot be paired"};
    }
    return {logs_of(found.per_restart), ""};
  }
  if (found.value > 0) return {{std::log(found.value)}, ""};
  auto reason = absent_reason(cell, metric);
  if (!reason) reason = absent_reason(cell, metric + ".user");
  return {{}, reason.value_or("no value")};
}

}  // namespace

Series series_of(const Run& run, const std::string& contestant, const std::string& workload,
                 const std::string& metric) {
  const Cell* cell = run.cell(contestant, workload);
  if (cell == nullptr) return {{}, "it was not measured"};
  if (std::string reason = reason_out(run, *cell, metric); !reason.empty()) {
    return {{}, std::move(reason)};
  }
  Pairing pairing = pairing_of(run, *cell, metric);
  if (!pairing.known) return absolute_series(*cell, metric);
  if (pairing.logs.empty()) return {{}, "it was not compared with " + pairing.reference};
  return {std::move(pairing.logs), ""};
}

Programs programs_in_run(const Run& run, const std::string& contestant, const std::string& other) {
  return run.same_program(contestant, other) ? Programs::kSame : Programs::kDifferent;
}

Effect paired_series_effect(const std::vector<double>& base, const std::vector<double>& head,
                            const std::string& metric, Programs programs) {
  std::vector<double> differences(std::min(base.size(), head.size()));
  for (std::size_t i = 0; i < differences.size(); ++i) differences[i] = head[i] - base[i];
  Effect effect = restart_effect(differences);
  return varies_between_runs(metric) ? across_runs(std::move(effect), programs) : effect;
}

}  // namespace sockbench
