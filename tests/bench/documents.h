#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "bench/document/duel.h"
#include "bench/document/run.h"
#include "bench/judge/claims.h"
#include "bench/judge/compare.h"
#include "bench/judge/conclude.h"
#include "bench/judge/eligibility.h"
#include "bench/judge/history.h"
#include "bench/judge/judged_duel.h"
#include "bench/judge/judged_run.h"
#include "bench/judge/pool.h"
#include "bench/plan/json_reader.h"
#include "bench/report/duel_reports.h"
#include "bench/report/export.h"
#include "bench/report/reports.h"

/// Tests make runs and duels by hand, as the JSON that a file would have: what takes a document
/// takes that, too, and what gives one gives JSON.
namespace sockbench {

using Json = nlohmann::ordered_json;

inline Json to_json(const RunRecord& record) { return to_json(judged_run(record)); }
inline Json to_json(const DuelRecord& record) { return to_json(judged_duel(record)); }

inline Json to_json(const Comparison& comparison) {
  Run run;
  run.comparisons.push_back(comparison);
  return to_json(run)["comparisons"].front();
}
inline Json to_json(std::vector<Ranking> rankings) {
  Run run;
  run.rankings = std::move(rankings);
  return to_json(run)["rankings"];
}

inline bool any_failed(const Json& run) {
  for (const Json& cell : run["cells"]) {
    if (cell["validity"]["status"] == "failed") return true;
  }
  return false;
}

inline Json advise(const Json& run, const Json& rules) {
  return to_json(advise(parse_run(run), parse_advice_rules(rules)));
}

inline Json break_even_points(const Json& run, const Json& rules) {
  return to_json(break_even_points(parse_run(run), *parse_advice_rules(rules).break_even));
}

inline Json predict_costs(const Json& run, const MicroCosts& costs, const Json& rules) {
  return to_json(predict_costs(parse_run(run), costs, parse_cost_rules(rules)));
}

inline Json compare_runs(const Json& a, const Json& b) {
  return to_json(compare_runs(parse_run(a), parse_run(b)));
}

/// A rule file beside the workloads.
inline Json read_rules(const std::string& name) {
  return parse_json_file((data_directory() / name).string());
}

inline void add_conclusions(Json& run) {
  Run typed = parse_run(run);
  conclude(typed, {});
  run["advice"] = to_json(*typed.advice);
  run["break_even"] = to_json(*typed.break_even);
}

inline Json judge_claim(const Claim& claim, const Json& run, const MicroCosts& micro) {
  return to_json(std::vector{judge_claim(claim, parse_run(run), micro)}).front();
}

inline std::vector<ClaimFinding> findings_in(const Json& verdicts) {
  return parse_run({{"claims", verdicts}}).claims;
}
inline std::string claims_count(const Json& verdicts) {
  return claims_count(findings_in(verdicts));
}
inline std::string claims_text(const std::vector<Claim>& claims, const Json& verdicts) {
  return claims_text(claims, findings_in(verdicts));
}
inline std::string claims_section(const Json& verdicts) {
  return claims_section(findings_in(verdicts));
}

inline Eligibility eligible_in_run(const Json& cell, const std::string& metric,
                                   const FigurePurpose& purpose = {}) {
  return eligible(parse_run({{"cells", Json::array({cell})}}).cells.front(), metric, purpose);
}

inline std::string advice_text(const Json& run) { return advice_text(parse_run(run)); }
inline std::string cost_model_text(const Json& run) { return cost_model_text(parse_run(run)); }
inline std::string conclusions_markdown(const Json& run) {
  return conclusions_markdown(parse_run(run));
}
inline std::string report_markdown(const Json& run) { return report_markdown(parse_run(run)); }
inline std::vector<std::string> control_lines(const Json& run) {
  return control_lines(parse_run(run));
}
inline std::string models_markdown(const Json& run) { return models_markdown(parse_run(run)); }
inline std::string models_markdown(const Json& run, const Json& pool) {
  return models_markdown(parse_run(run), parse_pooled_ratios(pool));
}
inline std::string exported(const Json& run, const std::string& format, bool medians = false) {
  return exported(parse_run(run), exporter(format, medians));
}
/// `medians`: one entry for each benchmark.
inline Json gbench_of_run(const Json& run, bool medians) {
  return Json::parse(exported(run, "gbench", medians));
}
inline PoolRun pool_run(const Json& run, const std::string& file) {
  return pool_run(parse_run(run), file);
}

inline std::string duel_text(const Json& duel, const std::string& folder = "") {
  return duel_text(parse_duel(duel), folder);
}
inline std::string duel_markdown(const Json& duel) { return duel_markdown(parse_duel(duel)); }
inline std::string duel_junit(const Json& duel) { return duel_junit(parse_duel(duel)); }
inline GbenchDuel gbench_of_duel(const Json& duel) { return gbench_of_duel(parse_duel(duel)); }
/// The line of the history as JSON.
inline Json history_line(const Json& duel) {
  return Json::parse(history_line_of(history_entry(parse_duel(duel))));
}
inline void append_history(const std::string& path, const Json& duel) {
  append_history(path, parse_duel(duel));
}

}  // namespace sockbench
