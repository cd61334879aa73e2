#include "bench/record/models_md.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <sstream>

#include "bench/record/format.h"
#include "common/units.h"

namespace sockbench {
namespace {

using nlohmann::ordered_json;

constexpr const char* kDash = "–";

const ordered_json* cell_of(const ordered_json& run, const ordered_json& contestant,
                            const std::string& workload) {
  for (const ordered_json& cell : run["cells"]) {
    if (cell["contestant"] == contestant["name"] && cell["workload"] == workload) return &cell;
  }
  return nullptr;
}

/// Of what the contestant says of itself.
std::string said(const ordered_json& contestant, const char* key) {
  const ordered_json& describe = contestant["describe"];
  const auto found = describe.find(key);
  return found == describe.end() || found->is_null() ? kDash : safe(*found);
}

std::string calls(const ordered_json* cell) {
  if (cell == nullptr) return kDash;
  const ordered_json& counted = (*cell)["server"]["syscalls_per_request"];
  return counted.is_null() ? kDash : fixed(counted["total"], 2);
}

/// "1.42 ±0.03", in bold where it holds after correction for all comparisons.
/// `ratios`: the run or the pool that holds the comparisons.
std::string cpu(const ordered_json& ratios, const ordered_json* cell) {
  if (cell == nullptr) return kDash;
  if ((*cell)["validity"]["status"] == "model_limit") return "limit";
  if ((*cell)["contestant"] == ratios["plan"]["reference"]) return "1";
  const ordered_json* comparison = comparison_of(ratios, *cell, "server.cpu_ns_per_request");
  if (comparison == nullptr || (*comparison)["ratio"].is_null()) return kDash;
  std::string text = fixed((*comparison)["ratio"], 2);
  const ordered_json& interval = (*comparison)["ci95"];
  if (!interval.is_null()) {
    text += " ±" + fixed((interval[1].get<double>() - interval[0].get<double>()) / 2, 2);
  }
  const std::string verdict = (*comparison)["verdict"];
  return verdict == "faster" || verdict == "slower" ? "**" + text + "**" : text;
}

/// "0.1 + 1.5 KiB": in user space and in the kernel, where the most connections were open.
std::string memory(const ordered_json& run, const ordered_json& contestant) {
  std::string text = kDash;
  int most = 0;
  for (const ordered_json& workload : run["workloads"]) {
    const ordered_json* cell = cell_of(run, contestant, workload["name"]);
    if (cell == nullptr || workload["connections"].get<int>() <= most) continue;
    const ordered_json& bytes = (*cell)["server"]["memory_bytes_per_connection"];
    if (bytes["user"].is_null()) continue;
    most = workload["connections"];
    text = format_bytes(bytes["user"].get<double>()) + " + " +
           (bytes["kernel"].is_null() ? "?" : format_bytes(bytes["kernel"].get<double>()));
  }
  return text;
}

std::string idle_cpu(const ordered_json* cell) {
  if (cell == nullptr) return kDash;
  if ((*cell)["validity"]["status"] == "model_limit") return "limit";
  const ordered_json& use = (*cell)["server"]["cpu_utilisation"];
  return use.is_null() ? kDash : format_percent(use["median"]);
}

/// A model with options, beside the model itself: it takes part in a few workloads only.
bool is_guest(const ordered_json& run, const ordered_json& contestant) {
  return std::any_of(
      run["contestants"].begin(), run["contestants"].end(), [&](const ordered_json& other) {
        return contestant["name"] != other["name"] && contestant["model"] == other["name"];
      });
}

void row(std::ostream& out, const ordered_json& run, const ordered_json& ratios,
         const ordered_json& contestant) {
  const auto cell = [&](const char* workload) { return cell_of(run, contestant, workload); };
  out << "| `" << safe(contestant["name"]) << "` | " << said(contestant, "title") << " | "
      << said(contestant, "syscalls_formula") << " | " << calls(cell("pingpong")) << " | "
      << calls(cell("busy"));
  for (const char* workload : {"pingpong", "busy", "many", "mostly_idle"}) {
    out << " | " << cpu(ratios, cell(workload));
  }
  out << " | " << idle_cpu(cell("idle")) << " | " << memory(run, contestant) << " | "
      << said(contestant, "limits") << " | " << said(contestant, "use_when") << " |\n";
}

}  // namespace

std::string models_markdown(const ordered_json& run) { return models_markdown(run, run); }

std::string models_markdown(const ordered_json& run, const ordered_json& ratios) {
  const bool pooled = ratios.contains("runs");
  std::ostringstream out;
  out << "# The models\n\n"
         "Generated: `sockbench models-md results/reference/run.json"
      << (pooled ? " --pool results/reference/pool.json" : "")
      << " --out docs/models.md`; a test "
         "checks that\nit is up to date. What a model says of itself (`--describe`) stands beside "
         "what the run measured.\n\n"
         "| model | technique | calls per request, predicted | counted, 1 connection | counted, 64 "
         "| CPU per request, 1 connection | 64 | 1,000 | 16 of 1,000 active | CPU while idle | "
         "memory per connection, user + kernel | limits | use when |\n"
         "|---|---|---|---|---|---|---|---|---|---|---|---|---|\n";
  for (const ordered_json& contestant : run["contestants"]) {
    if (!is_guest(run, contestant)) row(out, run, ratios, contestant);
  }
  out << "\n- **Calls**: *k* is how many ready connections one wake-up delivers; with one "
         "connection it is 1. With many it depends on how server and generator alternate, and so "
         "do counts that contain it: `server.syscalls_per_request.total_ci95` tells how far. "
         "`server.counted.source` tells whether the kernel's tracepoint counted, or strace.\n"
         "- **CPU per request**: ratio to `"
      << safe(run["plan"]["reference"]) << "` with its 95 % interval"
      << (pooled ? ", pooled over " + std::to_string(ratios["runs"].size()) + " runs" : "")
      << "; bold is significant (Holm-corrected, 5 %). *limit*: the model serves fewer connections "
         "than that.\n"
         "- **Memory**: what each further silent connection needs, where memory is proportional to "
         "them; what the server needs without any is left out. The kernel's part has thread "
         "stacks, page tables, descriptors and epoll entries; not the sockets' own structures, "
         "which are the same for all.\n";
  return out.str();
}

}  // namespace sockbench
