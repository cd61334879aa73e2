#include "bench/record/version.h"

#include <nlohmann/json.hpp>
#include <string>

#include "git_version.h"  // written by cmake/git_version.cmake at every build

namespace sockbench {

nlohmann::ordered_json version_json() {
  using nlohmann::ordered_json;
  const std::string commit = SOCKBENCH_GIT_COMMIT;
  return {{"version", SOCKBENCH_VERSION},
          {"git_commit", commit.empty() ? ordered_json(nullptr) : ordered_json(commit)},
          {"git_dirty", commit.empty() ? ordered_json(nullptr) : ordered_json(SOCKBENCH_GIT_DIRTY)},
          {"compiler", SOCKBENCH_COMPILER},
          {"build_type", SOCKBENCH_BUILD_TYPE}};
}

std::string version_line() {
  const std::string commit = SOCKBENCH_GIT_COMMIT;
  std::string line = "sockbench " SOCKBENCH_VERSION;
  if (!commit.empty()) {
    line += ", commit " + commit + (SOCKBENCH_GIT_DIRTY ? " with changes" : "");
  }
  return line + ", " SOCKBENCH_COMPILER ", " SOCKBENCH_BUILD_TYPE;
}

}  // namespace sockbench
