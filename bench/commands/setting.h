#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>

#include "bench/machine/cpus.h"
#include "bench/machine/facts.h"
#include "bench/run/server_process.h"

namespace sockbench {

/// Where a measurement takes place: CPUs, machine, folders.
struct Setting {
  CpuSplit cpus;
  MachineFacts facts;
  nlohmann::ordered_json environment;  ///< as in run.json
  Bench bench;
};

/// Divides the CPUs, looks at the machine and warns of what would spoil results, raises the limit
/// of open files, makes OUT/logs and empties it. `server_cpus`, `generator_cpus`: as on the command
/// line, or empty. Throws UsageError for wrong CPUs.
Setting set_up(const std::filesystem::path& out, const std::string& server_cpus,
               const std::string& generator_cpus);

/// Contestants may be alive together as long as they leave a good part of what there is to the
/// load's buffers, to the harness and to others.
Resources usual_budget();

/// Now, ISO 8601, UTC.
std::string utc_now();

}  // namespace sockbench
