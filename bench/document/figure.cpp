#include "bench/document/figure.h"

#include <string_view>
#include <type_traits>

#include "bench/document/cell_fields.h"

namespace sockbench {
namespace {

double number(const std::optional<std::int64_t>& value) {
  return value ? static_cast<double>(*value) : kNaN;
}

std::vector<double> numbers(const std::vector<std::optional<std::int64_t>>& values) {
  std::vector<double> list;
  list.reserve(values.size());
  for (const auto& value : values) list.push_back(number(value));
  return list;
}

Figure figure_of_times(const Times& times, std::string_view key) {
  struct Percentile {
    const char* key;
    std::optional<std::int64_t> Times::*value;
    std::vector<std::optional<std::int64_t>> Times::PerRestart::*per_restart;
  };
  constexpr Percentile kPercentiles[] = {{"p50", &Times::p50, &Times::PerRestart::p50},
                                         {"p90", &Times::p90, &Times::PerRestart::p90},
                                         {"p99", &Times::p99, &Times::PerRestart::p99},
                                         {"p99_9", &Times::p99_9, nullptr}};
  Figure result;
  for (const Percentile& percentile : kPercentiles) {
    if (key != percentile.key) continue;
    result.value = number(times.*percentile.value);
    if (times.per_restart && percentile.per_restart != nullptr) {
      result.per_restart = numbers((*times.per_restart).*percentile.per_restart);
    }
  }
  if (key == "mean") {
    result.value = times.mean;
    if (times.per_restart) result.per_restart = numbers(times.per_restart->mean);
  }
  if (key == "count") result.value = static_cast<double>(times.count);
  if (key == "min") result.value = static_cast<double>(times.min);
  if (key == "max") result.value = static_cast<double>(times.max);
  return result;
}

/// Follows a path through the fields of a cell.
class Finder final {
 public:
  explicit Finder(std::string_view path) : path_(path) {}

  template <typename T>
  void operator()(const char* key, const T& value) {
    const std::string_view name(key);
    if (!path_.starts_with(name)) return;
    std::string_view rest = path_.substr(name.size());
    if (!rest.empty() && rest.front() != '.') return;  // only the beginning of another name
    if (!rest.empty()) rest.remove_prefix(1);
    take(value, rest);
  }
  template <typename T>
  void rounded(const char* key, const T& value) {
    (*this)(key, value);
  }
  template <typename T>
  void if_any(const char* key, const std::optional<T>& value) {
    (*this)(key, value);
  }
  void unless_empty(const char* /*key*/, const std::string& /*value*/) {}

  Figure take_figure() { return std::move(figure_); }

 private:
  template <typename T>
  void take(const T& value, std::string_view rest) {
    if constexpr (document::kIsOptional<T>) {
      if (value) take(*value, rest);
    } else if constexpr (std::is_arithmetic_v<T>) {
      if (rest.empty()) figure_.value = static_cast<double>(value);
    } else if constexpr (std::same_as<T, Statistic>) {
      if (rest.empty()) figure_ = {value.median, value.ci95, value.per_restart};
    } else if constexpr (std::same_as<T, Times>) {
      figure_ = figure_of_times(value, rest);
    } else if constexpr (std::same_as<T, UserAndKernel>) {
      if (rest.empty()) figure_.value = number(value.user) + number(value.kernel);
      if (rest == "user") figure_.value = number(value.user);
      if (rest == "kernel") figure_.value = number(value.kernel);
    } else if constexpr (std::same_as<T, std::map<std::string, double>>) {
      if (const auto found = value.find(std::string(rest)); found != value.end()) {
        figure_.value = found->second;
      }
    } else if constexpr (std::is_class_v<T> && !document::kIsList<T> && !document::kIsMap<T> &&
                         !std::same_as<T, std::string> && !std::same_as<T, Interval>) {
      Finder inner(rest);
      fields(inner, value);
      figure_ = inner.take_figure();
    }
  }

  std::string_view path_;
  Figure figure_;
};

}  // namespace

Figure figure(const Cell& cell, const std::string& metric) {
  Finder finder(metric);
  fields(finder, cell);
  return finder.take_figure();
}

double figure(const Times& times, const std::string& key) {
  return figure_of_times(times, key).value;
}

std::optional<std::string> absent_reason(const Cell& cell, const std::string& metric) {
  for (std::string part = metric; !part.empty();) {
    for (const auto& [path, reason] : cell.absent) {
      if (path == part) return reason;
    }
    const std::size_t dot = part.rfind('.');
    part = dot == std::string::npos ? "" : part.substr(0, dot);
  }
  return std::nullopt;
}

}  // namespace sockbench
