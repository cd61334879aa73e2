#pragma once

#include <CLI/CLI.hpp>
#include <optional>
#include <string>
#include <vector>

#include "common/error.h"
#include "common/nearest.h"

namespace sockbench {

/// The flags that `app` knows, with their dashes.
inline std::vector<std::string> flags_of(const CLI::App& app) {
  std::vector<std::string> flags;
  for (const CLI::Option* option : app.get_options()) {
    for (const std::string& name : option->get_lnames()) flags.push_back("--" + name);
  }
  return flags;
}

/// What was not understood as a sentence; empty when everything was. `used`: the subcommand that
/// was named, or the program.
inline std::string unknown_word(const CLI::App& app, const CLI::App& used) {
  const std::vector<std::string> surplus = used.remaining();
  if (surplus.empty()) return "";
  const std::string word = surplus.front().substr(0, surplus.front().find('='));
  if (word.starts_with('-')) {
    return "There is no flag '" + word + "'; " +
           did_you_mean(word, flags_of(used), "--help lists them.");
  }
  std::vector<std::string> names;
  for (const CLI::App* subcommand : app.get_subcommands(nullptr)) {
    names.push_back(subcommand->get_name());
  }
  if (&used != &app || names.empty()) return "'" + word + "' is one argument too many (see --help)";
  return "There is no subcommand '" + word + "'; " +
         did_you_mean(word, names, "--help lists them.");
}

/// Parses the command line. Returns an exit code when the program must end now: 0 after --help or
/// --version, kExitUsage after a mistake, which is answered in one sentence.
inline std::optional<int> parse_command_line(CLI::App& app, int argc, char** argv) {
  app.failure_message([](const CLI::App* failed, const CLI::Error& error) {
    const auto named = failed->get_subcommands();
    const std::string unknown = unknown_word(*failed, named.empty() ? *failed : *named.back());
    const std::string sentence =
        unknown.empty() ? std::string(error.what()) + " (see --help)" : unknown;
    return failed->get_name() + ": " + sentence + "\n";
  });
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? kExitOk : kExitUsage;
  }
  return std::nullopt;
}

}  // namespace sockbench
