#pragma once

#include <map>
#include <nlohmann/json.hpp>
#include <string>

#include "bench/judge/comparison.h"

namespace sockbench {

/// The figures of a cell's server that come from counted restarts, by their names in run.json, and
/// for each that is null the reason, by its path.
struct CountedFigures {
  nlohmann::ordered_json figures;
  std::map<std::string, std::string> absent;
};

CountedFigures counted_figures(const CellResult& cell, const Contestant& contestant);

/// Also a cell that failed by its ledger, and not by a crash, has no counted figures.
CountedFigures counted_of(const JudgedCell& cell);

}  // namespace sockbench
