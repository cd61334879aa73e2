#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace sockbench::test {

/// A run.json made by hand, of what judgements over several cells read of it. Restarts differ by
/// `spread` (relative) up and down in turn, each contestant with a pattern of its own.
class SyntheticRun final {
 public:
  /// The first one is the reference.
  explicit SyntheticRun(const std::vector<std::string>& contestants, int restarts = 12);

  /// `mode` as in run.json, all connections active unless told.
  void add_workload(const std::string& name, int connections = 64, int active = -1,
                    const std::string& mode = "closed_loop");
  /// CPU per request, for one contestant in the last workload.
  void cpu(const std::string& contestant, double ns, double spread = 0.002);
  /// Takes the contestant out of the last workload's rankings.
  void status(const std::string& contestant, const std::string& status, const std::string& reason);
  /// The contestant's cell in the last workload.
  nlohmann::ordered_json& cell(const std::string& contestant);

  nlohmann::ordered_json run;

 private:
  int restarts_;
};

}  // namespace sockbench::test
