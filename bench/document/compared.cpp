#include "bench/document/compared.h"

#include "bench/document/conclusion_fields.h"

namespace sockbench {

template <typename Visit>
void fields(Visit& visit, Is<RunsCompared::Identity> auto& run) {
  visit("started_at", run.started_at);
  visit("git_commit", run.git_commit);
}

template <typename Visit>
void fields(Visit& visit, Is<RunsCompared::Difference> auto& difference) {
  visit("about", difference.about);
  visit("what", difference.what);
  visit("a", difference.a);
  visit("b", difference.b);
}

template <typename Visit>
void fields(Visit& visit, Is<RunsCompared::NotMixed> auto& not_mixed) {
  visit("workload", not_mixed.workload);
  visit("reason", not_mixed.reason);
}

template <typename Visit>
void fields(Visit& visit, Is<RunsCompared::Absolute> auto& figure) {
  visit("median", figure.median);
  visit("ci95", figure.ci95);
}

template <typename Visit>
void fields(Visit& visit, Is<RunsCompared::Ratio> auto& ratio) {
  visit("ratio", ratio.ratio);
  visit("ci95", ratio.ci95);
}

template <typename Visit>
void fields(Visit& visit, Is<RunsCompared::ToReference> auto& ratios) {
  visit("a", ratios.a);
  visit("b", ratios.b);
  visit("intervals_overlap", ratios.intervals_overlap);
}

template <typename Visit>
void fields(Visit& visit, Is<RunsCompared::Figure> auto& figure) {
  visit("metric", figure.metric);
  visit("a", figure.a);
  visit("b", figure.b);
  visit("b_to_a_for_information", figure.b_to_a_for_information);
  visit("reference", figure.reference);
  visit("to_reference", figure.to_reference);
}

template <typename Visit>
void fields(Visit& visit, Is<RunsCompared::Statuses> auto& status) {
  visit("a", status.a);
  visit("b", status.b);
}

template <typename Visit>
void fields(Visit& visit, Is<RunsCompared::Cell> auto& cell) {
  visit("contestant", cell.contestant);
  visit("workload", cell.workload);
  visit("mode", cell.mode);
  visit("status", cell.status);
  visit("compared", cell.compared);
  visit("reason", cell.reason);
  visit("figures", cell.figures);
}

template <typename Visit>
void fields(Visit& visit, Is<RunsCompared> auto& compared) {
  visit("a", compared.a);
  visit("b", compared.b);
  visit("differences", compared.differences);
  visit("environments_differ", compared.environments_differ);
  visit("workloads_not_mixed", compared.workloads_not_mixed);
  visit("cells", compared.cells);
  visit("only_in_a", compared.only_in_a);
  visit("only_in_b", compared.only_in_b);
  visit("cannot_show", compared.cannot_show);
}

nlohmann::ordered_json to_json(const RunsCompared& compared) {
  return document::Writer::json_of(compared);
}

}  // namespace sockbench
