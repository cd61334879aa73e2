// Completion in bash and zsh, driven as the shells drive it.

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <sstream>

#include "tests/end_to_end/help_texts.h"
#include "tests/end_to_end/sandbox.h"
#include "tests/end_to_end/terminal.h"

namespace sockbench::test {
namespace {

const std::string kScripts = SOCKBENCH_SOURCE_DIR "/scripts/completions/";

/// What bash offers for the last of these words.
Words bash_offers(const std::vector<std::string>& words) {
  std::string line = "source " + kScripts + "sockbench.bash\nCOMP_WORDS=('" +
                     (built_programs() / "sockbench").string() + "'";
  for (const std::string& word : words) line += " '" + word + "'";
  line += ")\nCOMP_CWORD=" + std::to_string(words.size()) +
          "\n_sockbench\nprintf '%s\\n' \"${COMPREPLY[@]}\"\n";
  const auto lines = lines_of(output_of({"/bin/bash", "-c", line}));
  return {lines.begin(), lines.end()};
}

Words names(const std::string& kind) {
  const auto lines = lines_of(output_of({built_programs() / "sockbench", "names", kind}));
  return {lines.begin(), lines.end()};
}

TEST(Completion, BashOffersEverySubcommand) {
  EXPECT_EQ(bash_offers({""}), subcommands_of_sockbench());
  EXPECT_EQ(bash_offers({"mod"}), (Words{"models", "models-md"}));
  EXPECT_EQ(bash_offers({"--"}), flags_of_program("sockbench"));
}

TEST(Completion, BashOffersEveryFlag) {
  for (const std::string& subcommand : subcommands_of_sockbench()) {
    if (subcommand == "names") continue;  // its kinds are all that it takes
    EXPECT_EQ(bash_offers({subcommand, "--"}), flags_of_program("sockbench", subcommand))
        << subcommand;
  }
}

TEST(Completion, BashOffersNames) {
  Words models = names("models");
  EXPECT_TRUE(models.contains("epoll") && models.contains("io_uring"));
  models.insert("none");
  EXPECT_EQ(bash_offers({"run", "--models", ""}), models);
  EXPECT_EQ(bash_offers({"run", "--models", "epoll,sel"}), Words{"epoll,select"});
  EXPECT_EQ(bash_offers({"run", "--workloads", ""}), names("workloads"));
  EXPECT_EQ(bash_offers({"run", "--claim", ""}), names("claims"));
  EXPECT_EQ(bash_offers({"claims", "x.json", "--id", "select-s"}), (Words{"select-scan-grows"}));
  EXPECT_EQ(bash_offers({"run", "--suite", "qui"}), Words{"quick"});
  EXPECT_EQ(bash_offers({"run", "--contestant", "gev"}), Words{"gevent"});
  EXPECT_EQ(bash_offers({"run", "--progress", "ta"}), Words{"table"});
  EXPECT_EQ(bash_offers({"export", "--format", "g"}), Words{"gbench"});
  EXPECT_EQ(bash_offers({"workloads", "pingp"}), (Words{"pingpong", "pingpong_awake"}));
  EXPECT_EQ(bash_offers({"names", ""}),
            (Words{"claims", "contestants", "models", "suites", "trials", "workloads"}));
  EXPECT_EQ(bash_offers({"gate", "--only", "a_a,cpu_2"}), Words{"a_a,cpu_2_percent"});
  EXPECT_EQ(bash_offers({"gate", "--workload", "pingp"}), (Words{"pingpong", "pingpong_awake"}));
}

TEST(Completion, NamesAreWhatTheProgramTakes) {
  for (const std::string& claim : names("claims")) {
    const Outcome outcome =
        run_to_end({built_programs() / "sockbench", "claims", "--list", "--id", claim});
    EXPECT_EQ(outcome.status, 0) << outcome.err;
  }
  const Words workloads = names("workloads");
  EXPECT_TRUE(workloads.contains("pingpong") && workloads.contains("scaling"));
  const Outcome unknown = run_to_end({built_programs() / "sockbench", "names", "modles"});
  EXPECT_EQ(unknown.status, 2);
  EXPECT_NE(unknown.err.find("did you mean 'models'?"), std::string::npos) << unknown.err;
}

class CompletionInZsh : public testing::Test {
 protected:
  void SetUp() override {
    if (!std::filesystem::exists("/usr/bin/zsh")) GTEST_SKIP() << "zsh is not installed";
  }
};

TEST_F(CompletionInZsh, IsValid) {
  EXPECT_EQ(run_to_end({"/usr/bin/zsh", "-n", kScripts + "_sockbench"}).status, 0);
}

/// What zsh makes of a line when the tabulator is pressed at its end.
std::string zsh_completes(const std::string& line) {
  const std::string path = built_programs().string();
  TerminalProcess shell(
      {"/usr/bin/env", "PATH=" + path + ":/usr/bin:/bin", "TERM=dumb", "/usr/bin/zsh", "-f", "-i"},
      200, 50);
  shell.type(
      "fpath=(" + kScripts + " $fpath); autoload -U compinit; compinit -D -u; " +
      "unsetopt zle_bracketed_paste prompt_cr; show() { print \"[$BUFFER]\"E''ND; }; zle -N show;" +
      " bindkey '^X' show; print rea''dy\n");
  if (!shell.read_until("ready\r\n")) return shell.output();
  const std::size_t before = shell.output().size();
  shell.type(line + "\t\030");
  if (!shell.read_until("]END")) return shell.output();
  const std::string after = shell.output().substr(before);
  const std::size_t begin = after.rfind('[');
  return after.substr(begin + 1, after.rfind(']') - begin - 1);
}

TEST_F(CompletionInZsh, CompletesSubcommandsFlagsAndNames) {
  EXPECT_EQ(zsh_completes("sockbench doc"), "sockbench doctor ");
  EXPECT_EQ(zsh_completes("sockbench run --prec"), "sockbench run --precision ");
  EXPECT_EQ(zsh_completes("sockbench run --models epoll,sel"),
            "sockbench run --models epoll,select");
  EXPECT_EQ(zsh_completes("sockbench run --claim select-sc"),
            "sockbench run --claim select-scan-grows ");
}

}  // namespace
}  // namespace sockbench::test
