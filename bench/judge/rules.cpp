#include "bench/judge/rules.h"

#include "bench/document/fields.h"
#include "bench/judge/conclude.h"
#include "bench/plan/json_reader.h"
#include "bench/plan/workload.h"

namespace sockbench {

using document::Reader;

template <typename Visit>
void fields(Visit& visit, Is<Situation::Entry> auto& entry) {
  visit("first_of", entry.first_of);
  visit("weight", entry.weight);
}

template <typename Visit>
void fields(Visit& visit, Is<Situation::Guard> auto& guard) {
  visit("factor", guard.factor);
  visit("least", guard.least);
}

template <typename Visit>
void fields(Visit& visit, Is<Situation> auto& situation) {
  visit("name", situation.name);
  visit("question", situation.question);
  visit("repeats", situation.repeats);
  visit("guard", situation.guard);
  visit("entries", situation.entries);
  visit("metrics", situation.metrics);
}

template <typename Visit>
void fields(Visit& visit, Is<AgainstRules::Multiple> auto& multiple) {
  visit("what", multiple.what);
  visit("first_of", multiple.first_of);
  visit("metric", multiple.metric);
  visit("above", multiple.above);
}

template <typename Visit>
void fields(Visit& visit, Is<AgainstRules> auto& against) {
  visit("idle_cpu_above", against.idle_cpu_above);
  visit("memory_bytes_above", against.memory_bytes_above);
  visit("times_the_best", against.times_the_best);
}

template <typename Visit>
void fields(Visit& visit, Is<BreakEvenRules::Sweep> auto& sweep) {
  visit("sweep", sweep.sweep);
  visit("over", sweep.over);
  visit("also", sweep.also);
}

template <typename Visit>
void fields(Visit& visit, Is<BreakEvenRules> auto& rules) {
  visit("metric", rules.metric);
  visit("sweeps", rules.sweeps);
  visit("against_all", rules.against_all);
  visit("pairs", rules.pairs);
}

template <typename Visit>
void fields(Visit& visit, Is<AdviceRules> auto& rules) {
  visit("situations", rules.situations);
  visit("against", rules.against);
  visit("break_even", rules.break_even);
}

template <typename Visit>
void fields(Visit& visit, Is<CallRule> auto& rule) {
  visit("first_in_request", rule.first_in_request);
  visit("others", rule.others);
  visit("each", rule.each);
  visit("multiplexer", rule.multiplexer);
  visit("operations", rule.operations);
  visit("within", rule.within);
}

template <typename Visit>
void fields(Visit& visit, Is<CostRules::Switch> auto& rule) {
  visit("each", rule.each);
  visit("by_family", rule.by_family);
}

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
  run.break_even = rules.break_even ? break_even_points(run, *rules.break_even)
                                    : std::vector<BreakEven>();
  if (!micro.empty()) run.cost_model = predict_costs(run, micro, load_cost_rules());
}

}  // namespace sockbench
