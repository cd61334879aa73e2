#include "bench/judge/validity.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "bench/judge/statistics.h"
#include "common/clock.h"
#include "common/numbers.h"

namespace sockbench {
namespace {

constexpr std::uint64_t kConnectionsPerDrop = 1000;
constexpr double kBusy = 0.90;           // share of a CPU above which a side sets the pace
constexpr double kAchievedShare = 0.98;  // of the offered rate; below it the server is saturated
constexpr double kLittleTolerance = 0.02;
constexpr double kLateShare = 0.10;  // of the same percentile of the response time
constexpr double kDrift = 0.10;      // within a restart, of CPU per request

// An acknowledgement is delayed by 40 ms (TCP_DELACK_MIN, tcp(7) TCP_QUICKACK); a sender that waits
// for it before it sends its next piece (Nagle, RFC 896) answers then and a little later.
constexpr std::int64_t kDelayedFromNs = 38 * kNsPerMs;
constexpr std::int64_t kDelayedToNs = 46 * kNsPerMs;
constexpr std::uint64_t kMinDelayed = 20;
constexpr double kDelayedShare = 0.01;    // of all replies
constexpr std::uint64_t kMaxDelayed = 3;  // times as many as in the 8 ms below and above

std::string percent(double share) {
  char text[32];
  std::snprintf(text, sizeof text, "%.1f %%", share * 100);
  return text;
}

/// The share of its CPU that the generator used: of a burst between its start and its last reply,
/// because most of the window is idle.
std::optional<double> generator_share(const Workload& workload, const CellFigures& figures) {
  const std::vector<double>& shares = workload.burst && !figures.burst_generator_utilisation.empty()
                                          ? figures.burst_generator_utilisation
                                          : figures.generator_utilisation;
  return shares.empty() ? std::nullopt : std::optional(median(shares));
}

/// CPUs that the server kept busy. Of a burst its CPU time over the length of the burst, which is
/// too much where it works on after the last reply (ending threads or processes).
std::optional<double> server_share(const Workload& workload, const CellFigures& figures) {
  if (workload.burst && !figures.burst_ns.empty() && !figures.cpu_ns_per_request.empty()) {
    return median(figures.cpu_ns_per_request) * workload.active / median(figures.burst_ns);
  }
  if (figures.cpu_utilisation.empty()) return std::nullopt;
  return median(figures.cpu_utilisation);
}

class Rules final {
 public:
  Rules(const Contestant& contestant, const Workload& workload, const CellFigures& figures)
      : contestant_(contestant), workload_(workload), figures_(figures) {}

  void fire(Validity status, const std::string& reason) {
    if (judgement_.reasons.empty()) judgement_.validity = status;
    judgement_.reasons.push_back(reason);
  }
  Judgement& judgement() { return judgement_; }

  void wrong_replies() {
    if (const auto wrong = in_ledger("mismatched") + in_ledger("extra_replies"); wrong > 0) {
      fire(Validity::kFailed, std::to_string(wrong) + " replies had wrong bytes");
    }
    const auto refused = in_ledger("refused");
    const auto lost = in_ledger("reset") + in_ledger("timed_out") + (beyond_limit() ? 0 : refused);
    if (lost > 0) {
      fire(Validity::kFailed, std::to_string(lost) + " requests or connections were lost");
    }
    if (beyond_limit() && refused > 0) {
      fire(Validity::kModelLimit,
           std::to_string(refused) + " connections beyond the model's limit were not established");
    }
  }

  std::uint64_t in_ledger(const char* kind) const {
    const auto entry = figures_.ledger.find(kind);
    return entry == figures_.ledger.end() ? 0 : entry->second;
  }

  /// Asked for more connections at a time than the model says it serves: what waits in its backlog,
  /// or finds it full, is that limit and no fault.
  bool beyond_limit() const { return !contestant_.serves(workload_.at_once()); }

  void slow_peers() {
    if (!figures_.slow_peers) return;
    const SlowPeerCounts& peers = *figures_.slow_peers;
    if (peers.wrong > 0) {
      fire(Validity::kFailed, std::to_string(peers.wrong) + " slow peers got wrong bytes");
    }
    if (const auto gone = peers.refused + peers.lost; gone > 0) {
      fire(Validity::kFailed, std::to_string(gone) + " slow peers were refused or lost");
    }
  }

