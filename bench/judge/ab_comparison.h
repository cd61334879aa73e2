#pragma once

#include <array>
#include <optional>
#include <string>
#include <vector>

#include "bench/judge/gate.h"
#include "bench/judge/validity.h"
#include "bench/plan/run_plan.h"
#include "bench/run/runner.h"

/// One workload of a duel: what was measured, and what it says. The plan of a comparison has one
/// workload and three contestants: base, the control (base once more) and head.
namespace sockbench {

inline constexpr std::size_t kBase = 0;
inline constexpr std::size_t kControl = 1;
inline constexpr std::size_t kHead = 2;
inline constexpr std::size_t kSides = 3;

/// How much of the time of a side's slices was not its own, as shares of the wall time.
struct Disturbance {
  double wall_s = 0;  ///< of all slices
  /// A server of one thread was ready to run and had no CPU. nullopt: more threads, which wait for
  /// each other.
  std::optional<double> waited;
  double foreign = 0;  ///< the server's CPUs were busy with something else
  double steal = 0;    ///< the hypervisor had taken a CPU of the server or the generator
};

/// Of all slices of a contestant, whatever stage they belong to.
Disturbance disturbance_of(const std::vector<const CellResult*>& stages);

/// Something that ran beside one side only makes it look slow: then no figure counts. One-sided is
/// more than 3 % of the time waited, or 10 % foreign or stolen and what chance adds to that (these
/// are told in ticks of 10 ms: 9 % after 2.4 s), above or below what base and control had. Waiting
/// is compared where all have one thread.
bool one_sided(const Disturbance& base, const Disturbance& control, const Disturbance& head);
/// Beyond it, a machine is too busy to judge anything: half of the time a CPU was stolen. Less
/// than that makes restarts scatter, which intervals know (docs/decisions.md).
bool too_much_steal(const Disturbance& side);

/// A metric that exists once for a stage, such as memory per connection: base, control, head.
struct OnceFigure {
  std::array<std::optional<double>, kSides> value;
};

/// What must not happen at all, such as a connection that is never answered: once is once too
/// often, however noisy the machine.
struct Loss {
  std::string metric;
  std::string unit;
  std::string sentence;  ///< what it means, as "connections are left without a reply"
  std::array<std::vector<int>, kSides> by_restart;
  bool only_head = false;  ///< seen in head, and neither in base nor in control
};

struct AbStage {
  WorkloadResult result;
  std::vector<Judgement> judgements;  ///< by side
  std::vector<GateSeries> series;     ///< one per rule in screening, the suspects in confirmation
  std::vector<GateFinding> findings;  ///< of the last look, as the series
  OnceFigure memory;                  ///< user bytes per connection
  std::vector<Loss> losses;           ///< the same ones in each stage
  bool memory_grew = false;           ///< head's, beyond what base and control differ by
  GateStep step = GateStep::kGoOn;

  bool head_loses() const;
  /// Ended, hung, or answered wrong bytes: nothing of it can be compared any more.
  bool failed(std::size_t side) const { return judgements[side].validity == Validity::kFailed; }
  bool any_failed() const { return failed(kBase) || failed(kControl) || failed(kHead); }
  /// Whether something seems worse.
  bool suspects() const { return step == GateStep::kRegression || memory_grew || head_loses(); }
};

/// Judges a stage's cells by `rules`: all of them in screening, in confirmation those that seemed
/// worse. `last`: there is no further look.
AbStage look_at(const RunPlan& plan, WorkloadResult result, const std::vector<GateRule>& rules,
                const GateStage& stage, int server_cpus, bool last);

struct AbComparison {
  RunPlan plan;
  AbStage screening;
  std::optional<AbStage> confirmation;
  std::array<Disturbance, kSides> disturbances;
  bool control_moved = false;
  double seconds = 0;
  DuelVerdict verdict = DuelVerdict::kInconclusive;
  std::vector<std::string> reasons;  ///< why it failed or decided nothing; remarks otherwise
};

/// Fills in everything from `disturbances` on but the seconds. A failure comes first, then what
/// makes every figure doubtful (a disturbed side, a control that moved), then the figures.
/// `warn_only`: timing is no regression, only a remark.
void conclude(AbComparison& comparison, bool warn_only);

}  // namespace sockbench
