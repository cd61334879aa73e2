#include "bench/record/absent.h"

#include <map>
#include <string>

#include "bench/judge/memory_line.h"
#include "bench/record/counted.h"

namespace sockbench {
namespace {

using nlohmann::ordered_json;

/// Collects a cell's null figures with the reasons why they are absent.
class Absent final {
 public:
  void note(const std::string& path, const ordered_json& value, const std::string& reason) {
    if (value.is_null()) reasons_[path] = reason;
  }
  void add(const std::map<std::string, std::string>& reasons) {
    for (const auto& [path, reason] : reasons) reasons_["server." + path] = reason;
  }
  /// The intervals and percentiles of figures that are there.
  void note_parts(const ordered_json& cell) {
    for (const char* path :
         {"achieved_rps", "burst_ns", "server.cpu_ns_per_request", "server.cpu_utilisation",
          "server.memory_growth_bytes_per_s", "server.wakeups_per_s"}) {
      note_part(cell, path, "ci95", "an interval needs 3 restarts");
    }
    for (const char* path :
         {"response_time_ns", "service_time_ns", "send_delay_ns", "take_up_delay_ns",
          "receive_delay_ns", "connect_time_ns", "first_reply_time_ns"}) {
      note_percentiles(cell, path);
    }
    if (!cell.at("stamp_check").is_null()) note_percentiles(cell, "stamp_check.send_error_ns");
  }
  const ordered_json& reasons() const { return reasons_; }

 private:
  void note_percentiles(const ordered_json& cell, const std::string& path) {
    for (const char* percentile : {"p50", "p90", "p99", "p99_9"}) {
      note_part(cell, path, percentile,
                "fewer than 100 samples lie beyond it, or unanswered requests reach it");
    }
  }

  void note_part(const ordered_json& cell, const std::string& path, const char* key,
                 const std::string& reason) {
    const std::size_t dot = path.find('.');
    const ordered_json& figure = dot == std::string::npos
                                     ? cell.at(path)
                                     : cell.at(path.substr(0, dot)).at(path.substr(dot + 1));
    if (figure.is_object()) note(path + "." + key, figure.at(key), reason);
  }

