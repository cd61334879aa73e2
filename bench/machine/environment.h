#pragma once

#include <nlohmann/json_fwd.hpp>

#include "bench/machine/cpus.h"

namespace sockbench {

/// The machine as `run.json` describes it: what a reader needs to judge the figures, and
/// `warnings`, sentences about what would spoil them. Names no host and no path.
nlohmann::ordered_json describe_environment(const CpuSplit& cpus);

/// Raises the soft limit of open files to the hard one, for this process and its children; returns
/// it.
long raise_descriptor_limit();

/// CPU time the hypervisor gave to others since boot, in seconds (all CPUs), from /proc/stat.
double steal_seconds();

}  // namespace sockbench
