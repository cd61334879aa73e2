#pragma once

#include <string>
#include <vector>

#include "bench/machine/doctor.h"
#include "common/units.h"

namespace sockbench {

// The rooms of diagnose(); each judges its items in a fixed order. Pure.
std::vector<Finding> judge_processors(const MachineFacts& facts);
std::vector<Finding> judge_limits(const MachineFacts& facts);
std::vector<Finding> judge_permissions(const MachineFacts& facts);

}  // namespace sockbench
