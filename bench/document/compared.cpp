#include "bench/document/compared.h"

#include "bench/document/conclusion_fields.h"

namespace sockbench {

SOCKBENCH_FIELDS(RunsCompared::Identity, started_at, git_commit)
SOCKBENCH_FIELDS(RunsCompared::Difference, about, what, a, b)
SOCKBENCH_FIELDS(RunsCompared::NotMixed, workload, reason)
SOCKBENCH_FIELDS(RunsCompared::Absolute, median, ci95)
SOCKBENCH_FIELDS(RunsCompared::Ratio, ratio, ci95)
SOCKBENCH_FIELDS(RunsCompared::ToReference, a, b, intervals_overlap)
SOCKBENCH_FIELDS(RunsCompared::Figure, metric, a, b, b_to_a_for_information, reference,
                 to_reference)
SOCKBENCH_FIELDS(RunsCompared::Statuses, a, b)
SOCKBENCH_FIELDS(RunsCompared::Cell, contestant, workload, mode, status, compared, reason, figures)
SOCKBENCH_FIELDS(RunsCompared, a, b, differences, environments_differ, workloads_not_mixed, cells,
                 only_in_a, only_in_b, cannot_show)

nlohmann::ordered_json to_json(const RunsCompared& compared) {
  return document::Writer::json_of(compared);
}

}  // namespace sockbench
