#pragma once

#include <string>

#include "bench/judge/pool.h"

namespace sockbench {

/// pool.md: ratios of CPU per request, what moved between runs, reproducibility, claims.
std::string pool_markdown(const Pool& pool);

/// A few lines for people.
std::string pool_text(const Pool& pool);

}  // namespace sockbench
