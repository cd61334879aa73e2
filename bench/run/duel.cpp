#include "bench/run/duel.h"

#include <nlohmann/json.hpp>
#include <stdexcept>

namespace sockbench {

nlohmann::ordered_json run_duel(const DuelOptions& /*options*/) {
  throw std::runtime_error("This build has no duel.");
}

}  // namespace sockbench
