#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace sockbench::test {

/// Just so much of a run.json as claims read, made by hand.
class ClaimRun final {
 public:
  /// The cell of these names; made with status valid when it is not there.
  nlohmann::ordered_json& cell(const std::string& workload, const std::string& contestant);
  /// Puts a value at a path such as "server.cpu_utilisation".
  void set(const std::string& workload, const std::string& contestant, const std::string& path,
           const nlohmann::ordered_json& value);
  void set_status(const std::string& workload, const std::string& contestant,
                  const std::string& status);
  void compare(const std::string& workload, const std::string& metric, const std::string& head,
               const std::string& base, double ratio, std::vector<double> ci95);

  const nlohmann::ordered_json& json() const { return run_; }

 private:
  nlohmann::ordered_json run_ = {{"workloads", nlohmann::ordered_json::array()},
                                 {"cells", nlohmann::ordered_json::array()},
                                 {"comparisons", nlohmann::ordered_json::array()}};
};

/// {median, ci95, per_restart} of eight restarts that differ by `spread` up and down.
nlohmann::ordered_json statistic_of(double value, double spread = 0.001);

}  // namespace sockbench::test
