#pragma once

#include <string>

#include "loadgen/options.h"
#include "loadgen/record/tally.h"
#include "loadgen/slow_peers.h"

namespace sockbench {

/// What a person wants to know, in about fifteen lines. `failure`: why the first connection failed,
/// or empty.
std::string summary(const LoadOptions& options, const Tally& tally, const std::string& failure);
/// A line each for the slow readers and the slow writers, where there are some.
std::string summary(const SlowPeersResult& peers, const std::string& failure);

}  // namespace sockbench
