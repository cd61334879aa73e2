#pragma once

#include <filesystem>
#include <set>
#include <string>
#include <vector>

namespace sockbench::test {

using Words = std::set<std::string>;

/// The long flags in what --help prints.
Words flags_in_help(const std::string& help);
/// The subcommands in what --help prints.
Words subcommands_in_help(const std::string& help);

/// What `program` prints on standard output when called with these arguments; it must succeed.
std::string output_of(const std::vector<std::string>& command);
Words flags_of_program(const std::string& program, const std::string& subcommand = "");
Words subcommands_of_sockbench();

/// The lines of a text.
std::vector<std::string> lines_of(const std::string& text);

}  // namespace sockbench::test
