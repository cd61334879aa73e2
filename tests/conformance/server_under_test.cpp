#include "tests/conformance/server_under_test.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <csignal>
#include <limits>
#include <sstream>

#include "tests/support/bytes.h"
#include "tests/support/running_server.h"

namespace sockbench::test {
namespace {

Model chosen;  // NOLINT(cppcoreguidelines-avoid-non-const-global-variables): set once by main

std::vector<std::string> command_line(const std::vector<std::string>& flags) {
  std::vector<std::string> command = {chosen.program};
  command.insert(command.end(), chosen.flags.begin(), chosen.flags.end());
  command.insert(command.end(), flags.begin(), flags.end());
  return command;
}

}  // namespace

std::size_t Model::at_once(std::size_t wanted) const {
  return std::min(wanted, max_connections.value_or(std::numeric_limits<std::size_t>::max()));
}

void choose_server(const std::string& program, const std::string& flags, bool sanitized) {
  chosen.program = program;
  chosen.sanitized = sanitized;
  std::istringstream words(flags);
  for (std::string word; words >> word;) chosen.flags.push_back(word);
  const Outcome described = run_to_end({"--describe"});
  if (described.status != 0) {
    throw std::runtime_error(program + " --describe failed: " + described.err);
  }
  chosen.description = nlohmann::json::parse(described.out);
  chosen.name = chosen.description.at("name");
  chosen.family = chosen.description.at("family");
  const auto& limit = chosen.description.at("max_connections");
  if (!limit.is_null()) chosen.max_connections = limit.get<std::size_t>();
}

const Model& model() { return chosen; }

Outcome run_to_end(const std::vector<std::string>& flags) {
  ChildProcess process(command_line(flags));
  Outcome outcome;
  outcome.out = process.read_to_end();
  outcome.status = process.wait_for_exit();
  outcome.err = process.stderr_text();
  return outcome;
}

ServerUnderTest::ServerUnderTest(const std::vector<std::string>& flags, ChildOptions options)
    : process_(command_line(flags), options),
      ready_line_(process_.read_line()),
      endpoint_(endpoint_of(ready_line_)) {}

ServerUnderTest::~ServerUnderTest() {
  if (!process_.wait_for_exit(Deadline(milliseconds(0)))) ::kill(process_.pid(), SIGTERM);
  const auto status = process_.wait_for_exit();
  if (status != 0) {
    ADD_FAILURE() << "the server ended with status " << (status ? std::to_string(*status) : "none")
                  << "; standard error: " << process_.stderr_text();
  }
}

testing::AssertionResult answers(TestClient& client, std::string_view request) {
  return same_bytes(client.exchange(request), upper(request));
}

testing::AssertionResult serves_new_connection(const ServerUnderTest& server) {
  TestClient client(server.endpoint());
  return answers(client);
}

}  // namespace sockbench::test
