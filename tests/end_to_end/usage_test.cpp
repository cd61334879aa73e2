// Mistakes of the user: one sentence, the right exit code, and nothing written.

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "bench/document/run.h"
#include "common/error.h"
#include "common/file.h"
#include "tests/end_to_end/help_texts.h"
#include "tests/end_to_end/sandbox.h"

namespace sockbench::test {
namespace {

void expect_one_sentence(const Outcome& outcome, const std::string& named) {
  EXPECT_EQ(std::count(outcome.err.begin(), outcome.err.end(), '\n'), 1) << outcome.err;
  EXPECT_EQ(outcome.err.rfind("sockbench: ", 0), 0U) << outcome.err;
  EXPECT_NE(outcome.err.find(named), std::string::npos) << outcome.err;
  EXPECT_EQ(outcome.out, "");
}

TEST(Usage, MistakesOnTheCommandLine) {
  const Sandbox sandbox;
  sandbox.folder().write("broken.json", "{\"name\": ");
  sandbox.folder().write("wrong.json", R"({"name": "a", "title": "b", "restarts": 0})");
  const std::string broken = sandbox.path("broken.json");
  const std::string wrong = sandbox.path("wrong.json");
  const std::vector<Mistake> mistakes = {
      {{"fly"}, "subcommand 'fly'"},
      {{"docotr"}, "did you mean 'doctor'?"},
      {{"--fast"}, "'--fast'"},
      {{"run", "--bogus"}, "--bogus"},
      {{"run", "--restrats", "2"}, "did you mean '--restarts'?"},
      {{"run", "--progress", "tabel"}, "did you mean 'table'?"},
      {{"run", "--contestant", "asyncoi", "--models", "epoll"}, "'asyncoi'"},
      {{"run", "surplus"}, "surplus"},
      {{"run", "--models", "epoll,kqueue"}, "'kqueue'"},
      {{"run", "--models", "epol"}, "There is no model 'epol'; did you mean 'epoll'?"},
      {{"run", "--workloads", "dou"}, "did you mean 'duo'?"},
      {{"run", "--suite", "tny"}, "did you mean 'tiny'?"},
      {{"workloads", "duoo"}, "did you mean 'duo'?"},
      {{"run", "--models", ""}, ""},
      {{"run", "--models", "epoll,epoll --bogus 1"}, "'epoll --bogus 1' refuses"},
      {{"run", "--workloads", "duo,lazy"}, "'lazy'"},
      {{"run", "--suite", "nightly"}, "'nightly'"},
      {{"run", "--suite", broken}, "broken.json is not JSON"},
      {{"run", "--suite", wrong}, "wrong.json: 'restarts'"},
      {{"run", "--server-cpus", "999"}, "--server-cpus"},
      {{"run", "--server-cpus", "x"}, "--server-cpus 'x'"},
      {{"run", "--generator-cpus", "0-"}, "--generator-cpus '0-'"},
      {{"run", "--restarts", "0"}, "--restarts"},
      {{"run", "--restarts", "-1"}, "--restarts"},
      {{"run", "--restarts", "two"}, "--restarts"},
      {{"run", "--seed", "x"}, "--seed"},
      {{"run", "--precision", "1"}, "--precision '1'"},
      {{"run", "--precision", "0%"}, "--precision"},
      {{"run", "--budget", "soon"}, "--budget 'soon'"},
      {{"run", "--budget", "0"}, "--budget"},
      {{"run", "--memory-budget", "all"}, "--memory-budget 'all'"},
      {{"run", "--out"}, "--out"},
      {{"validate"}, "file"},
      {{"report-md"}, "file"},
      {{"doctor", "surplus"}, "surplus"},
      {{"advice"}, "file is required"},
      {{"advice", "missing.json"}, "missing.json"},
      {{"advice", broken}, "broken.json' is not JSON"},
      {{"advice", wrong}, "wrong.json' is not a valid run"},
      {{"cost-model", wrong}, "--micro is required"},
      {{"cost-model", wrong, "--micro", broken}, "wrong.json' is not a valid run"},
      {{"gate"}, "'sockbench duel' compares two builds of a server, and scripts/ci_gate.sh"},
      {{"gate", "--selftest", "--only", "sycsall"}, "did you mean 'syscall'?"},
      {{"gate", "--selftest", "--only", "a_a,sycsall"}, "no trial 'sycsall'; did you mean"},
      {{"gate", "--selftest", "--runs", "0"}, "--runs"},
      {{"gate", "--selftest", "--out", "nowhere", "--resume"}, "nowhere/selftest.json"},
      {{"compare"}, "a is required"},
      {{"compare", broken}, "b is required"},
      {{"compare", "missing.json", broken}, "missing.json"},
      {{"compare", broken, broken}, "broken.json' is not JSON"},
      {{"compare", wrong, wrong}, "wrong.json' is not a valid run"},
      {{"pool"}, "runs is required"},
      {{"pool", "missing.json"}, "missing.json"},
      {{"pool", broken, broken}, "broken.json' is not JSON"},
      {{"pool", wrong, wrong}, "wrong.json' is not a valid run"},
      {{"history"}, "file is required"},
      {{"history", "missing.json"}, "missing.json"},
      {{"history", broken}, "broken.json' holds no duel"},
  };
  for (const Mistake& mistake : mistakes) {
    std::vector<std::string> arguments = mistake.arguments;
    std::string text;
    for (const std::string& word : arguments) text += word + " ";
    SCOPED_TRACE(text);
    if (!arguments.empty() && arguments[0] == "run" && arguments.back() != "--out") {
      if (arguments[1] != "--suite") arguments.insert(arguments.end(), {"--suite", "tiny"});
      arguments.insert(arguments.end(), {"--out", sandbox.path("out")});
    }
    const Outcome outcome = run_to_end(sandbox.sockbench(arguments));
    EXPECT_EQ(outcome.status, kExitUsage);
    expect_one_sentence(outcome, mistake.named);
    EXPECT_FALSE(std::filesystem::exists(sandbox.path("out"))) << "nothing is written";
  }
}

TEST(Usage, TheVersionIsThatOfARun) {
  const Outcome outcome = run_to_end({built_programs() / "sockbench", "--version"});
  EXPECT_EQ(outcome.status, kExitOk) << outcome.err;
  const auto version = program_json(this_program());
  for (const char* part : {"version", "compiler", "build_type"}) {
    EXPECT_NE(outcome.out.find(version[part].get<std::string>()), std::string::npos) << outcome.out;
  }
  if (version["git_commit"].is_string()) {
    EXPECT_NE(outcome.out.find(version["git_commit"].get<std::string>()), std::string::npos)
        << outcome.out;
  }
  EXPECT_EQ(std::count(outcome.out.begin(), outcome.out.end(), '\n'), 1) << outcome.out;
}

TEST(Usage, ABrokenWorkloadFileIsNamed) {
  Sandbox sandbox;
  sandbox.add_workload("typo", {{"conections", 3}});
  const Outcome outcome = run_to_end(sandbox.run({"--models", "epoll"}));
  EXPECT_EQ(outcome.status, kExitUsage);
  expect_one_sentence(outcome, "typo.json: 'conections' is not known");
}

TEST(Usage, AFolderThatCannotBeWritten) {
  const Sandbox sandbox;
  sandbox.folder().write("file", "in the way");
  const std::string place = sandbox.path("file/out");
  const Outcome outcome = run_to_end(
      sandbox.sockbench({"run", "--suite", "tiny", "--models", "epoll", "--out", place}));
  EXPECT_EQ(outcome.status, kExitFailed);
  expect_one_sentence(outcome, place);
}

TEST(Usage, AMissingDataFolderIsNamed) {
  const Sandbox sandbox;
  for (const char* command : {"run", "workloads"}) {
    const Outcome outcome = run_to_end({"/usr/bin/env", "SOCKBENCH_DATA=/no/such/folder",
                                        built_programs() / "sockbench", command});
    EXPECT_EQ(outcome.status, kExitUsage) << command;
    expect_one_sentence(outcome, "/no/such/folder");
  }
}

TEST(Usage, ValidateSaysWhatIsWrong) {
  const Sandbox sandbox;
  const auto validate = [&](const std::string& file) {
    return run_to_end(sandbox.sockbench({"validate", file}));
  };
  const std::string missing = sandbox.path("missing.json");
  Outcome outcome = validate(missing);
  EXPECT_EQ(outcome.status, kExitUsage);
  expect_one_sentence(outcome, missing);

  outcome = validate(sandbox.folder().write("broken.json", "{]"));
  EXPECT_EQ(outcome.status, kExitUsage);
  expect_one_sentence(outcome, "broken.json' is not JSON");

  for (const char* text : {"{}", "[]", "3", "null", "{\"schema_version\": 1}"}) {
    outcome = validate(sandbox.folder().write("other.json", text));
    EXPECT_EQ(outcome.status, kExitRegression) << "a failed check: " << text;
    EXPECT_NE(outcome.err, "") << text;
    EXPECT_EQ(outcome.out, "") << text;
  }
}

TEST(Usage, ReportOfWhatIsNoRun) {
  const Sandbox sandbox;
  const auto report = [&](const std::string& file) {
    return run_to_end(sandbox.sockbench({"report-md", file}));
  };
  const std::string missing = sandbox.path("missing.json");
  Outcome outcome = report(missing);
  EXPECT_EQ(outcome.status, kExitUsage);
  expect_one_sentence(outcome, missing);

  outcome = report(sandbox.folder().write("broken.json", ""));
  EXPECT_EQ(outcome.status, kExitUsage);
  expect_one_sentence(outcome, "broken.json' is not JSON");

  for (const char* text : {"{}", "[]", "null"}) {
    outcome = report(sandbox.folder().write("other.json", text));
    EXPECT_EQ(outcome.status, kExitUsage) << text;
    expect_one_sentence(outcome, "other.json' is not a valid run");
  }
}

TEST(Usage, CompareRefusesOtherEnvironments) {
  const Sandbox sandbox;
  const std::filesystem::path reference = SOCKBENCH_SOURCE_DIR "/results/reference/run.json";
  auto run = nlohmann::ordered_json::parse(read_file(reference.string()));
  run["environment"]["kernel"] = "Linux 1.0";
  const std::string other = sandbox.folder().write("other.json", run.dump());
  const std::string json = sandbox.path("comparison.json");
  const auto compare = [&](std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), {"compare", reference});
    return run_to_end(sandbox.sockbench(arguments));
  };
  Outcome outcome = compare({other, "--json", json});
  EXPECT_EQ(outcome.status, kExitUsage);
  expect_one_sentence(outcome, "kernel");
  EXPECT_FALSE(std::filesystem::exists(json));

