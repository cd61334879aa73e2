#pragma once

#include <map>
#include <nlohmann/json.hpp>
#include <string>

#include "bench/run/runner.h"

namespace sockbench {

/// The figures of a cell's server that come from counted restarts, by their names in run.json, and
/// for each that is null the reason, by its path.
struct CountedFigures {
  nlohmann::ordered_json figures;
  std::map<std::string, std::string> absent;
};

CountedFigures counted_figures(const CellResult& cell, const Contestant& contestant);

}  // namespace sockbench
