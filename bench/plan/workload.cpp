#include "bench/plan/workload.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <nlohmann/json.hpp>

#include "bench/plan/json_reader.h"
#include "common/error.h"

namespace sockbench {
namespace {

using nlohmann::ordered_json;

constexpr std::array<std::pair<const char*, Mode>, 3> kModes = {
    {{"closed_loop", Mode::kClosedLoop}, {"open_loop", Mode::kOpenLoop}, {"idle", Mode::kIdle}}};
constexpr std::array kMetrics = {"server.cpu_ns_per_request", "achieved_rps",
                                 "response_time_ns.p50",      "response_time_ns.p99",
                                 "service_time_ns.p50",       "service_time_ns.p99",
                                 "first_reply_time_ns.p50",   "first_reply_time_ns.mean",
                                 "connect_time_ns.p50",       "burst_ns",
                                 "server.cpu_utilisation"};
constexpr std::int64_t kLongestPauseNs = 60'000'000'000;
constexpr std::int64_t kLongestClientWorkNs = 1'000'000'000;
constexpr int kMaxSlowPeers = 10'000;
constexpr int kSlowestRate = 1;
constexpr int kFastestSlowRate = 200 * 1024;  // faster than this the slow peers cannot be

void read_connections(JsonReader& reader, Workload& workload) {
  workload.connections =
      reader.integer("connections", workload.mode == Mode::kIdle ? 0 : 1, 1'000'000);
  const int none = 0;
  const int idle = reader.integer("idle", 0, 1'000'000 - workload.connections, &none);
  workload.active =
      reader.integer("active", 1, std::max(1, workload.connections), &workload.connections);
  if (idle > 0 && workload.active < workload.connections) {
    reader.reject("idle", "is given beside 'active': one of them is enough");
  }
  workload.connections += idle;
  workload.pipeline = reader.integer("pipeline", 1, 4096, &workload.pipeline);
  const double without_limit = 0;
  workload.connect_rate = reader.number("connect_rate", 1, 1e6, &without_limit);
}

/// What connections do beside asking and waiting.
void read_behaviour(JsonReader& reader, Workload& workload) {
  const bool closed = workload.mode == Mode::kClosedLoop;
  workload.think_ns = reader.duration_ns("think", kLongestPauseNs);
  if (workload.think_ns > 0 && (!closed || workload.pipeline > 1)) {
    reader.reject("think", "is for the closed loop without a pipeline");
  }
  workload.client_work_ns = reader.duration_ns("client_work", kLongestClientWorkNs);
  if (workload.client_work_ns > 0 && workload.mode == Mode::kIdle) {
    reader.reject("client_work", "must be absent in an idle workload");
  }
  workload.churn = reader.boolean("churn");
  if (workload.churn && (workload.mode == Mode::kIdle || workload.pipeline > 1)) {
    reader.reject("churn", "is for a load without a pipeline");
  }
  const int none = 0;
  workload.newcomers = reader.integer("newcomers", 0, workload.active, &none);
  if (workload.newcomers > 0 && (!closed || workload.churn || workload.pipeline > 1)) {
    reader.reject("newcomers", "is for the closed loop without 'churn' and 'pipeline'");
  }
  workload.hold_ns = reader.duration_ns("hold", kLongestPauseNs);
  if (workload.hold_ns > 0 && (!closed || !workload.churn || workload.think_ns > 0)) {
    reader.reject("hold", "needs 'churn' in the closed loop without 'think'");
  }
  workload.slow_readers = reader.integer("slow_readers", 0, kMaxSlowPeers, &none);
  workload.slow_writers = reader.integer("slow_writers", 0, kMaxSlowPeers, &none);
  const bool slow = workload.slow_readers + workload.slow_writers > 0;
  if (slow) workload.slow_rate = reader.integer("slow_rate", kSlowestRate, kFastestSlowRate);
  if (slow && workload.mode == Mode::kIdle) {
    reader.reject(workload.slow_readers > 0 ? "slow_readers" : "slow_writers",
                  "must be absent in an idle workload");
  }
}

void read_schedule(JsonReader& reader, Workload& workload) {
  workload.burst = reader.boolean("burst");
  if (workload.burst && workload.mode != Mode::kOpenLoop) {
    reader.reject("burst", "is for the open loop");
  }
  if (workload.burst) {  // once in every slice: the schedule follows from its length
    workload.arrival = "burst";
    workload.offered_rps = workload.active * 1000.0 / workload.slice_ms;
    if (4 * workload.discard_ms != workload.slice_ms) {
      reader.reject("discard_ms", "must be a quarter of 'slice_ms', so that one burst is in it");
    }
  } else if (workload.mode == Mode::kOpenLoop) {
    workload.offered_rps = reader.number("offered_rps", 1, 1e9);
    workload.arrival = reader.string("arrival", "poisson");
    if (workload.arrival != "poisson" && workload.arrival != "uniform") {
      reader.reject("arrival", "is neither poisson nor uniform");
    }
  }
  workload.timestamps = reader.string("timestamps", "app");
  if (workload.timestamps != "app" && workload.timestamps != "kernel") {
    reader.reject("timestamps", "is neither app nor kernel");
  }
}

void read_server_options(JsonReader& reader, Workload& workload) {
  const ordered_json* options = reader.find("server_options", true);
  if (options == nullptr) return;
  if (!options->is_object() || options->empty()) {
    reader.reject("server_options", R"(must be an object such as {"handler": "spin:10"})");
  }
  for (const auto& [name, value] : options->items()) {
    const bool word = !name.empty() && name.front() != '-' &&
                      name.find_first_not_of("abcdefghijklmnopqrstuvwxyz-") == std::string::npos;
    if (!word)
      reader.reject("server_options", "names the option '" + name + "', which is not a word");
    if (!value.is_string() && !value.is_number_integer()) {
      reader.reject("server_options", "must give '" + name + "' a string or an integer");
    }
    workload.server_options.emplace_back(
        name, value.is_string() ? value.get<std::string>() : value.dump());
  }
}

void read_measuring(JsonReader& reader, Workload& workload) {
  workload.slices_per_restart = reader.integer("slices_per_restart", 1, 100'000);
  workload.memory_growth = reader.boolean("memory_growth");
  workload.keep_awake = reader.boolean("keep_awake");
  workload.models = reader.optional_strings("models");
  workload.metrics = reader.strings("metrics");
  for (const std::string& metric : workload.metrics) {
    if (std::find(kMetrics.begin(), kMetrics.end(), metric) == kMetrics.end()) {
      reader.reject("metrics", "names the unknown metric '" + metric + "'");
    }
    if (metric == "burst_ns" && !workload.burst) {
      reader.reject("metrics", "names burst_ns, which only a burst has");
    }
    if (metric.starts_with("first_reply") && !workload.churns()) {
      reader.reject("metrics", "names " + metric + ", which only new connections have");
    }
  }
}

void read_duel(JsonReader& reader, const std::string& origin, Workload& workload) {
  const ordered_json* given = reader.find("duel", true);
  if (given == nullptr) return;
  if (workload.burst)
    reader.reject("duel", "is not for a burst, whose slice is as long as it takes");
  JsonReader duel(*given, origin + ", 'duel'");
  workload.duel = {.slice_ms = duel.integer("slice_ms", 1, 600'000),
                   .discard_ms = duel.integer("discard_ms", 0, 60'000),
                   .slices_per_restart = duel.integer("slices_per_restart", 1, 100'000),
                   .keep_awake = duel.boolean("keep_awake")};
  duel.no_other_keys();
}

/// `value` in the place of every {value} in the texts of `json`.
ordered_json filled_in(const ordered_json& json, const std::string& value) {
  if (json.is_string()) {
    const std::string place = "{value}";
    auto text = json.get<std::string>();
    for (std::size_t at = text.find(place); at != std::string::npos;
         at = text.find(place, at + value.size())) {
      text.replace(at, place.size(), value);
    }
    return text;
  }
  if (!json.is_structured()) return json;
  ordered_json copy = json;
  for (ordered_json& item : copy) item = filled_in(item, value);
  return copy;
}

/// How many values the sweep has, the same for each of its keys.
std::size_t check_sweep(const JsonReader& reader, const ordered_json& json) {
  const ordered_json& sweep = json["sweep"];
  if (!sweep.is_object() || sweep.empty()) {
    reader.reject("sweep", "must be an object such as {\"connections\": [1, 10]}");
  }
  const std::size_t count = sweep.front().size();
  for (const auto& [key, values] : sweep.items()) {
    if (!values.is_array() || values.empty()) {
      reader.reject("sweep", "must give '" + key + "' a list of at least one value");
    }
    if (values.size() != count) reader.reject("sweep", "has lists of different lengths");
    if (json.contains(key)) reader.reject(key, "stands both in the file and in its sweep");
    const bool fits = std::all_of(values.begin(), values.end(), [](const ordered_json& value) {
      return value.is_number() || (value.is_string() && !value.get<std::string>().empty());
    });
    if (!fits) reader.reject("sweep", "must give '" + key + "' numbers or strings");
  }
  return count;
}

std::string text_of(const ordered_json& value) {
  return value.is_string() ? value.get<std::string>() : value.dump();
}

}  // namespace

const std::vector<std::string>& families() {
  static const std::vector<std::string> all = {"connections", "idle",    "rate",  "connecting",
                                               "size",        "handler", "peers", "time"};
  return all;
}

Workload parse_workload(const ordered_json& json, const std::string& origin) {
  JsonReader reader(json, origin);
  Workload workload;
  workload.name = reader.string("name");
  workload.title = reader.string("title");
  workload.description = reader.string("description");
  workload.family = reader.string("family", families().front().c_str());
  if (std::find(families().begin(), families().end(), workload.family) == families().end()) {
    std::string all;
    for (const std::string& family : families()) all += (all.empty() ? "" : ", ") + family;
    reader.reject("family", "is none of " + all);
  }
  const std::string mode = reader.string("mode");
  const auto* const known = std::find_if(kModes.begin(), kModes.end(),
                                         [&](const auto& pair) { return mode == pair.first; });
  if (known == kModes.end()) reader.reject("mode", "is not closed_loop, open_loop or idle");
  workload.mode = known->second;
  workload.message_bytes = reader.integer("message_bytes", 1, 64 << 20);
  read_connections(reader, workload);
  read_behaviour(reader, workload);
  workload.slice_ms = reader.integer("slice_ms", 1, 600'000);
  workload.discard_ms = reader.integer("discard_ms", 0, 60'000);
  if (json.contains("warm_up_ms")) workload.warm_up_ms = reader.integer("warm_up_ms", 1, 60'000);
  read_schedule(reader, workload);
  read_server_options(reader, workload);
  read_measuring(reader, workload);
  read_duel(reader, origin, workload);
  reader.no_other_keys();
  return workload;
}

std::vector<Workload> parse_workloads(const ordered_json& json, const std::string& origin) {
  const JsonReader reader(json, origin);
  if (!json.contains("sweep")) return {parse_workload(json, origin)};
  const std::size_t count = check_sweep(reader, json);
  std::vector<Workload> all;
  for (std::size_t i = 0; i < count; ++i) {
    ordered_json one = json;
    one.erase("sweep");
    for (const auto& [key, values] : json["sweep"].items()) {
      if (key != "value") one[key] = values[i];
    }
    const std::string value = text_of(json["sweep"].front()[i]);
    one = filled_in(one, value);
    Workload& workload = all.emplace_back(parse_workload(one, origin));
    workload.sweep = std::exchange(workload.name, workload.name + "-" + value);
    workload.sweep_value = value;
  }
  return all;
}

ordered_json to_json(const Workload& workload) {
  const auto* const mode = std::find_if(
      kModes.begin(), kModes.end(), [&](const auto& pair) { return workload.mode == pair.second; });
  const bool open = workload.mode == Mode::kOpenLoop;
  const auto or_null = [](bool applies, const ordered_json& value) {
    return applies ? value : ordered_json(nullptr);
  };
  ordered_json options = ordered_json::object();
  for (const auto& [name, value] : workload.server_options) options[name] = value;
  return {{"name", workload.name},
          {"sweep", or_null(!workload.sweep.empty(), workload.sweep)},
          {"sweep_value", or_null(!workload.sweep.empty(), workload.sweep_value)},
          {"family", workload.family},
          {"title", workload.title},
          {"description", workload.description},
          {"mode", mode->first},
          {"connections", workload.connections},
          {"active", workload.mode == Mode::kIdle ? 0 : workload.active},
          {"message_bytes", workload.message_bytes},
          {"pipeline", workload.pipeline},
          {"think_ns", workload.think_ns},
          {"client_work_ns", workload.client_work_ns},
          {"churn", workload.churn},
          {"newcomers", workload.newcomers},
          {"hold_ns", workload.hold_ns},
          {"burst", workload.burst},
          {"connect_rate", or_null(workload.connect_rate > 0, workload.connect_rate)},
          {"slow_readers", workload.slow_readers},
          {"slow_writers", workload.slow_writers},
          {"slow_rate", or_null(workload.slow_rate > 0, workload.slow_rate)},
          {"offered_rps", or_null(open, workload.offered_rps)},
          {"arrival", or_null(open, workload.arrival)},
          {"timestamps", workload.timestamps},
          {"server_options", options},
          {"memory_growth", workload.memory_growth},
          {"keep_awake", workload.keep_awake},
          {"metrics", workload.metrics}};
}

std::filesystem::path data_directory() {
  if (const char* given = std::getenv("SOCKBENCH_DATA")) {
    if (std::filesystem::is_directory(std::filesystem::path(given) / "workloads")) return given;
    throw UsageError("SOCKBENCH_DATA is '" + std::string(given) +
                     "', which has no directory workloads/.");
  }
  const auto programs = std::filesystem::canonical("/proc/self/exe").parent_path();
  for (const char* place : {"../share/sockbench", "../../../bench"}) {
    const auto candidate = programs / place;
    if (std::filesystem::is_directory(candidate / "workloads")) {
      return std::filesystem::canonical(candidate);
    }
  }
  throw UsageError(
      "No workloads were found beside the program; set SOCKBENCH_DATA to the directory "
      "that holds workloads/ and suites/.");
}

}  // namespace sockbench
