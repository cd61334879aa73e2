#include "bench/run/progress_lines.h"

#include <cstdio>

namespace sockbench {

void ProgressLines::workload_ended(std::size_t workload, int restarts,
                                   const nlohmann::ordered_json& /*run*/) {
  const WorkloadPlan& entry = plan_.workloads[workload];
  const double share = time_left_.share(workload, 1);
  const double elapsed_s = static_cast<double>(now_ns() - start_ns_) / kNsPerSecond;
  std::fprintf(stderr, "%3.0f %%  %s, restart %d of %d (%.0f s, about %.0f s left)\n", share * 100,
               entry.workload.name.c_str(), restarts, entry.restarts, elapsed_s,
               TimeLeft::left_s(share, elapsed_s));
}

}  // namespace sockbench
