// The command line: one sentence for every mistake, the right exit code, and output where it was
// asked for.

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <sstream>

#include "common/error.h"
#include "common/file.h"
#include "tests/loadgen/programs.h"
#include "tests/support/process_stats.h"

namespace sockbench::test {
namespace {

using nlohmann::ordered_json;
namespace fs = std::filesystem;

void expect_one_sentence(const std::string& err) {
  EXPECT_EQ(std::count(err.begin(), err.end(), '\n'), 1) << err;
  EXPECT_TRUE(err.ends_with('\n')) << err;
  EXPECT_TRUE(err.starts_with("loadgen: ")) << err;
}

/// A file name of this test's own; removed at the end.
class ResultFile final {
 public:
  ResultFile()
      : path_(fs::temp_directory_path() / ("loadgen_" + std::to_string(::getpid()) + ".json")) {}
  ResultFile(const ResultFile&) = delete;
  ResultFile& operator=(const ResultFile&) = delete;
  ResultFile(ResultFile&&) = delete;
  ResultFile& operator=(ResultFile&&) = delete;
  ~ResultFile() { fs::remove(path_); }

  std::string name() const { return path_.string(); }
  bool exists() const { return fs::exists(path_); }
  ordered_json json() const { return ordered_json::parse(read_file(name())); }

