#include "bench/commands/progress_table.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <string_view>

#include "bench/document/run.h"
#include "bench/judge/comparison.h"
#include "bench/plan/budget.h"
#include "common/text.h"
#include "common/units.h"

namespace sockbench {
namespace {

// A restart of moments must not make the terminal busy.
constexpr std::int64_t kMinPauseNs = 250 * kNsPerMs;
// A tenth of what run.json gets: the interval's end moves by a few per cent of its width.
constexpr EffectOptions kRoughly{.resamples = 1'000, .seed = 1};
const std::string kNone = "–";

std::string metric_text(const std::string& metric) {
  if (metric == "server.cpu_ns_per_request") return "CPU/request";
  if (metric == "server.cpu_utilisation") return "CPU use";
  if (metric == "achieved_rps") return "requests/s";
  if (metric == "burst_ns") return "burst time";
  if (metric.starts_with("first_reply_time_ns.")) return "1st reply " + metric.substr(20);
  if (metric.starts_with("response_time_ns.")) return "time " + metric.substr(17);
  return metric;
}

std::string ratio_text(double ratio, std::optional<double> half_width) {
  if (!std::isfinite(ratio)) return kNone;
  return fixed(ratio, 2) + (half_width ? " ±" + fixed(*half_width, 2) : "");
}

std::string percent_text(double share) { return fixed(share * 100, 1) + " %"; }

/// What one contestant's restarts so far say; rough, and replaced once the workload is judged.
std::string rough_cell(const RunPlan& plan, std::size_t workload, std::size_t contestant,
                       const std::vector<CellResult>& cells, int restarts) {
  const CellResult& head = cells[contestant];
  const CellResult& base = cells[plan.reference];
  const Workload& own = plan.workloads[workload].workload;
  if (!head.failure.empty()) return "failed";
  if (!plan.contestants[contestant].serves(own.at_once())) return "starves";
  const std::string& metric = own.metrics.front();
  if (!is_paired(metric)) {
    const auto use = figures_of(head, own).cpu_utilisation;
    return use.empty() ? "" : percent_text(median(use));
  }
  if (contestant == plan.reference) return "1";
  if (plan.contestants[contestant].dialect() != plan.contestants[plan.reference].dialect()) {
    return kNone;
  }
  const Effect effect = paired_effect(paired_log_ratios(base, head, metric, restarts), kRoughly);
  if (effect.restarts == 0) return kNone;
  std::optional<double> half_width;
  if (effect.ci95) half_width = (effect.ci95->hi - effect.ci95->lo) / 2;
  return ratio_text(effect.ratio, half_width);
}

/// The cell as it was judged.
std::string judged_cell(const Run& run, const Workload& workload, const std::string& contestant) {
  const Cell* cell = run.cell(contestant, workload.name);
  if (cell == nullptr) return kNone;
  const Validity status = cell->validity.status;
  if (status == Validity::kModelLimit) return "starves";
  if (status != Validity::kValid && status != Validity::kGeneratorBound) return to_text(status);
  const std::string& metric = workload.metrics.front();
  if (!is_paired(metric)) {
    const auto& use = cell->server.cpu_utilisation;
    return use ? percent_text(use->median) : kNone;
  }
  if (contestant == run.plan.reference) return "1";
  const Comparison* comparison = run.comparison(workload.name, contestant, metric);
  if (comparison == nullptr) return kNone;
  std::optional<double> half_width;
  if (const auto& interval = comparison->ci95) half_width = (interval->hi - interval->lo) / 2;
  return ratio_text(comparison->ratio, half_width);
}

TerminalSize terminal_size() {
  winsize window{};
  if (::ioctl(STDERR_FILENO, TIOCGWINSZ, &window) != 0 || window.ws_col == 0) return {};
  return {window.ws_col, window.ws_row};
}

/// A terminal that went away is no reason to end a run.
void show(std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = ::write(STDERR_FILENO, text.data(), text.size());
    if (written < 0 && errno != EINTR) return;
    if (written > 0) text.remove_prefix(static_cast<std::size_t>(written));
  }
}

/// The way back to the first of these lines; a terminal that became narrower has wrapped them.
std::string go_back(const std::vector<std::size_t>& widths, TerminalSize size) {
  std::size_t rows = 0;
  const auto columns = static_cast<std::size_t>(std::max(size.columns, 1));
  for (const std::size_t width : widths)
    rows += std::max<std::size_t>(1, (width + columns - 1) / columns);
  rows = std::min(rows, static_cast<std::size_t>(std::max(size.rows - 1, 0)));
  return rows == 0 ? "\r" : "\r\033[" + std::to_string(rows) + "A";
}

}  // namespace

ProgressTable::ProgressTable(const RunPlan& plan) : plan_(plan), time_left_(plan) {
  for (const Contestant& contestant : plan.contestants) {
    state_.contestants.push_back(contestant.name);
  }
  state_.reference = plan.contestants[plan.reference].name;
  for (const WorkloadPlan& entry : plan.workloads) {
    TableColumn& column = state_.columns.emplace_back();
    column.workload = entry.workload.name;
    column.metric = metric_text(entry.workload.metrics.front());
    column.cells.resize(plan.contestants.size());
  }
}

void ProgressTable::begins(std::size_t workload, const Step& step) {
  const bool new_column = workload != state_.current;
  state_.current = workload;
  state_.alone = step.contestant;
  state_.activity = step.text;
  time_left_.set_done(workload, step.done);
  state_.share = time_left_.share();
  const double elapsed_s = static_cast<double>(now_ns() - start_ns_) / kNsPerSecond;
  state_.left_s = TimeLeft::left_s(state_.share, elapsed_s);
  // What will be on the screen for long is always right.
  const WorkloadPlan& entry = plan_.workloads[workload];
  const double restart_s = expected_restart_s(entry, plan_.contestants.size());
  const bool long_step = !step.contestant && restart_s * kNsPerSecond >= kMinPauseNs;
  if (new_column || long_step || now_ns() - drawn_ns_ >= kMinPauseNs) draw();
}

void ProgressTable::restart_ended(std::size_t workload, const std::vector<CellResult>& cells,
                                  int restarts) {
  const int planned = plan_.workloads[workload].restarts;
  time_left_.set_done(workload, std::min(1.0, static_cast<double>(restarts) / planned));
  if (now_ns() - drawn_ns_ < kMinPauseNs) return;
  for (std::size_t i = 0; i < cells.size(); ++i) {
    if (!plan_.workloads[workload].includes(i)) {
      state_.columns[workload].cells[i] = kNone;
    } else if (!cells[i].restarts.empty() || !cells[i].failure.empty()) {
      state_.columns[workload].cells[i] = rough_cell(plan_, workload, i, cells, restarts);
    }
  }
}

void ProgressTable::pass_ended(int /*pass*/, const Run* run) {
  if (run != nullptr) take_over(*run);
}

void ProgressTable::take_over(const Run& run) {
  for (std::size_t w = 0; w < state_.columns.size(); ++w) {
    const Workload& workload = plan_.workloads[w].workload;
    if (run.plan.timing(workload.name) == nullptr) continue;
    for (std::size_t i = 0; i < state_.contestants.size(); ++i) {
      state_.columns[w].cells[i] = judged_cell(run, workload, state_.contestants[i]);
    }
  }
}

void ProgressTable::run_ended(const Run& run) {
  take_over(run);
  const TerminalSize size = terminal_size();
  std::string text = go_back(drawn_widths_, size) + "\033[J";
  for (const std::string& line : summary_lines(state_, size.columns)) text += line + "\n";
  show(text);
  drawn_widths_.clear();
}

void ProgressTable::draw() {
  const TerminalSize size = terminal_size();
  // One write, and the cursor is hidden only within it: whatever ends the run leaves it visible.
  std::string text = "\033[?25l" + go_back(drawn_widths_, size);
  drawn_widths_.clear();
  for (const std::string& line : live_lines(state_, size)) {
    text += line + "\033[K\n";
    drawn_widths_.push_back(text_width(line));
  }
  show(text + "\033[J\033[?25h");
  drawn_ns_ = now_ns();
}

}  // namespace sockbench
