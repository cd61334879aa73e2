#include "bench/record/counted.h"

#include <array>

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

ordered_json syscalls_json(const CountedResult& counted) {
  const auto calls = syscalls_per_request(counted.counts, counted.answered);
  if (!calls) return nullptr;
  return {{"total", calls->total}, {"by_name", calls->by_name}};
}

/// What the counts rest on.
ordered_json counted_json(const CountedResult& counted) {
  ordered_json scaled = ordered_json::array();
  for (const auto& [event, count] : counted.counts.by_event) {
    if (is_scaled(count)) scaled.push_back(event);
  }
  return {{"restarts", counted.restarts},
          {"requests", counted.answered},
          {"task_clock_ns_per_request",
           or_null(per_request(counted.counts, kTaskClock, counted.answered))},
          {"scaled", scaled}};
}

void add_switches(CountedFigures& result, const CountedResult& counted) {
  const auto requests = static_cast<double>(counted.answered);
  const auto total = per_request(counted.counts, kContextSwitches, counted.answered);
  ordered_json json = {{"total", or_null(total)}, {"voluntary", nullptr}, {"involuntary", nullptr}};
  const std::string path = "context_switches_per_request";
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

void add_counted(CountedFigures& result, const CountedResult& counted) {
  add_switches(result, counted);
  result.figures["syscalls_per_request"] = syscalls_json(counted);
  if (result.figures["syscalls_per_request"].is_null()) {
    result.absent["syscalls_per_request"] = reason_for(counted.counts, kSyscalls);
  }
  for (const auto& [name, event] : kSingleFigures) {
    const auto value = per_request(counted.counts, event, counted.answered);
    result.figures[name] = or_null(value);
    if (!value) result.absent[name] = reason_for(counted.counts, event);
  }
  result.figures["counted"] = counted_json(counted);
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
