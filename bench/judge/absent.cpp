#include <cmath>
#include <map>
#include <optional>

#include "bench/judge/judged_run.h"
#include "bench/judge/memory_line.h"

namespace sockbench {
namespace {

constexpr const char* kNoInterval = "an interval needs 3 restarts";
constexpr const char* kNoPercentile =
    "fewer than 100 samples lie beyond it, or unanswered requests reach it";

/// Collects a cell's absent figures with the reasons why.
class Absent final {
 public:
  void note(const std::string& path, bool there, const std::string& reason) {
    if (!there) reasons_.emplace_back(path, reason);
  }
  void note(const std::string& path, double value, const std::string& reason) {
    note(path, !std::isnan(value), reason);
  }
  template <typename T>
  void note(const std::string& path, const std::optional<T>& value, const std::string& reason) {
    note(path, value.has_value(), reason);
  }
  void add(const std::map<std::string, std::string>& reasons) {
    for (const auto& [path, reason] : reasons) reasons_.emplace_back("server." + path, reason);
  }
  /// The interval of a figure that is there.
  void note_interval(const std::string& path, const std::optional<Statistic>& statistic) {
    if (statistic) note(path + ".ci95", statistic->ci95, kNoInterval);
  }
  /// The percentiles of times that are there.
  void note_percentiles(const std::string& path, const Times& times) {
    note(path + ".p50", times.p50, kNoPercentile);
    note(path + ".p90", times.p90, kNoPercentile);
    note(path + ".p99", times.p99, kNoPercentile);
    note(path + ".p99_9", times.p99_9, kNoPercentile);
  }
  std::vector<std::pair<std::string, std::string>> take() { return std::move(reasons_); }

