#pragma once

#include <gtest/gtest.h>

#include <cstddef>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/socket.h"
#include "tests/support/child_process.h"
#include "tests/support/test_client.h"

namespace sockbench::test {

/// What the program says of itself; the only thing that tests know about a model.
struct Model {
  std::string program;             ///< path
  std::vector<std::string> flags;  ///< that every start of it gets
  bool sanitized = false;          ///< built with a sanitizer, which needs memory of its own
  nlohmann::json description;
  std::string name;
  std::string family;
  std::optional<std::size_t> max_connections;

  /// How many of `wanted` connections it serves at the same time.
  std::size_t at_once(std::size_t wanted) const;
};

/// Names the server program that all tests run against, and its flags; main calls it once.
void choose_server(const std::string& program, const std::string& flags, bool sanitized);
const Model& model();

/// A program that ends by itself: its status and what it wrote.
struct Outcome {
  std::optional<int> status;
  std::string out;
  std::string err;
};
Outcome run_to_end(const std::vector<std::string>& flags);

/// The server, started and ready. Unless a test ended it, its destructor sends SIGTERM and reports
/// a failure if the status is not 0, so that a crash or a sanitizer's finding fails any test.
class ServerUnderTest final {
 public:
  explicit ServerUnderTest(const std::vector<std::string>& flags = {}, ChildOptions options = {});
  ServerUnderTest(const ServerUnderTest&) = delete;
  ServerUnderTest& operator=(const ServerUnderTest&) = delete;
  ~ServerUnderTest();

  const Endpoint& endpoint() const { return endpoint_; }
  const std::string& ready_line() const { return ready_line_; }
  ChildProcess& process() { return process_; }
  pid_t pid() const { return process_.pid(); }

 private:
  ChildProcess process_;
  std::string ready_line_;
  Endpoint endpoint_;
};

/// A reader's that is soon full.
inline constexpr SocketBuffers kSmallBuffers{.send = 128 * 1024, .receive = 256 * 1024};

/// Whether a request of ours is answered rightly to the last byte.
testing::AssertionResult answers(TestClient& client, std::string_view request = "A message, 64.");
/// The same on a connection made and closed for it.
testing::AssertionResult serves_new_connection(const ServerUnderTest& server);

}  // namespace sockbench::test
