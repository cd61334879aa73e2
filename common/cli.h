#pragma once

#include <CLI/CLI.hpp>
#include <optional>

#include "common/error.h"

namespace sockbench {

/// Parses the command line. Returns an exit code when the program must end now: 0 after --help or
/// --version, kExitUsage after a mistake, which is answered in one sentence.
inline std::optional<int> parse_command_line(CLI::App& app, int argc, char** argv) {
  app.failure_message([](const CLI::App* failed, const CLI::Error& error) {
    return failed->get_name() + ": " + error.what() + " (see --help)\n";
  });
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? kExitOk : kExitUsage;
  }
  return std::nullopt;
}

}  // namespace sockbench
