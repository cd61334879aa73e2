// What each model says of its system calls (--describe), against what strace counts. The requests
// are made one at a time on one connection, and two runs of different length are subtracted, so
// that starting, accepting and ending cancel to the last call.

#include <gtest/gtest.h>
#include <sched.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>

#include "common/file.h"
#include "tests/end_to_end/processes.h"
#include "tests/end_to_end/sandbox.h"
#include "tests/support/bytes.h"
#include "tests/support/running_server.h"
#include "tests/support/test_client.h"

namespace sockbench::test {
namespace {

namespace fs = std::filesystem;

using CallsByName = std::map<std::string, double>;

constexpr int kFew = 200;
constexpr int kMany = 2'200;
constexpr double kTolerance = 0.02;

/// The table of `strace -c`: the number of calls is in the fourth column, the name in the last.
CallsByName parse_summary(const std::string& text) {
  CallsByName counts;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    std::istringstream columns(line);
    std::vector<std::string> words;
    for (std::string word; columns >> word;) words.push_back(word);
    const bool is_row = words.size() >= 5 &&
                        words[3].find_first_not_of("0123456789") == std::string::npos &&
                        words.back() != "total";
    if (is_row) counts[words.back()] += std::stod(words[3]);
  }
  return counts;
}

/// The letters of a process's threads in /proc: "SS" when both of two sleep.
std::string thread_states(pid_t pid) {
  std::string states;
  std::error_code gone;
  const fs::path tasks = "/proc/" + std::to_string(pid) + "/task";
  for (fs::directory_iterator thread(tasks, gone), end; thread != end; thread.increment(gone)) {
    std::ifstream file(thread->path() / "stat");
    std::string stat;
    std::getline(file, stat);
    const std::size_t end_of_name = stat.rfind(") ");
    if (end_of_name != std::string::npos) states += stat[end_of_name + 2];
  }
  return states;
}

/// Waits until every thread of the server sleeps. Under strace the client would be quicker than the
/// server: its next request would spare a model that tries before it waits the very call that is
/// counted, and find a pool's thread on its way to sleep.
void let_server_wait(pid_t server) {
  const Deadline deadline;
  for (std::string states = thread_states(server);
       states.find_first_not_of('S') != std::string::npos; states = thread_states(server)) {
    if (deadline.passed()) throw std::runtime_error("the server never waits: " + states);
    ::sched_yield();
  }
}

pid_t only_child(pid_t parent) {
  std::vector<Process> children;
  eventually([&] { return (children = children_of(parent)).size() == 1; });
  return children.at(0).pid;
}

/// System calls of the server during its whole life, with so many requests in it.
CallsByName count_calls(const std::vector<std::string>& server, int requests) {
  const TemporaryFolder folder;
  const std::string table = folder.path() / "calls";
  {
    std::vector<std::string> command = {"/usr/bin/env", "strace", "-f", "-c", "-o", table};
    command.insert(command.end(), server.begin(), server.end());
    command.emplace_back("--stop-on-eof");
    ChildProcess strace(command);
    TestClient client(endpoint_of(strace.read_line()));
    const pid_t traced = only_child(strace.pid());
    for (int i = 0; i < requests; ++i) {
      let_server_wait(traced);
      const std::string request = "request " + std::to_string(i);
      if (client.exchange(request) != upper(request)) throw std::runtime_error("a wrong reply");
    }
    let_server_wait(traced);
    strace.close_stdin();
    if (strace.wait_for_exit() != 0) throw std::runtime_error(strace.stderr_text());
  }
  return parse_summary(read_file(table));
}

/// Calls per request by name; those that were not made for requests are left out.
CallsByName calls_per_request(const std::vector<std::string>& server) {
  const CallsByName few = count_calls(server, kFew);
  CallsByName per_request;
  for (const auto& [name, count] : count_calls(server, kMany)) {
    const double more = count - (few.contains(name) ? few.at(name) : 0);
    if (more != 0) per_request[name] = more / (kMany - kFew);
  }
  return per_request;
}

double total(const CallsByName& counts) {
  double sum = 0;
  for (const auto& [name, count] : counts) sum += count;
  return sum;
}

/// Empty when strace can be used, else why not.
std::string no_strace() {
  try {
    const Outcome outcome = run_to_end({"/usr/bin/env", "strace", "-f", "-c", "/bin/true"});
    return outcome.status == 0 ? "" : "strace may not trace here: " + outcome.err;
  } catch (const std::exception& error) {
    return error.what();
  }
}

std::string program_of(const std::string& model) { return built_programs() / ("server-" + model); }

class Syscalls : public testing::Test {
 protected:
  void SetUp() override {
    if (const std::string why = no_strace(); !why.empty()) GTEST_SKIP() << why;
  }
};

TEST_F(Syscalls, SelectMakesOneMoreThanBlocking) {
  const CallsByName select = calls_per_request({program_of("select")});
  const CallsByName blocking = calls_per_request({program_of("blocking")});
  EXPECT_DOUBLE_EQ(total(select), total(blocking) + 1);
  EXPECT_DOUBLE_EQ(total(blocking), 2);
}

/// Expects of `server`, a command, the calls that it predicts; false when it predicts none.
bool makes_predicted_calls(const std::vector<std::string>& server) {
  std::vector<std::string> describe = server;
  describe.emplace_back("--describe");
  const auto prediction =
      nlohmann::json::parse(run_to_end(describe).out).at("syscalls_per_request");
  if (prediction.is_null()) return false;
  const CallsByName counted = calls_per_request(server);
  for (const auto& [name, expected] : prediction.at("by_name").items()) {
    const double found = counted.contains(name) ? counted.at(name) : 0;
    EXPECT_NEAR(found, expected.get<double>(), kTolerance) << server.front() << ": " << name;
  }
  EXPECT_NEAR(total(counted), prediction.at("total").get<double>(), kTolerance)
      << server.front() << " makes calls that it does not mention";
  return true;
}

TEST_F(Syscalls, AreWhatEveryModelPredicts) {
  int predictions = 0;
  for (const auto& entry : fs::directory_iterator(built_programs())) {
    if (!entry.path().filename().string().starts_with("server-")) continue;
    if (makes_predicted_calls({entry.path()})) ++predictions;
  }
  EXPECT_GE(predictions, 5);
}

TEST_F(Syscalls, WaitingForWritabilityCostsThreeMore) {
  const std::string epoll = program_of("epoll");
  EXPECT_TRUE(makes_predicted_calls({epoll, "--write-first", "0"}));
  EXPECT_DOUBLE_EQ(total(calls_per_request({epoll, "--write-first", "0"})),
                   total(calls_per_request({epoll})) + 3);
}

TEST_F(Syscalls, AreTheSameForDirectDescriptorsAndWithoutDeferredTasks) {
  const std::string ring = program_of("io_uring");
  EXPECT_TRUE(makes_predicted_calls({ring, "--direct-descriptors", "1"}));
  EXPECT_TRUE(makes_predicted_calls({ring, "--single-issuer", "0"}));
}

}  // namespace
}  // namespace sockbench::test
