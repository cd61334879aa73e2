#include "bench/run/progress_lines.h"

#include <algorithm>
#include <cstdio>

namespace sockbench {

void ProgressLines::restart_ended(std::size_t workload, const std::vector<CellResult>& /*cells*/,
                                  int restarts) {
  const int planned = plan_.workloads[workload].restarts;
  time_left_.set_done(workload, std::min(1.0, static_cast<double>(restarts) / planned));
}

void ProgressLines::pass_ended(int pass, const nlohmann::ordered_json& /*run*/) {
  const double share = time_left_.share();
  const double elapsed_s = static_cast<double>(now_ns() - start_ns_) / kNsPerSecond;
  std::fprintf(stderr, "%3.0f %%  pass %d over all workloads (%.0f s, about %.0f s left)\n",
               share * 100, pass + 1, elapsed_s, TimeLeft::left_s(share, elapsed_s));
}

}  // namespace sockbench
