#include "bench/document/generator_report.h"

#include "bench/document/cell_fields.h"

namespace sockbench {

template <typename Visit>
void fields(Visit& visit, Is<GeneratorReport::Generator> auto& generator) {
  visit("cpu_ns_per_request", generator.cpu_ns_per_request);
  visit("cpu_utilisation", generator.cpu_utilisation);
  visit("little_ratio", generator.little_ratio);
  visit("schedule_adherence", generator.schedule_adherence);
}

template <typename Visit>
void fields(Visit& visit, Is<GeneratorReport::Service> auto& service) {
  visit("jain", service.jain);
  visit("reply_shares", service.reply_shares);
  visit("starved_connections", service.starved_connections);
  visit("stalled_connections", service.stalled_connections);
  visit("waited_for_others", service.waited_for_others);
  visit("slowest_connection_p99_ns", service.slowest_connection_p99_ns);
}

template <typename Visit>
void fields(Visit& visit, Is<GeneratorReport::Connections> auto& connections) {
  visit("asked", connections.asked);
  visit("verified", connections.verified);
  visit("no_port", connections.no_port);
  visit("listen_drops", connections.listen_drops);
  visit("server_nagle_on", connections.server_nagle_on);
  visit("generator_nagle_on", connections.generator_nagle_on);
}

template <typename Visit>
void fields(Visit& visit, Is<GeneratorReport::SlowPeers> auto& peers) {
  visit("readers", peers.readers);
  visit("writers", peers.writers);
}

template <typename Visit>
void fields(Visit& visit, Is<GeneratorReport::Burst> auto& burst) {
  visit("last_reply_ns", burst.last_reply_ns);
  visit("generator_utilisation", burst.generator_utilisation);
}

template <typename Visit>
void fields(Visit& visit, Is<GeneratorReport::Stamps> auto& stamps) {
  visit("absent", stamps.absent);
  visit("send_error_ns", stamps.send_error_ns);
  visit("after_send", stamps.after_send);
  visit("arrivals", stamps.arrivals);
  visit("before_arrival", stamps.before_arrival);
}

template <typename Visit>
void fields(Visit& visit, Is<GeneratorReport> auto& report) {
  visit("generator", report.generator);
  visit("fairness", report.fairness);
  visit("connections", report.connections);
  visit("ledger", report.ledger);
  visit("slow_peers", report.slow_peers);
  visit("burst", report.burst);
  visit("stamp_check", report.stamp_check);
}

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
