#include "tests/end_to_end/help_texts.h"

#include <gtest/gtest.h>

#include <regex>
#include <sstream>

#include "tests/end_to_end/sandbox.h"

namespace sockbench::test {

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

Words flags_in_help(const std::string& help) {
  static const std::regex kFlag("^  (?:-[a-zA-Z],)?(--[a-z][a-z-]*)( .*)?$");
  Words flags;
  for (const std::string& line : lines_of(help)) {
    std::smatch match;
    if (std::regex_match(line, match, kFlag)) flags.insert(match[1]);
  }
  return flags;
}

Words subcommands_in_help(const std::string& help) {
  static const std::regex kName("^  ([a-z][a-z-]*) .*$");
  Words names;
  bool among_them = false;
  for (const std::string& line : lines_of(help)) {
    std::smatch match;
    if (line.empty() || line == "Subcommands:") among_them = line == "Subcommands:";
    if (among_them && std::regex_match(line, match, kName)) names.insert(match[1]);
  }
  return names;
}

std::string output_of(const std::vector<std::string>& command) {
  const Outcome outcome = run_to_end(command);
  EXPECT_EQ(outcome.status, 0) << command.front() << ": " << outcome.err;
  return outcome.out;
}

Words flags_of_program(const std::string& program, const std::string& subcommand) {
  std::vector<std::string> command = {built_programs() / program};
  if (!subcommand.empty()) command.push_back(subcommand);
  command.emplace_back("--help");
  return flags_in_help(output_of(command));
}

Words subcommands_of_sockbench() {
  return subcommands_in_help(output_of({built_programs() / "sockbench", "--help"}));
}

}  // namespace sockbench::test
