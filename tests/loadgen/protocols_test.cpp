// loadgen against servers that speak Redis and HTTP by other hands: small ones from Python's
// standard library, right and wrong, and the real ones where they are installed.

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

#include "common/error.h"
#include "tests/bench/temporary_folder.h"
#include "tests/loadgen/programs.h"

namespace sockbench::test {
namespace {

// Defined by the build: the folder of this file.
const std::string kFolder = SOCKBENCH_LOADGEN_TESTS;

Flags operator+(Flags first, const Flags& others) {
  first.insert(first.end(), others.begin(), others.end());
  return first;
}

/// A server of small_servers.py.
class SmallServer final {
 public:
  explicit SmallServer(const Flags& flags)
      : process_(Flags{"/usr/bin/env", "python3", kFolder + "/small_servers.py"} + flags) {
    const std::string line = process_.read_line();
    address_ = line.substr(line.find(' ') + 1);
  }
  const std::string& address() const { return address_; }

 private:
  ChildProcess process_;
  std::string address_;
};

/// Where `name` is installed; empty if it is not. nginx lies where only root's PATH looks.
std::string installed(const std::string& name) {
  const char* path = std::getenv("PATH");
  std::istringstream folders(std::string(path == nullptr ? "" : path) + ":/usr/sbin:/usr/bin");
  for (std::string folder; std::getline(folders, folder, ':');) {
    const std::string file = folder + "/" + name;
    if (::access(file.c_str(), X_OK) == 0) return file;
  }
  return "";
}

/// A loopback port that was free a moment ago, for servers that cannot be told to choose one.
std::string free_port() {
  const Fd fd(check(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), "socket"));
  const Endpoint any = parse_endpoint("127.0.0.1:0", "address");
  check(::bind(fd.get(), any.get(), any.length), "bind");
  const std::string text = local_endpoint(fd.get()).text();
  return text.substr(text.rfind(':') + 1);
}

bool accepts(const std::string& address) {
  const Endpoint server = parse_endpoint(address, "address");
  const Fd fd(check(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), "socket"));
  return ::connect(fd.get(), server.get(), server.length) == 0;
}

/// redis-server or nginx of this machine, ready.
class InstalledServer final {
 public:
  static InstalledServer redis(const std::string& program, const TemporaryFolder& folder) {
    const std::string port = free_port();
    return InstalledServer({program, "--bind", "127.0.0.1", "--port", port, "--save", "",
                            "--appendonly", "no", "--dir", folder.path().string()},
                           port);
  }
  /// `keepalive`: a directive, or nothing.
  static InstalledServer nginx(const std::string& program, const TemporaryFolder& folder,
                               const std::string& keepalive) {
    const std::string port = free_port();
    const std::string path = folder.path().string();
    std::ostringstream config;
    config << "daemon off; worker_processes 1; pid " << path << "/pid; error_log " << path
           << "/error;\nevents { worker_connections 1024; }\nhttp {\n  access_log off;\n";
    for (const char* kind : {"client_body", "proxy", "fastcgi", "uwsgi", "scgi"}) {
      config << "  " << kind << "_temp_path " << path << '/' << kind << ";\n";
    }
    config << "  " << keepalive << "\n  server { listen 127.0.0.1:" << port
           << "; location / { return 200 \"Hello, world\\n\"; } }\n}\n";
    const std::string file = folder.write("nginx.conf", config.str()).string();
    return InstalledServer({program, "-p", path, "-c", file, "-e", path + "/error"}, port);
  }

  const std::string& address() const { return address_; }

 private:
  InstalledServer(const std::vector<std::string>& command, const std::string& port)
      : process_(command), address_("127.0.0.1:" + port) {
    if (!eventually([&] { return accepts(address_); })) {
      throw std::runtime_error(command.front() +
                               " did not become ready: " + process_.stderr_text());
    }
  }

  ChildProcess process_;
  std::string address_;
};

void expect_all_answered(const std::string& address, const Flags& flags) {
  const Measurement measured = measure(address, Flags{"-d", "300ms", "--timeout", "20s"} + flags);
  EXPECT_EQ(measured.status, kExitOk) << measured.err;
  EXPECT_EQ(measured.failure(), "");
  const auto& ledger = measured.ledger();
  EXPECT_TRUE(balances(ledger));
  EXPECT_GT(ledger["answered"], 0);
  EXPECT_EQ(ledger["answered"], ledger["intended"]) << ledger.dump();
  EXPECT_EQ(measured.json["connections"]["lost"], 0);
  EXPECT_EQ(measured.json["response_time_ns"]["count"], ledger["answered"]);
}

struct Workload {
  const char* name;
  const char* protocol;
  Flags flags;
};

void PrintTo(const Workload& workload, std::ostream* out) { *out << workload.name; }

class Protocols : public testing::TestWithParam<Workload> {
 protected:
  static Flags flags(int connections) {
    return Flags{"--protocol", GetParam().protocol, "-c", std::to_string(connections)} +
           GetParam().flags;
  }
};

TEST_P(Protocols, OfASmallServer) {
  const SmallServer server({GetParam().protocol});
  expect_all_answered(server.address(), flags(8));
}

TEST_P(Protocols, OfTheRealServer) {
  const bool http = std::string(GetParam().protocol) == "http";
  const char* package = http ? "nginx" : "redis-server";
  const std::string program = installed(package);
  if (program.empty()) GTEST_SKIP() << "install " << package;
  const TemporaryFolder folder;
  const InstalledServer server =
      http ? InstalledServer::nginx(program, folder, "keepalive_requests 1000000000;")
           : InstalledServer::redis(program, folder);
  expect_all_answered(server.address(), flags(64));
}

