// --describe: what sockbench learns about a model it has never heard of.

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <set>

#include "common/error.h"
#include "tests/conformance/server_under_test.h"

namespace sockbench::test {
namespace {

/// The options that are not common to all models.
nlohmann::json options_of_its_own() {
  nlohmann::json options = model().description.at("options");
  for (const char* common : {"reply", "handler", "message_bytes", "backlog", "tcp_nodelay"}) {
    options.erase(common);
  }
  return options;
}

TEST(Describe, HasTheKeysOfTheContract) {
  std::set<std::string> keys;
  for (const auto& [key, value] : model().description.items()) keys.insert(key);
  EXPECT_EQ(keys, (std::set<std::string>{"name", "title", "family", "summary",
                                         "syscalls_per_request", "syscalls_formula", "limits",
                                         "use_when", "max_connections", "options"}));
}

TEST(Describe, NamesTheProgram) {
  EXPECT_EQ("server-" + model().name, std::filesystem::path(model().program).filename().string());
}

TEST(Describe, TextsAreThere) {
  for (const char* key : {"title", "family", "summary", "syscalls_formula", "limits", "use_when"}) {
    EXPECT_NE(model().description.at(key).get<std::string>(), "") << key;
  }
  for (const char* key : {"summary", "use_when"}) {
    EXPECT_TRUE(model().description.at(key).get<std::string>().ends_with('.')) << key;
  }
}

TEST(Describe, PredictsSystemCallsOrSaysNull) {
  const auto& prediction = model().description.at("syscalls_per_request");
  if (prediction.is_null()) return;
  double total = 0;
  for (const auto& [name, count] : prediction.at("by_name").items()) {
    EXPECT_GT(count.get<double>(), 0) << name;
    total += count.get<double>();
  }
  EXPECT_DOUBLE_EQ(prediction.at("total").get<double>(), total);
}

TEST(Describe, LimitIsAPositiveNumberOrNull) {
  const auto& limit = model().description.at("max_connections");
  EXPECT_TRUE(limit.is_null() || limit.get<int>() >= 1) << limit;
}

TEST(Describe, DefaultsAreTheSameForEveryModel) {
  nlohmann::json options = model().description.at("options");
  const nlohmann::json own = options_of_its_own();
  for (const auto& [key, value] : own.items()) options.erase(key);
  EXPECT_EQ(options, (nlohmann::json{{"reply", "upper"},
                                     {"handler", "none"},
                                     {"message_bytes", 64},
                                     {"backlog", 4096},
                                     {"tcp_nodelay", 1}}));
}

// Whole numbers with a flag of the same name.
TEST(Describe, OptionsOfItsOwnAreFlags) {
  const nlohmann::json own = options_of_its_own();
  for (const auto& [key, value] : own.items()) {
    std::string flag = "--" + key;
    std::replace(flag.begin(), flag.end(), '_', '-');
    EXPECT_GE(value.get<int>(), 0) << key;
    const Outcome help = run_to_end({"--help"});
    EXPECT_NE(help.out.find(flag), std::string::npos) << help.out;
    for (const char* mistake : {"-1", "x", "1000000000"}) {
      const Outcome outcome = run_to_end({flag, mistake});
      EXPECT_EQ(outcome.status, kExitUsage) << flag << ' ' << mistake;
      EXPECT_NE(outcome.err.find(flag), std::string::npos) << outcome.err;
    }
  }
}

TEST(Describe, GivesEffectiveValues) {
  const Outcome outcome = run_to_end({"--describe", "--reply", "echo", "--handler", "sleep:5",
                                      "--message-bytes", "4KiB", "--backlog", "7"});
  ASSERT_EQ(outcome.status, kExitOk);
  EXPECT_EQ(outcome.err, "");
  const auto options = nlohmann::json::parse(outcome.out).at("options");
  EXPECT_EQ(options.at("reply"), "echo");
  EXPECT_EQ(options.at("handler"), "sleep:5");
  EXPECT_EQ(options.at("message_bytes"), 4096);
  EXPECT_EQ(options.at("backlog"), 7);
}

}  // namespace
}  // namespace sockbench::test
