// What scripts/ci_gate.sh relies on when compilers and linkers take part: equal sources give equal
// programs, and link layouts differ.

#include <gtest/gtest.h>

#include <filesystem>
#include <set>
#include <sstream>
#include <string>

#include "common/file.h"
#include "tests/end_to_end/gate_repository.h"

namespace sockbench::test {
namespace {

namespace fs = std::filesystem;

constexpr const char* kCompilerPresets = R"({
  "version": 4,
  "configurePresets": [{"name": "release", "generator": "Ninja",
                        "binaryDir": "${sourceDir}/build/release",
                        "cacheVariables": {"CMAKE_BUILD_TYPE": "Release",
                                           "CMAKE_CXX_FLAGS_RELEASE": "-O1 -g1"}}]
})";

constexpr const char* kCompiledProject = R"(
cmake_minimum_required(VERSION 3.25)
project(fixture LANGUAGES CXX)
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/bin)
add_executable(server-epoll epoll.cpp)
)";

/// A program of ten functions, which ends with the sum of what they return.
std::string program(const std::string& comment, int first) {
  std::string text = comment;
  std::string sum;
  for (int i = 0; i < 10; ++i) {
    const std::string name = "part" + std::to_string(i);
    text += "[[gnu::noinline, gnu::noclone]] int " + name + "(int x) { asm(\"\"); return x + " +
            std::to_string(first + i) + "; }\n";
    sum += name + "(argc) + ";
  }
  return text + "int main(int argc, char**) { return (" + sum + "0) == 0; }\n";
}

class CiGateBuild : public testing::Test {
 protected:
  CiGateBuild() {
    repository.write("CMakePresets.json", kCompilerPresets);
    repository.write("CMakeLists.txt", kCompiledProject);
    repository.write("epoll.cpp", program("", 1));
    repository.commit("Compile");
  }
  const GateRepository repository;
};

TEST_F(CiGateBuild, ACommentIsNoChange) {
  repository.write("epoll.cpp", program("// More than one line\n// moves the others.\n", 1));
  repository.commit("Comment");
  const Outcome outcome = repository.gate({"HEAD~1"});
  EXPECT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_EQ(repository.verdict()["models"][0]["identical"], true);
}

TEST_F(CiGateBuild, LayoutsAreOtherProgramsThatWork) {
  repository.write("epoll.cpp", program("", 2));
  repository.commit("Change");
  repository.duel_does(
      "for word in $(tail -n 1 ../duels.txt); do\n"
      "  [[ $word == */server-* ]] || continue\n"
      "  \"$word\" || echo \"$word fails\"\n"
      "  objcopy --strip-all --remove-section=.note.gnu.build-id \"$word\" bare && cksum < bare\n"
      "done > programs.txt");
  const Outcome outcome = repository.gate({"HEAD~1"});
  EXPECT_EQ(outcome.status, 0) << outcome.err;
  std::istringstream lines(read_file(repository.path("answers/programs.txt")));
  std::set<std::string> programs;
  for (std::string line; std::getline(lines, line);) programs.insert(line);
  EXPECT_EQ(programs.size(), 8U) << lines.str();
  EXPECT_EQ(lines.str().find("fails"), std::string::npos) << lines.str();
}

// Built once more elsewhere, with the flags of the program that stands beside this test.
TEST(ServerBuild, GivesTheSameBytesInEveryFolder) {
  const TemporaryFolder folder;
  const Deadline deadline(milliseconds(250'000));
  const fs::path tree = folder.path() / "another/path";
  fs::create_directories(tree);
  for (const char* part : {"CMakeLists.txt", "CMakePresets.json", "common", "servers", "loadgen"}) {
    fs::copy(fs::path(SOCKBENCH_SOURCE_DIR) / part, tree / part, fs::copy_options::recursive);
  }
  const Outcome configured = run_to_end(
      {SOCKBENCH_CMAKE, "-S", tree, "--preset", "release", "-DBUILD_TESTING=OFF",
       "-DSOCKBENCH_HARNESS=OFF", std::string("-DCMAKE_CXX_FLAGS=") + SOCKBENCH_CXX_FLAGS,
       std::string("-DCMAKE_CXX_FLAGS_RELEASE=") + SOCKBENCH_CXX_FLAGS_RELEASE},
      deadline);
  ASSERT_EQ(configured.status, 0) << configured.err;
  const Outcome built = run_to_end(
      {SOCKBENCH_CMAKE, "--build", tree / "build/release", "--target", "server-select"}, deadline);
  ASSERT_EQ(built.status, 0) << built.out;
  EXPECT_TRUE(read_file(tree / "build/release/bin/server-select") ==
              read_file(built_programs() / "server-select"));
}

}  // namespace
}  // namespace sockbench::test