  outcome = compare({other, "--json", json, "--force"});
  EXPECT_EQ(outcome.status, kExitOk) << outcome.err;
  EXPECT_NE(outcome.out.find("environment differs in kernel"), std::string::npos);
  EXPECT_EQ(nlohmann::json::parse(read_file(json))["environments_differ"], true);

  outcome = compare({reference, "--json", "-"});
  EXPECT_EQ(outcome.status, kExitOk) << outcome.err;
  EXPECT_EQ(nlohmann::json::parse(outcome.out)["environments_differ"], false);
}

TEST(Usage, DoctorAnswersForPeopleAndPrograms) {
  const Sandbox sandbox;
  const Outcome text = run_to_end(sandbox.sockbench({"doctor"}));
  EXPECT_EQ(text.status, kExitOk) << text.err;
  EXPECT_NE(text.out.find("io_uring"), std::string::npos);
  const Outcome json = run_to_end(sandbox.sockbench({"doctor", "--json"}));
  EXPECT_EQ(json.status, kExitOk) << json.err;
  for (const auto& record : nlohmann::json::parse(json.out)) {
    EXPECT_TRUE(record.contains("item") && record.contains("status")) << record;
  }
}

TEST(Usage, HistoryAnswersForPeopleAndPrograms) {
  const Sandbox sandbox;
  const nlohmann::ordered_json line = {{"time", "2026-01-31T12:00:00Z"},
                                       {"base", "a1"},
                                       {"head", "b2"},
                                       {"verdict", "pass"},
                                       {"seconds", 60.5},
                                       {"metrics", nlohmann::ordered_json::object()}};
  const std::string file = sandbox.folder().write("main.jsonl", line.dump() + "\n{\"torn");
  const Outcome text = run_to_end(sandbox.sockbench({"history", file}));
  EXPECT_EQ(text.status, kExitOk) << text.err;
  EXPECT_NE(text.out.find("1 duel from a1 (2026-01-31T12:00:00Z) to b2"), std::string::npos);
  const Outcome json = run_to_end(sandbox.sockbench({"history", file, "--json"}));
  EXPECT_EQ(json.status, kExitOk) << json.err;
  EXPECT_EQ(nlohmann::json::parse(json.out)["unreadable_lines"], 1);
}