  void connections() {
    if (const auto none = figures_.no_port; none > 0) {
      fire(Validity::kFailed, std::to_string(none) + " connections found no free local port");
    }
    // Of tens of thousands of connections some are dropped also for other reasons.
    const std::uint64_t harmless = workload_.churn ? in_ledger("sent") / kConnectionsPerDrop : 0;
    if (const auto drops = figures_.listen_drops.value_or(0); drops > harmless) {
      fire(beyond_limit() ? Validity::kModelLimit : Validity::kUnstable,
           "the server's listen queue was full and dropped " + std::to_string(drops) +
               " connection attempts, each of which is made again a second later");
    }
  }

  /// Harmless in a strict ping-pong, and up to 40 ms where a reply leaves in two parts.
  void nagle() {
    const auto remark = [&](const std::optional<std::uint64_t>& on, const char* side) {
      if (on.value_or(0) == 0) return;
      judgement_.reasons.push_back(std::string("the ") + side +
                                   " leaves Nagle's algorithm on (no " +
                                   "TCP_NODELAY): parts of a reply may wait for acknowledgements");
    };
    remark(figures_.server_nagle_on, "server");
    remark(figures_.generator_nagle_on, "generator");
  }

  void delayed_acknowledgements() {
    // Nothing waits for them where both sides were seen without Nagle's algorithm: with thousands
    // of connections a turn takes tens of milliseconds by itself.
    if (figures_.server_nagle_on == 0U && figures_.generator_nagle_on == 0U) return;
    auto times = figures_.times.find("service_time_ns");  // in open loop without the queue before
    if (times == figures_.times.end()) times = figures_.times.find("response_time_ns");
    if (times == figures_.times.end()) return;
    const Histogram& histogram = times->second;
    const auto between = [&](std::int64_t from, std::int64_t to) {
      return histogram.count_above(from) - histogram.count_above(to);
    };
    constexpr std::int64_t kWidth = kDelayedToNs - kDelayedFromNs;
    const std::uint64_t delayed = between(kDelayedFromNs, kDelayedToNs);
    const std::uint64_t beside = between(kDelayedFromNs - kWidth, kDelayedFromNs) +
                                 between(kDelayedToNs, kDelayedToNs + kWidth);
    const double share = static_cast<double>(delayed) / static_cast<double>(histogram.count());
    if (delayed < kMinDelayed || share < kDelayedShare) return;
    if (delayed <= kMaxDelayed * beside) return;
    fire(Validity::kUnstable, percent(share) +
                                  " of the replies took about 40 ms, as where Nagle's algorithm "
                                  "waits for a delayed acknowledgement (is TCP_NODELAY set?)");
  }

  /// Whether the restarts agree that a request costs more, or less, at their end.
  void drift() {
    const auto interval = summarize(figures_.cpu_drift_log).ci95;
    if (!interval) return;
    const double limit = std::log1p(kDrift);
    if (interval->lo < limit && interval->hi > -limit) return;
    fire(Validity::kUnstable, "not stationary: CPU per request in the last third of a restart is " +
                                  percent(std::exp(median(figures_.cpu_drift_log))) +
                                  " of that in the first");
  }

  void starvation() {
    const int starved = figures_.starved_connections;
    if (starved == 0) return;
    std::string reason = std::to_string(starved) + " of " + std::to_string(workload_.connections) +
                         " connections were never answered under load";
    if (const auto limit = contestant_.max_connections()) {
      reason += "; the model serves " + std::to_string(*limit) + " at a time";
    }
    fire(Validity::kModelLimit, reason);
  }

  /// Held connections keep those out that a server cannot serve beside them.
  void waiting_for_others() {
    const std::uint64_t waited = figures_.waited_for_others.value_or(0);
    const auto answered = figures_.ledger.find("answered");
    if (answered == figures_.ledger.end() || waited * 100 <= answered->second) return;
    fire(Validity::kModelLimit,
         std::to_string(waited) + " of " + std::to_string(answered->second) +
             " first replies came only after another connection had been closed");
  }

  void stamps() {
    const auto replies = figures_.times.find("response_time_ns");
    std::optional<std::int64_t> typical;
    if (replies != figures_.times.end()) typical = replies->second.percentile(50, figures_.wrong);
    const auto problem = stamp_problem(figures_.stamp_errors, typical);
    if (problem) fire(Validity::kUnstable, *problem);
  }

  /// All its requests start at one instant: its take-up delay and its schedule are no fault, and
  /// the rate that the window happens to hold says nothing.
  void burst(bool generator_busy) {
    if (figures_.wrong > 0) {
      fire(Validity::kSaturated,
           std::to_string(figures_.wrong) + " requests of the bursts were not answered in time");
    }
    if (!generator_busy) return;
    fire(Validity::kGeneratorBound, "the generator used " +
                                        percent(generator_share(workload_, figures_).value_or(0)) +
                                        " of its CPU from the start of a burst to its last reply");
  }

