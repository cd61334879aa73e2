#include "bench/plan/workload.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <set>

#include "common/error.h"
#include "common/file.h"

namespace sockbench {
namespace {

using nlohmann::ordered_json;

/// Reads one JSON object key by key; complains about wrong types, ranges and unknown keys.
class Reader final {
 public:
  Reader(const ordered_json& json, std::string origin) : json_(json), origin_(std::move(origin)) {
    if (!json.is_object()) throw UsageError(origin_ + " must be a JSON object.");
  }

  std::string text(const char* key, const char* fallback = nullptr) {
    const ordered_json* value = find(key, fallback != nullptr);
    if (value == nullptr) return fallback;
    if (!value->is_string()) reject(key, "must be a text");
    return value->get<std::string>();
  }
  double number(const char* key, double low, double high, const double* fallback = nullptr) {
    const ordered_json* value = find(key, fallback != nullptr);
    if (value == nullptr) return *fallback;
    if (!value->is_number() || value->get<double>() < low || value->get<double>() > high) {
      reject(key, "must be a number from " + ordered_json(low).dump() + " to " +
                      ordered_json(high).dump());
    }
    return value->get<double>();
  }
  int whole(const char* key, int low, int high, const int* fallback = nullptr) {
    const ordered_json* value = find(key, fallback != nullptr);
    if (value == nullptr) return *fallback;
    if (!value->is_number_integer() || value->get<std::int64_t>() < low ||
        value->get<std::int64_t>() > high) {
      reject(key,
             "must be a whole number from " + std::to_string(low) + " to " + std::to_string(high));
    }
    return value->get<int>();
  }
  std::vector<std::string> texts(const char* key) {
    const ordered_json* value = find(key, false);
    std::vector<std::string> out;
    if (!value->is_array() || value->empty()) reject(key, "must be a list of at least one text");
    for (const ordered_json& item : *value) {
      if (!item.is_string()) reject(key, "must be a list of texts");
      out.push_back(item.get<std::string>());
    }
    return out;
  }
  std::vector<std::string> texts_if_there(const char* key) {
    return find(key, true) == nullptr ? std::vector<std::string>() : texts(key);
  }
  void no_other_keys() const {
    for (const auto& [key, value] : json_.items()) {
      if (!known_.contains(key)) reject(key, "is not known");
    }
  }
  [[noreturn]] void reject(const std::string& key, const std::string& why) const {
    throw UsageError(origin_ + ": '" + key + "' " + why + ".");
  }

 private:
  const ordered_json* find(const char* key, bool optional) {
    known_.insert(key);
    const auto found = json_.find(key);
    if (found != json_.end()) return &*found;
    if (!optional) reject(key, "is missing");
    return nullptr;
  }

