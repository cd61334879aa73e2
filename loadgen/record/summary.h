#pragma once

#include <string>

#include "loadgen/options.h"
#include "loadgen/record/tally.h"
#include "loadgen/slow_peers.h"

namespace sockbench {

/// A summary of about fifteen lines. `failure`: why the first connection failed, or empty.
std::string summary(const LoadOptions& options, const Tally& tally, const std::string& failure);
/// One line each for slow readers and slow writers, if there are any.
std::string summary(const SlowPeersResult& peers, const std::string& failure);

}  // namespace sockbench
