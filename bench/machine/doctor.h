#pragma once

#include <filesystem>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "bench/machine/facts.h"
#include "bench/plan/external_contestant.h"
#include "common/units.h"

namespace sockbench {

enum class Status : std::uint8_t {
  kGood,
  kNote,  ///< to be known when reading figures
  kBad,   ///< something cannot be measured, or its figures mislead
};

const char* to_text(Status status);

/// One item of the machine, judged.
struct Finding {
  std::string item;
  Status status = Status::kGood;
  std::string found;
  std::string cost;                        ///< what it costs the user; empty when good
  std::optional<std::string> advice = {};  ///< the command that improves it
  bool spoils = false;  ///< when bad: figures are wrong or wide, not just missing
};

/// Judges every item, worst first, otherwise in a fixed order. Pure.
std::vector<Finding> diagnose(const MachineFacts& facts);

/// A sentence for each finding that would spoil a run's results.
std::vector<std::string> spoiling(const std::vector<Finding>& findings);

/// [{item, status, found, cost, advice}]
nlohmann::ordered_json to_json(const std::vector<Finding>& findings);

/// For people: aligned, a line per item, a second one with cost and advice where it is not good.
std::string to_text(const std::vector<Finding>& findings);

// The rooms of diagnose(); each judges its items in a fixed order. Pure.
std::vector<Finding> judge_processors(const MachineFacts& facts);
std::vector<Finding> judge_limits(const MachineFacts& facts);
std::vector<Finding> judge_permissions(const MachineFacts& facts);

/// A shipped contestant and the first thing it lacks here. Pure.
Finding judge_contestant(const Contestant& contestant, const std::optional<Requirement>& missing);

/// Every shipped contestant of the folder: whether it can run here, or which package is needed.
std::vector<Finding> judge_contestants(const std::filesystem::path& shipped);

}  // namespace sockbench