INSTANTIATE_TEST_SUITE_P(
    OfAllKinds, Protocols,
    testing::Values(Workload{"redis", "redis", {}},
                    Workload{"redis_pipeline", "redis", {"--pipeline", "4"}},
                    Workload{"redis_open_loop", "redis", {"-R", "400"}},
                    Workload{"redis_churn", "redis", {"--churn"}},
                    Workload{"redis_two_threads", "redis", {"-t", "2", "--timestamps", "kernel"}},
                    Workload{"http", "http", {}},
                    Workload{"http_pipeline", "http", {"--pipeline", "4"}},
                    Workload{"http_open_loop", "http", {"-R", "400"}},
                    Workload{"http_churn", "http", {"--churn"}},
                    Workload{"http_churn_open_loop", "http", {"--churn", "-R", "200"}}),
    [](const auto& tested) { return std::string(tested.param.name); });

constexpr int kConnections = 4;
// The first request verifies the connection, the fifth goes wrong, so three are answered right.
constexpr int kAt = 5;
constexpr int kAnsweredBefore = kConnections * (kAt - 2);

struct Kind {
  const char* protocol;
  const char* fault;
  const char* pipeline;
  const char* field;      ///< where the request that met the fault is charged
  int answered_at_fault;  ///< of each connection, besides those before: the fault is behind them
  const char* failure;    ///< what the first failure must say
};

void PrintTo(const Kind& kind, std::ostream* out) { *out << kind.protocol << ' ' << kind.fault; }

class ProtocolFaults : public testing::TestWithParam<Kind> {};

TEST_P(ProtocolFaults, AreCaught) {
  const Kind& kind = GetParam();
  const SmallServer server({kind.protocol, "--fault", kind.fault, "--at", std::to_string(kAt)});
  const Measurement measured = measure(
      server.address(), {"--protocol", kind.protocol, "-c", std::to_string(kConnections),
                         "--pipeline", kind.pipeline, "-d", "1500ms", "--timeout", "700ms"});
  EXPECT_EQ(measured.status, kExitRegression);
  const auto& ledger = measured.ledger();
  EXPECT_TRUE(balances(ledger));
  EXPECT_EQ(ledger["answered"], kAnsweredBefore + kConnections * kind.answered_at_fault)
      << ledger.dump();
  EXPECT_EQ(ledger[kind.field], kConnections) << ledger.dump();
  EXPECT_EQ(measured.json["connections"]["lost"], kConnections);
  EXPECT_TRUE(measured.failure().starts_with("connection ")) << measured.failure();
  EXPECT_NE(measured.failure().find(kind.failure), std::string::npos) << measured.failure();
  EXPECT_FALSE(measured.json["verdict"]["fit"].get<bool>());
  EXPECT_EQ(measured.err, "") << "what goes wrong is counted, not printed";
}

// A body is not compared, so a byte too few or too many shows where the next reply should begin.
INSTANTIATE_TEST_SUITE_P(
    OfAServer, ProtocolFaults,
    testing::Values(Kind{"http", "not_found", "1", "mismatched", 0, "wrong bytes in reply 4"},
                    Kind{"http", "short_length", "1", "extra_replies", 1, "unexpected data"},
                    Kind{"http", "short_length", "4", "mismatched", 1, "wrong bytes in reply 5"},
                    Kind{"http", "long_length", "1", "timed_out", 0,
                         "no reply within the time-out"},
                    Kind{"http", "long_length", "4", "mismatched", 1, "wrong bytes in reply 5"},
                    Kind{"http", "announces_close", "1", "reset", 1, "after 5 replies"},
                    Kind{"http", "drops", "1", "reset", 1, "after 5 replies"},
                    Kind{"redis", "error", "1", "mismatched", 0, "wrong bytes in reply 4"},
                    Kind{"redis", "error", "4", "mismatched", 0, "wrong bytes in reply 4"},
                    Kind{"redis", "drops", "1", "reset", 1, "after 5 replies"}),
    [](const auto& tested) {
      const Kind& kind = tested.param;
      return std::string(kind.protocol) + "_" + kind.fault + "_" + kind.pipeline;
    });

// A server that closes after every reply is right where every request has a connection of its own,
// whichever side is quicker to close.
TEST(Churn, OfAServerThatClosesFirst) {
  const SmallServer server({"http", "--fault", "announces_close", "--at", "1"});
  for (const Flags& mode : {Flags{}, Flags{"--think", "5ms"}, Flags{"-R", "200"}}) {
    expect_all_answered(server.address(), Flags{"--protocol", "http", "-c", "4", "--churn"} + mode);
  }
}

// nginx closes a connection with its 1,000th reply unless keepalive_requests says otherwise. That
// reply is right although it announces the end ("Connection: close"); the request behind it is
// reset, and the failure names the number, by which the setting is found. loadgen does not connect
// again: the load would be another one than was asked for.
TEST(Nginx, ClosesAfterItsThousandthReply) {
  const std::string program = installed("nginx");
  if (program.empty()) GTEST_SKIP() << "install nginx";
  const TemporaryFolder folder;
  const InstalledServer server = InstalledServer::nginx(program, folder, "");
  const Measurement measured =
      measure(server.address(), {"--protocol", "http", "-c", "4", "-d", "60s", "--timeout", "20s"});
  EXPECT_EQ(measured.status, kExitRegression);
  const auto& ledger = measured.ledger();
  EXPECT_TRUE(balances(ledger));
  EXPECT_EQ(ledger["answered"], 4 * 999) << "one more verified the connection";
  EXPECT_EQ(ledger["reset"], 4) << ledger.dump();
  EXPECT_EQ(ledger["mismatched"], 0);
  EXPECT_TRUE(measured.failure().ends_with(" after 1000 replies")) << measured.failure();
}

}  // namespace
}  // namespace sockbench::test
