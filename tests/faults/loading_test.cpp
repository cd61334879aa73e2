// The library is loaded: into every model, and with values that are wrong.

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>

#include "common/error.h"
#include "tests/faults/faulty_server.h"
#include "tests/loadgen/programs.h"
#include "tests/support/bytes.h"
#include "tests/support/test_client.h"

namespace sockbench::test {
namespace {

namespace fs = std::filesystem;

std::vector<std::string> all_models() {
  std::vector<std::string> models;
  const fs::path server = program("server-epoll", {}).front();
  for (const auto& entry : fs::directory_iterator(server.parent_path())) {
    const std::string name = entry.path().filename();
    if (name.starts_with("server-")) models.push_back(name.substr(7));
  }
  return models;
}

TEST(FaultLoading, AWrongValueEndsTheProgramWithOneSentence) {
  for (const char* value : {"", "spni:5", "spin", "spin:0", "tail:5", "memory:99999999999"}) {
    ChildProcess server(faulty_command(value, "epoll"));
    EXPECT_EQ(server.read_to_end(), "") << value;
    EXPECT_EQ(server.wait_for_exit(), kExitUsage) << value;
    const std::string said = server.stderr_text();
    EXPECT_EQ(std::count(said.begin(), said.end(), '\n'), 1) << said;
    EXPECT_NE(
        said.find("SOCKBENCH_FAULT is '" + std::string(value) + "' and must be none, spin:NS"),
        std::string::npos)
        << said;
  }
}

TEST(FaultLoading, NoneChangesNothing) {
  const FaultyServer server("none");
  const Measurement measured = measure(server.endpoint().text(), {"-c", "16", "-d", "200ms"});
  EXPECT_EQ(measured.status, kExitOk) << measured.err;
  EXPECT_EQ(measured.ledger()["answered"], measured.ledger()["intended"]);
}

/// Which of the first six replies of a server are not what they should be.
std::vector<int> wrong_replies(const FaultyServer& server) {
  TestClient client(server.endpoint());
  std::vector<int> wrong;
  for (int reply = 1; reply <= 6; ++reply) {
    const std::string got = client.exchange("a message");
    if (got == upper("a message")) continue;
    wrong.push_back(reply);
    EXPECT_EQ(got.substr(1), upper(" message")) << "only the first byte is wrong";
  }
  return wrong;
}

// Also where every connection has a process of its own: they count together.
TEST(FaultLoading, EveryModelButThoseWithIoUringIsReached) {
  int reached = 0;
  for (const std::string& model : all_models()) {
    const bool by_ring = model.find("io_uring") != std::string::npos;
    try {
      const FaultyServer server("wrong_byte:5", model);
      EXPECT_EQ(wrong_replies(server), by_ring ? std::vector<int>{} : std::vector<int>{5}) << model;
    } catch (const std::exception& error) {
      EXPECT_TRUE(by_ring) << model << ": " << error.what();  // a sandbox may forbid io_uring
    }
    if (!by_ring) ++reached;
  }
  EXPECT_GE(reached, 16);
}

}  // namespace
}  // namespace sockbench::test
