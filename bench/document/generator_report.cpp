#include "bench/document/generator_report.h"

#include "bench/document/cell_fields.h"

namespace sockbench {

SOCKBENCH_FIELDS(GeneratorReport::Generator, cpu_ns_per_request, cpu_utilisation, little_ratio,
                 schedule_adherence)
SOCKBENCH_FIELDS(GeneratorReport::Service, jain, reply_shares, starved_connections,
                 stalled_connections, waited_for_others, slowest_connection_p99_ns)
SOCKBENCH_FIELDS(GeneratorReport::Connections, asked, verified, no_port, listen_drops,
                 server_nagle_on, generator_nagle_on)
SOCKBENCH_FIELDS(GeneratorReport::SlowPeers, readers, writers)
SOCKBENCH_FIELDS(GeneratorReport::Burst, last_reply_ns, generator_utilisation)
SOCKBENCH_FIELDS(GeneratorReport::Stamps, absent, send_error_ns, after_send, arrivals,
                 before_arrival)
SOCKBENCH_FIELDS(GeneratorReport, generator, fairness, connections, ledger, slow_peers, burst,
                 stamp_check)

GeneratorReport parse_generator_report(const nlohmann::ordered_json& json) {
  GeneratorReport report;
  document::Reader::read(report, json, "report");
  document::Reader reader(json, "report");
  for (const KindOfTimes& kind : kKindsOfTimes) {
    std::optional<Times> times;
    reader(kind.key, times);
    if (times) report.times.emplace(kind.key, std::move(*times));
  }
  return report;
}

}  // namespace sockbench
