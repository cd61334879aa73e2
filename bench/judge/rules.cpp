#include "bench/judge/rules.h"

#include "bench/document/fields.h"
#include "bench/judge/conclude.h"
#include "bench/plan/json_reader.h"
#include "bench/plan/workload.h"

namespace sockbench {

using document::Reader;

SOCKBENCH_FIELDS(Situation::Entry, first_of, weight)
SOCKBENCH_FIELDS(Situation::Guard, factor, least)
SOCKBENCH_FIELDS(Situation, name, question, repeats, guard, entries, metrics)
SOCKBENCH_FIELDS(AgainstRules::Multiple, what, first_of, metric, above)
SOCKBENCH_FIELDS(AgainstRules, idle_cpu_above, memory_bytes_above, times_the_best)
SOCKBENCH_FIELDS(BreakEvenRules::Sweep, sweep, over, also)
SOCKBENCH_FIELDS(BreakEvenRules, metric, sweeps, against_all, pairs)
SOCKBENCH_FIELDS(AdviceRules, situations, against, break_even)
SOCKBENCH_FIELDS(CallRule, first_in_request, others, each, multiplexer, operations, within)
SOCKBENCH_FIELDS(CostRules::Switch, each, by_family)

template <typename Visit>
void fields(Visit& visit, Is<CostRules> auto& rules) {
  visit("workloads", rules.workloads);
  visit("calls", rules.calls);
  visit("switch", rules.context_switch);
  visit("per_request", rules.per_request);
}

namespace {

nlohmann::ordered_json read_rules(const char* name) {
  return parse_json_file((data_directory() / name).string());
}

}  // namespace

AdviceRules parse_advice_rules(const nlohmann::ordered_json& json) {
  AdviceRules rules;
  Reader::read(rules, json, "advice.json");
  return rules;
}

CostRules parse_cost_rules(const nlohmann::ordered_json& json) {
  CostRules rules;
  Reader::read(rules, json, "cost_model.json");
  return rules;
}

AdviceRules load_advice_rules() { return parse_advice_rules(read_rules("advice.json")); }

CostRules load_cost_rules() { return parse_cost_rules(read_rules("cost_model.json")); }

bool has_advice_rules() { return std::filesystem::exists(data_directory() / "advice.json"); }

void conclude(Run& run, const MicroCosts& micro) {
  const AdviceRules rules = load_advice_rules();
  run.advice = advise(run, rules);
  run.break_even =
      rules.break_even ? break_even_points(run, *rules.break_even) : std::vector<BreakEven>();
  if (!micro.empty()) run.cost_model = predict_costs(run, micro, load_cost_rules());
}

}  // namespace sockbench
