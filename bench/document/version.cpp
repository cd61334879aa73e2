#include <string>

#include "bench/document/run.h"
#include "git_version.h"  // written by cmake/git_version.cmake at every build

namespace sockbench {

Program this_program() {
  Program program{.version = SOCKBENCH_VERSION,
                  .git_commit = std::nullopt,
                  .git_dirty = std::nullopt,
                  .compiler = SOCKBENCH_COMPILER,
                  .build_type = SOCKBENCH_BUILD_TYPE};
  if (const std::string commit = SOCKBENCH_GIT_COMMIT; !commit.empty()) {
    program.git_commit = commit;
    program.git_dirty = SOCKBENCH_GIT_DIRTY;
  }
  return program;
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
