// `sockbench gate --selftest`: how often is the gate wrong on this machine?

#include "bench/commands/selftest.h"

#include <sched.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <optional>
#include <stdexcept>

#include "bench/commands/setting.h"
#include "bench/document/run.h"
#include "bench/judge/selftest_rates.h"
#include "bench/plan/contestant.h"
#include "bench/report/reports.h"
#include "common/child.h"
#include "common/clock.h"
#include "common/error.h"
#include "common/file.h"
#include "common/units.h"

namespace sockbench {
namespace {

constexpr const char* kCpuMetric = "server.cpu_ns_per_request";
/// What a request costs on `busy`; for results from before spins were kept with what base took.
constexpr double kUsualRequestNs = 5'000;

/// Of CPU time per request; NaN what was not measured.
struct CpuSeen {
  double base_ns = std::nan("");
  double ratio = std::nan("");  ///< head / base
};
CpuSeen cpu_seen_in(const Duel& duel, const std::string& workload) {
  for (const DuelCheck& check : duel.checks) {
    if (check.workload != workload || check.metric != kCpuMetric) continue;
    if (!std::isnan(check.ratio) && check.base) return {check.base->median, check.ratio};
  }
  return {};
}

class Selftest final {
 public:
  Selftest(const SelftestOptions& options, const RunDuel& duel);
  int run();

 private:
  void announce(std::size_t pending) const;
  SelftestDocument begin_document() const;
  SelftestDocument resumed_document() const;
  bool is_done(const PlannedTrial& trial) const;
  /// The command line of server-epoll with this fault.
  std::string server_with(const std::string& fault) const;
  Duel run_undisturbed(DuelOptions options) const;
  std::vector<TriedSpin> tried_spins() const;
  /// Tries those that were not tried yet; false when it was interrupted.
  bool try_spins();
  bool run_trial(const PlannedTrial& planned, const TrialKind& kind);
  void tell(const PlannedTrial& planned, const TrialKind& kind, std::size_t pending) const;
  void save();
  int interrupt();

