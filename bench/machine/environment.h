#pragma once

#include <nlohmann/json_fwd.hpp>

#include "bench/machine/cpus.h"
#include "bench/machine/facts.h"

namespace sockbench {

/// The machine as `run.json` describes it: what a reader needs to judge the figures, the findings
/// of the doctor, and `warnings`, sentences about what would spoil results. Names no host and no
/// path.
nlohmann::ordered_json describe_environment(const CpuSplit& cpus, const MachineFacts& facts);

/// Raises the soft limit of open files to the hard one, for this process and its children; returns
/// it.
long raise_descriptor_limit();

}  // namespace sockbench