  ordered_json reasons_ = ordered_json::object();
};

/// `nothing`: why there is no figure of memory at all, or empty.
void note_memory(Absent& absent, const ordered_json& server, const MemoryResult& measured,
                 std::string nothing) {
  if (nothing.empty()) nothing = measured.absent;
  if (nothing.empty() && measured.points.empty()) nothing = "no restart for memory was made";
  std::string no_user = nothing;
  std::string no_kernel = nothing.empty() ? measured.kernel_absent : nothing;
  if (no_user.empty()) no_user = fit_memory(measured.points, &MemoryPoint::user_bytes).why_not;
  if (no_kernel.empty()) {
    no_kernel = fit_memory(measured.points, &MemoryPoint::kernel_bytes).why_not;
  }
  absent.note("server.memory_points", server["memory_points"], nothing);
  for (const std::string figure : {"memory_bytes_per_connection", "memory_fixed_bytes"}) {
    absent.note("server." + figure + ".user", server[figure]["user"], no_user);
    absent.note("server." + figure + ".kernel", server[figure]["kernel"], no_kernel);
  }
}

void note_server(Absent& absent, const ordered_json& server, const JudgedCell& judged,
                 const std::string& nothing) {
  const Workload& workload = judged.workload->workload;
  const bool failed = judged.judgement.validity == Validity::kFailed;
  const bool idle = workload.mode == Mode::kIdle;
  absent.note("server.cpu_ns_per_request", server["cpu_ns_per_request"], nothing);
  absent.note("server.cpu_utilisation", server["cpu_utilisation"], nothing);
  const std::string few_ticks =
      failed || idle ? nothing : "too little CPU time for the kernel's tick sampling";
  absent.note("server.user_ns_per_request", server["user_ns_per_request"], few_ticks);
  absent.note("server.system_ns_per_request", server["system_ns_per_request"], few_ticks);
  absent.add(counted_of(judged).absent);
  absent.note("server.threads_peak", server["threads_peak"], nothing);
  absent.note("server.memory_bytes_peak", server["memory_bytes_peak"], nothing);
  note_memory(absent, server, judged.result->memory, failed ? nothing : "");
  absent.note("server.memory_growth_bytes_per_s", server["memory_growth_bytes_per_s"],
              failed                    ? nothing
              : !workload.memory_growth ? "the workload does not watch memory grow"
                                        : "a slope needs three slices in a restart");
  absent.note("server.wakeups_per_s", server["wakeups_per_s"],
              failed  ? nothing
              : !idle ? "only an idle workload is watched for wake-ups"
                      : "a thread ended in an idle slice and took its count along");
}

}  // namespace

ordered_json absent_reasons(const ordered_json& cell, const JudgedCell& judged) {
  Absent absent;
  const bool failed = judged.judgement.validity == Validity::kFailed;
  const bool idle = judged.workload->workload.mode == Mode::kIdle;
  const bool open = judged.workload->workload.mode == Mode::kOpenLoop;
  const std::string nothing = failed ? "the cell failed"
                              : idle ? "an idle workload has no requests"
                                     : "no request was answered";
  absent.note("achieved_rps", cell["achieved_rps"], nothing);
  absent.note("response_time_ns", cell["response_time_ns"], nothing);
  absent.note("service_time_ns", cell["service_time_ns"], nothing);
  absent.note("send_delay_ns", cell["send_delay_ns"],
              open ? nothing : "in closed loop a request is sent when it is intended");
  absent.note("take_up_delay_ns", cell["take_up_delay_ns"],
              open ? nothing : "a closed loop without pauses has nothing to be late for");
  const std::string& no_stamps = judged.figures.no_stamps;
  absent.note("stamp_check", cell["stamp_check"],
              failed || idle      ? nothing
              : no_stamps.empty() ? "the load generator compared no stamps"
                                  : no_stamps);
  const bool stamped_when_read = judged.workload->workload.timestamps == "app";
  absent.note("receive_delay_ns", cell["receive_delay_ns"],
              stamped_when_read ? "replies are stamped as the generator reads them" : nothing);
  const Workload& workload = judged.workload->workload;
  absent.note("connect_time_ns", cell["connect_time_ns"], nothing);
  absent.note("first_reply_time_ns", cell["first_reply_time_ns"],
              workload.churns() ? nothing : "only connections made under load have one");
  absent.note("burst_ns", cell["burst_ns"],
              failed            ? nothing
              : !workload.burst ? "the workload is no burst"
                                : "no burst was answered completely");
  absent.note("fairness.waited_for_others", cell["fairness"]["waited_for_others"],
              workload.hold_ns > 0 ? nothing : "no connection is held open after its reply");
  absent.note("slow_peers", cell["slow_peers"],
              workload.slow_rate > 0 ? nothing : "the workload has none");
  note_server(absent, cell["server"], judged, nothing);
  const ordered_json& generator = cell["generator"];
  absent.note("generator.cpu_ns_per_request", generator["cpu_ns_per_request"], nothing);
  absent.note("generator.cpu_utilisation", generator["cpu_utilisation"], nothing);
  absent.note("generator.burst_utilisation", generator["burst_utilisation"],
              failed            ? nothing
              : !workload.burst ? "the workload is no burst"
                                : "no burst was answered completely");
  absent.note("generator.schedule_adherence", generator["schedule_adherence"],
              open ? nothing : "a closed loop has no schedule");
  absent.note("generator.little_ratio", generator["little_ratio"],
              open ? "in open loop the number in flight is not given" : nothing);
  absent.note("fairness.jain", cell["fairness"]["jain"], nothing);
  absent.note("fairness.stalled_connections", cell["fairness"]["stalled_connections"],
              idle ? "no requests in an idle workload" : nothing);
  const ordered_json& shares = cell["fairness"]["reply_shares"];
  absent.note("fairness.reply_shares", shares, nothing);
  if (shares.is_object()) {
    absent.note("fairness.reply_shares.ci95", shares["ci95"], "an interval needs 3 restarts");
  }
  absent.note("fairness.slowest_connection_p99_ns", cell["fairness"]["slowest_connection_p99_ns"],
              "no connection has 100 samples beyond its p99 in one restart");
  const bool fell = judged.judgement.validity == Validity::kFailed;
  const ordered_json& connections = cell["connections"];
  absent.note("connections.verified", connections["verified"], "no restart came to its load");
  absent.note("connections.listen_drops", connections["listen_drops"],
              fell ? "the cell failed" : "the kernel does not tell it (sock_diag)");
  for (const char* side : {"server_nagle_on", "generator_nagle_on"}) {
    absent.note(std::string("connections.") + side, connections[side],
                fell ? "the cell failed" : "its descriptors may not be read back (pidfd_getfd)");
  }
  absent.note_parts(cell);
  return absent.reasons();
}

}  // namespace sockbench
