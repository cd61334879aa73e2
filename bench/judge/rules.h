#pragma once

#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <utility>
#include <vector>

/// bench/advice.json and bench/cost_model.json: what answers are looked for, and in which cells.
namespace sockbench {

/// One question, and the cells that answer it.
struct Situation {
  /// The first of these workloads that a run has.
  struct Entry {
    std::vector<std::string> first_of;
    double weight = 1;
  };
  /// Figures without an interval: worse is who is beyond the factor, and by more than `least`.
  struct Guard {
    double factor = 1;
    double least = 0;
  };
  std::string name;
  std::string question;
  std::optional<std::string> repeats;  ///< every entry is one measurement of the same property
  std::optional<Guard> guard;
  std::vector<Entry> entries;
  std::vector<std::string> metrics;  ///< the first on which some contestant can be ranked
};

/// What speaks against a contestant.
struct AgainstRules {
  struct Multiple {
    std::string what;
    std::vector<std::string> first_of;  ///< workloads
    std::string metric;
    double above = 1;  ///< times the best
  };
  double idle_cpu_above = 1;
  double memory_bytes_above = 0;
  std::vector<Multiple> times_the_best;
};

struct BreakEvenRules {
  struct Sweep {
    std::string sweep;
    std::string over;               ///< "connections" or "active_share"
    std::vector<std::string> also;  ///< the same load under a name of its own
  };
  std::string metric;
  std::vector<Sweep> sweeps;
  std::string against_all;                      ///< compared with every other model
  std::vector<std::vector<std::string>> pairs;  ///< and these two by two
};

struct AdviceRules {
  std::vector<Situation> situations;
  AgainstRules against;
  std::optional<BreakEvenRules> break_even;
};

/// How the price of a system call is made of micro-benchmarks; one of the members is set.
struct CallRule {
  std::optional<std::string> first_in_request;         ///< the others then cost `others`
  std::optional<std::string> others;                   ///< also of operations
  std::optional<std::string> each;                     ///< all the same
  std::optional<std::string> multiplexer;              ///< by descriptors and ready ones
  std::optional<std::vector<std::string>> operations;  ///< of a request, submitted in batches
  std::optional<std::string> within;                   ///< contained in that other price
};

struct CostRules {
  std::vector<std::vector<std::string>> workloads;  ///< of each list the first that a run has
  std::map<std::string, CallRule> calls;
  struct Switch {
    std::string each;
    std::map<std::string, std::string> by_family;
  };
  Switch context_switch;
  std::vector<std::string> per_request;
};

AdviceRules parse_advice_rules(const nlohmann::ordered_json& json);
CostRules parse_cost_rules(const nlohmann::ordered_json& json);

/// From the files beside the workloads. Throws UsageError when one is missing or is not JSON.
AdviceRules load_advice_rules();
CostRules load_cost_rules();
/// Whether there are rules for advice: a user's own directory need not have any.
bool has_advice_rules();

}  // namespace sockbench
