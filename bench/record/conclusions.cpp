#include "bench/record/conclusions.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <sstream>
#include <vector>

#include "bench/judge/advice.h"
#include "bench/judge/break_even.h"
#include "bench/judge/cost_model.h"
#include "bench/judge/run_series.h"
#include "bench/plan/workload.h"
#include "bench/record/format.h"
#include "common/error.h"
#include "common/file.h"
#include "common/text.h"
#include "common/units.h"

namespace sockbench {

using nlohmann::ordered_json;

bool has_rules(const std::string& name) { return std::filesystem::exists(data_directory() / name); }

ordered_json read_rules(const std::string& name) {
  const std::string path = (data_directory() / name).string();
  try {
    return ordered_json::parse(read_file(path));
  } catch (const ordered_json::parse_error&) {
    throw UsageError("'" + path + "' is not JSON.");
  }
}

void add_conclusions(ordered_json& run) {
  const ordered_json rules = read_rules("advice.json");
  run["advice"] = advise(run, rules);
  run["break_even"] = break_even_points(run, rules);
}

void add_cost_model(ordered_json& run, const std::string& micro_file) {
  run["cost_model"] =
      predict_costs(run, read_micro_costs(micro_file), read_rules("cost_model.json"));
}

namespace {

using nlohmann::ordered_json;

/// Names and sentences, each made harmless.
std::vector<std::string> safe_list(const ordered_json& list) {
  std::vector<std::string> texts;
  for (const ordered_json& entry : list) texts.push_back(safe(entry));
  return texts;
}

/// "1.042 [1.031, 1.053]".
std::string ratio(const ordered_json& entry) {
  if (entry["ratio"].is_null()) return "–";
  std::string text = fixed(entry["ratio"], 3);
  if (!entry["ci95"].is_null()) {
    text += " [" + fixed(entry["ci95"][0], 3) + ", " + fixed(entry["ci95"][1], 3) + "]";
  }
  return text;
}

std::string winners(const ordered_json& answer) {
  const ordered_json group = answer.value("group", ordered_json::array());
  if (answer["winner"].is_null()) {
    return group.empty() ? "undecided" : "one of " + listed(safe_list(group));
  }
  const auto ties = safe_list(answer["ties"]);
  std::vector<std::string> close;
  for (const ordered_json& other : answer["runners_up"]) {
    if (other["verdict"] == "slightly_worse") close.push_back(safe(other["contestant"]));
  }
  return safe(answer["winner"]) + (ties.empty() ? "" : ", tied with " + listed(ties)) +
         (close.empty() ? "" : ", just ahead of " + listed(close));
}

std::string margin(const ordered_json& answer) {
  const ordered_json& next = answer["margin"];
  return next.is_null() ? "–" : safe(next["than"]) + ", " + ratio(next) + " times";
}

/// Everything beside the answer that a reader must know.
std::vector<std::string> remarks(const ordered_json& answer) {
  std::vector<std::string> texts;
  if (!answer["undecided_reason"].is_null()) {
    std::string reason = safe(answer["undecided_reason"]);
    if (reason.ends_with('.')) reason.pop_back();  // one remark among others
    texts.push_back(std::move(reason));
  }
  if (const auto missing = safe_list(answer["missing"]);
      !missing.empty() && !answer["cells"].empty()) {
    texts.push_back("not in this run: " + listed(missing));
  }
  for (const std::string& text : safe_list(answer["against"])) texts.push_back(text);
  for (const ordered_json& out : answer["out"]) {
    if (answer["best_mean"].is_null()) break;
    texts.push_back("out: " + safe(out["contestant"]) + " " + safe(out["reason"]));
  }
  return texts;
}

std::string place(const ordered_json& x, const ordered_json& over) {
  if (x.is_null()) return "?";
  if (over == "active_share") return format_percent(x.get<double>());
  const double connections = x;
  const bool whole = std::abs(connections - std::round(connections)) < 0.05;
  return fixed(connections, connections < 10 && !whole ? 1 : 0);
}

/// "12 to 40 connections".
std::string range(const ordered_json& ends, const ordered_json& over) {
  return place(ends[0], over) + " to " + place(ends[1], over) +
         (over == "active_share" ? " active" : " connections");
}

std::string outcome(const ordered_json& point) {
  const std::string kind = point["outcome"];
  const ordered_json& over = point["over"];
  if (kind == "missing") return safe(point["reason"]);
  const std::string measured = range(point["range"], over);
  const std::string open =
      point["undecided"].is_null() ? "" : "; undecided from " + range(point["undecided"], over);
  if (kind == "always") return safe(point["a"]) + " throughout, " + measured;
  if (kind == "never") return safe(point["b"]) + " throughout, " + measured;
  if (kind == "crosses") {
    return safe(point["winner_below"]) + " below " + place(point["at"], over) + " [" +
           place(point["ci95"][0], over) + ", " + place(point["ci95"][1], over) + "], " +
           safe(point["winner_above"]) + " above" + open;
  }
  if (kind == "several") return "changes more than once, " + measured + open;
  if (kind == "undecided") {
    const auto& points = point["points"];
    const bool too_few = std::all_of(points.begin(), points.end(), [](const ordered_json& each) {
      return each.value("reason", ordered_json()) == "too_few_restarts";
    });
    return (too_few ? "too few restarts to decide, " : "not significant at any point, ") + measured;
  }
  for (const ordered_json& each : point["points"]) {
    if (!each["winner"].is_null()) return safe(each["winner"]) + " where decided" + open;
  }
  return "undecided";
}

const char* unit_of(const ordered_json& over) {
  return over == "active_share" ? "share of active connections" : "connections";
}

std::string predicted(const ordered_json& cell) {
  if (cell["predicted_ns"].is_null()) return "–";
  return (cell["missing"].empty() ? "" : "at least ") +
         format_duration_ns(cell["predicted_ns"].get<double>());
}

std::string duration(const ordered_json& ns) {
  return ns.is_null() ? "–" : format_duration_ns(ns.get<double>());
}

std::string unexplained(const ordered_json& cell) {
  return cell["unexplained_share"].is_null()
             ? "–"
             : fixed(cell["unexplained_share"].get<double>() * 100, 0) + " %";
}

/// What a prediction lacks.
std::string lacks(const ordered_json& cell) {
  if (!cell["reason"].is_null()) return safe(cell["reason"]);
  const auto missing = safe_list(cell["missing"]);
  return missing.empty() ? "" : "without the cost of " + listed(missing);
}

void advice_section(std::ostream& out, const ordered_json& run) {
  out << "## Which model when\n\n"
         "Computed from this run; the ratio says how many times the winner's figure the next one "
         "has, with a 95 % interval.\n\n"
         "| question | answer | ahead of | but |\n|---|---|---|---|\n";
  for (const ordered_json& answer : run["advice"]) {
    out << "| " << safe(answer["question"]) << " | " << winners(answer) << " | " << margin(answer)
        << " | " << joined(remarks(answer), "; ") << " |\n";
  }
  out << '\n';
}

void break_even_section(std::ostream& out, const ordered_json& run) {
  out << "## Break-even points\n\n"
         "Which of two costs less CPU per request as the load changes.\n\n"
         "| A | B | along | which costs less |\n|---|---|---|---|\n";
  for (const ordered_json& point : run["break_even"]) {
    out << "| " << safe(point["a"]) << " | " << safe(point["b"]) << " | " << unit_of(point["over"])
        << " | " << outcome(point) << " |\n";
  }
  out << '\n';
}

void cost_model_section(std::ostream& out, const ordered_json& run) {
  out << "## Predicted and measured cost\n\n"
         "CPU per request as the sum of its counted system calls and context switches, each at "
         "the price of its micro-benchmark, beside what was measured.\n\n"
         "| workload | contestant | predicted | measured | unexplained | lacks |\n"
         "|---|---|--:|--:|--:|---|\n";
  for (const ordered_json& cell : run["cost_model"]) {
    out << "| " << safe(cell["workload"]) << " | " << safe(cell["contestant"]) << " | "
        << predicted(cell) << " | " << duration(cell["measured_ns"]) << " | " << unexplained(cell)
        << " | " << lacks(cell) << " |\n";
  }
  out << '\n';
}

}  // namespace

std::string advice_text(const ordered_json& run) {
  std::ostringstream out;
  for (const ordered_json& answer : run.value("advice", ordered_json::array())) {
    out << safe(answer["situation"]) << ": " << safe(answer["question"]) << "\n  "
        << winners(answer);
    if (const std::string next = margin(answer); next != "–") out << "; next " << next;
    out << '\n';
    for (const std::string& text : remarks(answer)) out << "  - " << text << '\n';
  }
  for (const ordered_json& point : run.value("break_even", ordered_json::array())) {
    out << safe(point["a"]) << " against " << safe(point["b"]) << " over " << unit_of(point["over"])
        << ": " << outcome(point) << '\n';
  }
  return out.str();
}

std::string cost_model_text(const ordered_json& run) {
  std::ostringstream out;
  char line[160];
  std::snprintf(line, sizeof line, "%-14s %-18s %18s %12s %12s  %s\n", "workload", "contestant",
                "predicted", "measured", "unexplained", "lacks");
  out << line;
  for (const ordered_json& cell : run.value("cost_model", ordered_json::array())) {
    std::snprintf(line, sizeof line, "%-14s %-18s %18s %12s %12s  ", safe(cell["workload"]).c_str(),
                  safe(cell["contestant"]).c_str(), predicted(cell).c_str(),
                  duration(cell["measured_ns"]).c_str(), unexplained(cell).c_str());
    out << line << lacks(cell) << '\n';
  }
  return out.str();
}

std::string conclusions_markdown(const ordered_json& run) {
  std::ostringstream out;
  if (run.contains("advice")) advice_section(out, run);
  if (run.contains("break_even") && !run["break_even"].empty()) break_even_section(out, run);
  if (run.contains("cost_model")) cost_model_section(out, run);
  return out.str();
}

}  // namespace sockbench
