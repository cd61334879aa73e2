// All workloads together: loading, choosing and listing them.

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "bench/plan/json_reader.h"
#include "bench/plan/workload.h"
#include "common/error.h"
#include "common/nearest.h"
#include "common/text.h"

namespace sockbench {
namespace {

/// "connections" or "value of the sweep" … of JSON as a column of text.
std::string shown_as(const nlohmann::ordered_json& value) {
  return value.is_string() ? value.get<std::string>() : value.dump();
}

bool says_nothing(const nlohmann::ordered_json& value) {
  return value.is_null() || value == false || value == 0 || (value.is_object() && value.empty());
}

constexpr std::size_t kColumn = 15;

}  // namespace

std::vector<Workload> load_workloads(const std::filesystem::path& directory) {
  std::vector<Workload> all;
  for (const auto& entry : std::filesystem::directory_iterator(directory)) {
    if (entry.path().extension() != ".json") continue;
    for (Workload& workload : parse_workloads(parse_json_file(entry.path().string()),
                                              entry.path().filename().string())) {
      all.push_back(std::move(workload));
    }
  }
  std::stable_sort(all.begin(), all.end(),
                   [](const Workload& a, const Workload& b) { return a.file() < b.file(); });
  std::set<std::string> names;
  for (const Workload& workload : all) {
    if (!names.insert(workload.name).second) {
      throw UsageError("Two workloads in " + directory.string() + " are called '" + workload.name +
                       "'.");
    }
  }
  return all;
}

std::vector<std::string> workload_names(const std::vector<Workload>& all) {
  std::vector<std::string> names;
  for (const Workload& workload : all) {
    const bool new_sweep = !workload.sweep.empty() &&
                           std::find(names.begin(), names.end(), workload.sweep) == names.end();
    if (new_sweep) names.push_back(workload.sweep);
    names.push_back(workload.name);
  }
  return names;
}

std::vector<Workload> choose_workloads(const std::vector<Workload>& all,
                                       const std::vector<std::string>& names) {
  std::vector<Workload> chosen;
  std::set<std::string> seen;
  for (const std::string& name : names) {
    bool found = false;
    for (const Workload& workload : all) {
      if (workload.name != name && workload.sweep != name) continue;
      found = true;
      // Two cells must not have the same name.
      if (!seen.insert(workload.name).second) {
        throw UsageError("The workload '" + workload.name + "' is named twice; name it once.");
      }
      chosen.push_back(workload);
    }
    if (!found) {
      throw UsageError(
          "There is no workload '" + name + "'; " +
          did_you_mean(name, workload_names(all), "'sockbench workloads' lists them."));
    }
  }
  return chosen;
}

std::string list_text(const std::vector<Workload>& all) {
  std::string text;
  for (const std::string& family : families()) {
    std::string lines;
    for (auto it = all.begin(); it != all.end();) {
      const std::string& file = it->file();
      std::string values;
      const Workload& first = *it;
      for (; it != all.end() && it->file() == file; ++it) {
        if (!it->sweep.empty()) values += (values.empty() ? "" : ", ") + it->sweep_value;
      }
      if (first.family != family) continue;
      lines += "  " + padded(file + " ", kColumn);
      lines += (values.empty() ? first.title : file + "-VALUE for " + values) + "\n";
      if (values.empty()) lines += "  " + padded("", kColumn) + first.description + "\n";
    }
    if (!lines.empty()) text += (text.empty() ? "" : "\n") + family + "\n" + lines;
  }
  return text + "\n'sockbench workloads NAME' shows every parameter of one.\n";
}

std::string detail_text(const Workload& workload) {
  constexpr std::size_t kWide = 22;
  std::string text = workload.name + ": " + workload.title + "\n" + workload.description + "\n";
  const nlohmann::ordered_json json = to_json(workload);
  for (const auto& [key, value] : json.items()) {
    const bool told = key == "name" || key == "title" || key == "description";
    if (told || says_nothing(value)) continue;
    std::string shown = shown_as(value);
    if (value.is_array() || value.is_object()) {
      shown.clear();
      for (const auto& [inner, item] : value.items()) {
        shown +=
            (shown.empty() ? "" : ", ") + (value.is_object() ? inner + " " : "") + shown_as(item);
      }
    }
    text += "  " + padded(key + " ", kWide) + shown + "\n";
  }
  const auto line = [&](const char* key, int value) {
    text += "  " + padded(std::string(key) + " ", kWide) + std::to_string(value) + "\n";
  };
  line("warm_up_ms", workload.warm_up_ms);
  line("slice_ms", workload.slice_ms);
  line("discard_ms", workload.discard_ms);
  line("slices_per_restart", workload.slices_per_restart);
  if (const auto& duel = workload.duel) {
    text += "  " + padded("duel ", kWide) + "slice_ms " + std::to_string(duel->slice_ms) +
            ", discard_ms " + std::to_string(duel->discard_ms) + ", slices_per_restart " +
            std::to_string(duel->slices_per_restart) + (duel->keep_awake ? ", keep_awake" : "") +
            "\n";
  }
  std::string models;
  for (const std::string& model : workload.models) models += (models.empty() ? "" : ", ") + model;
  return text + "  " + padded("models", kWide) + (models.empty() ? "all" : models) + "\n";
}

}  // namespace sockbench
