#include "bench/record/conclusions.h"

#include <filesystem>

#include "bench/judge/advice.h"
#include "bench/judge/break_even.h"
#include "bench/judge/cost_model.h"
#include "bench/plan/workload.h"
#include "common/error.h"
#include "common/file.h"

namespace sockbench {

using nlohmann::ordered_json;

bool has_rules(const std::string& name) { return std::filesystem::exists(data_directory() / name); }

ordered_json read_rules(const std::string& name) {
  const std::string path = (data_directory() / name).string();
  try {
    return ordered_json::parse(read_file(path));
  } catch (const ordered_json::parse_error&) {
    throw UsageError("'" + path + "' is not JSON.");
  }
}

void add_conclusions(ordered_json& run) {
  const ordered_json rules = read_rules("advice.json");
  run["advice"] = advise(run, rules);
  run["break_even"] = break_even_points(run, rules);
}

void add_cost_model(ordered_json& run, const std::string& micro_file) {
  run["cost_model"] =
      predict_costs(run, read_micro_costs(micro_file), read_rules("cost_model.json"));
}

}  // namespace sockbench
