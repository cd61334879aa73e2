// The loop of the self-test, with a gate that answers what a test wants to hear.

#include "bench/commands/selftest.h"

#include <gtest/gtest.h>

#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "bench/judge/selftest_rates.h"
#include "common/error.h"
#include "common/file.h"
#include "tests/bench/documents.h"
#include "tests/bench/temporary_folder.h"

namespace sockbench {
namespace {

using nlohmann::ordered_json;
using test::TemporaryFolder;

/// Of which 50 ns cost nothing.
double share_of_spin(double ns, double request_ns) { return (ns - 50) / request_ns; }

/// A gate in the place of a real one, and the folder in which it is tested.
class FakeGate {
 public:
  FakeGate() {
    folder_.write("bin/server-epoll", "");
    folder_.write("bin/libsockbench_fault.so", "");
  }
  virtual ~FakeGate() = default;
  FakeGate(const FakeGate&) = delete;
  FakeGate& operator=(const FakeGate&) = delete;
  FakeGate(FakeGate&&) = delete;
  FakeGate& operator=(FakeGate&&) = delete;

  SelftestOptions options(const std::vector<std::string>& only, int runs) const {
    return {.only = only, .runs = runs, .out = out(), .programs = folder_.path() / "bin"};
  }
  std::filesystem::path out() const { return folder_.path() / "out"; }
  ordered_json result() const {
    return ordered_json::parse(read_file((out() / "selftest.json").string()));
  }

  /// Runs the self-test; what it says is kept in `said`.
  int run(const SelftestOptions& options) {
    testing::internal::CaptureStdout();
    testing::internal::CaptureStderr();
    const auto stop_capturing = [this] {
      printed = testing::internal::GetCapturedStdout();
      said = testing::internal::GetCapturedStderr();
    };
    try {
      const int status = run_selftest(options, [this](const DuelOptions& duel) {
        asked.push_back(duel);
        return answer(duel);
      });
      stop_capturing();
      return status;
    } catch (...) {
      stop_capturing();
      throw;
    }
  }

  std::vector<DuelOptions> asked;
  std::string said;
  std::string printed;
  /// By the fault of the head; a regression where there is none.
  std::map<std::string, std::string> verdicts;
  double request_ns = 5'000;  ///< base's CPU time
  int interrupt_at = -1;      ///< the number of the duel that is interrupted, from 1

 protected:
  virtual Duel answer(const DuelOptions& duel) {
    Duel made;
    made.interrupted = static_cast<int>(asked.size()) == interrupt_at;
    if (made.interrupted) return made;
    const std::string fault = fault_of(duel);
    const double share =
        fault.starts_with("spin:") ? share_of_spin(std::stod(fault.substr(5)), request_ns) : 0.0;
    DuelCheck& check = made.checks.emplace_back();
    check.workload = duel.workloads.at(0);
    check.metric = "server.cpu_ns_per_request";
    check.base = SideFigure{request_ns, {}};
    check.ratio = 1 + share;
    made.verdict = DuelVerdict::kRegression;
    if (verdicts.contains(fault)) made.verdict = *named<DuelVerdict>(verdicts.at(fault));
    made.sentence = "It is said.";
    return made;
  }
  static std::string fault_of(const DuelOptions& duel) {
    const std::string& head = duel.head.at(0);
    const std::size_t begin = head.find("SOCKBENCH_FAULT=") + 16;
    return head.substr(begin, head.find(' ', begin) - begin);
  }

