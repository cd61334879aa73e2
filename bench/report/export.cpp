#include "bench/report/export.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

#include "bench/document/figure.h"
#include "bench/judge/eligibility.h"
#include "bench/judge/statistics.h"
#include "common/error.h"
#include "common/nearest.h"
#include "common/text.h"

namespace sockbench {
namespace {

constexpr std::array kExporters = {
    Exporter{"gbench", gbench_of_run, "no cell that is valid has a time"},
    Exporter{"csv", csv_of_run, "it has no cells"},
    Exporter{"hdr", hdr_log_of_run, "no cell has recorded times"},
    Exporter{"bmf", bmf_of_run, "no cell that is valid has a figure"},
};

}  // namespace

std::span<const Exporter> exporters() { return kExporters; }

Exporter exporter(const std::string& format, bool medians) {
  if (medians && format != "gbench") throw UsageError("--medians needs --format gbench.");
  std::vector<std::string> names;
  for (const Exporter& each : kExporters) {
    names.emplace_back(each.format);
    if (format != each.format) continue;
    return medians ? Exporter{each.format, gbench_medians_of_run, each.nothing} : each;
  }
  throw UsageError("--format '" + format + "' is not known; " +
                   did_you_mean(format, names, "choose of " + listed(names) + "."));
}

std::string exported(const Run& run, const Exporter& exporter) {
  std::string text = exporter.text_of(run);
  if (text.empty()) {
    throw UsageError(std::string("The run has nothing for --format ") + exporter.format + ": " +
                     exporter.nothing + ".");
  }
  return text;
}

std::vector<double> restart_values(const Cell& cell, const std::string& metric) {
  // An absolute figure says nothing about what the server could do beyond it: any limiter will do.
  if (!eligible(cell, metric, {{"generator", "neither"}}).eligible) return {};
  const Figure found = figure(cell, metric);
  std::vector<double> values = finite(found.per_restart);
  if (values.empty() && std::isfinite(found.value)) values.push_back(found.value);
  return values;
}

}  // namespace sockbench
