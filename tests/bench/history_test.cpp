// The file to which duels add lines: what a line keeps, torn lines, writers at the same time.

#include "bench/judge/history.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <string>
#include <system_error>
#include <thread>
#include <vector>

#include "common/error.h"
#include "common/file.h"
#include "tests/bench/documents.h"
#include "tests/bench/synthetic_duel.h"
#include "tests/bench/temporary_folder.h"

namespace sockbench {
namespace {

using test::kBusyCpu;

using nlohmann::ordered_json;

std::ptrdiff_t newlines_in(const std::string& text) {
  return std::count(text.begin(), text.end(), '\n');
}

TEST(History, ALineKeepsTheFigures) {
  const ordered_json line = history_line(test::regressed_duel());
  EXPECT_EQ(line["time"], "2026-01-31T12:00:00Z");
  EXPECT_EQ(line["base"], "a1b2c3d");
  EXPECT_EQ(line["head"], "e4f5a6b");
  EXPECT_EQ(line["verdict"], "regression");
  EXPECT_EQ(line["seconds"], 45.3);
  const ordered_json& cpu = line["metrics"][kBusyCpu];
  EXPECT_EQ(cpu, (ordered_json{{"ratio", 1.021},
                               {"ci", {1.015, 1.027}},
                               {"level", 0.99},
                               {"restarts", 3},
                               {"base", 5000},
                               {"head", 5105}}));
  const ordered_json& calls = line["metrics"]["counts/server.syscalls_per_request.by_name.fcntl"];
  EXPECT_EQ(calls["exact"], true);
  EXPECT_EQ(calls["ratio"], nullptr) << "there was none before";
  EXPECT_EQ(calls["head"], 1);
}

TEST(History, WhatIsNoEvidenceIsLeftOut) {
  for (const ordered_json& duel :
       {test::unsteady_duel(), test::disturbed_duel(), test::failed_duel()}) {
    const ordered_json line = history_line(duel);
    EXPECT_FALSE(line["metrics"].contains(kBusyCpu)) << line;
    EXPECT_TRUE(line["metrics"].contains("pingpong/server.cpu_ns_per_request")) << line;
  }
  ordered_json duel = test::passed_duel();
  test::check_in(duel, "busy", "response_time_ns.p99")["head"] = nullptr;
  EXPECT_FALSE(history_line(duel)["metrics"].contains("busy/response_time_ns.p99"));
}

TEST(History, LinesAreOnlyAdded) {
  const test::TemporaryFolder folder;
  const std::string path = folder.path() / "main.jsonl";
  for (const auto& [name, duel] : test::all_duels()) append_history(path, duel);
  const History history = read_history(path);
  ASSERT_EQ(history.duels.size(), test::all_duels().size());
  EXPECT_EQ(history.unreadable, 0U);
  EXPECT_EQ(history_line_of(history.duels[0]), history_line(test::passed_duel()).dump());
  EXPECT_EQ(newlines_in(read_file(path)), static_cast<std::ptrdiff_t>(history.duels.size()))
      << "one line each, whatever the labels";
}

TEST(History, ATornLineIsSkippedAndClosed) {
  const test::TemporaryFolder folder;
  const std::string path = folder.path() / "main.jsonl";
  append_history(path, test::passed_duel());
  const std::string whole = read_file(path);
  std::ofstream(path, std::ios::app) << whole.substr(0, whole.size() / 2);
  EXPECT_EQ(read_history(path).duels.size(), 1U);
  EXPECT_EQ(read_history(path).unreadable, 1U);
  append_history(path, test::regressed_duel());
  const History history = read_history(path);
  ASSERT_EQ(history.duels.size(), 2U);
  EXPECT_EQ(history.duels[1].verdict, "regression");
  EXPECT_EQ(history.unreadable, 1U);
}

TEST(History, LinesThatAreNoDuelsAreCounted) {
  const test::TemporaryFolder folder;
  ordered_json line = history_line(test::passed_duel());
  std::string text = line.dump() + "\n\n3\n[]\nnull\n{}\n\"text\"\n\xff\xfe\n";
  const auto damaged = [&](const char* place, const ordered_json& value) {
    ordered_json copy = line;
    copy[ordered_json::json_pointer(place)] = value;
    text += copy.dump() + "\n";
  };
  damaged("/base", nullptr);
  damaged("/metrics", ordered_json::array());
  damaged("/metrics/x", 3);
  damaged("/metrics/busy~1server.cpu_ns_per_request/ratio", "1");
  damaged("/metrics/busy~1server.cpu_ns_per_request/ci", {1});
  damaged("/metrics/busy~1server.cpu_ns_per_request/exact", "yes");
  const History history = read_history(folder.write("odd.jsonl", text).string());
  EXPECT_EQ(history.duels.size(), 1U);
  EXPECT_EQ(history.unreadable, 12U);
}

TEST(History, WritersTakeTurns) {
  constexpr int kWriters = 8;
  constexpr int kEach = 25;
  const test::TemporaryFolder folder;
  const std::string path = folder.path() / "main.jsonl";
  std::ofstream(path) << "{\"torn";
  std::vector<std::thread> writers;
  for (int i = 0; i < kWriters; ++i) {
    writers.emplace_back([&path] {
      for (int j = 0; j < kEach; ++j) append_history(path, test::passed_duel());
    });
  }
  for (std::thread& writer : writers) writer.join();
  const History history = read_history(path);
  EXPECT_EQ(history.duels.size(), std::size_t{kWriters} * kEach);
  EXPECT_EQ(history.unreadable, 1U);
}

TEST(History, PathsThatCannotBe) {
  const test::TemporaryFolder folder;
  EXPECT_THROW(append_history(folder.path() / "no/such/folder", test::passed_duel()),
               std::system_error);
  EXPECT_THROW(append_history(folder.path(), test::passed_duel()), std::system_error);
  EXPECT_THROW(read_history(folder.path() / "missing"), UsageError);
}

}  // namespace
}  // namespace sockbench
