#include "bench/judge/memory_line.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "bench/judge/statistics.h"

namespace sockbench {
namespace {

constexpr double kSlopeTolerance = 0.15;
constexpr double kGranularityBytes = 8 * 4096;
constexpr std::size_t kMinPoints = 3;  // two in each half

}  // namespace

MemoryFit fit_memory(std::span<const MemoryPoint> points,
                     std::optional<std::int64_t> MemoryPoint::*kind) {
  std::vector<double> connections;
  std::vector<double> bytes;
  for (const MemoryPoint& point : points) {
    if (!(point.*kind)) return {std::nullopt, "it could not be read"};
    connections.push_back(point.connections);
    bytes.push_back(static_cast<double>(*(point.*kind)));
  }
  const std::size_t n = points.size();
  if (n < kMinPoints) return {std::nullopt, "a line needs 3 numbers of connections"};
  const std::span<const double> x(connections);
  const std::span<const double> y(bytes);
  const double all = slope(x, y);
  const std::size_t half = n / 2 + 1;  // of an odd number, both have the middle one
  const double lower = slope(x.first(half), y.first(half));
  const double upper = slope(x.last(half), y.last(half));
  const double tolerance =
      std::max(kSlopeTolerance * std::abs(all), kGranularityBytes / ((x.back() - x.front()) / 2));
  if (!std::isfinite(all) || !(std::abs(lower - upper) <= tolerance)) {
    return {std::nullopt, "not proportional to the connections: see server.memory_points"};
  }
  return {MemoryLine{.fixed_bytes = mean(y) - all * mean(x), .bytes_per_connection = all}, ""};
}

}  // namespace sockbench
