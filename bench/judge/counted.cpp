#include <array>
#include <cmath>

#include "bench/document/run.h"
#include "bench/judge/judged_run.h"
#include "bench/judge/statistics.h"

namespace sockbench {
namespace {

struct SingleFigure {
  const char* name;
  const char* event;
  double CountedFigures::*figure;
};
constexpr std::array<SingleFigure, 4> kSingleFigures = {
    {{"page_faults_per_request", kPageFaults, &CountedFigures::page_faults},
     {"cpu_migrations_per_request", kMigrations, &CountedFigures::migrations},
     {"cycles_per_request", kCycles, &CountedFigures::cycles},
     {"instructions_per_request", kInstructions, &CountedFigures::instructions}}};

/// Why nothing at all was counted, or empty.
std::string why_nothing(const CellResult& cell) {
  if (!cell.failure.empty()) return "the cell failed";
  if (!cell.not_counted.empty()) return cell.not_counted;
  if (cell.counted.restarts == 0) return "no counted restart was made";
  return cell.counted.answered == 0 ? "no request was answered while it was counted" : "";
}

constexpr const char* kFewSlices = "an interval needs 3 counted slices with replies";

/// What was counted in all of these slices together.
struct Sum {
  Counts counts;
  std::uint64_t answered = 0;
};

Sum sum_of(const std::vector<CountedSlice>& slices) {
  Sum sum;
  for (const CountedSlice& slice : slices) {
    add(sum.counts, slice.counts);
    sum.answered += slice.slice.answered;
  }
  return sum;
}

/// The interval over slices of what `count` gives for each of them, per request.
template <typename Count>
std::optional<Interval> interval_over(const std::vector<CountedSlice>& slices, const Count& count) {
  std::vector<double> numbers;
  std::vector<double> requests;
  for (const CountedSlice& slice : slices) {
    if (slice.slice.answered == 0) continue;
    numbers.push_back(count(slice));
    requests.push_back(static_cast<double>(slice.slice.answered));
  }
  return ratio_interval(numbers, requests);
}

double count_of(const CountedSlice& slice, const std::string& event) {
  const auto found = slice.counts.by_event.find(event);
  return found == slice.counts.by_event.end() ? 0 : estimate(found->second).value_or(0);
}

/// Of one name, or of "other".
std::optional<Interval> interval_of_call(const std::vector<CountedSlice>& slices,
                                         const std::string& name) {
  return interval_over(slices, [&](const CountedSlice& slice) {
    const auto calls = syscalls_per_request(slice.counts, slice.slice.answered);
    const auto found = calls->by_name.find(name);
    return found == calls->by_name.end()
               ? 0
               : found->second * static_cast<double>(slice.slice.answered);
  });
}

std::optional<CallsPerRequest> calls_of(const std::vector<CountedSlice>& slices) {
  const Sum sum = sum_of(slices);
  const auto counted = syscalls_per_request(sum.counts, sum.answered);
  if (!counted) return std::nullopt;
  CallsPerRequest calls{
      .total = counted->total,
      .total_ci95 = interval_over(
          slices, [](const CountedSlice& slice) { return count_of(slice, kSyscalls); }),
      .by_name = counted->by_name,
      .by_name_ci95 = {},
      .per_slice = {}};
  for (const CountedSlice& slice : slices) {
    const auto each = syscalls_per_request(slice.counts, slice.slice.answered);
    if (each) calls.per_slice.push_back(each->total);
  }
  if (!calls.total_ci95) return calls;
  for (const auto& [name, value] : calls.by_name) {
    calls.by_name_ci95[name] = interval_of_call(slices, name);
  }
  return calls;
}

CountedRestarts restarts_of(const CountedResult& counted) {
  CountedRestarts basis{
      .restarts = counted.restarts,
      .slices = counted.slices.size(),
      .requests = counted.answered,
      .source = std::nullopt,
      .traced_slices = counted.traced.size(),
      .traced_requests = sum_of(counted.traced).answered,
      .task_clock_ns_per_request =
          per_request(counted.counts, kTaskClock, counted.answered).value_or(kNaN),
      .scaled = {}};
  const bool by_kernel = !counted.counts.absent.contains(kSyscalls);
  if (!counted.traced.empty()) {
    basis.source = "strace";
  } else if (by_kernel) {
    basis.source = "perf_tracepoints";
  }
  for (const auto& [event, count] : counted.counts.by_event) {
    if (is_scaled(count)) basis.scaled.push_back(event);
  }
  return basis;
}

void add_switches(CountedFigures& result, const CountedResult& counted) {
  const std::string path = "context_switches_per_request";
  const auto total = per_request(counted.counts, kContextSwitches, counted.answered);
  SwitchesPerRequest& switches = result.context_switches.emplace();
  if (total) {
    switches.total = *total;
    switches.total_ci95 = interval_over(counted.slices, [](const CountedSlice& slice) {
      return count_of(slice, kContextSwitches);
    });
  } else {
    result.absent[path + ".total"] = reason_for(counted.counts, kContextSwitches);
  }
  if (!switches.total_ci95) {
    result.absent[path + ".total_ci95"] =
        total ? kFewSlices : reason_for(counted.counts, kContextSwitches);
  }
  if (counted.switches) {
    const auto requests = static_cast<double>(counted.answered);
    switches.voluntary = static_cast<double>(counted.switches->voluntary) / requests;
    switches.involuntary = static_cast<double>(counted.switches->involuntary) / requests;
  } else {
    const std::string reason = "a thread ended in a counted slice and took its count along";
    result.absent[path + ".voluntary"] = result.absent[path + ".involuntary"] = reason;
  }
}

std::string why_no_calls(const CountedResult& counted) {
  if (!counted.traced.empty()) return "no request was answered below strace";
  std::string why = reason_for(counted.counts, kSyscalls);
  if (!counted.not_traced.empty()) why += "; " + counted.not_traced;
  return why;
}

void add_counted(CountedFigures& result, const CountedResult& counted) {
  add_switches(result, counted);
  result.syscalls = calls_of(counted.with_calls());
  if (!result.syscalls) {
    result.absent["syscalls_per_request"] = why_no_calls(counted);
  } else if (!result.syscalls->total_ci95) {
    result.absent["syscalls_per_request.total_ci95"] = kFewSlices;
  }
  for (const SingleFigure& single : kSingleFigures) {
    const auto value = per_request(counted.counts, single.event, counted.answered);
    if (value) {
      result.*single.figure = *value;
    } else {
      result.absent[single.name] = reason_for(counted.counts, single.event);
    }
  }
  result.counted = restarts_of(counted);
  if (!result.counted->source) result.absent["counted.source"] = why_no_calls(counted);
  if (std::isnan(result.counted->task_clock_ns_per_request)) {
    result.absent["counted.task_clock_ns_per_request"] = reason_for(counted.counts, kTaskClock);
  }
}

/// What the model says that it does; nullopt when it predicts no fixed number.
std::optional<PredictedCalls> predicted_calls(const Contestant& contestant) {
  const auto found = contestant.describe.find("syscalls_per_request");
  if (found == contestant.describe.end() || !found->is_object()) return std::nullopt;
  return parse_predicted_calls(*found);
}

}  // namespace

CountedFigures counted_figures(const CellResult& cell, const Contestant& contestant) {
  CountedFigures result;
  const std::string nothing = why_nothing(cell);
  if (nothing.empty()) {
    add_counted(result, cell.counted);
  } else {
    for (const char* name : {"context_switches_per_request", "syscalls_per_request", "counted"}) {
      result.absent[name] = nothing;
    }
    for (const SingleFigure& single : kSingleFigures) result.absent[single.name] = nothing;
  }
  result.predicted = predicted_calls(contestant);
  if (!result.predicted) {
    result.absent["syscalls_per_request_predicted"] = "the model predicts no fixed number";
  }
  return result;
}

CountedFigures counted_of(const JudgedCell& cell) {
  if (cell.judgement.validity != Validity::kFailed) {
    return counted_figures(*cell.result, *cell.contestant);
  }
  CellResult failed;
  failed.failure = cell.judgement.reasons.front();
  return counted_figures(failed, *cell.contestant);
}

}  // namespace sockbench
