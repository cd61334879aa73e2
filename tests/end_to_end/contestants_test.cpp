// External contestants: the shipped ones at work, and ones that lack something, crash, hang or
// leave processes behind.

#include <gtest/gtest.h>

#include <algorithm>
#include <csignal>
#include <filesystem>

#include "common/error.h"
#include "common/file.h"
#include "tests/end_to_end/processes.h"
#include "tests/end_to_end/sandbox.h"

namespace sockbench::test {
namespace {

using nlohmann::ordered_json;

const std::filesystem::path kShipped = SOCKBENCH_SOURCE_DIR "/bench/contestants";
// Several interpreters start side by side, maybe beside another test.
constexpr milliseconds kPatience{60'000};

const ordered_json& entry_of(const ordered_json& list, const char* key, const std::string& name) {
  for (const ordered_json& entry : list) {
    if (entry.at(key) == name) return entry;
  }
  throw std::runtime_error("nothing is named " + name);
}

/// A contestant file in the sandbox that runs a shell command, with some keys changed.
std::string write_contestant(const Sandbox& sandbox, const std::string& name,
                             const std::string& command, const ordered_json& changes = {}) {
  ordered_json json = {
      {"name", name}, {"title", "For tests"}, {"command", {"sh", "-c", command, "{port}"}}};
  if (!changes.is_null()) json.update(changes);
  return sandbox.folder().write(name + ".json", json.dump());
}

/// The yardstick of the build as a shell command that is given the port as $0.
const std::string kBare = (built_programs() / "contestant-bare_epoll").string() + " \"$0\"";

/// What every contestant can be loaded with, whatever it speaks.
constexpr const char* kWorkload = "duo";

class ShippedContestant : public testing::TestWithParam<const char*> {};

TEST_P(ShippedContestant, AnswersRightly) {
  const std::string name = GetParam();
  Sandbox sandbox;
  std::filesystem::create_directory_symlink(kShipped, sandbox.path("data/contestants"));
  // More than the sockets hold, so that replies are sent in parts.
  sandbox.add_workload("big", {{"message_bytes", 1 << 20}, {"pipeline", 4}, {"slice_ms", 30}});
  const Outcome outcome = run_to_end(sandbox.run({"--models", "epoll", "--contestant", name,
                                                  "--restarts", "1", "--workloads", "duo,big"}),
                                     Deadline(kPatience));
  EXPECT_TRUE(nothing_is_left());
  ASSERT_EQ(outcome.status, kExitOk) << outcome.err;
  EXPECT_TRUE(sandbox.result_is_valid());
  const ordered_json run = sandbox.result();
  EXPECT_FALSE(std::filesystem::exists(sandbox.path("out/scratch"))) << "it is removed";
  if (!run["skipped"].empty()) GTEST_SKIP() << run["skipped"][0]["reason"];
  EXPECT_TRUE(is_whole(cell_of(run, name, kWorkload), 1));
  EXPECT_TRUE(is_whole(cell_of(run, name, "big"), 1));
  const ordered_json& record = entry_of(run["contestants"], "name", name);
  EXPECT_EQ(record["describe"]["family"], "external");
  const std::string protocol = record["describe"]["protocol"];
  EXPECT_EQ(run["comparisons"].empty(), protocol != "echo") << "other work is not compared";
}

INSTANTIATE_TEST_SUITE_P(All, ShippedContestant,
                         testing::Values("asyncio", "bare_epoll", "gevent", "greenlet", "libev",
                                         "libevent", "libuv", "nginx", "node", "redis", "uvloop"),
                         [](const auto& instance) { return std::string(instance.param); });

TEST(Contestants, EveryShippedOneIsTested) {
  std::size_t files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(kShipped)) {
    files += entry.path().extension() == ".json" ? 1 : 0;
  }
  EXPECT_EQ(files, 11U) << "add it to the list above";
}

TEST(Contestants, FailuresAreNamedAndTheOthersKept) {
  Sandbox sandbox;
  const std::string deaf = write_contestant(sandbox, "deaf", "exec sleep 1000",
                                            {{"ready", {{"port_accepts_within_s", 0.3}}}});
  const std::string quitter = write_contestant(sandbox, "quitter", "echo oh dear; exit 3");
  const std::string crasher = write_contestant(
      sandbox, "crasher", "trap '' TERM; " + kBare + " & sleep 0.3; kill -SEGV $$");
  const std::string absent =
      write_contestant(sandbox, "absent", "", {{"command", {"./no-such-program", "{port}"}}});
  const std::string liar =
      write_contestant(sandbox, "liar", "exec " + kBare, {{"protocol", "upper"}});
  const std::string lacking = write_contestant(
      sandbox, "lacking", "exec " + kBare,
      {{"requires", {{{"python_module", "no_such_module"}, {"package", "python3-none"}}}}});
  sandbox.add_workload("longer", {{"slices_per_restart", 60}});
  const Outcome outcome =
      run_to_end(sandbox.run({"--models", "epoll", "--workloads", "longer", "--contestant", deaf,
                              "--contestant", quitter, "--contestant", crasher, "--contestant",
                              absent, "--contestant", liar, "--contestant", lacking}),
                 Deadline(kPatience));
  EXPECT_TRUE(nothing_is_left());
  EXPECT_EQ(outcome.status, kExitFailed) << outcome.err;
  EXPECT_TRUE(sandbox.result_is_valid());
  const ordered_json run = sandbox.result();
  const auto cell = [&](const char* name) { return cell_of(run, name, "longer"); };
  EXPECT_TRUE(is_whole(cell("epoll"), 2));
  EXPECT_TRUE(failed_with(cell("deaf"), "did not accept connections on 127.0.0.1 within 0.3 s"));
  EXPECT_TRUE(failed_with(cell("quitter"),
                          "the server ended with status 3; what it said is in logs/quitter.log"));
  EXPECT_EQ(read_file(sandbox.path("out/logs/quitter.log")), "oh dear\n");
  EXPECT_TRUE(failed_with(cell("crasher"), "the server was ended by signal 11"));
  EXPECT_TRUE(failed_with(cell("absent"), "start ./no-such-program: No such file"));
  EXPECT_TRUE(failed_with(cell("liar"), "no connection was ever answered"));
  ASSERT_EQ(run["skipped"].size(), 1U);
  EXPECT_EQ(run["skipped"][0]["contestant"], "lacking");
  EXPECT_EQ(run["skipped"][0]["status"], "skipped");
  EXPECT_EQ(run["skipped"][0]["package"], "python3-none");
  for (const std::string& text : {outcome.out, outcome.err}) {
    EXPECT_NE(text.find("lacking is skipped"), std::string::npos) << text;
    EXPECT_NE(text.find("python3-none"), std::string::npos) << text;
  }
  const Outcome report = run_to_end(sandbox.sockbench({"report-md", sandbox.path("out/run.json")}));
  EXPECT_NE(report.out.find("python3-none"), std::string::npos) << report.out;
}

TEST(Contestants, NobodyLeftToMeasure) {
  const Sandbox sandbox;
  const std::string lacking =
      write_contestant(sandbox, "lacking", "exec " + kBare,
                       {{"requires", {{{"program", "no-such"}, {"package", "some-package"}}}}});
  const Outcome outcome = run_to_end(sandbox.run({"--models", "none", "--contestant", lacking}));
  EXPECT_EQ(outcome.status, kExitUsage);
  EXPECT_NE(outcome.err.find("some-package"), std::string::npos) << outcome.err;
  EXPECT_FALSE(std::filesystem::exists(sandbox.path("out")));
}

TEST(Contestants, MistakesInTheFile) {
  const Sandbox sandbox;
  const std::string no_port = write_contestant(sandbox, "no_port", "", {{"command", {"./server"}}});
  const std::string broken = sandbox.folder().write("broken.json", "{");
  const std::vector<std::pair<std::string, const char*>> cases = {
      {"nobody", "'nobody' is neither"},
      {sandbox.path("missing.json"), "is neither"},
      {broken, "broken.json' is not JSON"},
      {no_port, "no_port.json: 'command' must contain {port}"},
      {write_contestant(sandbox, "epoll", kBare), "'epoll' is the name of a selected model"}};
  for (const auto& [file, named] : cases) {
    const Outcome outcome = run_to_end(sandbox.run({"--models", "epoll", "--contestant", file}));
    EXPECT_EQ(outcome.status, kExitUsage) << file;
    EXPECT_EQ(std::count(outcome.err.begin(), outcome.err.end(), '\n'), 1) << outcome.err;
    EXPECT_NE(outcome.err.find(named), std::string::npos) << outcome.err;
    EXPECT_FALSE(std::filesystem::exists(sandbox.path("out"))) << "nothing is written";
  }
}

TEST(Contestants, FolderEnvironmentOptionsAndScratch) {
  Sandbox sandbox;
  sandbox.folder().write("own/start", "#!/bin/sh\ntouch \"$2/mine\"\necho \"$GREETING $1\"\nexec " +
                                          (built_programs() / "contestant-bare_epoll").string() +
                                          " $PORT\n");
  std::filesystem::permissions(sandbox.path("own/start"), std::filesystem::perms::owner_all);
  const std::string mine =
      write_contestant(sandbox, "mine", "",
                       {{"folder", "own"},
                        {"command", {"./start", "{size}", "{scratch}"}},
                        {"options", {{"size", 7}}},
                        {"environment", {{"PORT", "{port}"}, {"GREETING", "good day"}}}});
  const Outcome outcome =
      run_to_end(sandbox.run({"--models", "none", "--contestant", mine, "--contestant", mine}));
  EXPECT_TRUE(nothing_is_left());
  ASSERT_EQ(outcome.status, kExitOk) << outcome.err;
  const ordered_json run = sandbox.result();
  EXPECT_TRUE(is_whole(cell_of(run, "mine", kWorkload), 2));
  EXPECT_TRUE(is_whole(cell_of(run, "mine#2", kWorkload), 2));
  EXPECT_FALSE(run["comparisons"].empty());
  EXPECT_EQ(read_file(sandbox.path("out/logs/mine.log")), "good day 7\ngood day 7\n");
  EXPECT_FALSE(std::filesystem::exists(sandbox.path("out/scratch")));
  EXPECT_EQ(run.dump().find(sandbox.path("own").string()), std::string::npos) << "names no path";
}

/// A server that is started by a process that ends, and in a session of its own: nothing that the
/// harness knows of leads to it.
const std::string kRunaway = "setsid sh -c 'setsid " + kBare + " & sleep 1000' \"$0\" & wait";

TEST(Contestants, KillingTheHarnessKillsTheirRunawaysToo) {
  Sandbox sandbox;
  sandbox.add_workload("endless", {{"slices_per_restart", 1000}});
  const std::string runaway = write_contestant(sandbox, "runaway", kRunaway);
  for (const int signal : {SIGINT, SIGKILL}) {
    ChildProcess sockbench(
        sandbox.run({"--models", "epoll", "--workloads", "endless", "--contestant", runaway}));
    working_server(sockbench.pid(), "epoll");
    sockbench.signal(signal);
    EXPECT_EQ(sockbench.wait_for_exit(), signal == SIGINT ? kExitInterrupted : 128 + SIGKILL);
    EXPECT_TRUE(nothing_is_left()) << signal;
  }
}

TEST(Contestants, ABusyOneIsPausedWithItsWholeGroup) {
  Sandbox sandbox;
  sandbox.add_workload("endless", {{"slices_per_restart", 1000}});
  const std::string busy =
      write_contestant(sandbox, "busy", "(while :; do :; done) & exec " + kBare);
  ChildProcess sockbench(
      sandbox.run({"--models", "epoll", "--workloads", "endless", "--contestant", busy}));
  working_server(sockbench.pid(), "epoll");
  EXPECT_TRUE(eventually([&] {
    const auto children = children_of(sockbench.pid());
    return std::any_of(children.begin(), children.end(), [](const Process& process) {
      if (process.state != 'T' || process.command.empty()) return false;
      const auto spinners = children_of(process.pid);
      return process.command[0].ends_with("contestant-bare_epoll") && spinners.size() == 1 &&
             spinners[0].state == 'T';
    });
  }));
  sockbench.signal(SIGINT);
  EXPECT_EQ(sockbench.wait_for_exit(), kExitInterrupted);
  EXPECT_TRUE(nothing_is_left());
}

constexpr const char* kHttpServer = R"(
import socketserver, sys

class Handler(socketserver.StreamRequestHandler):
    wbufsize = -1
    def handle(self):
        while self.rfile.readline():
            while self.rfile.readline() not in (b'\r\n', b''): pass
            self.wfile.write(b'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok')
            self.wfile.flush()

class Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True

Server(('127.0.0.1', int(sys.argv[1])), Handler).serve_forever()
)";

TEST(Contestants, SpeakingHttp) {
  Sandbox sandbox;
  const std::string web = write_contestant(
      sandbox, "web", "",
      {{"command", {"/usr/bin/python3", "-c", kHttpServer, "{port}"}}, {"protocol", "http"}});
  const Outcome outcome =
      run_to_end(sandbox.run({"--models", "epoll", "--contestant", web}), Deadline(kPatience));
  ASSERT_EQ(outcome.status, kExitOk) << outcome.err;
  const ordered_json run = sandbox.result();
  EXPECT_TRUE(is_whole(cell_of(run, "web", kWorkload), 2));
  for (const ordered_json& comparison : run["comparisons"]) {
    EXPECT_EQ(comparison["head"], "epoll#2") << "the control alone does the same work";
  }
  const ordered_json& unranked = run["rankings"][0]["unranked"];
  const std::string reason = entry_of(unranked, "contestant", "web")["reason"];
  EXPECT_NE(reason.find("another protocol (http)"), std::string::npos) << reason;
}

TEST(Contestants, DoctorNamesTheirPackages) {
  Sandbox sandbox;
  const ordered_json lacking = {
      {"name", "lacking"},
      {"title", "For tests"},
      {"command", {"x", "{port}"}},
      {"requires", {{{"program", "no-such"}, {"package", "some-package"}}}}};
  sandbox.folder().write("data/contestants/lacking.json", lacking.dump());
  const Outcome text = run_to_end(sandbox.sockbench({"doctor"}));
  EXPECT_EQ(text.status, kExitOk);
  EXPECT_NE(text.out.find("install the Debian package some-package"), std::string::npos);
  const Outcome json = run_to_end(sandbox.sockbench({"doctor", "--json"}));
  const ordered_json findings = ordered_json::parse(json.out);
  const ordered_json& finding = entry_of(findings, "item", "contestant lacking");
  EXPECT_EQ(finding["status"], "note");
}

}  // namespace
}  // namespace sockbench::test
