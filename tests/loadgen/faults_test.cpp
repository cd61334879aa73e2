// Every kind of wrong server must be caught, charged to the right field and named; nothing hangs.

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "common/error.h"
#include "tests/loadgen/programs.h"

namespace sockbench::test {
namespace {

using nlohmann::ordered_json;

constexpr int kConnections = 4;
// The first request verifies the connection, the fifth goes wrong, so three are answered right.
constexpr int kAt = 5;
constexpr int kAnsweredBefore = kConnections * (kAt - 2);

// A request times out well before the window ends and never while a busy machine is only slow.
const Flags kLoad = {"-c", "4", "-d", "1500ms", "--timeout", "500ms", "--setup-timeout", "5s"};

Flags operator+(Flags first, const Flags& others) {
  first.insert(first.end(), others.begin(), others.end());
  return first;
}

const Flags kOpenLoop = {"-R", "400", "--arrival", "uniform"};

bool has_reason(const ordered_json& json, const std::string& part) {
  const auto& reasons = json.at("verdict").at("reasons");
  return std::any_of(reasons.begin(), reasons.end(), [&](const auto& reason) {
    return reason.template get<std::string>().find(part) != std::string::npos;
  });
}

void expect_caught(const Measurement& measured) {
  EXPECT_EQ(measured.status, kExitRegression);
  EXPECT_TRUE(balances(measured.ledger()));
  EXPECT_FALSE(measured.json["verdict"]["fit"].get<bool>());
  EXPECT_EQ(measured.err, "") << "what goes wrong is counted, not printed";
}

struct Kind {
  const char* fault;
  const char* field;    ///< where the request that met the fault is charged
  const char* failure;  ///< what the first failure must say
};

// NOLINTNEXTLINE(readability-identifier-naming): GoogleTest looks for this name.
void PrintTo(const Kind& kind, std::ostream* out) { *out << kind.fault; }

class Faults : public testing::TestWithParam<Kind> {};

TEST_P(Faults, AreCaughtInClosedLoop) {
  const Server server("fault", {"--fault", GetParam().fault, "--at", std::to_string(kAt)});
  const Measurement measured = measure(server, kLoad);
  expect_caught(measured);
  const auto& ledger = measured.ledger();
  EXPECT_EQ(ledger["answered"], kAnsweredBefore) << ledger.dump();
  EXPECT_EQ(ledger[GetParam().field], kConnections) << ledger.dump();
  EXPECT_EQ(ledger["intended"], kAnsweredBefore + kConnections) << ledger.dump();
  EXPECT_EQ(measured.json["connections"]["lost"], kConnections);
  EXPECT_EQ(measured.json["connections"]["verified"], kConnections);
  EXPECT_NE(measured.failure().find(GetParam().failure), std::string::npos) << measured.failure();
  EXPECT_TRUE(measured.failure().starts_with("connection ")) << measured.failure();
}

TEST_P(Faults, AreCaughtInOpenLoop) {
  const Server server("fault", {"--fault", GetParam().fault, "--at", std::to_string(kAt)});
  const Measurement measured = measure(server, kLoad + kOpenLoop);
  expect_caught(measured);
  const auto& ledger = measured.ledger();
  EXPECT_EQ(ledger["answered"], kAnsweredBefore) << ledger.dump();
  EXPECT_EQ(ledger[GetParam().field], kConnections) << ledger.dump();
  EXPECT_NE(measured.failure().find(GetParam().failure), std::string::npos) << measured.failure();
}

INSTANTIATE_TEST_SUITE_P(
    OfAServer, Faults,
    testing::Values(Kind{"wrong_byte", "mismatched", "wrong bytes in reply"},
                    Kind{"other_connection", "mismatched", "wrong bytes in reply"},
                    Kind{"short_reply", "reset", "closed by the server"},
                    Kind{"closes", "reset", "closed by the server"},
                    Kind{"resets", "reset", "Connection reset by peer"},
                    Kind{"loses", "timed_out", "no reply within the time-out"},
                    Kind{"silent", "timed_out", "no reply within the time-out"}),
    [](const auto& tested) { return std::string(tested.param.fault); });

TEST(Fault, AStaleReply) {
  const Server server("fault", {"--fault", "stale", "--at", std::to_string(kAt)});
  for (const Flags& mode : {Flags{}, kOpenLoop}) {
    const Measurement measured = measure(server, kLoad + mode);
    expect_caught(measured);
    EXPECT_EQ(measured.ledger()["answered"], kAnsweredBefore);
    EXPECT_EQ(measured.ledger()["mismatched"], kConnections);
    EXPECT_NE(measured.failure().find("wrong bytes in reply 4"), std::string::npos)
        << measured.failure();
  }
}

// The fifth reply itself is right; the byte behind it belongs to no request.
TEST(Fault, AnExtraByte) {
  const Server server("fault", {"--fault", "extra_byte", "--at", std::to_string(kAt)});
  for (const Flags& mode : {Flags{}, kOpenLoop}) {
    const Measurement measured = measure(server, kLoad + mode);
    expect_caught(measured);
    EXPECT_EQ(measured.ledger()["answered"], kAnsweredBefore + kConnections);
    EXPECT_EQ(measured.ledger()["extra_replies"], kConnections) << measured.ledger().dump();
    EXPECT_NE(measured.failure().find("unexpected data"), std::string::npos) << measured.failure();
  }
}

// With more in flight the extra byte stands where the next reply should begin, unless that one's
// request was not sent yet.
TEST(Fault, AnExtraByteBetweenReplies) {
  const Server server("fault", {"--fault", "extra_byte", "--at", std::to_string(kAt)});
  const Measurement measured = measure(server, kLoad + Flags{"--pipeline", "8"});
  expect_caught(measured);
  EXPECT_EQ(
      measured.ledger()["mismatched"].get<int>() + measured.ledger()["extra_replies"].get<int>(),
      kConnections);
}

// What the schedule meant for a connection that is gone was still asked for.
TEST(Fault, OneDeadConnectionLeavesItsShareUnsent) {
  const Server server("fault", {"--fault", "closes", "--at", "5", "--only-first"});
  const Measurement measured = measure(server, Flags{"-c", "4", "-d", "1s"} + kOpenLoop);
  expect_caught(measured);
  const auto& ledger = measured.ledger();
  EXPECT_NEAR(ledger["intended"].get<int>(), 400, 1);
  EXPECT_NEAR(ledger["answered"].get<int>(), 303, 2);
  EXPECT_EQ(ledger["reset"], 1);
  EXPECT_NEAR(ledger["never_sent"].get<int>(), 96, 2);
  EXPECT_EQ(measured.json["connections"]["lost"], 1);
}

// Behind a lost reply the next one comes too early: it is the wrong one.
TEST(Fault, ALostReplyAmongSeveralInFlight) {
  const Server server("fault", {"--fault", "loses", "--at", std::to_string(kAt)});
  const Measurement measured = measure(server, kLoad + Flags{"--pipeline", "4"});
  expect_caught(measured);
  const auto& ledger = measured.ledger();
  EXPECT_EQ(ledger["answered"], kAnsweredBefore);
  EXPECT_EQ(ledger["mismatched"], kConnections) << ledger.dump();
  EXPECT_GT(ledger["reset"], 0) << "those behind it have no connection any more";
}

// Before the window there is no request to charge, but the connections are lost all the same.
TEST(Fault, InTheVeryFirstReply) {
  for (const char* fault : {"wrong_byte", "short_reply", "closes", "resets"}) {
    const Server server("fault", {"--fault", fault, "--at", "1"});
    const Measurement measured = measure(server, kLoad);
    expect_caught(measured);
    EXPECT_EQ(measured.ledger()["answered"], 0);
    EXPECT_EQ(measured.json["connections"]["verified"], 0);
    EXPECT_EQ(measured.json["connections"]["lost"], kConnections);
    EXPECT_TRUE(measured.failure().starts_with("connection ")) << measured.failure();
  }
}

TEST(Fault, NeverAnswers) {
  const Server server("fault", {"--fault", "silent", "--at", "1"});
  const Measurement measured = measure(server, {"-c", "4", "-d", "1s", "--setup-timeout", "300ms"});
  expect_caught(measured);
  EXPECT_EQ(measured.ledger()["unanswered"], kConnections);
  EXPECT_EQ(measured.json["fairness"]["starved_connections"], kConnections);
  EXPECT_TRUE(has_reason(measured.json, "only 0 of 4 connections got a reply"));
}

TEST(Fault, OnlyTheFirstConnectionIsAnswered) {
  const Server server("fault", {"--fault", "first_only"});
  const Measurement measured =
      measure(server, {"-c", "4", "-d", "200ms", "--setup-timeout", "300ms", "--timeout", "60s"});
  expect_caught(measured);
  EXPECT_GT(measured.ledger()["answered"], 0);
  EXPECT_EQ(measured.ledger()["unanswered"], kConnections - 1);
  EXPECT_EQ(measured.json["connections"]["verified"], 1);
  EXPECT_EQ(measured.json["fairness"]["starved_connections"], kConnections - 1);
  EXPECT_DOUBLE_EQ(measured.json["fairness"]["jain"], 0.25);
  EXPECT_TRUE(has_reason(measured.json, "only 1 of 4 connections got a reply"));
}

// More than may wait for their first reply at once: the rest is connected all the same, and nobody
// waits for the time-out.
TEST(Fault, ThousandsOfWhichOneIsAnswered) {
  const Server server("blocking");
  const Measurement measured =
      measure(server, {"-c", "1500", "-d", "50ms", "--setup-timeout", "60s", "--setup-patience",
                       "200ms", "--timeout", "100ms"});
  EXPECT_EQ(measured.status, kExitRegression);
  EXPECT_EQ(measured.json["connections"]["verified"], 1);
  EXPECT_LT(measured.ledger()["refused"], 1499);
}

TEST(Fault, NobodyListens) {
  for (const Flags& mode : {Flags{}, kOpenLoop}) {
    const Measurement measured = measure(refusing_address(), kLoad + mode);
    expect_caught(measured);
    EXPECT_EQ(measured.ledger()["refused"], kConnections);
    EXPECT_EQ(measured.ledger()["intended"], 0);
    EXPECT_EQ(measured.failure(), "connection 0: connect: Connection refused");
  }
}

TEST(Fault, TheWrongReplyMode) {
  const Server server("epoll", {"--reply", "echo"});
  EXPECT_EQ(measure(server, kLoad).status, kExitRegression);
  EXPECT_EQ(measure(server, {"-c", "4", "-d", "100ms", "--reply", "echo"}).status, kExitOk);
}

TEST(Fault, None) {
  const Server server("fault");
  for (const Flags& mode : {Flags{}, kOpenLoop}) {
    const Measurement measured = measure(server, Flags{"-c", "4", "-d", "200ms"} + mode);
    EXPECT_EQ(measured.status, kExitOk) << measured.json.dump();
    EXPECT_TRUE(balances(measured.ledger()));
    EXPECT_GT(measured.ledger()["answered"], 0);
    EXPECT_EQ(measured.ledger()["answered"], measured.ledger()["intended"]);
    EXPECT_EQ(measured.failure(), "");
  }
}

}  // namespace
}  // namespace sockbench::test
