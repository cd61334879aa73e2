#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "bench/judge/pool.h"

namespace sockbench {

/// pool.json: see results/schema/pool.schema.json. Figures have six significant digits.
nlohmann::ordered_json to_json(const Pool& pool);

/// A document with one element of its lists a line: short, and line by line comparable.
std::string one_element_a_line(const nlohmann::ordered_json& document);

}  // namespace sockbench