 private:
  std::vector<std::pair<std::string, std::string>> reasons_;
};

/// `nothing`: why there is no figure of memory at all, or empty.
void note_memory(Absent& absent, const ServerFigures& server, const MemoryResult& measured,
                 std::string nothing) {
  if (nothing.empty()) nothing = measured.absent;
  if (nothing.empty() && measured.points.empty()) nothing = "no restart for memory was made";
  std::string no_user = nothing;
  std::string no_kernel = nothing.empty() ? measured.kernel_absent : nothing;
  if (no_user.empty()) no_user = fit_memory(measured.points, &MemoryPoint::user_bytes).why_not;
  if (no_kernel.empty()) {
    no_kernel = fit_memory(measured.points, &MemoryPoint::kernel_bytes).why_not;
  }
  absent.note("server.memory_points", server.memory_points, nothing);
  for (const auto& [path, bytes] :
       {std::pair("server.memory_bytes_per_connection", &server.memory_bytes_per_connection),
        std::pair("server.memory_fixed_bytes", &server.memory_fixed_bytes)}) {
    absent.note(std::string(path) + ".user", bytes->user, no_user);
    absent.note(std::string(path) + ".kernel", bytes->kernel, no_kernel);
  }
}

void note_server(Absent& absent, const ServerFigures& server, const JudgedCell& judged,
                 const std::string& nothing) {
  const Workload& workload = judged.workload->workload;
  const bool failed = judged.judgement.validity == Validity::kFailed;
  const bool idle = workload.mode == Mode::kIdle;
  absent.note("server.cpu_ns_per_request", server.cpu_ns_per_request, nothing);
  absent.note("server.cpu_utilisation", server.cpu_utilisation, nothing);
  const std::string few_ticks =
      failed || idle ? nothing : "too little CPU time for the kernel's tick sampling";
  absent.note("server.user_ns_per_request", server.user_ns_per_request, few_ticks);
  absent.note("server.system_ns_per_request", server.system_ns_per_request, few_ticks);
  absent.add(counted_of(judged).absent);
  absent.note("server.threads_peak", server.threads_peak, nothing);
  absent.note("server.memory_bytes_peak", server.memory_bytes_peak, nothing);
  note_memory(absent, server, judged.result->memory, failed ? nothing : "");
  absent.note("server.memory_growth_bytes_per_s", server.memory_growth_bytes_per_s,
              failed                    ? nothing
              : !workload.memory_growth ? "the workload does not watch memory grow"
                                        : "a slope needs three slices in a restart");
  absent.note("server.wakeups_per_s", server.wakeups_per_s,
              failed  ? nothing
              : !idle ? "only an idle workload is watched for wake-ups"
                      : "a thread ended in an idle slice and took its count along");
}

}  // namespace

std::vector<std::pair<std::string, std::string>> absent_reasons(const Cell& cell,
                                                                const JudgedCell& judged) {
  Absent absent;
  const bool failed = judged.judgement.validity == Validity::kFailed;
  const bool idle = judged.workload->workload.mode == Mode::kIdle;
  const bool open = judged.workload->workload.mode == Mode::kOpenLoop;
  const std::string nothing = failed ? "the cell failed"
                              : idle ? "an idle workload has no requests"
                                     : "no request was answered";
  absent.note("achieved_rps", cell.achieved_rps, nothing);
  absent.note("response_time_ns", cell.response_time_ns, nothing);
  absent.note("service_time_ns", cell.service_time_ns, nothing);
  absent.note("send_delay_ns", cell.send_delay_ns,
              open ? nothing : "in closed loop a request is sent when it is intended");
  absent.note("take_up_delay_ns", cell.take_up_delay_ns,
              open ? nothing : "a closed loop without pauses has nothing to be late for");
  const std::string& no_stamps = judged.figures.no_stamps;
  absent.note("stamp_check", cell.stamp_check,
              failed || idle      ? nothing
              : no_stamps.empty() ? "the load generator compared no stamps"
                                  : no_stamps);
  const bool stamped_when_read = judged.workload->workload.timestamps == "app";
  absent.note("receive_delay_ns", cell.receive_delay_ns,
              stamped_when_read ? "replies are stamped as the generator reads them" : nothing);
  const Workload& workload = judged.workload->workload;
  absent.note("connect_time_ns", cell.connect_time_ns, nothing);
  absent.note("first_reply_time_ns", cell.first_reply_time_ns,
              workload.churns() ? nothing : "only connections made under load have one");
  absent.note("burst_ns", cell.burst_ns,
              failed            ? nothing
              : !workload.burst ? "the workload is no burst"
                                : "no burst was answered completely");
  absent.note("fairness.waited_for_others", cell.fairness.waited_for_others,
              workload.hold_ns > 0 ? nothing : "no connection is held open after its reply");
  absent.note("slow_peers", cell.slow_peers,
              workload.slow_rate > 0 ? nothing : "the workload has none");
  note_server(absent, cell.server, judged, nothing);
  const GeneratorFigures& generator = cell.generator;
  absent.note("generator.cpu_ns_per_request", generator.cpu_ns_per_request, nothing);
  absent.note("generator.cpu_utilisation", generator.cpu_utilisation, nothing);
  absent.note("generator.burst_utilisation", generator.burst_utilisation,
              failed            ? nothing
              : !workload.burst ? "the workload is no burst"
                                : "no burst was answered completely");
  absent.note("generator.schedule_adherence", generator.schedule_adherence,
              open ? nothing : "a closed loop has no schedule");
  absent.note("generator.little_ratio", generator.little_ratio,
              open ? "in open loop the number in flight is not given" : nothing);
  absent.note("fairness.jain", cell.fairness.jain, nothing);
  absent.note("fairness.stalled_connections", cell.fairness.stalled_connections,
              idle ? "no requests in an idle workload" : nothing);
  const std::optional<ReplyShares>& shares = cell.fairness.reply_shares;
  absent.note("fairness.reply_shares", shares, nothing);
  if (shares) absent.note("fairness.reply_shares.ci95", shares->ci95, kNoInterval);
  absent.note("fairness.slowest_connection_p99_ns", cell.fairness.slowest_connection_p99_ns,
              "no connection has 100 samples beyond its p99 in one restart");
  const ConnectionCounts& connections = cell.connections;
  absent.note("connections.verified", connections.verified, "no restart came to its load");
  absent.note("connections.listen_drops", connections.listen_drops,
              failed ? "the cell failed" : "the kernel does not tell it (sock_diag)");
  const std::string not_readable =
      failed ? "the cell failed" : "its descriptors may not be read back (pidfd_getfd)";
  absent.note("connections.server_nagle_on", connections.server_nagle_on, not_readable);
  absent.note("connections.generator_nagle_on", connections.generator_nagle_on, not_readable);
  absent.note_interval("achieved_rps", cell.achieved_rps);
  absent.note_interval("burst_ns", cell.burst_ns);
  absent.note_interval("server.cpu_ns_per_request", cell.server.cpu_ns_per_request);
  absent.note_interval("server.cpu_utilisation", cell.server.cpu_utilisation);
  absent.note_interval("server.memory_growth_bytes_per_s", cell.server.memory_growth_bytes_per_s);
  absent.note_interval("server.wakeups_per_s", cell.server.wakeups_per_s);
  for (const KindOfTimes& kind : kKindsOfTimes) {
    if (const auto& times = cell.*kind.times) absent.note_percentiles(kind.key, *times);
  }
  if (cell.stamp_check) {
    absent.note_percentiles("stamp_check.send_error_ns", cell.stamp_check->send_error_ns);
  }
  return absent.take();
}

}  // namespace sockbench
