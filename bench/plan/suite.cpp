#include "bench/plan/suite.h"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "bench/plan/json_reader.h"
#include "common/error.h"
#include "common/nearest.h"

namespace sockbench {
namespace {

using nlohmann::ordered_json;

constexpr int kMaxRestarts = 10'000;
constexpr double kMinFactor = 0.001;
constexpr double kMaxFactor = 1000;
constexpr const char* kNoControl = "the control runs where the suite's main models run";

bool contains(const std::vector<std::string>& list, const std::string& text) {
  return std::find(list.begin(), list.end(), text) != list.end();
}

SuiteEntry parse_entry(const ordered_json& json, const std::string& origin) {
  if (json.is_string()) return {.workload = json.get<std::string>()};
  JsonReader reader(json, origin);
  SuiteEntry entry;
  entry.workload = reader.string("name");
  entry.models = reader.optional_strings("models");
  entry.also = reader.optional_strings("also");
  const int as_suite = 0;
  entry.restarts = reader.integer("restarts", 1, kMaxRestarts, &as_suite);
  const double same = 0;
  entry.slices_factor = reader.number("slices_factor", kMinFactor, kMaxFactor, &same);
  entry.counted_restarts =
      reader.integer("counted_restarts", 0, kMaxRestarts, &entry.counted_restarts);
  reader.no_other_keys();
  return entry;
}

std::vector<SuiteEntry> parse_entries(JsonReader& reader, const std::string& origin) {
  const ordered_json& list = *reader.find("workloads", false);
  if (!list.is_array() || list.empty()) {
    reader.reject("workloads", "must be a list of at least one string or object");
  }
  std::vector<SuiteEntry> entries;
  for (const ordered_json& item : list) {
    if (!item.is_string() && !item.is_object()) {
      reader.reject("workloads", "must be a list of strings and objects");
    }
    entries.push_back(parse_entry(item, origin + ": an entry of 'workloads'"));
  }
  return entries;
}

/// "pooled --threads 8": included only where it is named.
bool has_options(const std::string& name) { return name.find(' ') != std::string::npos; }

/// Why a contestant is left out of a workload, or empty. `models`: included beside those of
/// the entry; empty: all that have no options.
std::string why_left_out(const Contestant& contestant, const Workload& workload,
                         const SuiteEntry& entry, const std::vector<std::string>& models) {
  if (contestant.external) {
    return workload.server_options.empty()
               ? ""
               : "the workload gives servers options that only sockbench's own models know";
  }
  const bool usual =
      models.empty() ? !has_options(contestant.name) : contains(models, contestant.name);
  return usual || contains(entry.also, contestant.name)
             ? ""
             : "the workload is for other models unless --models names them";
}

/// A workload that was asked for by name: with the suite's restarts for it, for the usual models.
SuiteEntry named(const std::string& workload, const Suite& suite) {
  SuiteEntry entry{.workload = workload};
  for (const SuiteEntry& own : suite.workloads) {
    if (own.workload != workload) continue;
    entry.restarts = own.restarts;
    entry.slices_factor = own.slices_factor;
    entry.counted_restarts = own.counted_restarts;
  }
  return entry;
}

}  // namespace

std::vector<std::string> Suite::models_of(const std::vector<std::string>& every) const {
  std::vector<std::string> all = models.empty() ? every : models;
  for (const SuiteEntry& entry : workloads) {
    for (const auto* names : {&entry.models, &entry.also}) {
      for (const std::string& model : *names) {
        if (!contains(all, model)) all.push_back(model);
      }
    }
  }
  return all;
}

Suite load_suite(const std::string& name_or_file, const std::filesystem::path& directory) {
  std::filesystem::path path = directory / (name_or_file + ".json");
  if (!std::filesystem::exists(path)) path = name_or_file;
  if (!std::filesystem::is_regular_file(path)) {
    const std::vector<std::string> names = json_file_names(directory);
    std::string listed;
    for (const std::string& name : names) listed += name + ", ";
    throw UsageError(
        "--suite '" + name_or_file + "' is neither " + listed + "nor the path of a suite file" +
        (nearest(name_or_file, names) ? "; " + did_you_mean(name_or_file, names, "") : "."));
  }
  const ordered_json json = parse_json_file(path.string());
  const std::string origin = path.filename().string();
  JsonReader reader(json, origin);
  Suite suite;
  suite.name = reader.string("name");
  suite.title = reader.string("title");
  suite.restarts = reader.integer("restarts", 1, kMaxRestarts);
  suite.counted_restarts =
      reader.integer("counted_restarts", 0, kMaxRestarts, &suite.counted_restarts);
  suite.slices_factor =
      reader.number("slices_factor", kMinFactor, kMaxFactor, &suite.slices_factor);
  suite.models = reader.optional_strings("models");
  suite.workloads = parse_entries(reader, origin);
  reader.no_other_keys();
  return suite;
}

void plan_workloads(RunPlan& plan, const Suite& suite, const std::vector<Workload>& all,
                    const Choice& choice) {
  std::vector<SuiteEntry> entries = suite.workloads;
  if (!choice.workloads.empty()) {
    entries.clear();
    for (const std::string& name : choice.workloads) entries.push_back(named(name, suite));
  }
  std::vector<std::string> names;
  names.reserve(entries.size());
  for (const SuiteEntry& entry : entries) names.push_back(entry.workload);
  const std::vector<Workload> chosen = choose_workloads(all, names);
  for (const SuiteEntry& entry : entries) {
    const int usual = entry.restarts > 0 ? entry.restarts : suite.restarts;
    const int restarts = choice.restarts > 0 ? choice.restarts : usual;
    const double factor = entry.slices_factor > 0 ? entry.slices_factor : suite.slices_factor;
    for (const Workload& workload : chosen) {
      if (workload.name != entry.workload && workload.sweep != entry.workload) continue;
      const int slices =
          std::max(1, static_cast<int>(std::lround(workload.slices_per_restart * factor)));
      WorkloadPlan& planned = plan.workloads.emplace_back();
      const int counted =
          entry.counted_restarts >= 0 ? entry.counted_restarts : suite.counted_restarts;
      planned = {workload, restarts, slices, std::min(counted, restarts)};
      const auto& models = !entry.models.empty()     ? entry.models
                           : workload.models.empty() ? suite.models
                                                     : workload.models;
      for (std::size_t i = 0; i < plan.contestants.size(); ++i) {
        const Contestant& contestant = plan.contestants[i];
        if (i == plan.reference || (choice.models_named && !contestant.external)) continue;
        const bool main_models = entry.models.empty() && workload.models.empty();
        const std::string why = i == plan.control
                                    ? (main_models ? "" : kNoControl)
                                    : why_left_out(contestant, workload, entry, models);
        if (!why.empty()) planned.left_out[i] = why;
      }
    }
  }
}

}  // namespace sockbench