  const SelftestOptions& options_;
  const RunDuel& duel_;
  std::vector<TrialKind> kinds_;
  cpu_set_t cpus_{};  // that this process may use
  std::string library_;
  std::string server_;
  SelftestDocument document_;
};

Selftest::Selftest(const SelftestOptions& options, const RunDuel& duel)
    : options_(options), duel_(duel), kinds_(choose_trial_kinds(options.only, options.runs)) {
  const auto programs = options.programs.empty() ? program_directory() : options.programs;
  library_ = (programs / "libsockbench_fault.so").string();
  server_ = (programs / "server-epoll").string();
  for (const std::string& file : {library_, server_}) {
    if (!std::filesystem::exists(file)) {
      throw std::runtime_error(file + " is missing; build the project first.");
    }
  }
  if (library_.find_first_of(" :;'\"\\") != std::string::npos) {
    throw std::runtime_error("The dynamic loader cannot preload '" + library_ +
                             "': its directory's name has a blank, colon or quote in it.");
  }
  check(::sched_getaffinity(0, sizeof cpus_, &cpus_), "sched_getaffinity");
  document_ = options.resume ? resumed_document() : begin_document();
}

SelftestDocument Selftest::begin_document() const {
  SelftestDocument document;
  document.sockbench = this_program();
  document.started_at = utc_now();
  document.options.workload = options_.workload;
  document.options.seed = options_.seed;
  return document;
}

SelftestDocument Selftest::resumed_document() const {
  const std::string path = (options_.out / "selftest.json").string();
  const auto json = nlohmann::ordered_json::parse(read_file(path), nullptr, false);
  if (!json.is_object() || json.value("kind", "") != "selftest") {
    throw UsageError("'" + path + "' is not the beginning of a self-test.");
  }
  SelftestDocument document = parse_selftest(json);
  const auto require_same = [&](const char* option, const std::string& begun,
                                const std::string& wanted) {
    if (begun == wanted) return;
    throw UsageError("'" + path + "' was begun with --" + option + " " + begun +
                     "; resume it with the same, or choose another --out.");
  };
  require_same("workload", document.options.workload, options_.workload);
  require_same("seed", std::to_string(document.options.seed), std::to_string(options_.seed));
  if (program_json(document.sockbench) != program_json(this_program())) {
    spdlog::warn("{} was begun by another build of sockbench.", path);
  }
  document.interrupted = false;
  return document;
}

bool Selftest::is_done(const PlannedTrial& trial) const {
  const auto& trials = document_.trials;
  return std::any_of(trials.begin(), trials.end(), [&](const SelftestDocument::Trial& entry) {
    return entry.trial == trial.kind && entry.number == trial.number;
  });
}

std::string Selftest::server_with(const std::string& fault) const {
  return "env LD_PRELOAD=" + library_ + " SOCKBENCH_FAULT=" + fault + " " + server_;
}

/// A duel pins this process beside its load generator; the next one shall find all CPUs again.
Duel Selftest::run_undisturbed(DuelOptions options) const {
  options.base = {server_with("none")};
  options.base_label = "none";
  if (options.workloads.empty()) options.workloads = {options_.workload};
  options.quiet = true;
  check(::sched_setaffinity(0, sizeof cpus_, &cpus_), "sched_setaffinity");
  std::filesystem::create_directories(options.out);
  Duel duel = duel_(options);
  write_file_atomically((options.out / "duel.json").string(), to_json(duel).dump(1) + "\n");
  return duel;
}

std::vector<TriedSpin> Selftest::tried_spins() const {
  std::vector<TriedSpin> tried;
  for (const SelftestDocument::Spin& spin : document_.spins) {
    tried.push_back({spin.ns, spin.share, spin.base_ns.value_or(kUsualRequestNs)});
  }
  return tried;
}

bool Selftest::try_spins() {
  while (const auto ns = next_spin(tried_spins())) {
    const int number = static_cast<int>(document_.spins.size()) + 1;
    DuelOptions options;
    options.head_label = "spin:" + std::to_string(*ns);
    options.head = {server_with(options.head_label)};
    options.out = options_.out / "spins" / std::to_string(number);
    options.seed = trial_seed(options_.seed, "spins", number);
    const Duel duel = run_undisturbed(options);
    if (duel.interrupted) return false;
    const CpuSeen seen = cpu_seen_in(duel, options_.workload);
    if (!std::isfinite(seen.ratio)) {
      throw std::runtime_error("The CPU time per request of server-epoll on '" + options_.workload +
                               "' could not be measured; see " + options.out.string() + ".");
    }
    document_.spins.push_back({static_cast<double>(*ns), seen.ratio - 1, seen.base_ns});
    save();
  }
  return true;
}

bool Selftest::run_trial(const PlannedTrial& planned, const TrialKind& kind) {
  const std::string fault = head_fault(kind, tried_spins());
  DuelOptions options;
  options.head = {server_with(fault)};
  options.head_label = fault;
  if (!kind.workload.empty()) options.workloads = {kind.workload};
  options.out = options_.out / "trials" / (kind.name + "-" + std::to_string(planned.number));
  options.seed = trial_seed(options_.seed, kind.name, planned.number);
  DuelVerdict verdict = DuelVerdict::kFailed;
  std::string sentence;
  CpuSeen seen;
  const std::int64_t begin_ns = now_ns();
  try {
    const Duel duel = run_undisturbed(options);
    if (duel.interrupted) return false;
    verdict = duel.verdict;
    sentence = duel.sentence;
    seen = cpu_seen_in(duel, options.workloads.empty() ? options_.workload : kind.workload);
  } catch (const UsageError&) {
    throw;
  } catch (const std::exception& error) {
    sentence = error.what();
  }
  const double seconds = static_cast<double>(now_ns() - begin_ns) / kNsPerSecond;
  document_.trials.push_back({.trial = kind.name,
                              .number = planned.number,
                              .seed = options.seed,
                              .head = fault,
                              .verdict = verdict,
                              .seconds = seconds,
                              .cpu_ratio = seen.ratio,
                              .sentence = sentence});
  return true;
}

void Selftest::announce(std::size_t pending) const {
  const double each_s =
      static_cast<double>(parse_duration_ns(DuelOptions().budget, "--budget")) / kNsPerSecond;
  std::fprintf(stderr, "%zu trials on %s, %zu of them done; the rest takes up to about %s.\n",
               pending + document_.trials.size(), options_.workload.c_str(),
               document_.trials.size(), rough_time(each_s * static_cast<double>(pending)).c_str());
}

/// `pending`: trials after this one.
void Selftest::tell(const PlannedTrial& planned, const TrialKind& kind, std::size_t pending) const {
  const auto& trials = document_.trials;
  std::vector<double> seconds;
  for (const SelftestDocument::Trial& entry : trials) seconds.push_back(entry.seconds);
  const Trial trial{trials.back().verdict, seconds.back()};
  const TrialTally tally = tally_of(kind, {&trial, 1});
  const char* judged = tally.right > 0 ? "right" : tally.wrong > 0 ? "WRONG" : "undecided";
  std::fprintf(stderr, "[%3zu/%zu] %s %d/%d: %s (%s), %.1f s; about %s left\n", trials.size(),
               trials.size() + pending, kind.name.c_str(), planned.number, kind.runs,
               to_text(trial.verdict), judged, seconds.back(),
               rough_time(median(seconds) * static_cast<double>(pending)).c_str());
}

void Selftest::save() {
  summarize_selftest(document_);
  write_file_atomically((options_.out / "selftest.json").string(),
                        to_json(document_).dump(1) + "\n");
  write_file_atomically((options_.out / "selftest.md").string(), selftest_markdown(document_));
}

int Selftest::interrupt() {
  document_.interrupted = true;
  save();
  return kExitInterrupted;
}

int Selftest::run() {
  auto& names = document_.options.trials.emplace();
  for (const TrialKind& kind : kinds_) names.push_back(kind.name);
  std::vector<PlannedTrial> pending = trial_order(kinds_);
  std::erase_if(pending, [this](const PlannedTrial& trial) { return is_done(trial); });
  announce(pending.size());
  std::filesystem::create_directories(options_.out);
  const auto kind_of = [this](const PlannedTrial& trial) -> const TrialKind& {
    return *std::find_if(kinds_.begin(), kinds_.end(),
                         [&](const TrialKind& kind) { return kind.name == trial.kind; });
  };
  const bool needs_spins = std::any_of(pending.begin(), pending.end(), [&](const auto& trial) {
    return kind_of(trial).cpu_share > 0;
  });
  if (needs_spins && !try_spins()) return interrupt();
  for (std::size_t i = 0; i < pending.size(); ++i) {
    const TrialKind& kind = kind_of(pending[i]);
    if (interrupted() || !run_trial(pending[i], kind)) return interrupt();
    save();
    tell(pending[i], kind, pending.size() - i - 1);
  }
  save();
  std::fputs(selftest_markdown(document_).c_str(), stdout);
  return document_.met == false ? kExitRegression : kExitOk;
}

}  // namespace

int run_selftest(const SelftestOptions& options, const RunDuel& duel) {
  return Selftest(options, duel).run();
}

}  // namespace sockbench
