#include "bench/record/restart_values.h"

#include <cmath>

#include "bench/judge/eligibility.h"
#include "bench/judge/run_series.h"

namespace sockbench {

using nlohmann::ordered_json;

std::vector<double> restart_values(const ordered_json& cell, const std::string& metric) {
  // An absolute figure says nothing about what the server could do beyond it: any limiter will do.
  if (!eligible_in_run(cell, metric, {{"generator", "neither"}}).eligible) return {};
  std::vector<double> values;
  if (const ordered_json* list = figures_by_restart(cell, metric)) {
    for (const ordered_json& value : *list) {
      if (value.is_number()) values.push_back(value.get<double>());
    }
  }
  const double once = figure_at(cell, metric);
  if (values.empty() && std::isfinite(once)) values.push_back(once);
  return values;
}

}  // namespace sockbench
