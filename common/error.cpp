#include "common/error.h"

#include <cstdio>
#include <cstdlib>

namespace sockbench {

int run_main(std::string_view program, const std::function<int()>& body) {
  const auto say = [&](const char* sentence) {
    std::fprintf(stderr, "%.*s: %s\n", static_cast<int>(program.size()), program.data(), sentence);
  };
  try {
    return body();
  } catch (const UsageError& error) {
    say(error.what());
    return kExitUsage;
  } catch (const std::exception& error) {
    say(error.what());
    return kExitFailed;
  }
}

void assertion_failed(const char* expression, const char* file, int line) {
  std::fprintf(stderr, "%s:%d: assertion failed: %s\n", file, line, expression);
  std::abort();
}

}  // namespace sockbench
