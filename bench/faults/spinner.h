#pragma once

#include <cstdint>

namespace sockbench::faults {

/// Burns CPU time in a loop whose speed was measured beforehand: reading the clock costs a quarter
/// of the shortest spins.
class Spinner final {
 public:
  /// Measures the loop, for some 5 ms of CPU time.
  Spinner();

  /// How many steps burn `ns`; spins shorter than their own overhead (about 10 ns) have none.
  std::uint64_t steps_of(std::int64_t ns) const;
  static void spin(std::uint64_t steps);

 private:
  double ns_per_step_ = 0;
  double overhead_ns_ = 0;
};

}  // namespace sockbench::faults
