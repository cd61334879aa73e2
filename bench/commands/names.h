#pragma once

#include <string>
#include <vector>

namespace sockbench {

/// What names_of() can list: "models", "workloads", …
const std::vector<std::string>& name_kinds();

/// The names of one kind that this program accepts here; shell completion asks for them. Throws
/// UsageError that names an unknown kind.
std::vector<std::string> names_of(const std::string& kind);

}  // namespace sockbench
