#include "bench/record/duel_figures.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <string_view>

#include "bench/judge/claim_figures.h"
#include "common/units.h"

namespace sockbench {
namespace {

using nlohmann::ordered_json;
using Checks = std::vector<const ordered_json*>;

constexpr const char* kDash = "–";
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

double percent_of(const ordered_json& ratio) { return (ratio.get<double>() - 1) * 100; }

std::string value_text(double value, const std::string& unit) {
  if (unit == "ns") return format_duration_ns(value);
  if (unit == "bytes") return format_bytes(value);
  if (unit == "requests/s") return format_count(value) + "/s";
  return count_text(value);
}

std::string unit_of_check(const ordered_json& check) {
  return unit_of(check["metric"].get<std::string>());
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
std::string command_word(const ordered_json& command) {
  std::string text;
  for (const ordered_json& entry : command) {
    const auto word = entry.get<std::string>();
    const bool split = word.empty() || word.find_first_of(" \t\n") != std::string::npos;
    const char* quote = !split ? "" : word.find('"') == std::string::npos ? "\"" : "'";
    text += (text.empty() ? "" : " ") + (quote + word + quote);
  }
  return shell_word(text);
}

std::string percent_word(const ordered_json& share) {
  char text[40];
  std::snprintf(text, sizeof text, "%g%%", share.get<double>() * 100);
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

std::string side_text(const ordered_json& check, const char* side) {
  const ordered_json& figure = check[side];
  if (figure.is_null() || figure["median"].is_null()) return kDash;
  return value_text(figure["median"], unit_of_check(check));
}

std::string change_text(const ordered_json& figure) {
  if (figure["ratio"].is_null()) return kDash;
  const double change = percent_of(figure["ratio"]);
  const ordered_json& ci = figure["ci"];
  if (ci.is_null()) return with_sign(change, decimals_of(change)) + " %";
  const double lo = percent_of(ci[0]);
  const double hi = percent_of(ci[1]);
  const int decimals = decimals_of(std::max({std::abs(change), std::abs(lo), std::abs(hi)}));
  return with_sign(change, decimals) + " % [" + with_sign(lo, decimals) + ", " +
         with_sign(hi, decimals) + "]";
}

std::string check_change_text(const ordered_json& check) {
  if (check["exact"] != true) return change_text(check);
  if (check["difference"].is_null()) return kDash;
  return count_change_text(check["difference"]);
}

std::string count_change_text(double difference) {
  if (difference == 0) return "0.00";
  return (difference < 0 ? "-" : "+") + count_text(std::abs(difference));
}

std::string detectable_text(const ordered_json& detectable) {
  if (detectable.is_null()) return kDash;
  const double percent = detectable.get<double>() * 100;
  return fixed(percent, percent < 0.95 ? 2 : 1) + " %";
}

std::string p_text(const ordered_json& check) {
  const bool corrected = !check["p_corrected"].is_null();
  const ordered_json& p = check[corrected ? "p_corrected" : "p_value"];
  if (p.is_null()) return "";
  char text[40];
  std::snprintf(text, sizeof text, "p %.2g", p.get<double>());
  return text;
}

std::string confirmation_text(const ordered_json& check) {
  const ordered_json& again = check["confirmation"];
  if (again.is_null()) return "";
  return (again["agrees"] == true ? "seen again: " : "not seen again: ") + change_text(again);
}

std::string figures_text(const ordered_json& check) {
  std::string text = side_text(check, "base") + " -> " + side_text(check, "head") + ", " +
                     check_change_text(check);
  for (const std::string& more : {p_text(check), confirmation_text(check)}) {
    if (!more.empty()) text += ", " + more;
  }
  return text;
}

Checks checks_of(const ordered_json& duel, const ordered_json& workload) {
  Checks checks;
  for (const ordered_json& check : duel["checks"]) {
    if (check["workload"] == workload["name"]) checks.push_back(&check);
  }
  return checks;
}

Checks notable_checks_of(const ordered_json& duel, const ordered_json& workload) {
  Checks checks = checks_of(duel, workload);
  std::erase_if(checks, [](const ordered_json* check) {
    const ordered_json& verdict = (*check)["verdict"];
    if (verdict == "regression" || verdict == "improved") return false;
    return verdict != "inconclusive" || (*check)["difference"].is_null();
  });
  return checks;
}

const ordered_json* primary_check_of(const ordered_json& duel, const ordered_json& workload) {
  for (const ordered_json* check : checks_of(duel, workload)) {
    if ((*check)["metric"] == kPrimaryMetric) return check;
  }
  return nullptr;
}

std::string headline_figure(const ordered_json& duel, const ordered_json& workload) {
  if (const ordered_json* primary = primary_check_of(duel, workload)) return change_text(*primary);
  const Checks checks = checks_of(duel, workload);
  const auto exact = std::count_if(checks.begin(), checks.end(), [](const ordered_json* check) {
    return (*check)["exact"] == true;
  });
  if (exact == 0) return kDash;
  const auto changed = std::count_if(checks.begin(), checks.end(), [](const ordered_json* check) {
    const ordered_json& difference = (*check)["difference"];
    return (*check)["exact"] == true && (difference.is_null() || difference != 0.0);
  });
  return std::to_string(changed) + " of " + std::to_string(exact) + " counts changed";
}

std::string restarts_text(const ordered_json& workload) {
  const std::string restarts = workload["restarts"].dump();
  const ordered_json& again = workload["confirmation_restarts"];
  return again == 0 ? restarts : restarts + " + " + again.dump();
}

std::string machine_text(const ordered_json& environment) {
  const int cpus = environment["cpus"];
  return environment["cpu_model"].get<std::string>() + ", " + std::to_string(cpus) +
         (cpus == 1 ? " CPU, " : " CPUs, ") + format_bytes(environment["memory_bytes"]) + ", " +
         environment["kernel"].get<std::string>();
}

std::string repeat_command(const ordered_json& duel) {
  std::string text = "sockbench duel";
  for (const char* side : {"base", "head"}) {
    for (const ordered_json& command : duel[side]["commands"]) {
      text += std::string(" --") + side + " " + command_word(command);
    }
  }
  for (const char* side : {"base", "head"}) {
    text += std::string(" --") + side + "-label " + shell_word(duel[side]["label"]);
  }
  const ordered_json& options = duel["options"];
  std::string names;
  for (const ordered_json& name : options["workloads"]) {
    names += (names.empty() ? "" : ",") + name.get<std::string>();
  }
  if (!names.empty()) text += " --workloads " + shell_word(names);
  text += " --margin " + percent_word(options["margin"]);
  text += " --resolve " + percent_word(options["resolve"]);
  text += " --budget " + options["budget_s"].dump() + "s --seed " + options["seed"].dump();
  if (options["short"] == true) text += " --short";
  if (options["fail_on_inconclusive"] == true) text += " --fail-on-inconclusive";
  return text;
}

}  // namespace sockbench
