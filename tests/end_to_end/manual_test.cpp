// The manual pages say what --help says: every flag and subcommand of one is in the other.

#include <gtest/gtest.h>

#include <filesystem>
#include <map>
#include <regex>

#include "common/file.h"
#include "tests/end_to_end/help_texts.h"
#include "tests/end_to_end/sandbox.h"

namespace sockbench::test {
namespace {

namespace fs = std::filesystem;

const fs::path kPages = SOCKBENCH_SOURCE_DIR "/docs/man";

/// "\-suite" of the source as it is typed.
std::string as_typed(const std::string& source) {
  return std::regex_replace(source, std::regex(R"(\\-)"), "-");
}

/// Flags that are items of a list, by the subsection that holds them; "" before the first.
std::map<std::string, Words> flags_by_section(const std::string& page) {
  static const std::regex kFlag(R"(Fl \\-([a-z][a-z-]*))");
  std::map<std::string, Words> flags;
  std::string section;
  for (const std::string& line : lines_of(page)) {
    if (line.starts_with(".Sh ")) section.clear();
    if (line.starts_with(".Ss ")) section = as_typed(line.substr(4));
    if (!line.starts_with(".It ")) continue;
    for (std::sregex_iterator it(line.begin(), line.end(), kFlag), end; it != end; ++it) {
      flags[section].insert("--" + it->str(1));
    }
  }
  return flags;
}

std::string page(const std::string& name) { return read_file((kPages / (name + ".1")).string()); }

Words all_flags(const std::string& name) {
  Words all;
  for (const auto& [section, flags] : flags_by_section(page(name))) {
    all.insert(flags.begin(), flags.end());
  }
  return all;
}

TEST(Manual, SockbenchHasEverySubcommandWithItsFlags) {
  auto sections = flags_by_section(page("sockbench"));
  Words described;
  for (const std::string& line : lines_of(page("sockbench"))) {
    if (line.starts_with(".Ss ")) described.insert(as_typed(line.substr(4)));
  }
  Words subcommands = subcommands_of_sockbench();
  EXPECT_TRUE(subcommands.contains("run"));
  for (const std::string& subcommand : subcommands) {
    Words flags = flags_of_program("sockbench", subcommand);
    EXPECT_EQ(flags.erase("--help"), 1U) << subcommand;
    EXPECT_EQ(sections[subcommand], flags) << subcommand;
  }
  EXPECT_EQ(sections["Every subcommand"], Words{"--help"});
  Words without = flags_of_program("sockbench");
  EXPECT_EQ(without.erase("--help"), 1U);
  EXPECT_EQ(sections["No subcommand"], without);
  subcommands.insert({"Every subcommand", "No subcommand"});
  EXPECT_EQ(described, subcommands);
}

TEST(Manual, LoadgenAndMicroHaveEveryFlag) {
  EXPECT_EQ(all_flags("loadgen"), flags_of_program("loadgen"));
  EXPECT_EQ(all_flags("sockbench-micro"), flags_of_program("sockbench-micro"));
}

TEST(Manual, OnePageHasEveryModelWithItsFlags) {
  const std::string text = page("server-MODEL");
  Words flags;
  std::size_t models = 0;
  for (const auto& entry : fs::directory_iterator(built_programs())) {
    const std::string program = entry.path().filename();
    if (!program.starts_with("server-")) continue;
    ++models;
    EXPECT_NE(text.find(".Nm " + program + " "), std::string::npos) << program;
    flags.merge(flags_of_program(program));
  }
  EXPECT_GE(models, 18U);
  EXPECT_EQ(all_flags("server-MODEL"), flags);
}

TEST(Manual, PagesAreCleanMdoc) {
  if (!fs::exists("/usr/bin/mandoc")) GTEST_SKIP() << "mandoc is not installed";
  int pages = 0;
  for (const auto& entry : fs::directory_iterator(kPages)) {
    const Outcome outcome =
        run_to_end({"/usr/bin/mandoc", "-Tlint", "-Wwarning", entry.path().string()});
    EXPECT_EQ(outcome.status, 0) << outcome.out;
    EXPECT_EQ(outcome.out, "");
    ++pages;
  }
  EXPECT_EQ(pages, 4);
}

}  // namespace
}  // namespace sockbench::test
