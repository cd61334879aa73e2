#pragma once

#include <cerrno>
#include <functional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>

namespace sockbench {

/// Exit codes of every program (docs: README, "Exit codes").
enum ExitCode : int {
  kExitOk = 0,
  kExitRegression = 1,    ///< a regression or a failed check
  kExitUsage = 2,         ///< wrong usage or input
  kExitInconclusive = 3,  ///< the data do not decide
  kExitFailed = 4,        ///< a contestant or the harness failed
  kExitInterrupted = 130,
};

/// Wrong usage or input. `what()` is one sentence that says what was wrong and what to do.
class UsageError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Set-up calls: returns `rc`, or throws std::system_error(errno, what) when it is negative.
inline int check(int rc, std::string_view what) {
  if (rc < 0) throw std::system_error(errno, std::generic_category(), std::string(what));
  return rc;
}

/// Runs a program's body; an exception becomes one sentence on standard error and an exit code
/// (UsageError: kExitUsage, anything else: kExitFailed). The only place that catches set-up errors.
int run_main(std::string_view program, const std::function<int()>& body);

/// Programmer errors: stays on in release builds, prints the expression and aborts.
[[noreturn]] void assertion_failed(const char* expression, const char* file, int line);

}  // namespace sockbench

#define SOCKBENCH_ASSERT(expression) \
  ((expression) ? (void)0 : ::sockbench::assertion_failed(#expression, __FILE__, __LINE__))
