#pragma once

#include <deque>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "bench/judge/comparison.h"
#include "bench/judge/judged_run.h"

namespace sockbench::test {

inline constexpr const char* kCpu = "server.cpu_ns_per_request";
inline constexpr double kMargin = 0.02;

// Results as a run would give them, made by hand: what a contestant's slices and its generator's
// report say, with healthy values where a test does not care.

struct SliceShape {
  double cpu_ns_per_request = 5'000;
  double rps = 100'000;
};
Slice slice(int round, const SliceShape& shape = {});

struct ReportShape {
  double generator_utilisation = 0.5;
  std::optional<double> little_ratio = 1.0;
  std::optional<double> schedule_adherence = std::nullopt;  ///< open loop
  std::vector<std::int64_t> response_ns = {40'000, 50'000, 60'000};
  int repeats = 1;                               ///< of those times
  std::vector<std::int64_t> send_delay_ns = {};  ///< open loop; no other delay than the take-up
  int asked = 64;
  int verified = 64;
  int starved = 0;
  int stalled = 0;
  std::vector<double> reply_shares = std::vector<double>(21, 1.0);   ///< empty: none
  nlohmann::ordered_json ledger = nlohmann::ordered_json::object();  ///< over the healthy one
};
/// What the load generator reports at the end of a restart.
nlohmann::ordered_json report(const ReportShape& shape = {});
/// The report of a generator that had nothing to do.
nlohmann::ordered_json idle_report(int connections);

RestartResult restart(int number, const SliceShape& shape = {}, int slices = 4,
                      const ReportShape& report_shape = {});
/// `count` restarts, each a little (`spread`) above or below the shape in turn.
CellResult cell(int count, const SliceShape& shape = {}, double spread = 0.001,
                const ReportShape& report_shape = {});
CellResult idle_cell(int count, double utilisation);

Contestant contestant(const std::string& name, std::optional<int> max_connections = std::nullopt);
Workload closed_loop(const std::string& name = "busy");
Workload open_loop(const std::string& name = "paced");
Workload idle(const std::string& name = "idle");

/// One or more workloads with their cells, judged: what comparison.h works on.
class Scene final {
 public:
  explicit Scene(const std::vector<std::string>& contestants, std::uint64_t restarts = 8);
  Scene(Scene&&) = delete;  // the judged cells point into it
  Scene& operator=(Scene&&) = delete;
  Scene(const Scene&) = delete;
  Scene& operator=(const Scene&) = delete;
  ~Scene() = default;

  /// One result per contestant. Call for every workload, then judge().
  void add(const Workload& workload, std::vector<CellResult> results);
  void judge();
  /// Of the judged cells, by their own comparisons.
  std::vector<Ranking> rankings() const;

  RunPlan plan;
  std::vector<JudgedCell> cells;

 private:
  int restarts_;
  std::vector<std::vector<CellResult>> results_;
};

/// A run of these results that to_json() can write; the environment is this machine's.
RunRecord record(const RunPlan& plan, std::vector<std::vector<CellResult>> results);

/// A run with every kind of cell: healthy, failed, open loop, idle.
RunRecord full_record();
/// The same as run.json has it.
const nlohmann::ordered_json& full_run();

/// The cell of a run.json; throws when there is none.
const nlohmann::ordered_json& cell_of(const nlohmann::ordered_json& run,
                                      const std::string& workload, const std::string& contestant);

}  // namespace sockbench::test
