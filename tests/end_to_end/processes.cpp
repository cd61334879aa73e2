#include "tests/end_to_end/processes.h"

#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <stdexcept>

#include "common/clock.h"
#include "tests/support/process_stats.h"

namespace sockbench::test {
namespace {

std::string content(const std::filesystem::path& file) {
  std::ifstream in(file);
  std::ostringstream text;
  text << in.rdbuf();  // unlike iterators it does not throw when the process ends meanwhile
  return text.str();
}

Process read_process(const std::filesystem::path& folder) {
  Process process;
  process.pid = std::stoi(folder.filename().string());
  const std::string stat = content(folder / "stat");
  const std::size_t end_of_name = stat.rfind(") ");
  if (end_of_name == std::string::npos) return process;  // it is gone
  std::istringstream(stat.substr(end_of_name + 2)) >> process.state >> process.parent;
  std::istringstream words(content(folder / "cmdline"));
  for (std::string word; std::getline(words, word, '\0');) process.command.push_back(word);
  return process;
}

}  // namespace

std::vector<Process> children_of(pid_t parent) {
  std::vector<Process> children;
  for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
    const std::string name = entry.path().filename().string();
    if (name.find_first_not_of("0123456789") != std::string::npos) continue;
    Process process = read_process(entry.path());
    if (process.parent == parent) children.push_back(std::move(process));
  }
  return children;
}

pid_t working_server(pid_t sockbench, const std::string& model) {
  pid_t found = 0;
  const auto works = [&](const Process& process) {
    if (process.command.empty() || !process.command[0].ends_with("/server-" + model)) return false;
    const auto& words = process.command;
    // The ones that only describe themselves do not listen.
    if (std::find(words.begin(), words.end(), "--listen") == words.end()) return false;
    return cpu_time_ns(process.pid) > 15 * kNsPerMs;
  };
  const bool in_time = eventually([&] {
    for (const Process& process : children_of(sockbench)) {
      if (works(process)) found = process.pid;
    }
    return found != 0;
  });
  if (!in_time) throw std::runtime_error("server-" + model + " was never at work");
  return found;
}

testing::AssertionResult nothing_is_left(Deadline deadline) {
  const bool gone = eventually(
      [] {
        while (::waitpid(-1, nullptr, WNOHANG) > 0) {
        }
        return children_of(::getpid()).empty();
      },
      deadline);
  if (gone) return testing::AssertionSuccess();
  auto failure = testing::AssertionFailure() << "still there:";
  for (const Process& process : children_of(::getpid())) {
    failure << ' ' << (process.command.empty() ? "?" : process.command[0]) << " (" << process.state
            << ')';
  }
  return failure;
}

}  // namespace sockbench::test
