#pragma once

#include <string>

#include "loadgen/options.h"
#include "loadgen/tally.h"

namespace sockbench {

/// What a person wants to know, in about fifteen lines. `failure`: why the first connection failed,
/// or empty.
std::string summary(const LoadOptions& options, const Tally& tally, const std::string& failure);

}  // namespace sockbench
