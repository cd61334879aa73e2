// Which CPUs a side gets.

#include "bench/machine/cpus.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "common/error.h"
#include "common/process_limits.h"

namespace sockbench {
namespace {

using Cpus = std::vector<int>;

TEST(ParseCpuList, Lists) {
  const std::vector<std::pair<const char*, Cpus>> cases = {
      {"0", {0}},          {"0,2-3", {0, 2, 3}}, {"3,1", {1, 3}},    {"1-1", {1}},
      {"1,1,0-1", {0, 1}}, {"1023", {1023}},     {" 2 , 4", {2, 4}}, {"0-3", {0, 1, 2, 3}},
  };
  for (const auto& [text, cpus] : cases) {
    EXPECT_EQ(parse_cpu_list(text, "--server-cpus"), cpus) << text;
  }
}

TEST(ParseCpuList, Mistakes) {
  for (const std::string text : {"", ",", "x", "0,", ",0", "0,,1", "-1", "1-", "-", "3-1", "1-2-3",
                                 "0x1", "1 2", "1;2", "1.5", "1024", "0-1024", "99999999999"}) {
    try {
      parse_cpu_list(text, "--server-cpus");
      ADD_FAILURE() << "'" << text << "' was taken";
    } catch (const UsageError& error) {
      EXPECT_EQ(std::string(error.what()).rfind("--server-cpus '" + text + "'", 0), 0U)
          << error.what();
    }
  }
}

struct SplitCase {
  const char* what;
  Cpus cpus;
  std::vector<Cpus> cores;
  CpuSplit expected;
};

TEST(SplitCpus, Table) {
  const std::vector<SplitCase> cases = {
      {"1 CPU is shared", {0}, {{0}}, {{0}, {0}, true}},
      {"1 CPU that is not the first", {5}, {{5}}, {{5}, {5}, true}},
      {"2 CPUs", {0, 1}, {{0}, {1}}, {{0}, {1}, false}},
      {"2 CPUs of one core", {0, 1}, {{0, 1}}, {{0}, {1}, false}},
      {"3 CPUs: the server's half is the smaller one",
       {0, 1, 2},
       {{0}, {1}, {2}},
       {{0}, {1, 2}, false}},
      {"4 CPUs on 2 cores, neighbours", {0, 1, 2, 3}, {{0, 1}, {2, 3}}, {{0, 1}, {2, 3}, false}},
      {"4 CPUs on 2 cores, interleaved", {0, 1, 2, 3}, {{0, 2}, {1, 3}}, {{0, 2}, {1, 3}, false}},
      {"one thread of a core not allowed", {0, 1, 3}, {{0}, {1, 3}}, {{0}, {1, 3}, false}},
      {"8 CPUs",
       {0, 1, 2, 3, 4, 5, 6, 7},
       {{0}, {1}, {2}, {3}, {4}, {5}, {6}, {7}},
       {{0, 1, 2, 3}, {4, 5, 6, 7}, false}},
      {"8 CPUs on 4 cores",
       {0, 1, 2, 3, 4, 5, 6, 7},
       {{0, 4}, {1, 5}, {2, 6}, {3, 7}},
       {{0, 1, 4, 5}, {2, 3, 6, 7}, false}},
  };
  for (const SplitCase& test : cases) {
    const CpuSplit split = split_cpus(test.cpus, test.cores);
    EXPECT_EQ(split.server, test.expected.server) << test.what;
    EXPECT_EQ(split.generator, test.expected.generator) << test.what;
    EXPECT_EQ(split.shared, test.expected.shared) << test.what;
  }
}

TEST(SplitCpus, NoCoreServesBothSides) {
  for (int cores = 2; cores <= 9; ++cores) {
    Cpus cpus;
    std::vector<Cpus> pairs;
    for (int core = 0; core < cores; ++core) {
      pairs.push_back({core, core + cores});
      cpus.insert(cpus.end(), {core, core + cores});
    }
    std::sort(cpus.begin(), cpus.end());
    const CpuSplit split = split_cpus(cpus, pairs);
    const auto serves = [](const Cpus& side, int cpu) {
      return std::find(side.begin(), side.end(), cpu) != side.end();
    };
    for (const Cpus& pair : pairs) {
      EXPECT_EQ(serves(split.server, pair[0]), serves(split.server, pair[1])) << cores;
      EXPECT_NE(serves(split.server, pair[0]), serves(split.generator, pair[0])) << cores;
    }
    EXPECT_FALSE(split.server.empty());
    EXPECT_LE(split.server.size(), split.generator.size());
    EXPECT_FALSE(split.shared);
  }
}

std::string list_of(const Cpus& cpus) {
  std::string text;
  for (const int cpu : cpus) text += (text.empty() ? "" : ",") + std::to_string(cpu);
  return text;
}

TEST(ChooseCpus, OfThisMachine) {
  const Cpus allowed = allowed_cpus();
  const CpuSplit split = choose_cpus("", "");
  EXPECT_EQ(split.shared, allowed.size() == 1);
  Cpus both = split.server;
  if (!split.shared) both.insert(both.end(), split.generator.begin(), split.generator.end());
  std::sort(both.begin(), both.end());
  EXPECT_EQ(both, allowed) << "every CPU has a side";
}

TEST(ChooseCpus, OneSideGivenLeavesTheRestToTheOther) {
  const Cpus allowed = allowed_cpus();
  if (allowed.size() < 2) GTEST_SKIP() << "one CPU only";
  const std::string last = std::to_string(allowed.back());
  const Cpus others(allowed.begin(), allowed.end() - 1);
  EXPECT_EQ(choose_cpus(last, "").generator, others);
  EXPECT_EQ(choose_cpus(last, "").server, Cpus{allowed.back()});
  EXPECT_EQ(choose_cpus("", last).server, others);
  EXPECT_FALSE(choose_cpus("", last).shared);
}

TEST(ChooseCpus, AllForOneSideIsShared) {
  const CpuSplit split = choose_cpus(list_of(allowed_cpus()), "");
  EXPECT_EQ(split.generator, allowed_cpus());
  EXPECT_TRUE(split.shared);
}

TEST(ChooseCpus, TheSameForBothIsAnError) {
  const Cpus allowed = allowed_cpus();
  if (allowed.size() < 2) GTEST_SKIP() << "one CPU only";
  const std::string first = std::to_string(allowed.front());
  try {
    choose_cpus(list_of(allowed), first);
    ADD_FAILURE() << "both sides got CPU " << first;
  } catch (const UsageError& error) {
    EXPECT_NE(std::string(error.what()).find("--generator-cpus"), std::string::npos)
        << error.what();
  }
}

TEST(ChooseCpus, ForbiddenOnesAreNamed) {
  const std::string beyond = std::to_string(allowed_cpus().back() + 1);
  for (const bool server : {true, false}) {
    const std::string flag = server ? "--server-cpus" : "--generator-cpus";
    try {
      choose_cpus(server ? beyond : "", server ? "" : beyond);
      ADD_FAILURE() << flag << " took CPU " << beyond;
    } catch (const UsageError& error) {
      const std::string sentence = error.what();
      EXPECT_TRUE(sentence.starts_with(flag)) << sentence;
      EXPECT_NE(sentence.find("names CPU " + beyond), std::string::npos) << sentence;
    }
  }
}

}  // namespace
}  // namespace sockbench
