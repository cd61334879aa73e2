#include "bench/record/export.h"

#include <algorithm>
#include <array>
#include <vector>

#include "bench/record/bmf.h"
#include "bench/record/csv.h"
#include "bench/record/gbench.h"
#include "bench/record/hdr_export.h"
#include "common/error.h"
#include "common/nearest.h"

namespace sockbench {
namespace {

using nlohmann::ordered_json;

std::string gbench_text(const ordered_json& run, GbenchEntries which) {
  const ordered_json document = gbench_of_run(run, which);
  return document["benchmarks"].empty() ? "" : document.dump(1) + "\n";
}

std::string all_gbench(const ordered_json& run) { return gbench_text(run, GbenchEntries::kAll); }

std::string gbench_medians(const ordered_json& run) {
  return gbench_text(run, GbenchEntries::kMedians);
}

std::string bmf_text(const ordered_json& run) {
  const ordered_json document = bmf_of_run(run);
  return document.empty() ? "" : document.dump(1) + "\n";
}

struct Format {
  const char* name;
  std::string (*text_of)(const ordered_json& run);  ///< empty when there is nothing
  const char* nothing;                              ///< why there is nothing
};

constexpr std::array<Format, 4> kFormats = {{
    {"gbench", all_gbench, "no cell that is valid has a time"},
    {"csv", csv_of_run, "it has no cells"},
    {"hdr", hdr_log_of_run, "no cell has recorded times"},
    {"bmf", bmf_text, "no cell that is valid has a figure"},
}};

Format format_named(const std::string& name) {
  const auto found = std::find_if(kFormats.begin(), kFormats.end(),
                                  [&](const Format& format) { return format.name == name; });
  if (found != kFormats.end()) return *found;
  std::vector<std::string> names;
  names.reserve(kFormats.size());
  for (const Format& format : kFormats) names.emplace_back(format.name);
  throw UsageError("--format '" + name + "' is not known; " +
                   did_you_mean(name, names, "choose of gbench, csv, hdr and bmf."));
}

}  // namespace

Exporter exporter(const std::string& format, bool medians) {
  Format chosen = format_named(format);
  if (medians && format != "gbench") throw UsageError("--medians needs --format gbench.");
  if (medians) chosen.text_of = gbench_medians;
  return [chosen](const ordered_json& run) {
    std::string text = chosen.text_of(run);
    if (text.empty()) {
      throw UsageError(std::string("The run has nothing for --format ") + chosen.name + ": " +
                       chosen.nothing + ".");
    }
    return text;
  };
}

}  // namespace sockbench
