#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "common/words.h"

namespace sockbench {

enum class Mode : std::uint8_t { kClosedLoop, kOpenLoop, kIdle };
template <>
struct Words<Mode> {
  static constexpr std::array kNames = {"closed_loop", "open_loop", "idle"};
};

/// What the load generator does, and how it is measured: a file in bench/workloads/, or one value
/// of a file's sweep. docs/workloads.md explains the keys.
/// How a duel takes its slices: three servers need not wait as long for their turn as twenty.
struct DuelTiming {
  int slice_ms = 0;
  int discard_ms = 0;
  int slices_per_restart = 0;
  bool keep_awake = false;  ///< no CPU falls idle between requests: bench/run/keep_awake.h
};

struct Workload {
  std::string name;
  std::string sweep;        ///< what the file is called, for NAME-VALUE; empty: no sweep
  std::string sweep_value;  ///< VALUE
  std::string family;       ///< one of families()
  std::string title;
  std::string description;
  Mode mode = Mode::kClosedLoop;
  int connections = 1;  ///< all of them, without slow peers; 0 only when idle
  int active = 1;
  int message_bytes = 64;
  int pipeline = 1;
  std::int64_t think_ns = 0;        ///< closed loop: pause between a reply and the next request
  std::int64_t client_work_ns = 0;  ///< the generator spends it before each request
  bool churn = false;               ///< every request on a connection of its own …
  int newcomers = 0;                ///< … or only those of so many of the active connections
  std::int64_t hold_ns = 0;         ///< churn: how long a connection stays open after its reply
  bool burst = false;               ///< all active connections at one instant, once in every slice
  double connect_rate = 0;          ///< connections per second while setting up; 0: without limit
  int slow_readers = 0;             ///< further connections that read slowly …
  int slow_writers = 0;             ///< … or write slowly
  int slow_rate = 0;                ///< bytes per second of each of those
  double offered_rps = 0;           ///< open loop only
  std::string arrival = "poisson";
  std::string timestamps = "app";  ///< or "kernel": replies are stamped on arrival
  /// What our models get on their command line, such as {"handler", "spin:10"}; without dashes.
  std::vector<std::pair<std::string, std::string>> server_options;
  std::vector<std::string> models;  ///< included unless others are named; empty: all
  bool memory_growth = false;       ///< the server's memory is read after every slice
  bool keep_awake = false;          ///< no CPU falls idle between requests: bench/run/keep_awake.h
  int warm_up_ms = 20;              ///< load before the first slice of a restart
  int slice_ms = 20;                ///< the measured window of a slice, at least
  int discard_ms = 2;               ///< load before it that is not measured, at least
  int slices_per_restart = 12;
  std::optional<DuelTiming> duel;    ///< absent: as above
  std::vector<std::string> metrics;  ///< compared and ranked, the first is the primary one

  /// The name of the file it comes from.
  const std::string& file() const { return sweep.empty() ? name : sweep; }
  /// Whether some connection is opened anew for every request.
  bool churns() const { return churn || newcomers > 0; }
  /// How many connections a server must serve at the same time for none to starve.
  int at_once() const {
    return churn && hold_ns == 0 ? 1 : connections + slow_readers + slow_writers;
  }
};

/// What a workload is about: "connections", "idle", … in the order in which they are listed.
const std::vector<std::string>& families();

/// Checks every key; throws UsageError with one sentence that names `origin` and the key. A sweep
/// gives one workload per value, in the file's order; parse_workload() refuses it.
std::vector<Workload> parse_workloads(const nlohmann::ordered_json& json,
                                      const std::string& origin);
Workload parse_workload(const nlohmann::ordered_json& json, const std::string& origin);
/// As it stands in run.json: without the timing, which is part of the plan.
nlohmann::ordered_json to_json(const Workload& workload);

/// All workloads of `directory`, sorted by the names of their files.
std::vector<Workload> load_workloads(const std::filesystem::path& directory);

/// What can be asked for by name: workloads, and before its values each sweep as a whole.
std::vector<std::string> workload_names(const std::vector<Workload>& all);

/// The workloads of `names`, in that order; the name of a sweep stands for all its values. Throws
/// UsageError that names an unknown one and one that is near.
std::vector<Workload> choose_workloads(const std::vector<Workload>& all,
                                       const std::vector<std::string>& names);

/// For people: all of them by family, a sweep on one line.
std::string list_text(const std::vector<Workload>& all);
/// For people: every parameter of one.
std::string detail_text(const Workload& workload);

/// Where workloads/ and suites/ are: $SOCKBENCH_DATA, beside an installed program, or the source
/// tree.
std::filesystem::path data_directory();

}  // namespace sockbench
