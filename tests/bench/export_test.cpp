// A run in other programs' formats: CSV, a histogram log, Bencher's metrics; and what has nothing
// to export.

#include "bench/report/export.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>
#include <sstream>
#include <stdexcept>

#include "bench/judge/judged_run.h"
#include "common/error.h"
#include "common/histogram.h"
#include "tests/bench/documents.h"
#include "tests/bench/synthetic.h"

namespace sockbench {
namespace {

using nlohmann::ordered_json;
using test::cell_of;
using test::full_run;

ordered_json idle_run() {
  RunPlan plan;
  plan.suite = "made";
  plan.contestants = {test::contestant("epoll")};
  plan.workloads = {{test::idle(), 3, 1}};
  return to_json(test::record(plan, {{test::idle_cell(3, 0.01)}}));
}

// ---- CSV ----------------------------------------------------------------------------------------

/// The fields of each line, as RFC 4180 has them.
std::vector<std::vector<std::string>> parse_csv(const std::string& text) {
  std::vector<std::vector<std::string>> rows(1, {""});
  bool quoted = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    std::string& field = rows.back().back();
    if (quoted && text.compare(i, 2, "\"\"") == 0) {
      field += text[i++];
    } else if (text[i] == '"') {
      quoted = !quoted;
    } else if (quoted || (text[i] != ',' && text[i] != '\r')) {
      field += text[i];
    } else if (text[i] == ',') {
      rows.back().emplace_back();
    } else {
      EXPECT_EQ(text[++i], '\n');
      rows.push_back({""});
    }
  }
  rows.pop_back();
  return rows;
}

/// The row of a cell, by column.
std::map<std::string, std::string> row_of(const std::string& text, const std::string& contestant,
                                          const std::string& workload) {
  const auto rows = parse_csv(text);
  for (const auto& row : rows) {
    EXPECT_EQ(row.size(), rows[0].size());
    if (row[0] != contestant || row[1] != workload) continue;
    std::map<std::string, std::string> fields;
    for (std::size_t i = 0; i < row.size(); ++i) fields[rows[0][i]] = row[i];
    return fields;
  }
  throw std::runtime_error("no row " + contestant + " " + workload);
}

TEST(Csv, ACellIsALine) {
  const std::string text = exported(full_run(), "csv");
  EXPECT_EQ(parse_csv(text).size(), 1 + full_run()["cells"].size());
  auto row = row_of(text, "select", "paced");
  const ordered_json& cell = cell_of(full_run(), "paced", "select");
  const auto expect_same = [&](const std::string& column, const ordered_json& value) {
    EXPECT_EQ(std::stod(row.at(column)), value.get<double>()) << column;
  };
  expect_same("restarts", cell["restarts"]);
  expect_same("achieved_rps.median", cell["achieved_rps"]["median"]);
  expect_same("achieved_rps.ci95.lo", cell["achieved_rps"]["ci95"][0]);
  expect_same("achieved_rps.ci95.hi", cell["achieved_rps"]["ci95"][1]);
  expect_same("response_time_ns.p99_9", cell["response_time_ns"]["p99_9"]);
  expect_same("ledger.answered", cell["ledger"]["answered"]);
  EXPECT_EQ(row.at("validity.status"), cell["validity"]["status"]);
  EXPECT_EQ(row.at("workload.mode"), "open_loop");
  EXPECT_EQ(row.at("workload.connections"), "64");
  EXPECT_EQ(row.at("workload.reference"), "epoll");
  EXPECT_NEAR(std::stod(row.at("comparison.server.cpu_ns_per_request.ratio")), 1, 0.01);
  EXPECT_NE(row.at("comparison.server.cpu_ns_per_request.verdict"), "");
  EXPECT_EQ(row_of(text, "epoll", "paced").at("comparison.server.cpu_ns_per_request.ratio"), "")
      << "the reference is not compared with itself";
}

TEST(Csv, WhatIsNullIsEmpty) {
  const auto row = row_of(exported(full_run(), "csv"), "select", "busy");
  EXPECT_EQ(row.at("validity.status"), "failed");
  EXPECT_NE(row.at("validity.reasons").find("signal 9"), std::string::npos);
  for (const char* column : {"achieved_rps.median", "achieved_rps.ci95.lo", "response_time_ns.p50",
                             "server.cpu_ns_per_request.median", "server.memory_bytes_peak"}) {
    EXPECT_EQ(row.at(column), "") << column;
  }
}

/// Paths of everything in `json` but lists, as far as it is there: "achieved_rps.median".
void collect_paths(const ordered_json& json, const std::string& path, std::set<std::string>& all) {
  if (!json.is_object()) {
    if (!json.is_array() && !json.is_null()) all.insert(path);
    return;
  }
  for (const auto& [key, value] : json.items()) {
    std::string below = path;
    if (!below.empty()) below += '.';
    below += key;
    collect_paths(value, below, all);
  }
}

TEST(Csv, EveryFigureOfACellHasAColumn) {
  CellResult counted = test::cell(3);
  add(counted.counted, {{.answered = 200},
                        {{{"syscalls", {500, 1, 1}}, {"syscalls:read", {200, 1, 1}}}, {}},
                        Switches{180, 20}});
  counted.counted.restarts = 1;
  RunPlan plan;
  plan.suite = "made";
  plan.contestants = {test::contestant("epoll")};
  plan.contestants[0].describe["syscalls_per_request"] = {{"total", 2}, {"by_name", {{"read", 2}}}};
  plan.workloads = {{test::closed_loop(), 3, 4}};
  ordered_json run = to_json(test::record(plan, {{counted}}));
  for (const ordered_json& more : full_run()["cells"]) run["cells"].push_back(more);
  const auto columns = parse_csv(exported(run, "csv"))[0];
  std::set<std::string> paths;
  for (const ordered_json& cell : run["cells"]) collect_paths(cell, "", paths);
  EXPECT_TRUE(paths.contains("server.syscalls_per_request.by_name.read"));
  for (const std::string& path : paths) {
    const bool elsewhere = path.starts_with("absent.") || path.starts_with("eligibility.") ||
                           path.ends_with(".hdr") ||
                           path.starts_with("server.syscalls_per_request_predicted.by_name.");
    EXPECT_EQ(std::count(columns.begin(), columns.end(), path), elsewhere ? 0 : 1) << path;
  }
}

TEST(Csv, TextCannotBreakTheTable) {
  ordered_json run = full_run();
  run["cells"][0]["contestant"] = "a, \"b\"\r\nc";
  run["cells"][1]["contestant"] = "=HYPERLINK(1)";
  run["cells"][2]["contestant"] = " padded";
  const auto rows = parse_csv(exported(run, "csv"));
  EXPECT_EQ(rows[1][0], "a, \"b\"\r\nc");
  EXPECT_EQ(rows[2][0], "'=HYPERLINK(1)");
  EXPECT_EQ(rows[3][0], " padded");
  EXPECT_EQ(rows.size(), 1 + run["cells"].size());
}

// ---- HdrHistogram -------------------------------------------------------------------------------

TEST(HdrExport, ALineForEachCellAndKindOfTime) {
  std::istringstream log(exported(full_run(), "hdr"));
  std::map<std::string, std::string> histograms;
  std::string line;
  std::getline(log, line);
  std::getline(log, line);
  EXPECT_EQ(line, "#[StartTime: 1714564800.000 (seconds since epoch)]");
  std::getline(log, line);
  while (std::getline(log, line)) {
    ASSERT_TRUE(line.starts_with("Tag=")) << line;
    const std::size_t comma = line.find(',');
    EXPECT_EQ(line.compare(comma, 14, ",0.000,12.500,"), 0) << "all of the run: " << line;
    histograms[line.substr(4, comma - 4)] = line.substr(line.rfind(',') + 1);
  }
  std::size_t recorded = 0;
  for (const ordered_json& cell : full_run()["cells"]) {
    for (const char* kind :
         {"response_time_ns", "service_time_ns", "send_delay_ns", "take_up_delay_ns",
          "receive_delay_ns", "connect_time_ns", "first_reply_time_ns"}) {
      if (cell[kind].is_null()) continue;
      ++recorded;
      const std::string tag = cell["contestant"].get<std::string>() + "/" +
                              cell["workload"].get<std::string>() + "/" + kind;
      ASSERT_TRUE(histograms.contains(tag)) << tag;
      EXPECT_EQ(Histogram::decode(histograms[tag]).count(), cell[kind]["count"]) << tag;
    }
  }
  EXPECT_GT(recorded, 4U);
  EXPECT_EQ(histograms.size(), recorded);
}

TEST(HdrExport, DamagedRunsAreRefused) {
  ordered_json run = full_run();
  run["started_at"] = "yesterday";
  EXPECT_THROW(exported(run, "hdr"), UsageError);
  run = full_run();
  run["cells"][0]["response_time_ns"]["hdr"] = "HISTFAAA";
  EXPECT_THROW(exported(run, "hdr"), UsageError);
}

// ---- Bencher ------------------------------------------------------------------------------------

TEST(Bmf, MediansWithTheirIntervals) {
  const auto document = ordered_json::parse(exported(full_run(), "bmf"));
  const ordered_json& cell = cell_of(full_run(), "busy", "epoll");
  const ordered_json& busy = document.at("epoll/busy");
  EXPECT_EQ(busy.at("throughput"),
            (ordered_json{{"value", cell["achieved_rps"]["median"]},
                          {"lower_value", cell["achieved_rps"]["ci95"][0]},
                          {"upper_value", cell["achieved_rps"]["ci95"][1]}}));
  EXPECT_EQ(busy.at("cpu-ns-per-request").at("value"),
            cell["server"]["cpu_ns_per_request"]["median"]);
  EXPECT_EQ(busy.at("memory-bytes-peak"),
            (ordered_json{{"value", cell["server"]["memory_bytes_peak"].get<double>()}}))
      << "no interval without restarts";
  EXPECT_FALSE(busy.contains("cpu-utilisation"));
  EXPECT_NEAR(document.at("select/idle").at("cpu-utilisation").at("value").get<double>(), 0.001,
              1e-9);
  EXPECT_FALSE(document.contains("select/busy")) << "it failed";
  EXPECT_FALSE(document.contains("blocking/busy")) << "it starves connections";
}

// Of https://bencher.dev/bmf.json: measures have numbers only; a name has 64 characters at most.
TEST(Bmf, IsWhatItsSchemaSays) {
  const auto document = ordered_json::parse(exported(full_run(), "bmf"));
  for (const auto& [benchmark, measures] : document.items()) {
    EXPECT_FALSE(measures.empty()) << benchmark;
    for (const auto& [measure, figure] : measures.items()) {
      EXPECT_LE(measure.size(), 64U);
      EXPECT_EQ(measure.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-"),
                std::string::npos)
          << measure;
      EXPECT_TRUE(figure.contains("value")) << measure;
      for (const auto& [key, value] : figure.items()) EXPECT_TRUE(value.is_number()) << measure;
    }
  }
}

// ---- Which format -------------------------------------------------------------------------------

std::string refusal_of(const std::string& format, bool medians, const ordered_json& run) {
  try {
    exported(run, format, medians);
  } catch (const UsageError& error) {
    return error.what();
  }
  return "";
}

TEST(Export, RefusesWhatItCannotDo) {
  ordered_json nothing = full_run();
  nothing["cells"] = ordered_json::array();
  EXPECT_EQ(refusal_of("cvs", false, full_run()),
            "--format 'cvs' is not known; did you mean 'csv'?");
  EXPECT_EQ(refusal_of("parquet", false, full_run()),
            "--format 'parquet' is not known; choose of gbench, csv, hdr and bmf.");
  EXPECT_EQ(refusal_of("csv", true, full_run()), "--medians needs --format gbench.");
  EXPECT_EQ(refusal_of("csv", false, nothing),
            "The run has nothing for --format csv: it has no cells.");
  for (const char* format : {"gbench", "hdr", "bmf"}) {
    EXPECT_NE(refusal_of(format, false, nothing), "") << format;
  }
}

TEST(Export, AnIdleRunHasNoTimes) {
  const ordered_json run = idle_run();
  EXPECT_EQ(refusal_of("gbench", false, run),
            "The run has nothing for --format gbench: no cell that is valid has a time.");
  EXPECT_EQ(refusal_of("gbench", true, run), refusal_of("gbench", false, run));
  EXPECT_EQ(refusal_of("csv", false, run), "");
  EXPECT_EQ(refusal_of("bmf", false, run), "");
}

TEST(Export, MediansOfGbench) {
  const auto all = ordered_json::parse(exported(full_run(), "gbench"));
  const auto medians = ordered_json::parse(exported(full_run(), "gbench", true));
  EXPECT_GT(all["benchmarks"].size(), medians["benchmarks"].size());
}

}  // namespace
}  // namespace sockbench