 private:
  fs::path path_;
};

struct Mistake {
  Flags flags;
  const char* named;  ///< what the sentence must name, for the user to find it
};

// NOLINTNEXTLINE(readability-identifier-naming): GoogleTest looks for this name.
void PrintTo(const Mistake& mistake, std::ostream* out) {
  for (const std::string& flag : mistake.flags) *out << flag << ' ';
}

class Mistakes : public testing::TestWithParam<Mistake> {};

TEST_P(Mistakes, AreAnsweredInOneSentence) {
  Flags flags = GetParam().flags;
  if (std::find(flags.begin(), flags.end(), "--connect") == flags.end()) {
    flags.insert(flags.begin(), {"--connect", refusing_address()});
  }
  const Outcome outcome = run_loadgen(flags);
  EXPECT_EQ(outcome.status, kExitUsage);
  EXPECT_EQ(outcome.out, "");
  expect_one_sentence(outcome.err);
  EXPECT_NE(outcome.err.find(GetParam().named), std::string::npos) << outcome.err;
}

INSTANTIATE_TEST_SUITE_P(
    OnTheCommandLine, Mistakes,
    testing::Values(
        Mistake{{"--rate", "0"}, "--rate '0'"}, Mistake{{"--rate", "-5"}, "--rate '-5'"},
        Mistake{{"--rate", "abc"}, "--rate 'abc'"}, Mistake{{"--rate", "nan"}, "--rate 'nan'"},
        Mistake{{"--rate", "1e300"}, "--rate"}, Mistake{{"--rate", "500M"}, "--rate"},
        Mistake{{"--message-bytes", "0"}, "--message-bytes"},
        Mistake{{"--message-bytes", "-1"}, "--message-bytes"},
        Mistake{{"--message-bytes", "1e30"}, "--message-bytes"},
        Mistake{{"--message-bytes", "65MiB"}, "--message-bytes"},
        Mistake{{"--message-bytes", "many"}, "--message-bytes"},
        Mistake{{"--connect", "no.such.host.invalid:1"}, "'no.such.host.invalid:1'"},
        Mistake{{"--connect", "127.0.0.1:99999"}, "'127.0.0.1:99999'"},
        Mistake{{"--connect", "127.0.0.1"}, "'127.0.0.1'"}, Mistake{{"--connect", ""}, "--connect"},
        Mistake{{"--connections", "0"}, "--connections"},
        Mistake{{"--connections", "-4"}, "--connections"},
        Mistake{{"--connections", "2000000"}, "--connections"},
        Mistake{{"--connections", "99999999999"}, "--connections"},
        Mistake{{"--connections", "few"}, "--connections"},
        Mistake{{"-c", "4", "--active", "5"}, "--active"}, Mistake{{"--active", "-1"}, "--active"},
        Mistake{{"--threads", "0"}, "--threads"}, Mistake{{"--threads", "-1"}, "--threads"},
        Mistake{{"-c", "8", "--active", "2", "--threads", "3"}, "--threads"},
        Mistake{{"--duration", "0"}, "--duration"}, Mistake{{"--duration", "abc"}, "'abc'"},
        Mistake{{"--duration", "-1s"}, "'-1s'"}, Mistake{{"--duration", "25h"}, "--duration"},
        Mistake{{"--warmup", "x"}, "--warmup"}, Mistake{{"--warmup", "25h"}, "--warmup"},
        Mistake{{"--setup-timeout", "25h"}, "--setup-timeout"},
        Mistake{{"--timeout", "0"}, "--timeout"}, Mistake{{"--timeout", "25h"}, "--timeout"},
        Mistake{{"--reply", "foo"}, "--reply"}, Mistake{{"--arrival", "foo"}, "--arrival"},
        Mistake{{"--timestamps", "foo"}, "--timestamps"},
        Mistake{{"--pipeline", "0"}, "--pipeline"}, Mistake{{"--pipeline", "5000"}, "--pipeline"},
        Mistake{{"--seed", "x"}, "--seed"}, Mistake{{"--bogus"}, "--bogus"},
        Mistake{{"--protocol", "gopher"}, "--protocol"},
        Mistake{{"--protocol", "http", "--path", "x"}, "--path"},
        Mistake{{"--protocol", "http", "--path", "/a b"}, "--path"},
        Mistake{{"--engine", "kqueue"}, "--engine"}, Mistake{{"--think", "-1ms"}, "--think"},
        Mistake{{"--client-work", "2s"}, "--client-work"},
        Mistake{{"--think", "1ms", "-R", "5"}, "--think"},
        Mistake{{"--think", "1ms", "--pipeline", "2"}, "--think"},
        Mistake{{"--churn", "--pipeline", "2"}, "--churn"},
        Mistake{{"--newcomers", "-1"}, "--newcomers"},
        Mistake{{"-c", "4", "--newcomers", "5"}, "--newcomers"},
        Mistake{{"--newcomers", "1", "--churn"}, "--newcomers"},
        Mistake{{"--newcomers", "1", "-R", "5"}, "--newcomers"},
        Mistake{{"--newcomers", "1", "--pipeline", "2"}, "--newcomers"},
        Mistake{{"--hold", "1ms"}, "--hold"}, Mistake{{"--hold", "25h", "--churn"}, "--hold"},
        Mistake{{"--hold", "1ms", "--churn", "-R", "5"}, "--hold"},
        Mistake{{"--hold", "1ms", "--churn", "--think", "1ms"}, "--hold"},
        Mistake{{"--arrival", "burst"}, "burst"},
        Mistake{{"--arrival", "burst", "-R", "9", "-t", "2"}, "burst"},
        Mistake{{"--connect-rate", "0"}, "--connect-rate"},
        Mistake{{"--source", "nonsense"}, "--source"}, Mistake{{"--source", "::1"}, "--source"},
        Mistake{{"--slow-readers", "-1"}, "--slow-readers"},
        Mistake{{"--slow-rate", "0"}, "--slow-rate"},
        Mistake{{"--slow-rate", "1MiB"}, "--slow-rate"},
        Mistake{{"--slow-writers", "1", "--protocol", "redis"}, "--slow-writers"},
        Mistake{{"--calibrate"}, "--calibrate"},
        Mistake{{"--message-bytes", "uniform:9-1"}, "--message-bytes"},
        Mistake{{"--churn", "-R", "1M", "-d", "100s"}, "--source"},
        Mistake{{"-c", "900000"}, "ulimit"}, Mistake{{"surplus"}, "surplus"},
        Mistake{{"--rate"}, "--rate"}));

TEST(Usage, ConnectIsRequired) {
  const Outcome outcome = run_loadgen({});
  EXPECT_EQ(outcome.status, kExitUsage);
  expect_one_sentence(outcome.err);
  EXPECT_NE(outcome.err.find("--connect"), std::string::npos) << outcome.err;
}

TEST(Usage, Help) {
  const Outcome outcome = run_loadgen({"--help"});
  EXPECT_EQ(outcome.status, kExitOk);
  EXPECT_EQ(outcome.err, "");
  for (const char* flag : {"--connect", "--connections", "--duration", "--rate", "--arrival",
                           "--pipeline", "--message-bytes", "--reply", "--active", "--json"}) {
    EXPECT_NE(outcome.out.find(flag), std::string::npos) << flag;
  }
}

TEST(Output, OfARefusedConnection) {
  const ResultFile file;
  const Outcome outcome = run_loadgen({"--connect", refusing_address(), "--json", file.name()});
  EXPECT_EQ(outcome.status, kExitRegression);
  EXPECT_EQ(outcome.err, "");
  EXPECT_NE(outcome.out.find("first failure: connection 0: connect: Connection refused"),
            std::string::npos)
      << outcome.out;
  EXPECT_EQ(file.json()["ledger"]["refused"], 64);
}

TEST(Output, JsonAloneOnStandardOutput) {
  const Server server("epoll");
  const Outcome outcome = run_loadgen({"--connect", server.endpoint().text(), "-c", "4", "-d",
                                       "100ms", "--warmup", "0", "--json", "-"});
  EXPECT_EQ(outcome.status, kExitOk);
  EXPECT_EQ(outcome.err, "");
  const auto json = ordered_json::parse(outcome.out);  // throws when there is anything else
  for (const char* key : {"options", "duration_s", "verdict", "ledger", "response_time_ns"}) {
    EXPECT_TRUE(json.contains(key)) << key;
  }
}

TEST(Output, TheOptionsThatTookEffect) {
  const Server server("epoll");
  const auto options =
      measure(server, {"-c",        "5",       "--active",   "3",         "-t",
                       "2",         "-d",      "100ms",      "-R",        "2k",
                       "--arrival", "uniform", "--pipeline", "2",         "--message-bytes",
                       "1KiB",      "--seed",  "9",          "--timeout", "2s"})
          .json.at("options");
  const ordered_json expected = {
      {"mode", "open_loop"},  {"connections", 5},  {"active", 3},           {"threads", 2},
      {"pipeline", 2},        {"rate", 2000.0},    {"message_bytes", 1024}, {"reply", "upper"},
      {"arrival", "uniform"}, {"duration_s", 0.1}, {"warmup_s", 0.0},       {"timeout_s", 2.0},
      {"timestamps", "app"},  {"seed", 9}};
  for (const auto& [key, value] : expected.items()) EXPECT_EQ(options.at(key), value) << key;
  const auto closed = measure(server, {"-c", "2", "-d", "50ms"}).json.at("options");
  EXPECT_EQ(closed.at("mode"), "closed_loop");
  EXPECT_TRUE(closed.at("rate").is_null());
  EXPECT_TRUE(closed.at("arrival").is_null());
}

TEST(Output, QuietIsQuiet) {
  const Server server("epoll");
  const Outcome outcome = run_loadgen(
      {"--connect", server.endpoint().text(), "-c", "2", "-d", "50ms", "--warmup", "0", "--quiet"});
  EXPECT_EQ(outcome.status, kExitOk);
  EXPECT_EQ(outcome.out + outcome.err, "");
}

TEST(Output, AFileThatCannotBeWritten) {
  const Server server("epoll");
  for (const char* flag : {"--json", "--hdr"}) {
    const Outcome outcome = run_loadgen({"--connect", server.endpoint().text(), "-c", "2", "-d",
                                         "50ms", "--warmup", "0", "--quiet", flag, "/dev/null/x"});
    EXPECT_EQ(outcome.status, kExitFailed);
    expect_one_sentence(outcome.err);
    EXPECT_NE(outcome.err.find("/dev/null/x"), std::string::npos) << outcome.err;
  }
}

// Version 1.3 of the log format: comments, the columns' names, then a line an interval.
TEST(Output, TheHdrLogHoldsEveryResponse) {
  const Server server("epoll");
  const ResultFile file;
  const Measurement measured = measure(server, {"-c", "4", "-t", "2", "-R", "2000", "-d", "1500ms",
                                                "--warmup", "100ms", "--hdr", file.name()});
  ASSERT_EQ(measured.status, kExitOk);
  std::istringstream log(read_file(file.name()));
  std::vector<std::string> intervals;
  for (std::string line; std::getline(log, line);) {
    if (line[0] != '#' && line[0] != '"') intervals.push_back(line);
  }
  ASSERT_GE(intervals.size(), 2U);
  std::uint64_t samples = 0;
  double last_start_s = -1;
  for (const std::string& interval : intervals) {
    samples += Histogram::decode(interval.substr(interval.rfind(',') + 1)).count();
    EXPECT_GT(std::stod(interval), last_start_s) << "StartTimestamp grows";
    last_start_s = std::stod(interval);
  }
  EXPECT_EQ(samples, measured.ledger()["answered"]);
}

struct Interruption {
  int signal;
  bool server_stopped;  ///< replies will never come
  Flags load;
};

class Interrupted : public testing::TestWithParam<Interruption> {};

TEST_P(Interrupted, TellsWhatWasMeasured) {
  const ResultFile file;
  Server server("epoll");
  Flags flags = {"--connect", server.endpoint().text(),
                 "-d",        "100s",
                 "--warmup",  "0",
                 "--timeout", "100s",
                 "--json",    file.name()};
  flags.insert(flags.end(), GetParam().load.begin(), GetParam().load.end());
  ChildProcess loadgen(program("loadgen", flags));
  ASSERT_TRUE(under_load(server.pid()));
  if (GetParam().server_stopped) {
    ASSERT_TRUE(stop_tree(server.pid()));
  }
  ::kill(loadgen.pid(), GetParam().signal);
  EXPECT_EQ(loadgen.wait_for_exit(Deadline(milliseconds(2'000))), kExitInterrupted);
  EXPECT_NE(loadgen.read_to_end().find("correct replies"), std::string::npos);
  ASSERT_TRUE(file.exists());
  const auto json = file.json();
  EXPECT_GT(json["ledger"]["answered"], 0);
  EXPECT_GT(json["achieved_rps"], 0);
  EXPECT_LT(json["duration_s"], 90) << "the window ended with the signal";
  EXPECT_TRUE(balances(json["ledger"]));
  if (!GetParam().server_stopped) {
    // What was in flight gets a moment to come in, which a busy machine may let pass.
    EXPECT_GE(json["ledger"]["answered"].get<double>(),
              0.9 * json["ledger"]["intended"].get<double>());
  }
}

INSTANTIATE_TEST_SUITE_P(InTheMiddle, Interrupted,
                         testing::Values(Interruption{SIGINT, false, {"-c", "4"}},
                                         Interruption{SIGTERM, false, {"-c", "4", "-R", "5k"}},
                                         Interruption{SIGINT, true, {"-c", "4"}},
                                         Interruption{
                                             SIGINT, true, {"-c", "4", "-R", "5k", "-t", "2"}}));

TEST(Interruption, WhileConnecting) {
  const Server server("fault", {"--fault", "silent"});
  ChildProcess loadgen(program("loadgen", {"--connect", server.endpoint().text(), "-c", "2",
                                           "--setup-timeout", "100s", "--quiet"}));
  // Both sockets beside epoll and the standard streams.
  ASSERT_TRUE(eventually([&] { return open_descriptors(loadgen.pid()) >= 6; }));
  ::kill(loadgen.pid(), SIGINT);
  EXPECT_EQ(loadgen.wait_for_exit(Deadline(milliseconds(2'000))), kExitInterrupted);
}

}  // namespace
}  // namespace sockbench::test
