#pragma once

#include <optional>
#include <span>
#include <string>

#include "bench/run/server_process.h"

namespace sockbench {

/// A server's memory as a line over the number of its connections.
struct MemoryLine {
  double fixed_bytes = 0;           ///< without any connection
  double bytes_per_connection = 0;  ///< for each further one
};

/// What of the memory is fixed, and what each connection adds; or why the points are no line.
struct MemoryFit {
  std::optional<MemoryLine> line;
  std::string why_not;
};

/// The least-squares line through one kind of memory. It stands for the points only where their
/// lower and their upper half have the same slope: to 15 % of the line's own, or to eight pages
/// over half of the connections, which is as exact as memory is told. Pure.
MemoryFit fit_memory(std::span<const MemoryPoint> points,
                     std::optional<std::int64_t> MemoryPoint::*kind);

}  // namespace sockbench
