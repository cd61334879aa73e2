#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

namespace sockbench {

/// {version, git_commit, git_dirty, compiler, build_type} of this build; commit null outside git.
nlohmann::ordered_json version_json();
/// The same in one line for people, without its end.
std::string version_line();

}  // namespace sockbench
