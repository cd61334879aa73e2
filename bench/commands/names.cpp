#include "bench/commands/names.h"

#include <array>
#include <filesystem>
#include <utility>

#include "bench/judge/selftest_rates.h"
#include "bench/plan/contestant.h"
#include "bench/plan/json_reader.h"
#include "bench/plan/workload.h"
#include "common/error.h"
#include "common/nearest.h"

namespace sockbench {
namespace {

using Names = std::vector<std::string>;

/// The file names, and not what --describe says: eighteen programs would be started for a key.
Names models() { return model_names(program_directory()); }
Names workloads() { return workload_names(load_workloads(data_directory() / "workloads")); }
Names suites() { return json_file_names(data_directory() / "suites"); }
Names claims() { return json_file_names(data_directory() / "claims"); }
Names contestants() { return json_file_names(data_directory() / "contestants"); }
Names trials() { return trial_names(); }

constexpr std::array<std::pair<const char*, Names (*)()>, 6> kNamed = {
    {{"models", models},
     {"workloads", workloads},
     {"suites", suites},
     {"claims", claims},
     {"contestants", contestants},
     {"trials", trials}}};

}  // namespace

const std::vector<std::string>& name_kinds() {
  static const Names kinds = [] {
    Names all;
    for (const auto& [kind, list] : kNamed) all.emplace_back(kind);
    return all;
  }();
  return kinds;
}

std::vector<std::string> names_of(const std::string& kind) {
  for (const auto& [name, list] : kNamed) {
    if (kind == name) return list();
  }
  std::string all;
  for (const std::string& name : name_kinds()) all += (all.empty() ? "" : ", ") + name;
  throw UsageError("There are no names of '" + kind + "'; " +
                   did_you_mean(kind, name_kinds(), "choose of " + all + "."));
}

}  // namespace sockbench
