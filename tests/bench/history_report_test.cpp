// Chains of duels as a report: what is found, what is left out, and how it looks.

#include <gtest/gtest.h>

#include <cmath>
#include <sstream>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "bench/judge/history.h"
#include "common/random.h"
#include "common/text.h"
#include "tests/bench/documents.h"
#include "tests/bench/synthetic_duel.h"
#include "tests/bench/texts.h"

namespace sockbench {
namespace {

using nlohmann::ordered_json;
using test::expect_parts;
using test::kBusyCpu;

/// Commit "c7", or what its label is.
std::string commit(int number) { return "c" + std::to_string(number); }

/// The line of the duel of commit `number` against the one before.
HistoryDuel line_of(int number, double ratio) {
  ordered_json duel = test::passed_duel(ratio);
  duel["started_at"] = "2026-02-01T00:00:" + std::to_string(10 + number) + "Z";
  duel["base"]["label"] = commit(number - 1);
  duel["head"]["label"] = commit(number);
  ordered_json& cpu = test::check_in(duel, "busy", "server.cpu_ns_per_request");
  cpu["ci"] = {ratio * 0.994, ratio * 1.006};
  cpu["head"]["per_restart"] = std::vector<double>(8, 5'000);
  return history_entry(parse_duel(duel));
}

HistoryFigure& busy_cpu_of(HistoryDuel& duel) {
  for (auto& [metric, figure] : duel.metrics) {
    if (metric == kBusyCpu) return figure;
  }
  throw std::runtime_error("no figure of CPU per request");
}

/// So many duels whose ratios scatter by about 0.2 %.
History steady(int duels) {
  Random random(11);
  History history;
  for (int i = 1; i <= duels; ++i) {
    history.duels.push_back(line_of(i, 1 + 0.007 * (random.uniform() - 0.5)));
  }
  return history;
}

const ordered_json& series_of(const ordered_json& report, const std::string& metric) {
  for (const ordered_json& series : report["series"]) {
    if (series["metric"] == metric) return series;
  }
  throw std::runtime_error("no series " + metric);
}

TEST(HistoryReport, NothingChanged) {
  const HistoryReport judged = judge_history(steady(20));
  const ordered_json report = to_json(judged);
  EXPECT_EQ(report["duels"], 20);
  EXPECT_EQ(report["gaps"], 0);
  EXPECT_EQ(report["repeated"], 0);
  EXPECT_EQ(report["first"]["base"], "c0");
  EXPECT_EQ(report["last"]["head"], "c20");
  const ordered_json& cpu = series_of(report, kBusyCpu);
  EXPECT_EQ(cpu["duels"], 20);
  EXPECT_EQ(cpu["product"].size(), 20U);
  EXPECT_EQ(cpu["ratio"], cpu["product"].back());
  EXPECT_TRUE(cpu["changes"].empty()) << cpu;
  EXPECT_GT(cpu["noise"], 0.001);
  EXPECT_GT(cpu["detectable"], cpu["noise"]);
  EXPECT_EQ(cpu["reason"], nullptr);
  const std::string text = history_text(judged);
  expect_parts(text, {"20 duels from c0 (2026-02-01T00:00:11Z) to c20 (2026-02-01T00:00:30Z).",
                      "\nbusy/server.cpu_ns_per_request: 20 duels, ", " in all\n",
                      "  no change; a step of ", " would have been found",
                      "\ncounts/server.syscalls_per_request.by_name.sendto: 20 duels\n  always"});
}

TEST(HistoryReport, AStepAndACreepAreNamed) {
  History history = steady(60);
  history.duels[14] = line_of(15, 1.05);
  for (int i = 31; i <= 50; ++i) history.duels[static_cast<std::size_t>(i - 1)] = line_of(i, 1.004);
  const HistoryReport judged = judge_history(history);
  const ordered_json report = to_json(judged);
  const ordered_json& changes = series_of(report, kBusyCpu)["changes"];
  ASSERT_EQ(changes.size(), 2U) << changes;
  EXPECT_EQ(changes[0]["kind"], "step");
  EXPECT_EQ(changes[0]["from"], "c14");
  EXPECT_EQ(changes[0]["to"], "c15");
  EXPECT_EQ(changes[0]["ratio"], 1.05);
  EXPECT_LT(changes[0]["ci95"][0], 1.05);
  EXPECT_LT(changes[0]["p_value"], 0.01);
  EXPECT_EQ(changes[1]["kind"], "creep");
  EXPECT_NEAR(changes[1]["duels"].get<double>(), 20, 4);
  EXPECT_NEAR(changes[1]["ratio"].get<double>(), std::pow(1.004, 20), 0.015);
  expect_parts(history_text(judged),
               {"  step   +5.00 % [", "from c14 to c15, 2026-02-01T00:00:25Z, p ", "  creep  +",
                " duels, 2026-02-01", "█"});
}

TEST(HistoryReport, EveryChangeOfAnExactCountIsOne) {
  History history = steady(3);
  const char* fcntl = "counts/server.syscalls_per_request.by_name.fcntl";
  const auto count = [&](double base, double head) {
    HistoryFigure figure;
    figure.restarts = 1;
    figure.base = base;
    figure.head = head;
    figure.exact = true;
    return figure;
  };
  history.duels[1].metrics.emplace_back(fcntl, count(0, 1));
  history.duels[2].metrics.emplace_back(fcntl, count(1, 1));
  const HistoryReport judged = judge_history(history);
  const ordered_json report = to_json(judged);
  const ordered_json& series = series_of(report, fcntl);
  EXPECT_EQ(series["duels"], 2);
  ASSERT_EQ(series["changes"].size(), 1U);
  EXPECT_EQ(series["changes"][0]["kind"], "count");
  EXPECT_EQ(series["changes"][0]["difference"], 1);
  EXPECT_EQ(series["changes"][0]["to"], "c2");
  EXPECT_EQ(series["reason"], nullptr) << "counts need no long series";
  expect_parts(history_text(judged), {"  count  +1.00 from c1 to c2, 2026"});
}

TEST(HistoryReport, AShortSeriesSaysSo) {
  const HistoryReport judged = judge_history(steady(5));
  const ordered_json report = to_json(judged);
  const ordered_json& cpu = series_of(report, kBusyCpu);
  EXPECT_EQ(cpu["reason"], "too short: 5 of at least 8 duels");
  EXPECT_EQ(cpu["detectable"], nullptr);
  expect_parts(history_text(judged), {"  too short: 5 of at least 8 duels\n"});
}

TEST(HistoryReport, GapsAndRepetitions) {
  History history = steady(12);
  history.duels.erase(history.duels.begin() + 5);
  history.duels.insert(history.duels.begin() + 3, line_of(3, 1.5));  // then once more, as it was
  std::swap(history.duels[2], history.duels[3]);
  history.unreadable = 1;
  const HistoryReport judged = judge_history(history);
  const ordered_json report = to_json(judged);
  EXPECT_EQ(report["duels"], 11);
  EXPECT_EQ(report["repeated"], 1);
  EXPECT_EQ(report["gaps"], 1);
  const auto ratio = series_of(report, kBusyCpu)["ratio"].get<double>();
  EXPECT_NEAR(ratio, 1, 0.05) << "the last one of the repeated counts";
  expect_parts(history_text(judged),
               {"1 duel begins at another build than", "1 duel was repeated", "1 line is left"});
}

TEST(HistoryReport, AMetricMayBeMissingNowAndThen) {
  History history = steady(12);
  std::erase_if(history.duels[4].metrics,
                [](const auto& entry) { return entry.first == kBusyCpu; });
  busy_cpu_of(history.duels[5]).ratio = kNaN;
  busy_cpu_of(history.duels[6]).ci = Interval{-1, 0};
  busy_cpu_of(history.duels[7]).restarts = -3;
  const HistoryReport judged = judge_history(history);
  const ordered_json report = to_json(judged);
  EXPECT_EQ(series_of(report, kBusyCpu)["duels"], 10);
}

TEST(HistoryReport, AnEmptyHistory) {
  const HistoryReport judged = judge_history({});
  const ordered_json report = to_json(judged);
  EXPECT_EQ(report["duels"], 0);
  EXPECT_EQ(history_text(judged), "0 duels.\n");
}

TEST(HistoryReport, TheTextFitsAndMovesNoCursor) {
  History history = steady(30);
  for (HistoryDuel& duel : history.duels) {
    duel.head = "\x1b[2J" + std::string(200, 'h');
    const HistoryFigure figure = busy_cpu_of(duel);
    duel.metrics.emplace_back("\x1b[2J" + std::string(200, 'm'), figure);
  }
  std::istringstream in(history_text(judge_history(history)));
  for (std::string line; std::getline(in, line);) {
    EXPECT_LE(text_width(line), kColumns) << line;
    EXPECT_EQ(line.find('\x1b'), std::string::npos);
  }
}

}  // namespace
}  // namespace sockbench
