#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace sockbench {

struct CellResult;
struct Run;

/// What a run does next.
struct Step {
  std::string text;                         ///< "restart 3 of 14"
  double done = 0;                          ///< share of the workload's restarts that are complete
  std::optional<std::size_t> contestant{};  ///< whose turn it is alone, by its index
};

/// Is told how a run proceeds. Only ever called between restarts, when nothing is measured.
class Progress {
 public:
  Progress() = default;
  Progress(const Progress&) = delete;
  Progress(Progress&&) = delete;
  Progress& operator=(const Progress&) = delete;
  Progress& operator=(Progress&&) = delete;
  virtual ~Progress() = default;

  virtual void begins(std::size_t workload, const Step& step) = 0;
  virtual void restart_ended(std::size_t workload, const std::vector<CellResult>& cells,
                             int restarts) = 0;
  /// After a restart of every workload that had one in this pass. `run`: as far as it is known, or
  /// nullptr where it was not judged anew.
  virtual void pass_ended(int pass, const Run* run) = 0;
  virtual void run_ended(const Run& run) = 0;
};

}  // namespace sockbench
