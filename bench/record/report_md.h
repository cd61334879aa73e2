#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

namespace sockbench {

/// The run as a Markdown page: the answer first, then how far to trust it, then every figure.
std::string report_markdown(const nlohmann::ordered_json& run);

}  // namespace sockbench
