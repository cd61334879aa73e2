#include "bench/document/fields.h"
#include "bench/document/run.h"
#include "bench/report/reports.h"

namespace sockbench {
namespace {

using nlohmann::ordered_json;

constexpr int kDigits = 6;

ordered_json figure(double value) { return rounded(value, kDigits); }

ordered_json rounded_interval(const std::optional<Interval>& interval) {
  if (!interval) return nullptr;
  return {figure(interval->lo), figure(interval->hi)};
}

ordered_json pairs_json(const RunPairs& pairs) {
  return {{"compared", pairs.compared},
          {"disjoint", pairs.disjoint},
          {"contradicting", pairs.contradicting}};
}

ordered_json run_json(const PoolRun& run) {
  ordered_json environment = ordered_json::object();
  for (const auto& [key, value] : run.environment) environment[key] = value;
  return {{"file", run.file},
          {"started_at", run.started_at},
          {"duration_s", figure(run.duration_s)},
          {"seed", run.seed},
          {"git_commit", run.git_commit.empty() ? ordered_json() : ordered_json(run.git_commit)},
          {"environment", environment}};
}

ordered_json comparison_json(const PooledComparison& comparison) {
  const Heterogeneity& between = comparison.effect.heterogeneity;
  ordered_json runs = ordered_json::array();
  for (const RatioOfRun& run : comparison.runs) {
    runs.push_back({{"run", run.run},
                    {"ratio", figure(run.ratio)},
                    {"ci95", rounded_interval(run.ci95)},
                    {"restarts_ci95", rounded_interval(run.restarts_ci95)},
                    {"restarts", run.restarts},
                    {"verdict", to_text(run.verdict)}});
  }
  return {{"workload", comparison.workload},
          {"metric", comparison.metric},
          {"base", comparison.base},
          {"head", comparison.head},
          {"runs", comparison.effect.runs},
          {"ratio", figure(comparison.ratio)},
          {"ci95", rounded_interval(comparison.ci95)},
          {"verdict", to_text(comparison.verdict)},
          {"p_value", figure(comparison.effect.p_value)},
          {"p_holm", figure(comparison.p_holm)},
          {"minimum_detectable_effect", figure(comparison.minimum_detectable_effect)},
          {"heterogeneity",
           {{"between_run_sd", figure(between.between_run_sd)},
            {"i_squared", figure(between.i_squared)},
            {"q", figure(between.q)},
            {"q_p_value", figure(between.q_p_value)}}},
          {"moved", to_text(comparison.moved)},
          {"pairs", pairs_json(comparison.pairs)},
          {"per_run", runs}};
}

ordered_json cell_json(const PooledCell& cell) {
  ordered_json statuses = ordered_json::array();
  for (const auto& validity : cell.validity) {
    statuses.push_back(validity ? ordered_json(to_text(*validity)) : nullptr);
  }
  ordered_json figures = ordered_json::object();
  for (const PooledFigure& each : cell.figures) {
    figures[each.metric] = {{"median", figure(each.median)},
                            {"range", rounded_interval(each.range)},
                            {"runs", each.runs}};
  }
  return {{"contestant", cell.contestant},
          {"workload", cell.workload},
          {"validity", {{"valid_runs", cell.valid_runs}, {"per_run", statuses}}},
          {"figures", figures}};
}

ordered_json claim_json(const PooledClaim& claim) {
  ordered_json counts = ordered_json::object();
  for (std::size_t i = 0; i < claim.counts.size(); ++i) {
    counts[to_text(static_cast<ClaimVerdict>(i))] = claim.counts.at(i);
  }
  ordered_json figures = ordered_json::array();
  for (const ClaimRange& each : claim.figures) {
    figures.push_back({{"cell", each.cell},
                       {"metric", each.metric},
                       {"unit", each.unit},
                       {"range", rounded_interval(each.range)},
                       {"runs", each.runs}});
  }
  return {{"id", claim.id},
          {"statement", claim.statement},
          {"verdict", to_text(claim.verdict)},
          {"counts", counts},
          {"figures", figures}};
}

template <typename Item>
ordered_json list_of(const std::vector<Item>& items, ordered_json (*write)(const Item&)) {
  ordered_json list = ordered_json::array();
  for (const Item& item : items) list.push_back(write(item));
  return list;
}

ordered_json named_list(const std::vector<std::pair<std::string, std::string>>& items,
                        const char* key) {
  ordered_json list = ordered_json::array();
  for (const auto& [name, value] : items) list.push_back({{"name", name}, {key, value}});
  return list;
}

ordered_json reproducibility_json(const Pool& pool) {
  ordered_json by_metric = ordered_json::array();
  for (const MetricPairs& metric : pool.pairs_by_metric) {
    ordered_json entry = {{"metric", metric.metric}};
    entry.update(pairs_json(metric.pairs));
    by_metric.push_back(std::move(entry));
  }
  ordered_json all = pairs_json(pool.pairs);
  all["by_metric"] = by_metric;
  return all;
}

}  // namespace

ordered_json to_json(const Pool& pool) {
  const PoolRun& first = pool.runs.front();
  return {
      {"schema_version", 1},
      {"kind", "pool"},
      {"sockbench", program_json(this_program())},
      {"plan", {{"suite", first.suite}, {"reference", first.reference}, {"margin", first.margin}}},
      {"runs", list_of(pool.runs, run_json)},
      {"contestants", named_list(first.contestants, "model")},
      {"workloads", named_list(first.workloads, "mode")},
      {"comparisons", list_of(pool.comparisons, comparison_json)},
      {"reproducibility", reproducibility_json(pool)},
      {"cells", list_of(pool.cells, cell_json)},
      {"claims", list_of(pool.claims, claim_json)}};
}

template <typename Visit>
void fields(Visit& visit, Is<PooledRatio> auto& ratio) {
  visit("workload", ratio.workload);
  visit("metric", ratio.metric);
  visit("base", ratio.base);
  visit("head", ratio.head);
  visit("ratio", ratio.ratio);
  visit("ci95", ratio.ci95);
  visit("verdict", ratio.verdict);
}

PooledRatios parse_pooled_ratios(const ordered_json& pool) {
  PooledRatios ratios;
  document::Reader::read(ratios.comparisons, pool.at("comparisons"), "comparisons");
  document::Reader::read(ratios.reference, pool.at("plan").at("reference"), "plan.reference");
  ratios.runs = pool.at("runs").size();
  return ratios;
}

}  // namespace sockbench