  void open_loop(bool generator_busy) {
    if (workload_.burst) return burst(generator_busy);
    if (workload_.mode != Mode::kOpenLoop || figures_.achieved_rps.empty()) return;
    // Against what the random arrivals really asked for: in short slices that varies by per cents.
    const double share = mean(figures_.achieved_rps) / figures_.intended_rps;
    if (share < kAchievedShare) {
      fire(Validity::kSaturated, "achieved " + percent(share) + " of the offered rate");
    }
    if (generator_busy) fire_generator_busy();
    late_percentiles();
  }

  /// The generator's lateness is judged for each percentile of the response time by itself: a p99
  /// take-up delay of 30 us says nothing against a p50. What is compared are medians over windows,
  /// where there are any. Not the send delay: that includes the wait for the reply before it on the
  /// connection.
  void late_percentiles() {
    std::string remark;
    for (const char* percentile : {"p50", "p90", "p99", "p99_9"}) {
      const double taken_up = typical("take_up_delay_ns", percentile);
      const double reply = typical("response_time_ns", percentile);
      if (!(taken_up > kLateShare * reply)) continue;
      const std::string text = std::string(percentile) == "p99_9" ? "p99.9" : percentile;
      const std::string reason = "the generator was late: its " + text + " take-up delay is " +
                                 percent(taken_up / reply) + " of the " + text + " response time";
      judgement_.late[std::string("response_time_ns.").append(percentile)] = reason;
      if (remark.empty()) remark = reason;
    }
    if (!remark.empty()) judgement_.reasons.push_back(remark);
  }

  /// The median over windows, or what all requests together have; NaN when neither is there.
  double typical(const std::string& times, const std::string& percentile) const {
    const auto windows = figures_.windows.find(times + "." + percentile);
    if (windows != figures_.windows.end()) return median(windows->second);
    const auto found = figures_.times.find(times);
    if (found == figures_.times.end()) return kNaN;
    const double rank = percentile == "p99_9" ? 99.9 : std::stod(percentile.substr(1));
    const auto value = found->second.percentile(rank, figures_.wrong);
    return value ? static_cast<double>(*value) : kNaN;
  }

  void closed_loop(bool generator_busy) {
    if (workload_.mode != Mode::kClosedLoop || figures_.little_ratio.empty()) return;
    const double little = median(figures_.little_ratio);
    // Starved connections miss the law by definition; that is said already.
    if (figures_.starved_connections == 0 && std::fabs(little - 1) > kLittleTolerance) {
      fire(Validity::kUnstable, "Little's law is missed: throughput times mean response time is " +
                                    percent(little) + " of what is in flight");
    }
    if (generator_busy) fire_generator_busy();
  }

 private:
  void fire_generator_busy() {
    fire(Validity::kGeneratorBound, "the generator used " +
                                        percent(generator_share(workload_, figures_).value_or(0)) +
                                        " of its CPU");
  }

  const Contestant& contestant_;
  const Workload& workload_;
  const CellFigures& figures_;
  Judgement judgement_;
};

}  // namespace

Judgement judge_cell(const Contestant& contestant, const Workload& workload,
                     const std::string& failure, const CellFigures& figures, int server_cpus) {
  Rules rules(contestant, workload, figures);
  if (!failure.empty()) rules.fire(Validity::kFailed, failure);
  if (failure.empty() && figures.cpu_utilisation.empty()) {
    rules.fire(Validity::kFailed, "nothing was measured");
  }
  const bool generator_busy = generator_share(workload, figures).value_or(0) > kBusy;
  const int usable = std::clamp(figures.threads_peak, 1, std::max(1, server_cpus));
  const bool server_busy = server_share(workload, figures).value_or(0) > kBusy * usable;
  if (failure.empty()) {
    rules.wrong_replies();
    rules.connections();
    rules.slow_peers();
    rules.starvation();
    rules.waiting_for_others();
    rules.drift();
    rules.stamps();
    rules.delayed_acknowledgements();
    rules.open_loop(generator_busy);
    rules.closed_loop(generator_busy);
    rules.nagle();
  }
  Judgement judgement = rules.judgement();
  judgement.slices = figures.slices;
  judgement.disturbed_slices = figures.disturbed_slices;
  if (workload.mode == Mode::kIdle) return judgement;             // no load, no limiter
  if (judgement.validity == Validity::kFailed) return judgement;  // no figures to tell it by
  judgement.limiter = generator_busy ? Limiter::kGenerator
                      : server_busy  ? Limiter::kServer
                                     : Limiter::kNeither;
  return judgement;
}

}  // namespace sockbench