  const ordered_json& json_;
  std::string origin_;
  std::set<std::string> known_;
};

constexpr std::array<std::pair<const char*, Mode>, 3> kModes = {
    {{"closed_loop", Mode::kClosedLoop}, {"open_loop", Mode::kOpenLoop}, {"idle", Mode::kIdle}}};
constexpr std::array kMetrics = {"server.cpu_ns_per_request", "achieved_rps",
                                 "response_time_ns.p50", "response_time_ns.p99",
                                 "server.cpu_utilisation"};

ordered_json parse_file(const std::filesystem::path& path) {
  const std::string text = read_file(path.string());
  try {
    return ordered_json::parse(text);
  } catch (const ordered_json::parse_error& error) {
    throw UsageError(path.string() + " is not JSON: " + error.what() + ".");
  }
}

}  // namespace

Workload parse_workload(const ordered_json& json, const std::string& origin) {
  Reader reader(json, origin);
  Workload workload;
  workload.name = reader.text("name");
  workload.title = reader.text("title");
  workload.description = reader.text("description");
  const std::string mode = reader.text("mode");
  const auto* const known = std::find_if(kModes.begin(), kModes.end(),
                                         [&](const auto& pair) { return mode == pair.first; });
  if (known == kModes.end()) reader.reject("mode", "is not closed_loop, open_loop or idle");
  workload.mode = known->second;
  workload.connections = reader.whole("connections", 1, 1'000'000);
  workload.active = reader.whole("active", 1, workload.connections, &workload.connections);
  workload.message_bytes = reader.whole("message_bytes", 1, 64 << 20);
  workload.pipeline = reader.whole("pipeline", 1, 4096, &workload.pipeline);
  if (workload.mode == Mode::kOpenLoop) {
    workload.offered_rps = reader.number("offered_rps", 1, 1e9);
    workload.arrival = reader.text("arrival", "poisson");
    if (workload.arrival != "poisson" && workload.arrival != "uniform") {
      reader.reject("arrival", "is neither poisson nor uniform");
    }
  }
  workload.timestamps = reader.text("timestamps", "app");
  if (workload.timestamps != "app" && workload.timestamps != "kernel") {
    reader.reject("timestamps", "is neither app nor kernel");
  }
  workload.slice_ms = reader.whole("slice_ms", 1, 600'000);
  workload.discard_ms = reader.whole("discard_ms", 0, 60'000);
  workload.slices_per_restart = reader.whole("slices_per_restart", 1, 100'000);
  workload.metrics = reader.texts("metrics");
  for (const std::string& metric : workload.metrics) {
    if (std::find(kMetrics.begin(), kMetrics.end(), metric) == kMetrics.end()) {
      reader.reject("metrics", "names the unknown metric '" + metric + "'");
    }
  }
  reader.no_other_keys();
  return workload;
}

ordered_json to_json(const Workload& workload) {
  const auto* const mode = std::find_if(
      kModes.begin(), kModes.end(), [&](const auto& pair) { return workload.mode == pair.second; });
  const bool open = workload.mode == Mode::kOpenLoop;
  return {{"name", workload.name},
          {"title", workload.title},
          {"description", workload.description},
          {"mode", mode->first},
          {"connections", workload.connections},
          {"active", workload.mode == Mode::kIdle ? 0 : workload.active},
          {"message_bytes", workload.message_bytes},
          {"pipeline", workload.pipeline},
          {"offered_rps", open ? ordered_json(workload.offered_rps) : nullptr},
          {"arrival", open ? ordered_json(workload.arrival) : nullptr},
          {"timestamps", workload.timestamps},
          {"metrics", workload.metrics}};
}

std::vector<Workload> load_workloads(const std::filesystem::path& directory) {
  std::vector<Workload> all;
  for (const auto& entry : std::filesystem::directory_iterator(directory)) {
    if (entry.path().extension() != ".json") continue;
    all.push_back(parse_workload(parse_file(entry.path()), entry.path().filename().string()));
  }
  std::sort(all.begin(), all.end(),
            [](const Workload& a, const Workload& b) { return a.name < b.name; });
  return all;
}

Suite load_suite(const std::string& name_or_file, const std::filesystem::path& directory) {
  std::filesystem::path path = directory / (name_or_file + ".json");
  if (!std::filesystem::exists(path)) path = name_or_file;
  if (!std::filesystem::is_regular_file(path)) {
    throw UsageError("--suite '" + name_or_file +
                     "' is neither quick, standard nor the path of a suite file.");
  }
  const ordered_json json = parse_file(path);
  Reader reader(json, path.filename().string());
  Suite suite;
  suite.name = reader.text("name");
  suite.title = reader.text("title");
  suite.restarts = reader.whole("restarts", 1, 10'000);
  suite.counted_restarts = reader.whole("counted_restarts", 0, 10'000, &suite.counted_restarts);
  suite.slices_factor = reader.number("slices_factor", 0.001, 1000, &suite.slices_factor);
  suite.models = reader.texts_if_there("models");
  suite.workloads = reader.texts("workloads");
  reader.no_other_keys();
  return suite;
}

std::vector<Workload> choose_workloads(const std::vector<Workload>& all,
                                       const std::vector<std::string>& names) {
  std::vector<Workload> chosen;
  for (const std::string& name : names) {
    const auto found = std::find_if(
        all.begin(), all.end(), [&](const Workload& workload) { return workload.name == name; });
    if (found == all.end()) {
      throw UsageError("There is no workload '" + name + "'; 'sockbench workloads' lists them.");
    }
    // Twice would be two cells of the same name, which nobody could tell apart.
    const bool again = std::any_of(chosen.begin(), chosen.end(),
                                   [&](const Workload& workload) { return workload.name == name; });
    if (again) throw UsageError("The workload '" + name + "' is named twice; name it once.");
    chosen.push_back(*found);
  }
  return chosen;
}

std::filesystem::path data_directory() {
  if (const char* given = std::getenv("SOCKBENCH_DATA")) {
    if (std::filesystem::is_directory(std::filesystem::path(given) / "workloads")) return given;
    throw UsageError("SOCKBENCH_DATA is '" + std::string(given) +
                     "', where no folder workloads/ is.");
  }
  const auto programs = std::filesystem::canonical("/proc/self/exe").parent_path();
  for (const char* place : {"../share/sockbench", "../../../bench"}) {
    const auto candidate = programs / place;
    if (std::filesystem::is_directory(candidate / "workloads")) {
      return std::filesystem::canonical(candidate);
    }
  }
  throw UsageError(
      "No workloads were found beside the program; set SOCKBENCH_DATA to the folder "
      "that holds workloads/ and suites/.");
}

}  // namespace sockbench
