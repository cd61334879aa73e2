#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "common/histogram.h"
#include "tests/support/child_process.h"
#include "tests/support/running_server.h"

namespace sockbench::test {

using Flags = std::vector<std::string>;

/// The command line of a program in the folder of the running test.
std::vector<std::string> program(const std::string& name, const Flags& flags);

/// A server program that was started and is ready.
class Server final : public RunningServer {
 public:
  /// `model`: "epoll" or another of sockbench's own, or "fault" (fault_server.cpp).
  explicit Server(const std::string& model, const Flags& flags = {});
};

/// A loopback address where nobody listens.
std::string refusing_address();

/// What a load generator that ended by itself leaves behind.
struct Outcome {
  std::optional<int> status;  ///< nullopt: it hung
  std::string out;
  std::string err;
};
/// Runs `loadgen` with these flags alone.
Outcome run_loadgen(const Flags& flags);

/// The same with `--connect` and `--json -`; without warm-up unless a flag says so.
struct Measurement {
  std::optional<int> status;
  nlohmann::ordered_json json;
  std::string err;

  const nlohmann::ordered_json& ledger() const { return json.at("ledger"); }
  std::string failure() const { return json.at("failure"); }
};
Measurement measure(const std::string& address, const Flags& flags);
Measurement measure(const Server& server, const Flags& flags);

struct Slice {
  std::int64_t lead_in_ns = 0;
  std::int64_t window_ns = 0;
  std::int64_t drain_limit_ns = 5'000'000'000;
  std::uint64_t seed = 1;
  double rate = 0;  ///< 0: that of the flags
};
std::string to_line(const Slice& slice);

/// `loadgen --control`, so that a test knows when its load begins and ends.
class Generator final {
 public:
  Generator(const Server& server, const Flags& flags);

  const nlohmann::ordered_json& ready() const { return ready_; }
  ChildProcess& process() { return process_; }
  void start(const Slice& slice);
  /// The answer to the command given last.
  nlohmann::ordered_json answer();
  nlohmann::ordered_json run(const Slice& slice);
  nlohmann::ordered_json report() { return ask({{"command", "report"}}); }
  nlohmann::ordered_json ask(const nlohmann::ordered_json& command);
  /// Ends its input; the status it ends with.
  std::optional<int> finish();

 private:
  ChildProcess process_;
  nlohmann::ordered_json ready_;
};

/// Whether every request of the ledger has one fate.
testing::AssertionResult balances(const nlohmann::ordered_json& ledger);

/// Waits until `pid` has used `cpu_ms` of CPU time from now on: it is under load.
bool under_load(pid_t pid, int cpu_ms = 20);

/// Lets `time` pass, where the length of something is what is tested.
void let_pass(milliseconds time);

}  // namespace sockbench::test
