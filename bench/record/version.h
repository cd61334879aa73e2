#pragma once

#include <nlohmann/json_fwd.hpp>

namespace sockbench {

/// {version, git_commit, git_dirty, compiler, build_type} of this build; commit null outside git.
nlohmann::ordered_json version_json();

}  // namespace sockbench
