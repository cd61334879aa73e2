#include "bench/report/duel_figures.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <string_view>

#include "bench/judge/claims.h"
#include "bench/report/format.h"
#include "common/text.h"
#include "common/units.h"

namespace sockbench {
namespace {

using Checks = std::vector<const DuelCheck*>;

constexpr const char* kPrimaryMetric = "server.cpu_ns_per_request";
constexpr std::string_view kCallsOf = "server.syscalls_per_request.by_name.";

int decimals_of(double percent) {
  const double size = std::abs(percent);
  if (size >= 100) return 0;
  return size >= 10 ? 1 : 2;
}

std::string with_sign(double value, int decimals) {
  std::string text = fixed(std::abs(value), decimals);
  if (text.find_first_not_of("0.") == std::string::npos) return text;
  return (value < 0 ? "-" : "+") + text;
}

/// Two decimals, or as many as a count needs that is not a matter of hundredths: "1.00", "0.0312".
std::string count_text(double count) {
  const double hundredths = count * 100;
  if (std::abs(hundredths - std::round(hundredths)) < 1e-6) return fixed(count, 2);
  char text[40];
  std::snprintf(text, sizeof text, "%.3g", count);
  return text;
}

double percent_of(double ratio) { return (ratio - 1) * 100; }

std::string value_text(double value, const std::string& unit) {
  if (unit == "ns") return format_duration_ns(value);
  if (unit == "bytes") return format_bytes(value);
  if (unit == "requests/s") return format_count(value) + "/s";
  return count_text(value);
}

/// A word as a POSIX shell takes it.
std::string shell_word(const std::string& word) {
  constexpr std::string_view kPlain =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789%+,-./:=@_";
  if (!word.empty() && word.find_first_not_of(kPlain) == std::string::npos) return word;
  std::string quoted = "'";
  for (const char c : word) quoted += c == '\'' ? "'\\''" : std::string(1, c);
  return quoted + "'";
}

/// A command as one word of --base or --head, which is split at blanks outside quotes.
std::string command_word(const std::vector<std::string>& command) {
  std::string text;
  for (const std::string& word : command) {
    const bool split = word.empty() || word.find_first_of(" \t\n") != std::string::npos;
    const char* quote = !split ? "" : word.find('"') == std::string::npos ? "\"" : "'";
    text += (text.empty() ? "" : " ") + (quote + word + quote);
  }
  return shell_word(text);
}

std::string percent_word(double share) {
  char text[40];
  std::snprintf(text, sizeof text, "%g%%", share * 100);
  return text;
}

}  // namespace

std::string metric_title(const std::string& metric) {
  if (metric == kPrimaryMetric) return "CPU per request";
  if (metric == "achieved_rps") return "throughput";
  if (metric == "response_time_ns.p50") return "response time p50";
  if (metric == "response_time_ns.p99") return "response time p99";
  if (metric == "response_time_ns.p99_9") return "response time p99.9";
  if (metric == "server.memory_bytes_per_connection.user") return "memory per connection";
  if (metric.starts_with(kCallsOf)) {
    return "calls of " + metric.substr(kCallsOf.size()) + " per request";
  }
  return metric;
}

std::string side_text(const DuelCheck& check, const std::optional<SideFigure>& side) {
  if (!side || std::isnan(side->median)) return kDash;
  return value_text(side->median, unit_of(check.metric));
}

std::string change_text(double ratio, const std::optional<Interval>& ci) {
  if (std::isnan(ratio)) return kDash;
  const double change = percent_of(ratio);
  if (!ci) return with_sign(change, decimals_of(change)) + " %";
  const double lo = percent_of(ci->lo);
  const double hi = percent_of(ci->hi);
  const int decimals = decimals_of(std::max({std::abs(change), std::abs(lo), std::abs(hi)}));
  return with_sign(change, decimals) + " % [" + with_sign(lo, decimals) + ", " +
         with_sign(hi, decimals) + "]";
}

std::string check_change_text(const DuelCheck& check) {
  if (!check.exact) return change_text(check.ratio, check.ci);
  return std::isnan(check.difference) ? kDash : count_change_text(check.difference);
}

std::string count_change_text(double difference) {
  if (difference == 0) return "0.00";
  return (difference < 0 ? "-" : "+") + count_text(std::abs(difference));
}

std::string detectable_text(double detectable) {
  if (std::isnan(detectable)) return kDash;
  const double percent = detectable * 100;
  return fixed(percent, percent < 0.95 ? 2 : 1) + " %";
}

std::string p_text(const DuelCheck& check) {
  const auto& p = check.p_corrected ? check.p_corrected : check.p_value;
  if (!p) return "";
  char text[40];
  std::snprintf(text, sizeof text, "p %.2g", *p);
  return text;
}

std::string confirmation_text(const DuelCheck& check) {
  if (!check.confirmation) return "";
  return (check.confirmation->agrees ? "seen again: " : "not seen again: ") +
         change_text(check.confirmation->ratio, check.confirmation->ci);
}

std::string figures_text(const DuelCheck& check) {
  std::string text = side_text(check, check.base) + " -> " + side_text(check, check.head) + ", " +
                     check_change_text(check);
  for (const std::string& more : {p_text(check), confirmation_text(check)}) {
    if (!more.empty()) text += ", " + more;
  }
  return text;
}

Checks notable_checks_of(const Duel& duel, const DuelWorkload& workload) {
  Checks checks = duel.checks_of(workload);
  std::erase_if(checks, [](const DuelCheck* check) {
    if (check->verdict == GateVerdict::kRegression || check->verdict == GateVerdict::kImproved) {
      return false;
    }
    return check->verdict != GateVerdict::kInconclusive || std::isnan(check->difference);
  });
  return checks;
}

const DuelCheck* primary_check_of(const Duel& duel, const DuelWorkload& workload) {
  for (const DuelCheck* check : duel.checks_of(workload)) {
    if (check->metric == kPrimaryMetric) return check;
  }
  return nullptr;
}

std::string headline_figure(const Duel& duel, const DuelWorkload& workload) {
  if (const DuelCheck* primary = primary_check_of(duel, workload)) {
    return change_text(primary->ratio, primary->ci);
  }
  const Checks checks = duel.checks_of(workload);
  const auto exact = std::count_if(checks.begin(), checks.end(),
                                   [](const DuelCheck* check) { return check->exact; });
  if (exact == 0) return kDash;
  const auto changed = std::count_if(checks.begin(), checks.end(), [](const DuelCheck* check) {
    return check->exact && check->difference != 0;
  });
  return std::to_string(changed) + " of " + std::to_string(exact) + " counts changed";
}

std::string restarts_text(const DuelWorkload& workload) {
  const std::string restarts = std::to_string(workload.restarts);
  if (workload.confirmation_restarts == 0) return restarts;
  return restarts + " + " + std::to_string(workload.confirmation_restarts);
}

std::string machine_text(const Environment& machine) {
  return machine.cpu_model + ", " + std::to_string(machine.cpus) +
         (machine.cpus == 1 ? " CPU, " : " CPUs, ") + format_bytes(machine.memory_bytes) + ", " +
         machine.kernel;
}

std::string repeat_command(const Duel& duel) {
  std::string text = "sockbench duel";
  const std::pair<const char*, const DuelSide*> sides[] = {{"base", &duel.base},
                                                           {"head", &duel.head}};
  for (const auto& [name, side] : sides) {
    for (const std::vector<std::string>& command : side->commands) {
      text += std::string(" --") + name + " " + command_word(command);
    }
  }
  for (const auto& [name, side] : sides) {
    text += std::string(" --") + name + "-label " + shell_word(side->label);
  }
  const DuelOptionsUsed& options = duel.options;
  if (!options.workloads.empty()) {
    text += " --workloads " + shell_word(joined(options.workloads, ","));
  }
  char budget[40];
  std::snprintf(budget, sizeof budget, " --budget %gs", options.budget_s);
  text += " --margin " + percent_word(options.margin) + " --resolve " +
          percent_word(options.resolve) + budget + " --seed " + std::to_string(options.seed);
  if (options.short_form) text += " --short";
  if (options.fail_on_inconclusive) text += " --fail-on-inconclusive";
  return text;
}

}  // namespace sockbench
