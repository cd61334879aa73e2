#pragma once

#include <string>
#include <vector>

#include "bench/machine/doctor.h"

namespace sockbench {

// The rooms of diagnose(); each judges its items in a fixed order. Pure.
std::vector<Finding> judge_processors(const MachineFacts& facts);
std::vector<Finding> judge_limits(const MachineFacts& facts);
std::vector<Finding> judge_permissions(const MachineFacts& facts);

/// `value` with so many decimals.
std::string fixed(double value, int decimals);

}  // namespace sockbench