TEST(Usage, WithoutArgumentsItSaysWhatToDoFirst) {
  const Sandbox sandbox;
  const Outcome outcome = run_to_end(sandbox.sockbench({}));
  EXPECT_EQ(outcome.status, kExitUsage);
  EXPECT_EQ(outcome.out, "");
  for (const char* step : {"sockbench doctor", "sockbench run --suite quick", "--help"}) {
    EXPECT_NE(outcome.err.find(step), std::string::npos) << step;
  }
  EXPECT_LE(std::count(outcome.err.begin(), outcome.err.end(), '\n'), 6);
}

TEST(Usage, EverySubcommandHasAnExampleOfItself) {
  const Words subcommands = subcommands_of_sockbench();
  EXPECT_GE(subcommands.size(), 12U);
  for (const std::string& name : subcommands) {
    const std::string help = output_of({built_programs() / "sockbench", name, "--help"});
    const std::size_t examples = help.find("\nExample");
    ASSERT_NE(examples, std::string::npos) << name;
    EXPECT_NE(help.find("  sockbench " + name, examples), std::string::npos) << name;
  }
}

TEST(Usage, Help) {
  const Sandbox sandbox;
  for (const std::vector<std::string>& arguments :
       {std::vector<std::string>{"--help"}, std::vector<std::string>{"run", "--help"}}) {
    const Outcome outcome = run_to_end(sandbox.sockbench(arguments));
    EXPECT_EQ(outcome.status, kExitOk);
    EXPECT_EQ(outcome.err, "");
    EXPECT_NE(outcome.out.find(arguments.size() == 1 ? "run" : "--suite"), std::string::npos);
  }
}

}  // namespace
}  // namespace sockbench::test
