#pragma once

#include <cstdint>
#include <filesystem>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

namespace sockbench {

/// What `sockbench duel` was asked to do.
struct DuelOptions {
  std::vector<std::string> base, head;
  std::string base_label, head_label;
  std::vector<std::string> workloads;
  std::string margin = "0.5%", resolve = "2%", budget = "60s";
  std::filesystem::path out = "results/duel";
  std::string history, server_cpus, generator_cpus;
  std::uint64_t seed = 1;
  bool short_form = false, fail_on_inconclusive = false, quiet = false;
};

/// Compares two builds of a server and returns duel.json's document.
nlohmann::ordered_json run_duel(const DuelOptions& options);

}  // namespace sockbench
