#include "loadgen/record/summary.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <sstream>

#include "common/units.h"

namespace sockbench {
namespace {

std::string padded(std::string text, std::size_t width) {
  // "µ" has two bytes and one column.
  const auto extra = static_cast<std::size_t>(std::count(text.begin(), text.end(), '\xc2'));
  text.insert(0, text.size() - extra < width ? width - (text.size() - extra) : 0, ' ');
  return text;
}

void time_row(std::ostream& out, const char* name, const Histogram& histogram,
              std::uint64_t beyond) {
  const auto block = time_block(histogram, beyond);
  if (block.is_null()) return;
  std::array<char, 32> label{};
  std::snprintf(label.data(), label.size(), "  %-14s", name);
  out << label.data();
  for (const char* key : {"p50", "p90", "p99", "p99_9"}) {
    const auto& value = block[key];
    out << padded(value.is_null() ? "-" : format_duration_ns(value.get<double>()), 10);
  }
  out << padded(format_duration_ns(static_cast<double>(histogram.max())), 10)
      << padded(format_duration_ns(histogram.mean()), 10) << '\n';
}

/// One bar per power of two.
void bars(std::ostream& out, const Histogram& histogram) {
  if (histogram.count() == 0) return;
  constexpr int kWidth = 40;
  std::vector<std::pair<std::int64_t, std::uint64_t>> rows;
  std::uint64_t above = histogram.count();
  for (std::int64_t edge = 1024; above > 0; edge *= 2) {
    const std::uint64_t left = edge > histogram.max() ? 0 : histogram.count_above(edge);
    if (above != left || !rows.empty()) rows.emplace_back(edge, above - left);
    above = left;
  }
  std::uint64_t most = 1;
  for (const auto& [edge, count] : rows) most = std::max(most, count);
  out << "\n  response time\n";
  for (const auto& [edge, count] : rows) {
    const auto length = static_cast<std::size_t>(count * kWidth / most);
    out << "  < " << padded(format_duration_ns(static_cast<double>(edge)), 9) << " |"
        << std::string(length, '#') << (length == 0 && count > 0 ? "." : "") << ' ' << count
        << '\n';
  }
}

/// "64 B messages", "redis PING".
std::string what_is_asked(const LoadOptions& options) {
  switch (options.protocol) {
    case ProtocolKind::kEcho:
      break;
    case ProtocolKind::kRedis:
      return "redis PING";
    case ProtocolKind::kHttp:
      return "GET " + options.path;
  }
  const MessageSizes& sizes = options.message_sizes;
  return (sizes.fixed() ? format_bytes(static_cast<double>(sizes.largest())) : sizes.text()) +
         " messages";
}

}  // namespace

std::string summary(const LoadOptions& options, const Tally& tally, const std::string& failure) {
  const auto json = to_json(tally, options);
  const Ledger& ledger = tally.ledger;
  std::ostringstream out;
  out << options.connect_text << ", " << options.connections << " connections";
  if (options.active != options.connections) out << " (" << options.active << " active)";
  out << ", " << what_is_asked(options) << ", ";
  if (options.churn) out << "one connection per request, ";
  if (options.open_loop()) {
    out << "open loop at " << format_count(options.rate) << "/s\n\n";
  } else {
    out << "closed loop, " << options.pipeline << " in flight each";
    if (options.think_ns > 0) {
      out << ", think time " << format_duration_ns(static_cast<double>(options.think_ns));
    }
    out << "\n\n";
  }
  out << "  " << format_count(json["achieved_rps"].get<double>()) << " requests/s over "
      << format_duration_ns(static_cast<double>(tally.window_ns)) << ", " << ledger.answered
      << " correct replies\n\n"
      << "                       p50       p90       p99     p99.9       max      mean\n";
  const std::uint64_t beyond = ledger.wrong();
  time_row(out, "response time", tally.response, beyond);
  if (options.timed()) {
    time_row(out, "service time", tally.service, ledger.lost());
    time_row(out, "send delay", tally.send_delay, ledger.never_sent);
    time_row(out, "take-up delay", tally.take_up_delay, tally.not_taken_up);
  }
  time_row(out, "receive delay", tally.receive_delay, 0);
  time_row(out, "connect time", tally.connect, 0);
  if (const auto& parts = json["mean_parts_ns"]; !parts.is_null()) {
    out << "  mean until read: send delay " << format_duration_ns(parts["send_delay"].get<double>())
        << " + kernel and server " << format_duration_ns(parts["kernel_and_server"].get<double>())
        << " + receive delay " << format_duration_ns(parts["receive_delay"].get<double>()) << '\n';
  }
  if (options.arrival == Arrival::kBurst) {
    out << "\n  " << tally.bursts.last.count() << " bursts of " << options.active << '\n';
    time_row(out, "first reply", tally.bursts.first, tally.bursts.incomplete);
    time_row(out, "last reply", tally.bursts.last, tally.bursts.incomplete);
  }
  bars(out, tally.response);
  out << '\n';
  if (!ledger.balances()) out << "  The ledger does not balance: this is a bug in the generator.\n";
  if (ledger.wrong() + ledger.refused + ledger.extra_replies > 0) {
    out << "  refused " << ledger.refused << ", reset " << ledger.reset << ", timed out "
        << ledger.timed_out << ", wrong bytes " << ledger.mismatched + ledger.extra_replies
        << ", unanswered " << ledger.unanswered << ", never sent " << ledger.never_sent << '\n';
  }
  if (!failure.empty()) out << "  first failure: " << failure << '\n';
  const auto& verdict = json["verdict"];
  if (options.calibrate) {
    out << "  maximum rate of this generator with these options: "
        << format_count(json["achieved_rps"].get<double>()) << " requests/s\n";
  }
  if (verdict["fit"].get<bool>()) {
    out << "  valid: the generator used "
        << static_cast<int>(json["generator"]["cpu_utilisation"].get<double>() * 100)
        << " % of its CPU\n";
  } else {
    for (const auto& reason : verdict["reasons"]) {
      out << "  not valid: " << reason.get<std::string>() << '\n';
    }
  }
  return out.str();
}

std::string summary(const SlowPeersResult& peers, const std::string& failure) {
  std::ostringstream out;
  const auto line = [&](const char* kind, const SlowPeerCounts& counts) {
    if (counts.connected + counts.refused == 0) return;
    out << "  slow " << kind << ": " << counts.connected << " connected, " << counts.refused
        << " refused, " << counts.lost << " lost, " << counts.wrong << " with wrong replies, "
        << format_bytes(static_cast<double>(counts.bytes_sent)) << " sent, "
        << format_bytes(static_cast<double>(counts.bytes_received)) << " received\n";
  };
  line("readers", peers.readers);
  line("writers", peers.writers);
  if (!failure.empty()) out << "  first failure of a slow peer: " << failure << '\n';
  return out.str();
}

}  // namespace sockbench