 private:
  TemporaryFolder folder_;
};

const std::map<std::string, std::string> kRight = {
    {"none", "pass"}, {"lost_wakeup:2000", "failed"}, {"neighbour", "inconclusive"}};

TEST(Selftest, AGateThatIsAlwaysRight) {
  FakeGate gate;
  gate.verdicts = kRight;
  EXPECT_EQ(gate.run(gate.options({}, 3)), kExitOk);
  const ordered_json result = gate.result();
  EXPECT_EQ(result["trials"].size(), 3 * trial_kinds().size());
  EXPECT_EQ(result["kinds"].size(), trial_kinds().size());
  for (const ordered_json& kind : result["kinds"]) {
    EXPECT_EQ(kind["trials"], 3) << kind;
    EXPECT_EQ(kind["right"], 3) << kind;
    EXPECT_EQ(kind["wrong"], 0) << kind;
    EXPECT_NE(kind["met"], false) << kind;
  }
  EXPECT_EQ(result["met"], true);
  EXPECT_EQ(result["interrupted"], false);
  EXPECT_EQ(gate.said.substr(0, gate.said.find('\n')),
            "27 trials on busy, 0 of them done; the rest takes up to about 27 min.");
  EXPECT_NE(gate.said.find("[ 27/27]"), std::string::npos) << gate.said;
  EXPECT_EQ(read_file((gate.out() / "selftest.md").string()), gate.printed);
}

TEST(Selftest, MemoryIsLookedAtWhereThereAreConnectionsEnough) {
  FakeGate gate;
  gate.run(gate.options({"memory", "tail"}, 1));
  std::map<std::string, std::string> workloads;
  for (const DuelOptions& duel : gate.asked) {
    workloads[duel.head_label] = duel.workloads.at(0);
  }
  EXPECT_EQ(workloads["memory:4096"], "mostly_idle");
  EXPECT_EQ(workloads["tail:1000:5"], "busy");
}

struct Answer {
  const char* trial;
  const char* verdict;
  int exit_code;
  const char* counted;  ///< the column that has all trials
};

TEST(Selftest, EveryKindOfAnswerIsCounted) {
  const std::vector<Answer> answers = {
      {"a_a", "pass", kExitOk, "right"},
      {"a_a", "inconclusive", kExitOk, "inconclusive"},
      {"a_a", "regression", kExitRegression, "wrong"},
      {"a_a", "failed", kExitRegression, "wrong"},
      {"spin_100ns", "pass", kExitOk, "wrong"},
      {"cpu_2_percent", "regression", kExitOk, "right"},
      {"cpu_2_percent", "inconclusive", kExitRegression, "inconclusive"},
      {"cpu_5_percent", "pass", kExitOk, "wrong"},
      {"syscall", "pass", kExitRegression, "wrong"},
      {"tail", "failed", kExitRegression, "wrong"},
      {"memory", "pass", kExitOk, "wrong"},
      {"lost_wakeup", "regression", kExitOk, "right"},
      {"lost_wakeup", "failed", kExitOk, "right"},
      {"neighbour", "pass", kExitOk, "missed"},
      {"neighbour", "regression", kExitRegression, "wrong"},
      {"syscall", "never heard of", kExitRegression, "wrong"},
  };
  for (const Answer& answer : answers) {
    SCOPED_TRACE(std::string(answer.trial) + ": " + answer.verdict);
    FakeGate gate;
    for (const char* fault : {"none", "spin:100", "spin:150", "spin:300", "syscall", "tail:1000:5",
                              "memory:4096", "lost_wakeup:2000", "neighbour"}) {
      gate.verdicts[fault] = answer.verdict;
    }
    EXPECT_EQ(gate.run(gate.options({answer.trial}, 2)), answer.exit_code);
    const ordered_json result = gate.result();
    ASSERT_EQ(result["kinds"].size(), 1U);
    EXPECT_EQ(result["kinds"][0]["trial"], answer.trial);
    EXPECT_EQ(result["kinds"][0][answer.counted], 2) << result["kinds"];
  }
}

TEST(Selftest, AsksForOneWorkloadWithASeedPerTrial) {
  FakeGate gate;
  SelftestOptions options = gate.options({"cpu_2_percent", "cpu_5_percent", "tail"}, 4);
  options.workload = "pingpong";
  EXPECT_EQ(gate.run(options), kExitOk);
  ASSERT_EQ(gate.asked.size(), 16U) << "and four that find out what a spin costs";
  std::set<std::uint64_t> seeds;
  std::set<std::string> heads;
  std::set<std::filesystem::path> folders;
  for (const DuelOptions& duel : gate.asked) {
    EXPECT_EQ(duel.workloads, std::vector<std::string>{"pingpong"});
    EXPECT_EQ(duel.base, gate.asked[0].base);
    EXPECT_TRUE(duel.quiet);
    seeds.insert(duel.seed);
    folders.insert(duel.out);
    heads.insert(duel.head_label);
  }
  EXPECT_EQ(seeds.size(), 16U);
  EXPECT_EQ(folders.size(), 16U);
  EXPECT_EQ(heads, (std::set<std::string>{"spin:150", "spin:400", "spin:300", "tail:1000:5"}))
      << "2 % are 150 ns, 5 % are 300 ns";
  const ordered_json result = gate.result();
  EXPECT_EQ(result["spins"].size(), 4U);
  EXPECT_NEAR(result["kinds"][0]["median_cpu_ratio"].get<double>(), 1.02, 1e-6);
  const std::string bin = (options.programs / "").string();
  EXPECT_EQ(gate.asked[0].base.at(0), "env LD_PRELOAD=" + bin +
                                          "libsockbench_fault.so SOCKBENCH_FAULT=none " + bin +
                                          "server-epoll");
}

TEST(Selftest, TriesLongerSpinsWhereARequestTakesLonger) {
  FakeGate gate;
  gate.request_ns = 34'000;
  EXPECT_EQ(gate.run(gate.options({"cpu_2_percent"}, 1)), kExitOk);
  std::vector<std::string> heads;
  for (const DuelOptions& duel : gate.asked) heads.push_back(duel.head_label);
  EXPECT_EQ(heads, (std::vector<std::string>{"spin:150", "spin:2720", "spin:1020", "spin:2720",
                                             "spin:730"}));
  EXPECT_EQ(gate.result()["spins"][3]["base_ns"], 34'000);
}

TEST(Selftest, GoesOnWhereItWasInterrupted) {
  FakeGate gate;
  gate.interrupt_at = 8;
  SelftestOptions options = gate.options({"cpu_2_percent", "syscall"}, 4);
  EXPECT_EQ(gate.run(options), kExitInterrupted);
  EXPECT_EQ(gate.result()["interrupted"], true);
  EXPECT_EQ(gate.result()["trials"].size(), 3U)
      << "four tried spins, and the eighth does not count";

  gate.interrupt_at = -1;
  options.resume = true;
  EXPECT_EQ(gate.run(options), kExitOk);
  EXPECT_TRUE(gate.said.starts_with("8 trials on busy, 3 of them done")) << gate.said;
  const ordered_json result = gate.result();
  EXPECT_EQ(result["interrupted"], false);
  EXPECT_EQ(result["trials"].size(), 8U);
  std::set<std::string> once;
  for (const ordered_json& trial : result["trials"]) {
    EXPECT_TRUE(once.insert(trial["trial"].get<std::string>() + trial["number"].dump()).second);
  }
  EXPECT_EQ(gate.asked.size(), 8U + 5U) << "spins are not tried again";

  EXPECT_EQ(gate.run(options), kExitOk);
  EXPECT_EQ(gate.asked.size(), 13U) << "nothing is left to do";
  options.runs = 6;
  EXPECT_EQ(gate.run(options), kExitOk);
  EXPECT_EQ(gate.result()["trials"].size(), 12U) << "more of the same";
}

TEST(Selftest, InterruptedBeforeTheFirstTrial) {
  FakeGate gate;
  gate.interrupt_at = 1;
  EXPECT_EQ(gate.run(gate.options({"cpu_2_percent"}, 4)), kExitInterrupted);
  const ordered_json result = gate.result();
  EXPECT_TRUE(result["trials"].empty());
  EXPECT_TRUE(result["kinds"][0]["rate"].is_null());
  EXPECT_TRUE(result["met"].is_null());
}

TEST(Selftest, SpinsThatWereTriedBeforeAnInterruptAreKept) {
  FakeGate gate;
  gate.interrupt_at = 3;
  SelftestOptions options = gate.options({"cpu_2_percent"}, 1);
  EXPECT_EQ(gate.run(options), kExitInterrupted);
  EXPECT_EQ(gate.result()["spins"].size(), 2U);
  gate.interrupt_at = -1;
  options.resume = true;
  EXPECT_EQ(gate.run(options), kExitOk);
  EXPECT_EQ(gate.asked.size(), 3U + 2U + 1U);
}

TEST(Selftest, KeepsEveryDuel) {
  FakeGate gate;
  gate.run(gate.options({"syscall"}, 1));
  const std::string kept = read_file((gate.out() / "trials/syscall-1/duel.json").string());
  EXPECT_EQ(ordered_json::parse(kept)["sentence"], "It is said.");
}

TEST(Selftest, ResumesOnlyWhatItBegan) {
  FakeGate gate;
  const SelftestOptions options = gate.options({"syscall"}, 1);
  SelftestOptions resumed = options;
  resumed.resume = true;
  EXPECT_THROW(gate.run(resumed), UsageError) << "there is nothing";
  EXPECT_EQ(gate.run(options), kExitOk);
  resumed.seed = 2;
  EXPECT_THROW(gate.run(resumed), UsageError);
  resumed.seed = 1;
  resumed.workload = "many";
  EXPECT_THROW(gate.run(resumed), UsageError);
  write_file_atomically((gate.out() / "selftest.json").string(), R"({"kind": "duel"})");
  resumed.workload = "busy";
  EXPECT_THROW(gate.run(resumed), UsageError);
}

/// Looks at what is on the disk while it is asked.
class WatchingGate final : public FakeGate {
 protected:
  Duel answer(const DuelOptions& duel) override {
    if (asked.size() > 1) {
      EXPECT_EQ(result()["trials"].size(), asked.size() - 1);
    }
    return FakeGate::answer(duel);
  }
};

TEST(Selftest, EveryTrialIsKeptAtOnce) {
  WatchingGate gate;
  EXPECT_EQ(gate.run(gate.options({"syscall"}, 5)), kExitOk);
}

class BrokenGate final : public FakeGate {
 public:
  explicit BrokenGate(bool usage) : usage_(usage) {}

 protected:
  Duel answer(const DuelOptions& /*duel*/) override {
    if (usage_) throw UsageError("There is no workload 'bsuy'.");
    throw std::runtime_error("The server did not start.");
  }

 private:
  bool usage_;
};

TEST(Selftest, ADuelThatThrowsHasFailed) {
  BrokenGate gate(false);
  EXPECT_EQ(gate.run(gate.options({"syscall"}, 2)), kExitRegression);
  EXPECT_EQ(gate.result()["kinds"][0]["wrong"], 2);
  EXPECT_EQ(gate.result()["trials"][0]["sentence"], "The server did not start.");
  EXPECT_THROW(gate.run(gate.options({"cpu_2_percent"}, 2)), std::runtime_error);
  BrokenGate wrong_usage(true);
  EXPECT_THROW(wrong_usage.run(wrong_usage.options({"syscall"}, 2)), UsageError);
}

TEST(Selftest, WhatIsMissingIsNamed) {
  FakeGate gate;
  SelftestOptions options = gate.options({"syscall"}, 1);
  EXPECT_THROW(gate.run(gate.options({"sycsall"}, 1)), UsageError);
  options.programs = gate.out() / "nowhere";
  EXPECT_THROW(gate.run(options), std::runtime_error);
  const TemporaryFolder folder;
  folder.write("a b/server-epoll", "");
  folder.write("a b/libsockbench_fault.so", "");
  options.programs = folder.path() / "a b";
  EXPECT_THROW(gate.run(options), std::runtime_error);
  EXPECT_TRUE(gate.asked.empty());
  EXPECT_FALSE(std::filesystem::exists(gate.out()));
}

TEST(SelftestPage, HasARowForEachTrialWithItsInterval) {
  FakeGate gate;
  gate.verdicts = kRight;
  gate.run(gate.options({"a_a", "memory", "neighbour"}, 20));
  EXPECT_NE(gate.printed.find(
                "| `a_a` | +0.0 % | pass or inconclusive | 20 | 20 | 0 | 0 | 0 | 0.0 % wrong "
                "(0.0–16.8) | at most 1 % | yes | 0.0 | 0.0 |"),
            std::string::npos)
      << gate.printed;
  EXPECT_NE(
      gate.printed.find("| `memory` | +0.0 % | regression | 20 | 20 | 0 | 0 | 0 | 100.0 % right "
                        "(83.2–100.0) | – | – |"),
      std::string::npos)
      << gate.printed;
  EXPECT_NE(gate.printed.find("| `neighbour` | +0.0 % | inconclusive | 20 | 20 | 0 | 20 | 0 |"),
            std::string::npos)
      << gate.printed;
  EXPECT_NE(gate.printed.find("Clopper"), std::string::npos);
}

}  // namespace
}  // namespace sockbench
