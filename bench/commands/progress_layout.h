#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace sockbench {

/// A workload in the table of a run.
struct TableColumn {
  std::string workload;
  std::string metric;              ///< what its figures are of: "CPU/request"
  std::vector<std::string> cells;  ///< by contestant: "1.39 ±0.02", "failed", "" …
};

/// The table as it is to be seen, apart from the size of the terminal.
struct TableState {
  std::vector<std::string> contestants;
  std::vector<TableColumn> columns;  ///< in the order in which they are measured
  std::string reference;             ///< whom the ratios compare with
  std::size_t current = 0;           ///< the column that is being measured
  std::optional<std::size_t> alone;  ///< the contestant that is being measured alone
  std::string activity;              ///< "restart 3 of 14"
  double share = 0;                  ///< of the run that is done
  double left_s = 0;                 ///< until its end, roughly; 0: not known
};

struct TerminalSize {
  int columns = 80;
  int rows = 24;
};

/// What fits into the terminal with a line and a column to spare, so that nothing scrolls or wraps:
/// the current column always, then as many finished ones before it and coming ones after it as fit.
std::vector<std::string> live_lines(const TableState& state, TerminalSize size);

/// Every contestant and every column that has figures, in blocks as wide as the terminal.
std::vector<std::string> summary_lines(const TableState& state, int columns);

}  // namespace sockbench
