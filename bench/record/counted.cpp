#include "bench/record/counted.h"

#include <array>

#include "bench/judge/statistics.h"
#include "bench/record/format.h"
#include "common/or_null.h"

namespace sockbench {
namespace {

using nlohmann::ordered_json;

constexpr std::array<std::pair<const char*, const char*>, 4> kSingleFigures = {
    {{"page_faults_per_request", kPageFaults},
     {"cpu_migrations_per_request", kMigrations},
     {"cycles_per_request", kCycles},
     {"instructions_per_request", kInstructions}}};

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

/// The interval over slices of what `count` gives for each of them, per request; null without one.
template <typename Count>
ordered_json interval_over(const std::vector<CountedSlice>& slices, const Count& count) {
  std::vector<double> numbers;
  std::vector<double> requests;
  for (const CountedSlice& slice : slices) {
    if (slice.slice.answered == 0) continue;
    numbers.push_back(count(slice));
    requests.push_back(static_cast<double>(slice.slice.answered));
  }
  const auto interval = ratio_interval(numbers, requests);
  return interval ? ordered_json({rounded(interval->lo), rounded(interval->hi)}) : nullptr;
}

double count_of(const CountedSlice& slice, const std::string& event) {
  const auto found = slice.counts.by_event.find(event);
  return found == slice.counts.by_event.end() ? 0 : estimate(found->second).value_or(0);
}

/// Of one name, or of "other".
ordered_json interval_of_call(const std::vector<CountedSlice>& slices, const std::string& name) {
  return interval_over(slices, [&](const CountedSlice& slice) {
    const auto calls = syscalls_per_request(slice.counts, slice.slice.answered);
    const auto found = calls->by_name.find(name);
    return found == calls->by_name.end()
               ? 0
               : found->second * static_cast<double>(slice.slice.answered);
  });
}

ordered_json syscalls_json(const std::vector<CountedSlice>& slices) {
  const Sum sum = sum_of(slices);
  const auto calls = syscalls_per_request(sum.counts, sum.answered);
  if (!calls) return nullptr;
  ordered_json per_slice = ordered_json::array();
  for (const CountedSlice& slice : slices) {
    const auto each = syscalls_per_request(slice.counts, slice.slice.answered);
    if (each) per_slice.push_back(rounded(each->total));
  }
  ordered_json json = {
      {"total", calls->total},
      {"total_ci95",
       interval_over(slices, [](const auto& slice) { return count_of(slice, kSyscalls); })},
      {"by_name", calls->by_name},
      {"by_name_ci95", ordered_json::object()},
      {"per_slice", per_slice}};
  if (json["total_ci95"].is_null()) return json;
  for (const auto& [name, value] : calls->by_name) {
    json["by_name_ci95"][name] = interval_of_call(slices, name);
  }
  return json;
}

/// What the counts rest on.
ordered_json counted_json(const CountedResult& counted) {
  ordered_json scaled = ordered_json::array();
  for (const auto& [event, count] : counted.counts.by_event) {
    if (is_scaled(count)) scaled.push_back(event);
  }
  const bool traced = !counted.traced.empty();
  const bool by_kernel = !counted.counts.absent.contains(kSyscalls);
  return {{"restarts", counted.restarts},
          {"slices", counted.slices.size()},
          {"requests", counted.answered},
          {"source", traced      ? ordered_json("strace")
                     : by_kernel ? ordered_json("perf_tracepoints")
                                 : nullptr},
          {"traced_slices", counted.traced.size()},
          {"traced_requests", sum_of(counted.traced).answered},
          {"task_clock_ns_per_request",
           or_null(per_request(counted.counts, kTaskClock, counted.answered))},
          {"scaled", scaled}};
}

void add_switches(CountedFigures& result, const CountedResult& counted) {
  const auto requests = static_cast<double>(counted.answered);
  const auto total = per_request(counted.counts, kContextSwitches, counted.answered);
  ordered_json json = {{"total", or_null(total)},
                       {"total_ci95", nullptr},
                       {"voluntary", nullptr},
                       {"involuntary", nullptr}};
  const std::string path = "context_switches_per_request";
  if (total) {
    json["total_ci95"] = interval_over(counted.slices, [](const CountedSlice& slice) {
      return count_of(slice, kContextSwitches);
    });
  }
  if (json["total_ci95"].is_null()) {
    result.absent[path + ".total_ci95"] =
        total ? kFewSlices : reason_for(counted.counts, kContextSwitches);
  }
  if (!total) result.absent[path + ".total"] = reason_for(counted.counts, kContextSwitches);
  if (counted.switches) {
    json["voluntary"] = static_cast<double>(counted.switches->voluntary) / requests;
    json["involuntary"] = static_cast<double>(counted.switches->involuntary) / requests;
  } else {
    const std::string reason = "a thread ended in a counted slice and took its count along";
    result.absent[path + ".voluntary"] = result.absent[path + ".involuntary"] = reason;
  }
  result.figures[path] = json;
}

std::string why_no_calls(const CountedResult& counted) {
  if (!counted.traced.empty()) return "no request was answered below strace";
  std::string why = reason_for(counted.counts, kSyscalls);
  if (!counted.not_traced.empty()) why += "; " + counted.not_traced;
  return why;
}

void add_counted(CountedFigures& result, const CountedResult& counted) {
  add_switches(result, counted);
  const ordered_json calls = syscalls_json(counted.with_calls());
  if (calls.is_null()) {
    result.absent["syscalls_per_request"] = why_no_calls(counted);
  } else if (calls["total_ci95"].is_null()) {
    result.absent["syscalls_per_request.total_ci95"] = kFewSlices;
  }
  result.figures["syscalls_per_request"] = calls;
  for (const auto& [name, event] : kSingleFigures) {
    const auto value = per_request(counted.counts, event, counted.answered);
    result.figures[name] = or_null(value);
    if (!value) result.absent[name] = reason_for(counted.counts, event);
  }
  result.figures["counted"] = counted_json(counted);
  if (result.figures["counted"]["source"].is_null()) {
    result.absent["counted.source"] = why_no_calls(counted);
  }
  if (result.figures["counted"]["task_clock_ns_per_request"].is_null()) {
    result.absent["counted.task_clock_ns_per_request"] = reason_for(counted.counts, kTaskClock);
  }
}

}  // namespace

CountedFigures counted_figures(const CellResult& cell, const Contestant& contestant) {
  CountedFigures result;
  const std::string nothing = why_nothing(cell);
  if (nothing.empty()) {
    add_counted(result, cell.counted);
  } else {
    for (const char* name : {"context_switches_per_request", "syscalls_per_request", "counted"}) {
      result.figures[name] = nullptr;
      result.absent[name] = nothing;
    }
    for (const auto& [name, event] : kSingleFigures) {
      result.figures[name] = nullptr;
      result.absent[name] = nothing;
    }
  }
  const auto prediction = contestant.describe.find("syscalls_per_request");
  const bool predicted = prediction != contestant.describe.end() && prediction->is_object();
  result.figures["syscalls_per_request_predicted"] =
      predicted ? ordered_json(*prediction) : ordered_json(nullptr);
  if (!predicted) {
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
