// scripts/ci_gate.sh and short_gate.sh in a repository whose servers are built in no time, with a
// `sockbench duel` that only says what it is told to.

#include <gtest/gtest.h>

#include <algorithm>
#include <csignal>
#include <filesystem>

#include "common/error.h"
#include "common/file.h"
#include "tests/end_to_end/gate_repository.h"
#include "tests/end_to_end/processes.h"

namespace sockbench::test {
namespace {

namespace fs = std::filesystem;
using nlohmann::ordered_json;
using Strings = std::vector<std::string>;

constexpr int kSkipped = 77;
constexpr milliseconds kPromptly{10'000};

testing::AssertionResult says(const std::string& text, const std::string& part) {
  if (text.find(part) != std::string::npos) return testing::AssertionSuccess();
  return testing::AssertionFailure() << "'" << part << "' is not in:\n" << text;
}

testing::AssertionResult refuses(const Outcome& outcome, const std::string& part) {
  if (outcome.status != kExitUsage ||
      std::count(outcome.err.begin(), outcome.err.end(), '\n') != 1) {
    return testing::AssertionFailure() << outcome.status.value_or(-1) << ": " << outcome.err;
  }
  return says(outcome.err, part);
}

/// A PATH with what the scripts call, but for one program.
std::string path_without(const GateRepository& repository, const std::string& missing) {
  const fs::path folder = repository.path("programs");
  fs::create_directories(folder);
  for (const char* name :
       {"bash", "sh",         "git",   "cmake", "ninja", "tar",     "objcopy", "python3",
        "sed",  "sort",       "rm",    "cp",    "mv",    "mktemp",  "mkdir",   "install",
        "cat",  "cmp",        "sleep", "grep",  "tr",    "dirname", "paste",   "sha256sum",
        "c++",  "dpkg-query", "env",   "gzip",  "head",  "as",      "ld",      "ld.lld"}) {
    if (name != missing && fs::exists(fs::path("/usr/bin") / name)) {
      fs::create_symlink(fs::path("/usr/bin") / name, folder / name);
    }
  }
  return "PATH=" + folder.string();
}

TEST(CiGate, RefusesWhatItCannotUse) {
  const GateRepository repository;
  const struct {
    Strings arguments;
    const char* part;
  } cases[] = {
      {{}, "usage is"},
      {{"HEAD", "HEAD", "HEAD"}, "usage is"},
      {{"HEAD", "--bogus"}, "'--bogus' is not known"},
      {{"HEAD", "--workloads", "busy"}, "after --"},
      {{"HEAD", "--models"}, "--models needs"},
      {{"HEAD", "--models="}, "--models needs a value"},
      {{"HEAD", "--models", "epoll,,poll"}, "'epoll,,poll'"},
      {{"HEAD", "--models", "epoll,kqueue"}, "'kqueue'; head has epoll poll"},
      {{"HEAD", "--layouts", "0"}, "from 1 to 16, not '0'"},
      {{"HEAD", "--layouts=many"}, "'many'"},
      {{"HEAD", "--cache", "/dev/null/x"}, "/dev/null/x cannot be made"},
      {{"nowhere"}, "no commit 'nowhere'"},
      {{"HEAD", "elsewhere"}, "no commit 'elsewhere'"},
      {{"HEAD~1"}, "no commit 'HEAD~1'"},
      {{"HEAD:servers"}, "no commit 'HEAD:servers'"},
  };
  for (const auto& c : cases) {
    EXPECT_TRUE(refuses(repository.gate(c.arguments), c.part));
    EXPECT_EQ(repository.temporary_files(), Strings());
  }
  EXPECT_EQ(repository.duels(), Strings());
}

TEST(CiGate, RefusesAFolderThatCannotBeMade) {
  const GateRepository repository;
  const Outcome outcome =
      run_to_end(repository.command("ci_gate.sh", {"HEAD", "--out", "/dev/null/x"}));
  EXPECT_TRUE(refuses(outcome, "/dev/null/x cannot be made"));
}

TEST(CiGate, HelpNamesEveryFlag) {
  const GateRepository repository;
  const Outcome outcome = repository.gate({"--help"});
  EXPECT_EQ(outcome.status, 0);
  for (const char* flag : {"--models", "--out", "--short", "--cache", "--layouts"}) {
    EXPECT_TRUE(says(outcome.out, flag));
  }
  EXPECT_FALSE(says(outcome.out, "set -"));
}

TEST(CiGate, RefusesUncommittedChangesUnlessHeadIsNamed) {
  const GateRepository repository;
  repository.write("untracked.txt", "as results are");
  EXPECT_EQ(repository.gate({"HEAD", "--models", "epoll"}).status, 0);
  repository.write("servers/epoll.cpp", "echo changed\n");
  EXPECT_TRUE(refuses(repository.gate({"HEAD"}), "commit them, stash them, or name HEAD_REV"));
  EXPECT_EQ(repository.gate({"HEAD", "HEAD", "--models", "epoll"}).status, 0);
  repository.git({"add", "--all"});
  EXPECT_TRUE(refuses(repository.gate({"HEAD"}), "uncommitted changes"));
}

TEST(CiGate, NeedsARepository) {
  const GateRepository repository;
  fs::remove_all(repository.in_repository(".git"));
  EXPECT_TRUE(refuses(repository.gate({"HEAD"}), "is not a git repository"));
  EXPECT_TRUE(
      refuses(repository.gate({"HEAD"}, {path_without(repository, "git")}), "git is missing"));
}

TEST(CiGate, IsNotLedAwayByTheVariablesOfAHook) {
  const GateRepository repository;
  EXPECT_EQ(repository.gate({"HEAD", "--models", "epoll"}, {"GIT_DIR=/nowhere"}).status, 0);
}

TEST(CiGate, SaysThatAShallowCloneLacksCommits) {
  const GateRepository repository;
  repository.commit_server("epoll", "echo two");
  const fs::path whole = repository.path("whole");
  fs::rename(repository.in_repository(""), whole);
  const Outcome cloned = run_to_end({"/usr/bin/git", "clone", "--quiet", "--depth", "1",
                                     "file://" + whole.string(), repository.in_repository("")});
  ASSERT_EQ(cloned.status, 0) << cloned.err;
  EXPECT_TRUE(refuses(repository.gate({"HEAD~1"}), "git fetch --unshallow"));
}

TEST(CiGate, IdenticalProgramsPassWithoutADuel) {
  const GateRepository repository;
  repository.write("README.md", "read me\n");
  repository.commit("Say more");
  const Outcome outcome = repository.gate({"HEAD~1"}, {"SOCKBENCH=/nowhere/sockbench"});
  EXPECT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_TRUE(says(outcome.out, "PASS. Nothing got worse: 0 measured, 2 identical."));
  EXPECT_TRUE(
      outcome.out.ends_with("summary: " + (repository.out() / "summary.md").string() + "\n"))
      << outcome.out;
  const ordered_json verdict = repository.verdict();
  EXPECT_EQ(verdict["verdict"], "pass");
  EXPECT_EQ(verdict["exit_code"], 0);
  ASSERT_EQ(verdict["models"].size(), 2U);
  for (const ordered_json& model : verdict["models"]) EXPECT_EQ(model["identical"], true);
  EXPECT_TRUE(fs::exists(repository.out() / "junit.xml"));
  EXPECT_EQ(repository.temporary_files(), Strings());
}

TEST(CiGate, MeasuresTheModelsWhoseProgramsDiffer) {
  const GateRepository repository;
  const std::string base = repository.git({"rev-parse", "HEAD"});
  const std::string head = repository.commit_server("poll", "echo another");
  const Outcome outcome =
      repository.gate({base, "--layouts=2", "--", "--budget", "9s", "--workloads", "busy,paced"});
  EXPECT_EQ(outcome.status, 0) << outcome.err;
  ASSERT_EQ(repository.duels().size(), 1U);
  const std::string duel = repository.duels()[0];
  std::size_t place = 0;
  for (const std::string& part :
       {std::string("duel --base "), std::string("/base/1/server-poll --base "),
        std::string("/base/2/server-poll --base-label " + base.substr(0, 12)),
        std::string(" --head "), std::string("/head/1/server-poll --head "),
        std::string("/head/2/server-poll --head-label " + head.substr(0, 12)),
        " --out " + (repository.out() / "poll").string(),
        std::string(" --budget 9s --workloads busy,paced")}) {
    const std::size_t found = duel.find(part, place);
    ASSERT_NE(found, std::string::npos) << part << " is not in order in " << duel;
    place = found;
  }
  EXPECT_EQ(duel.find("--short"), std::string::npos);
  const ordered_json models = repository.verdict()["models"];
  EXPECT_EQ(models[0]["identical"], true);
  EXPECT_EQ(models[1]["duel"], "poll/duel.json");
  EXPECT_EQ(repository.temporary_files(), Strings());
}

TEST(CiGate, ShortTakesOneLayout) {
  const GateRepository repository;
  repository.commit_server("epoll", "echo another");
  EXPECT_EQ(repository.gate({"HEAD~1", "--short"}).status, 0);
  ASSERT_EQ(repository.duels().size(), 1U);
  EXPECT_TRUE(says(repository.duels()[0], " --short"));
  EXPECT_FALSE(says(repository.duels()[0], "/2/server-epoll"));
}

TEST(CiGate, TheWorstModelDecides) {
  const struct {
    ordered_json epoll;
    ordered_json poll;
    int status;
    const char* verdict;
  } cases[] = {
      {duel_of("regression", 1), duel_of("pass", 0), kExitRegression, "regression"},
      {duel_of("pass", 0), duel_of("inconclusive", 0), kExitOk, "inconclusive"},
      {duel_of("pass", 0), duel_of("inconclusive", 3), kExitInconclusive, "inconclusive"},
      {duel_of("failed", 4), duel_of("regression", 1), kExitFailed, "failed"},
  };
  const GateRepository repository;
  repository.write("build_step.sh", "mkdir -p ${2%/*} && (cat $1 && echo '# head') > $2\n");
  repository.commit("Change both");
  for (const auto& c : cases) {
    repository.answer("epoll", c.epoll);
    repository.answer("poll", c.poll);
    const Outcome outcome = repository.gate({"HEAD~1", "--cache", repository.path("cache")});
    EXPECT_EQ(outcome.status, c.status) << outcome.err;
    EXPECT_EQ(repository.verdict()["verdict"], c.verdict);
    EXPECT_EQ(repository.verdict()["exit_code"], c.status);
  }
}

TEST(CiGate, ADuelThatCrashesFailed) {
  const GateRepository repository;
  repository.commit_server("epoll", "echo another");
  EXPECT_EQ(repository.gate({"HEAD~1"}).status, 0);
  repository.duel_does("kill -SEGV $$");
  EXPECT_EQ(repository.gate({"HEAD~1"}).status, kExitFailed);
  EXPECT_TRUE(says(repository.verdict()["models"][0]["sentence"], "status 139"));
}

TEST(CiGate, ADuelThatRefusesIsWrongUsage) {
  const GateRepository repository;
  repository.commit_server("epoll", "echo another");
  repository.duel_does("echo 'sockbench: no.' >&2; exit 2");
  const Outcome outcome = repository.gate({"HEAD~1", "--", "--bogus"});
  EXPECT_EQ(outcome.status, kExitUsage);
  EXPECT_TRUE(says(outcome.err, "sockbench: no.\n"));
  EXPECT_EQ(repository.temporary_files(), Strings());
}

TEST(CiGate, NeedsTheHarnessThatIsNamed) {
  const GateRepository repository;
  repository.commit_server("epoll", "echo another");
  const Outcome outcome = repository.gate({"HEAD~1"}, {"SOCKBENCH=/nowhere/sockbench"});
  EXPECT_EQ(outcome.status, kExitUsage);
  EXPECT_TRUE(says(outcome.err, "/nowhere/sockbench"));
}

TEST(CiGate, TheSameCommitIsMeasuredAsAAgainstA) {
  const GateRepository repository;
  const Outcome outcome = repository.gate({"HEAD"});
  EXPECT_EQ(outcome.status, 0) << outcome.err;
  ASSERT_EQ(repository.duels().size(), 1U);
  EXPECT_TRUE(says(repository.duels()[0], "server-epoll"));
  EXPECT_TRUE(says(outcome.out, "the same commit"));
  EXPECT_TRUE(says(repository.verdict()["remarks"].dump(), "A against A"));
}

TEST(CiGate, AModelOfOneSideHasNothingToBeComparedWith) {
  const GateRepository repository;
  repository.write("servers/new.cpp", "echo new\n");
  repository.write(
      "servers/CMakeLists.txt",
      read_file(repository.in_repository("servers/CMakeLists.txt")) + "add_server(new)\n");
  repository.commit("Add a model");
  EXPECT_EQ(repository.gate({"HEAD~1", "--models", "new"}).status, 0);
  EXPECT_TRUE(says(repository.verdict()["models"][0]["sentence"], "Only head"));
  EXPECT_EQ(repository.gate({"HEAD", "HEAD~1"}).status, 0);
  EXPECT_TRUE(says(repository.verdict()["models"][1]["sentence"], "Only base"));
  EXPECT_EQ(repository.duels(), Strings());
}

class DoesNotBuild : public testing::TestWithParam<const char*> {};

/// A gate between `commit`, as the side `broken`, and the one before it.
Outcome gate_with(const GateRepository& repository, const std::string& commit,
                  const std::string& broken) {
  return broken == "base" ? repository.gate({commit, commit + "~1"})
                          : repository.gate({commit + "~1", commit});
}

TEST_P(DoesNotBuild, IsNamedWithItsLog) {
  const std::string broken = GetParam();
  const GateRepository repository;
  repository.write("build_step.sh", "echo the compiler is lost; exit 1\n");
  const std::string commit = repository.commit("Break it");
  const Outcome outcome = gate_with(repository, commit, broken);
  EXPECT_EQ(outcome.status, kExitFailed) << outcome.err;
  const fs::path log = repository.out() / "logs" / (broken + ".log");
  EXPECT_TRUE(says(outcome.out, "FAILED. The " + broken + " revision, " + commit.substr(0, 12) +
                                    ", does not build; its log is " + log.string() + ".\n"));
  EXPECT_TRUE(says(read_file(log), "the compiler is lost"));
  EXPECT_EQ(repository.verdict()["verdict"], "failed");
  EXPECT_EQ(repository.verdict()["not_built"], broken);
  EXPECT_EQ(repository.temporary_files(), Strings());
}

TEST_P(DoesNotBuild, NorDoesItsProject) {
  const std::string broken = GetParam();
  const GateRepository repository;
  repository.write("CMakeLists.txt", "message(FATAL_ERROR \"no project\")\n");
  const Outcome outcome = gate_with(repository, repository.commit("Break it"), broken);
  EXPECT_EQ(outcome.status, kExitFailed) << outcome.err;
  EXPECT_EQ(repository.verdict()["not_built"], broken);
}

INSTANTIATE_TEST_SUITE_P(CiGate, DoesNotBuild, testing::Values("base", "head"));

TEST(CiGate, ForgetsWhatAnEarlierGateFound) {
  const GateRepository repository;
  repository.commit_server("epoll", "echo another");
  EXPECT_EQ(repository.gate({"HEAD~1"}).status, 0);
  repository.duel_does("exit 0");
  EXPECT_EQ(repository.gate({"HEAD~1"}).status, kExitFailed) << "no verdict was written";
}

TEST(CiGate, LeavesTheRepositoryAsItIs) {
  const GateRepository repository;
  repository.commit_server("epoll", "echo another");
  repository.write("servers/poll.cpp", "echo poll\n");  // the index knows an older time of it
  const auto before = repository.files();
  EXPECT_EQ(repository.gate({"HEAD~1"}).status, 0);
  EXPECT_EQ(repository.files(), before);
}

TEST(CiGate, BuildsWhatIsInTheCacheNoMore) {
  const GateRepository repository;
  repository.commit_server("epoll", "echo another");
  const Strings arguments = {"HEAD~1", "--cache", repository.path("cache")};
  EXPECT_EQ(repository.gate(arguments).status, 0);
  const int configured = repository.configured();
  EXPECT_GT(configured, 0);
  EXPECT_EQ(repository.gate(arguments).status, 0);
  EXPECT_EQ(repository.configured(), configured);
  EXPECT_EQ(repository.duels().size(), 2U) << "it is measured again";
  repository.commit_server("epoll", "echo a third");
  EXPECT_EQ(repository.gate(arguments).status, 0);
  const int more = repository.configured();
  EXPECT_GT(more, configured) << "the head is new";
  EXPECT_EQ(repository.gate(arguments, {"LDFLAGS=-Wl,-O1"}).status, 0);
  EXPECT_GT(repository.configured(), more) << "other flags, other programs";
}

TEST(CiGate, TakesNoHalfWrittenProgramFromTheCache) {
  const GateRepository repository;
  const Strings arguments = {"HEAD", "--cache", repository.path("cache")};
  EXPECT_EQ(repository.gate(arguments).status, 0);
  int torn = 0;
  for (const auto& entry : fs::recursive_directory_iterator(repository.path("cache"))) {
    const std::string file = entry.path();
    if (!file.ends_with("/1/server-epoll")) continue;
    fs::rename(file, file + ".4711.tmp");
    ++torn;
  }
  ASSERT_EQ(torn, 1);
  const int configured = repository.configured();
  EXPECT_EQ(repository.gate(arguments).status, 0);
  EXPECT_GT(repository.configured(), configured);
}

TEST(CiGate, DoesWithOneLayoutWhereTheLinkerIsMissing) {
  const GateRepository repository;
  repository.commit_server("epoll", "echo another");
  const Outcome outcome = repository.gate({"HEAD~1"}, {path_without(repository, "ld.lld")});
  EXPECT_EQ(outcome.status, 0) << outcome.err;
  ASSERT_EQ(repository.duels().size(), 1U);
  EXPECT_FALSE(says(repository.duels()[0], "/2/server-epoll"));
  EXPECT_TRUE(says(repository.verdict()["remarks"].dump(), "package lld"));
}

TEST(CiGate, ChangedCountsPassWhereACommitWantsThem) {
  const GateRepository repository;
  repository.answer("epoll", duel_of_changed_counts());
  const std::string base = repository.git({"rev-parse", "HEAD"});
  repository.commit_server("epoll", "echo another");
  const Outcome unwanted = repository.gate({base});
  EXPECT_EQ(unwanted.status, kExitRegression) << unwanted.err;
  EXPECT_TRUE(says(unwanted.out, "Counts-Changed: REASON"));
  repository.commit("Check the flag\n\nIt must be known.\n\nCounts-Changed: one fcntl more");
  repository.commit("Something else");
  const Outcome wanted = repository.gate({base});
  EXPECT_EQ(wanted.status, 0) << wanted.err;
  EXPECT_EQ(repository.verdict()["counts_changed"], ordered_json::array({"one fcntl more"}));
  EXPECT_TRUE(says(read_file(repository.out() / "summary.md"), "one fcntl more"));
}

class InterruptedCiGate : public testing::TestWithParam<int> {};

TEST_P(InterruptedCiGate, LeavesNothingWhileItBuilds) {
  const GateRepository repository;
  repository.write("build_step.sh",
                   "touch '" + repository.path("started").string() + "'; sleep 1000\n");
  repository.commit("Build for ever");
  ChildProcess gate(repository.command("ci_gate.sh", {"HEAD~1", "--out", repository.out()}));
  ASSERT_TRUE(eventually([&] { return fs::exists(repository.path("started")); }));
  gate.signal(GetParam());
  EXPECT_EQ(gate.wait_for_exit(Deadline(kPromptly)), kExitInterrupted) << gate.stderr_text();
  EXPECT_TRUE(says(gate.stderr_text(), "ci_gate: interrupted.\n"));
  EXPECT_TRUE(nothing_is_left());
  EXPECT_EQ(repository.temporary_files(), Strings());
}

TEST_P(InterruptedCiGate, LeavesNothingWhileItMeasures) {
  const GateRepository repository;
  repository.commit_server("epoll", "echo another");
  repository.duel_does("trap 'exit 130' INT; touch started; sleep 1000");
  ChildProcess gate(repository.command("ci_gate.sh", {"HEAD~1", "--out", repository.out()}));
  ASSERT_TRUE(eventually([&] { return fs::exists(repository.path("answers/started")); }));
  gate.signal(GetParam());
  EXPECT_EQ(gate.wait_for_exit(Deadline(kPromptly)), kExitInterrupted) << gate.stderr_text();
  EXPECT_TRUE(says(gate.stderr_text(), "ci_gate: interrupted.\n"));
  EXPECT_TRUE(nothing_is_left());
  EXPECT_EQ(repository.temporary_files(), Strings());
  EXPECT_FALSE(fs::exists(repository.out() / "verdict.json"));
}

INSTANTIATE_TEST_SUITE_P(CiGate, InterruptedCiGate, testing::Values(SIGINT, SIGTERM, SIGHUP));

TEST(CiGate, LeavesNothingWhenItsTerminalGoesAway) {
  const GateRepository repository;
  repository.commit_server("epoll", "echo another");
  repository.duel_does("touch started; sleep 1000");
  Strings command = {"/bin/bash", "-c", "exec \"$@\" 2>/dev/full", "bash"};
  const Strings gate = repository.command("ci_gate.sh", {"HEAD~1", "--out", repository.out()});
  command.insert(command.end(), gate.begin(), gate.end());
  ChildProcess process(command);
  ASSERT_TRUE(eventually([&] { return fs::exists(repository.path("answers/started")); }));
  process.signal(SIGHUP);
  EXPECT_EQ(process.wait_for_exit(Deadline(kPromptly)), kExitInterrupted);
  EXPECT_TRUE(nothing_is_left());
  EXPECT_EQ(repository.temporary_files(), Strings());
}

Outcome short_gate(const GateRepository& repository) {
  return run_to_end(repository.command("short_gate.sh", {repository.out()}),
                    Deadline(milliseconds(60'000)));
}

TEST(ShortGate, IsSkippedWhereThereIsNothingToCompareWith) {
  const GateRepository repository;
  const Outcome first = short_gate(repository);
  EXPECT_EQ(first.status, kSkipped);
  EXPECT_TRUE(says(first.out, "HEAD has no parent"));
  fs::remove_all(repository.in_repository(".git"));
  const Outcome none = short_gate(repository);
  EXPECT_EQ(none.status, kSkipped);
  EXPECT_TRUE(says(none.out, "not a git repository"));
}

TEST(ShortGate, IsSkippedWhereTheParentDoesNotBuild) {
  const GateRepository repository;
  const std::string good = read_file(repository.in_repository("build_step.sh"));
  repository.write("build_step.sh", "exit 1\n");
  repository.commit("Break it");
  repository.write("build_step.sh", good);
  repository.commit_server("epoll", "echo another");
  const Outcome outcome = short_gate(repository);
  EXPECT_EQ(outcome.status, kSkipped) << outcome.err;
  EXPECT_TRUE(says(outcome.out, "the parent does not build"));
}

TEST(ShortGate, LooksAtNothingWhereNoServerCanHaveChanged) {
  const GateRepository repository;
  repository.write("README.md", "read me\n");
  repository.commit("Say more");
  const Outcome outcome = short_gate(repository);
  EXPECT_EQ(outcome.status, 0);
  EXPECT_TRUE(says(outcome.out, "nothing changed"));
  EXPECT_EQ(repository.configured(), 0);
}

TEST(ShortGate, LooksAtTheModelThatChanged) {
  const GateRepository repository;
  repository.commit_server("poll", "echo another");
  EXPECT_EQ(short_gate(repository).status, 0);
  ASSERT_EQ(repository.duels().size(), 1U);
  EXPECT_TRUE(says(repository.duels()[0], "server-poll"));
  EXPECT_TRUE(says(repository.duels()[0], " --short"));
}

TEST(ShortGate, LooksAtFixedModelsWhereWhatTheyShareChanged) {
  const GateRepository repository;
  repository.write("servers/session.h", "shared\n");
  repository.commit("Share");
  const Outcome outcome = short_gate(repository);
  EXPECT_EQ(outcome.status, 0) << outcome.err;
  ASSERT_EQ(repository.verdict()["models"].size(), 1U) << "only one of the three is here";
  EXPECT_EQ(repository.verdict()["models"][0]["model"], "epoll");
}

TEST(ShortGate, FailsOnChangedCountsThatNobodyAnnounced) {
  const GateRepository repository;
  repository.answer("epoll", duel_of_changed_counts());
  repository.commit_server("epoll", "echo another");
  EXPECT_EQ(short_gate(repository).status, kExitRegression);
  repository.git({"commit", "--quiet", "--amend", "--message", "Other\n\nCounts-Changed: why not"});
  EXPECT_EQ(short_gate(repository).status, 0);
}

}  // namespace
}  // namespace sockbench::test
