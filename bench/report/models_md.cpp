#include <algorithm>
#include <cmath>
#include <sstream>

#include "bench/document/figure.h"
#include "bench/report/format.h"
#include "bench/report/reports.h"
#include "common/units.h"

namespace sockbench {
namespace {

/// A comparison with the reference, of the run or of a pool.
struct Ratio {
  double ratio = kNaN;
  std::optional<Interval> ci95;
  Verdict verdict = Verdict::kInconclusive;
};

std::optional<Ratio> ratio_of(const Run& run, const std::optional<PooledRatios>& pool,
                              const Cell& cell) {
  const char* const metric = "server.cpu_ns_per_request";
  if (!pool) {
    const Comparison* found = run.comparison(cell.workload, cell.contestant, metric);
    if (found == nullptr) return std::nullopt;
    return Ratio{found->ratio, found->ci95, found->verdict};
  }
  for (const PooledRatio& each : pool->comparisons) {
    if (each.workload == cell.workload && each.head == cell.contestant && each.metric == metric) {
      return Ratio{each.ratio, each.ci95, each.verdict};
    }
  }
  return std::nullopt;
}

/// Of what the contestant says of itself.
std::string said(const RunContestant& contestant, const char* key) {
  const auto text = contestant.said(key);
  return text ? safe(*text) : kDash;
}

std::string calls(const Cell* cell) {
  if (cell == nullptr || !cell->server.syscalls_per_request) return kDash;
  return fixed(cell->server.syscalls_per_request->total, 2);
}

/// "1.42 ±0.03", in bold where it holds after correction for all comparisons.
std::string cpu(const Run& run, const std::optional<PooledRatios>& pool, const Cell* cell) {
  if (cell == nullptr) return kDash;
  if (cell->validity.status == Validity::kModelLimit) return "limit";
  if (cell->contestant == run.plan.reference) return "1";
  const std::optional<Ratio> compared = ratio_of(run, pool, *cell);
  if (!compared || std::isnan(compared->ratio)) return kDash;
  std::string text = fixed(compared->ratio, 2);
  if (const auto& interval = compared->ci95) {
    text += " ±" + fixed((interval->hi - interval->lo) / 2, 2);
  }
  const bool decided =
      compared->verdict == Verdict::kFaster || compared->verdict == Verdict::kSlower;
  return decided ? "**" + text + "**" : text;
}

/// "0.1 + 1.5 KiB": in user space and in the kernel, where the most connections were open.
std::string memory(const Run& run, const RunContestant& contestant) {
  std::string text = kDash;
  int most = 0;
  for (const RunWorkload& workload : run.workloads) {
    const Cell* cell = run.cell(contestant.name, workload.name);
    if (cell == nullptr || workload.connections <= most) continue;
    const UserAndKernel& bytes = cell->server.memory_bytes_per_connection;
    if (!bytes.user) continue;
    most = workload.connections;
    text = format_bytes(static_cast<double>(*bytes.user)) + " + " +
           (bytes.kernel ? format_bytes(static_cast<double>(*bytes.kernel)) : "?");
  }
  return text;
}

std::string idle_cpu(const Cell* cell) {
  if (cell == nullptr) return kDash;
  if (cell->validity.status == Validity::kModelLimit) return "limit";
  const auto& use = cell->server.cpu_utilisation;
  return use ? format_percent(use->median) : kDash;
}

/// A model with options, beside the model itself: only few workloads include it.
bool is_guest(const Run& run, const RunContestant& contestant) {
  return std::any_of(run.contestants.begin(), run.contestants.end(),
                     [&](const RunContestant& other) {
                       return contestant.name != other.name && contestant.model == other.name;
                     });
}

void row(std::ostream& out, const Run& run, const std::optional<PooledRatios>& pool,
         const RunContestant& contestant) {
  const auto cell = [&](const char* workload) { return run.cell(contestant.name, workload); };
  out << "| `" << safe(contestant.name) << "` | " << said(contestant, "title") << " | "
      << said(contestant, "syscalls_formula") << " | " << calls(cell("pingpong")) << " | "
      << calls(cell("busy"));
  for (const char* workload : {"pingpong", "busy", "many", "mostly_idle"}) {
    out << " | " << cpu(run, pool, cell(workload));
  }
  out << " | " << idle_cpu(cell("idle")) << " | " << memory(run, contestant) << " | "
      << said(contestant, "limits") << " | " << said(contestant, "use_when") << " |\n";
}

}  // namespace

std::string models_markdown(const Run& run, const std::optional<PooledRatios>& pool) {
  std::ostringstream out;
  out << "# The models\n\n"
         "Generated: `sockbench models-md results/reference/run.json"
      << (pool ? " --pool results/reference/pool.json" : "")
      << " --out docs/models.md`; a test "
         "checks that\nit is up to date. What a model says of itself (`--describe`) stands beside "
         "what the run measured.\n\n"
         "| model | technique | calls per request, predicted | counted, 1 connection | counted, 64 "
         "| CPU per request, 1 connection | 64 | 1,000 | 16 of 1,000 active | CPU while idle | "
         "memory per connection, user + kernel | limits | use when |\n"
         "|---|---|---|---|---|---|---|---|---|---|---|---|---|\n";
  for (const RunContestant& contestant : run.contestants) {
    if (!is_guest(run, contestant)) row(out, run, pool, contestant);
  }
  out << "\n- **Calls**: *k* is how many ready connections one wake-up delivers; with one "
         "connection it is 1. With many it depends on how server and generator alternate, and so "
         "do counts that contain it: `server.syscalls_per_request.total_ci95` tells how far. "
         "`server.counted.source` tells whether the kernel's tracepoint counted, or strace.\n"
         "- **CPU per request**: ratio to `"
      << safe(run.plan.reference) << "` with its 95 % interval"
      << (pool ? ", pooled over " + std::to_string(pool->runs) + " runs" : "")
      << "; bold is significant (Holm-corrected, 5 %). *limit*: the model serves fewer connections "
         "than that.\n"
         "- **Memory**: what each further silent connection needs, where memory is proportional to "
         "them; what the server needs without any is left out. The kernel's part has thread "
         "stacks, page tables, descriptors and epoll entries; not the sockets' own structures, "
         "which are the same for all.\n";
  return out.str();
}

}  // namespace sockbench
