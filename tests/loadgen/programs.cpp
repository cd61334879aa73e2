#include "tests/loadgen/programs.h"

#include <poll.h>
#include <sys/auxv.h>

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <stdexcept>

#include "common/clock.h"
#include "common/error.h"
#include "tests/support/process_stats.h"

namespace sockbench::test {
namespace {

using nlohmann::ordered_json;

/// Where this program was started; the others are beside it. A sanitizer build's is a link to the
/// release build's program, which tests the programs beside the link.
std::string programs_folder() {
  // NOLINTNEXTLINE(performance-no-int-to-ptr): getauxval(3) returns addresses like that
  const auto* started = reinterpret_cast<const char*>(::getauxval(AT_EXECFN));
  return std::filesystem::absolute(started).parent_path();
}

Flags with_flags(Flags first, const Flags& others) {
  first.insert(first.end(), others.begin(), others.end());
  return first;
}

bool has(const Flags& flags, const std::string& flag) {
  return std::find(flags.begin(), flags.end(), flag) != flags.end();
}

/// The engine that every load generator of these tests is to use; empty: its default.
std::string engine_under_test() {
  const char* name = std::getenv("SOCKBENCH_TEST_ENGINE");
  return name == nullptr ? "" : name;
}

/// Skips every test where the kernel or a sandbox forbids the engine under test.
class EnginePermitted final : public testing::Environment {
  void SetUp() override {
    if (engine_under_test().empty()) return;
    const Outcome outcome = run_loadgen({"--connect", refusing_address(), "-d", "1ms"});
    if (outcome.status == kExitUsage) GTEST_SKIP() << outcome.err;
  }
};
[[maybe_unused]] const auto* const kEnginePermitted =
    testing::AddGlobalTestEnvironment(new EnginePermitted);  // gtest deletes it

}  // namespace

std::vector<std::string> program(const std::string& name, const Flags& flags) {
  const std::string path = programs_folder() + "/" + name;
  const std::string engine = name == "loadgen" ? engine_under_test() : "";
  if (engine.empty() || has(flags, "--engine")) return with_flags({path}, flags);
  return with_flags({path, "--engine", engine}, flags);
}

Server::Server(const std::string& model, const Flags& flags)
    : RunningServer(program(model == "fault" ? "fault_server" : "server-" + model, flags)) {}

std::string refusing_address() {
  // Bound and not listening, so that nobody else is given the port while the tests run.
  static const Fd holder = [] {
    Fd fd(check(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), "socket"));
    const Endpoint any = parse_endpoint("127.0.0.1:0", "address");
    check(::bind(fd.get(), any.get(), any.length), "bind");
    return fd;
  }();
  return local_endpoint(holder.get()).text();
}

Outcome run_loadgen(const Flags& flags) {
  ChildProcess process(program("loadgen", flags));
  Outcome outcome;
  outcome.out = process.read_to_end();
  outcome.status = process.wait_for_exit();
  outcome.err = process.stderr_text();
  return outcome;
}

Measurement measure(const std::string& address, const Flags& flags) {
  Flags all = with_flags({"--connect", address, "--json", "-"}, flags);
  if (!has(flags, "--warmup")) all = with_flags(all, {"--warmup", "0"});
  const Outcome outcome = run_loadgen(all);
  Measurement measurement{outcome.status, ordered_json::parse(outcome.out, nullptr, false),
                          outcome.err};
  if (!measurement.json.is_object()) {
    throw std::runtime_error("standard output is not JSON: '" + outcome.out + "'; " + outcome.err);
  }
  return measurement;
}

Measurement measure(const Server& server, const Flags& flags) {
  return measure(server.endpoint().text(), flags);
}

std::string to_line(const Slice& slice) {
  ordered_json command = {{"command", "slice"},
                          {"lead_in_ns", slice.lead_in_ns},
                          {"window_ns", slice.window_ns},
                          {"drain_limit_ns", slice.drain_limit_ns},
                          {"seed", slice.seed}};
  if (slice.rate > 0) command["rate"] = slice.rate;
  return command.dump() + "\n";
}

Generator::Generator(const Server& server, const Flags& flags)
    : process_(program("loadgen",
                       with_flags({"--control", "--connect", server.endpoint().text()}, flags))) {
  (void)std::signal(SIGPIPE, SIG_IGN);  // writing to one that died is an error to report
  ready_ = answer();
}

void Generator::start(const Slice& slice) { process_.write_stdin(to_line(slice)); }

ordered_json Generator::answer() { return ordered_json::parse(process_.read_line()); }

ordered_json Generator::run(const Slice& slice) {
  start(slice);
  return answer();
}

ordered_json Generator::ask(const ordered_json& command) {
  process_.write_stdin(command.dump() + "\n");
  return answer();
}

std::optional<int> Generator::finish() {
  process_.close_stdin();
  return process_.wait_for_exit();
}

testing::AssertionResult balances(const ordered_json& ledger) {
  const auto of = [&](const char* key) { return ledger.at(key).get<std::uint64_t>(); };
  if (of("intended") == of("sent") + of("never_sent") &&
      of("sent") ==
          of("answered") + of("unanswered") + of("reset") + of("timed_out") + of("mismatched")) {
    return testing::AssertionSuccess();
  }
  return testing::AssertionFailure() << "the ledger does not balance: " << ledger.dump();
}

bool under_load(pid_t pid, int cpu_ms) {
  const std::int64_t before = cpu_time_ns(pid);
  return eventually([&] { return cpu_time_ns(pid) - before >= cpu_ms * kNsPerMs; });
}

void let_pass(milliseconds time) {
  const Deadline deadline(time);
  while (!deadline.passed()) ::poll(nullptr, 0, deadline.poll_ms());
}

}  // namespace sockbench::test
