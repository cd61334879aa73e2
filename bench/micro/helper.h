#pragma once

#include <cstdint>
#include <functional>

#include "common/fd.h"

namespace sockbench::micro {

/// A process that answers demands one after the other, and ends with this one. Make it before there
/// are connections: it inherits what is open then.
class Helper final {
 public:
  struct Demand {
    std::int64_t first = 0;
    std::int64_t last = 0;
  };
  /// Runs in the helper and may keep a state there. Returns 0 or more, or a negative errno.
  using Answer = std::function<std::int64_t(Demand)>;

  /// Throws std::system_error.
  explicit Helper(const Answer& answer);
  /// Throws std::system_error with `what` when the answer is a negative errno, std::runtime_error
  /// when the helper has ended.
  std::int64_t ask(Demand demand, const char* what) const;

 private:
  Fd demands_;
  Fd answers_;
};

}  // namespace sockbench::micro
