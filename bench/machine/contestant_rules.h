#pragma once

#include <filesystem>
#include <vector>

#include "bench/machine/doctor.h"
#include "bench/plan/external_contestant.h"

namespace sockbench {

/// A shipped contestant and the first thing it lacks here. Pure.
Finding judge_contestant(const Contestant& contestant, const std::optional<Requirement>& missing);

/// Every shipped contestant of the folder: whether it could take part, or which package is needed.
std::vector<Finding> judge_contestants(const std::filesystem::path& shipped);

}  // namespace sockbench
