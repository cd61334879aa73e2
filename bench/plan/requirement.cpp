// What a contestant needs, looked for on this machine.

#include <dlfcn.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <sstream>

#include "bench/plan/external_contestant.h"
#include "common/child.h"

namespace sockbench {
namespace {

namespace fs = std::filesystem;

constexpr auto kPythonLimit = std::chrono::seconds(20);

bool is_executable(const fs::path& file) {
  std::error_code unreachable;  // a folder of PATH that this user may not enter
  return fs::is_regular_file(file, unreachable) && ::access(file.c_str(), X_OK) == 0;
}

/// As execvp(3) does, from the contestant's folder and with its PATH.
bool has_program(const std::string& name, const External& external) {
  if (name.find('/') != std::string::npos) return is_executable(external.folder / name);
  const char* inherited = std::getenv("PATH");
  std::string path = inherited != nullptr ? inherited : "/usr/local/bin:/usr/bin:/bin";
  for (const auto& [variable, value] : external.environment) {
    if (variable == "PATH") path = value;
  }
  std::istringstream folders(path);
  for (std::string folder; std::getline(folders, folder, ':');) {
    if (is_executable(external.folder / folder / name)) return true;
  }
  return false;
}

/// The Python of the command, when its program is one; otherwise the one of the system.
std::string python_of(const Contestant& contestant) {
  const std::string program = fs::path(contestant.command.front()).filename();
  return program.rfind("python", 0) == 0 ? contestant.command.front() : "/usr/bin/python3";
}

bool has_python_module(const std::string& name, const Contestant& contestant) {
  try {
    Child python({.command = {python_of(contestant), "-c",
                              "import importlib.util, sys\n"
                              "print(importlib.util.find_spec(sys.argv[1]) is not None)",
                              name},
                  .cpus = {},
                  .stderr_path = {},
                  .environment = contestant.external->environment,
                  .folder = contestant.external->folder.string()});
    return python.read_line(kPythonLimit) == "True";
  } catch (const std::system_error&) {  // no Python at all
    return false;
  }
}

bool has_library(const std::string& name) {
  void* const library = ::dlopen(name.c_str(), RTLD_LAZY | RTLD_LOCAL);
  if (library != nullptr) ::dlclose(library);
  return library != nullptr;
}

}  // namespace

std::optional<Requirement> first_missing(const ExternalContestant& external) {
  const External& place = *external.contestant.external;
  for (const Requirement& requirement : external.requirements) {
    const std::string name = fill_in(requirement.name, {{"programs", place.programs.string()}});
    bool met = false;
    switch (requirement.kind) {
      case Requirement::Kind::kProgram:
        met = has_program(name, place);
        break;
      case Requirement::Kind::kPythonModule:
        met = has_python_module(name, external.contestant);
        break;
      case Requirement::Kind::kLibrary:
        met = has_library(name);
        break;
    }
    if (!met) return requirement;
  }
  return std::nullopt;
}

}  // namespace sockbench
