#include "bench/run/external_server.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <climits>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <random>
#include <sstream>

#include "common/clock.h"
#include "common/error.h"
#include "common/socket.h"

namespace sockbench {
namespace {

namespace fs = std::filesystem;

constexpr const char* kMarkVariable = "SOCKBENCH_CONTESTANT";
constexpr int kLowestPort = 10'000;
constexpr int kPortTries = 1'000;
constexpr std::int64_t kProbeEveryNs = 5 * kNsPerMs;

std::string new_mark() {
  static std::atomic<int> count{0};
  return std::to_string(::getpid()) + "-" + std::to_string(now_ns()) + "-" +
         std::to_string(++count);
}

bool has_mark(const fs::path& process, const std::string& entry) {
  std::ifstream in(process / "environ");
  for (std::string variable; std::getline(in, variable, '\0');) {
    if (variable == entry) return true;
  }
  return false;
}

/// Until none is left, for a process may fork while the others are looked through.
void kill_marked(const std::string& mark) {
  const std::string entry = std::string(kMarkVariable).append("=").append(mark);
  for (int round = 0; round < 100; ++round) {
    bool found = false;
    std::error_code ignored;
    for (const auto& process : fs::directory_iterator("/proc", ignored)) {
      const int pid = std::atoi(process.path().filename().c_str());
      if (pid <= 1 || pid == ::getpid() || !has_mark(process.path(), entry)) continue;
      found = ::kill(pid, SIGKILL) == 0 || found;
    }
    if (!found) return;
    ::poll(nullptr, 0, 1);
  }
}

/// The lower end of the range for connecting sockets.
int first_ephemeral_port() {
  constexpr int kUsual = 32'768;
  int low = kUsual;
  std::ifstream("/proc/sys/net/ipv4/ip_local_port_range") >> low;
  return low > kLowestPort + kPortTries ? low : USHRT_MAX;
}

sockaddr_in loopback(int port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  return address;
}

bool accepts(int port) {
  const Fd probe(check(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), "socket"));
  const sockaddr_in address = loopback(port);
  return ::connect(probe.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
}

}  // namespace

Guard::Guard(std::string mark) : mark_(std::move(mark)) {
  std::array<int, 2> ends{};
  check(::pipe2(ends.data(), O_CLOEXEC), "pipe");
  Fd read_end(ends[0]);
  alive_ = Fd(ends[1]);
  pid_ = check(::fork(), "fork");
  if (pid_ != 0) return;
  // It must hold no end of any other child's pipe, and no terminal's signal may end it.
  ::setpgid(0, 0);
  ::dup2(read_end.get(), STDIN_FILENO);
  ::close_range(STDERR_FILENO + 1, UINT_MAX, 0);
  char byte = 0;
  ssize_t count = 0;
  do {
    count = ::read(STDIN_FILENO, &byte, 1);
  } while (count < 0 && errno == EINTR);
  if (count == 0) kill_marked(mark_);
  ::_exit(0);
}

Guard::~Guard() {
  kill_marked(mark_);
  const char done = 1;
  (void)!::write(alive_.get(), &done, 1);
  while (::waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
  }
}

ExternalServer::ExternalServer(const Contestant& contestant, const fs::path& folder)
    : contestant_(contestant),
      port_(free_port()),
      mark_(new_mark()),
      scratch_(fs::absolute(folder / mark_)),
      guard_(mark_) {
  fs::create_directories(scratch_);
}

ExternalServer::~ExternalServer() {
  std::error_code ignored;
  fs::remove_all(scratch_, ignored);
  fs::remove(scratch_.parent_path(), ignored);  // when it was the last one
}

ChildOptions ExternalServer::child_options(const std::vector<int>& cpus,
                                           const std::string& log) const {
  const External& external = *contestant_.external;
  const std::vector<std::pair<std::string, std::string>> values = {
      {"port", std::to_string(port_)},
      {"programs", external.programs.string()},
      {"scratch", scratch_.string()}};
  ChildOptions options{.command = {}, .cpus = cpus, .stderr_path = log};
  for (const std::string& word : contestant_.command) {
    options.command.push_back(fill_in(word, values));
  }
  for (const auto& [name, value] : external.environment) {
    options.environment.emplace_back(name, fill_in(value, values));
  }
  options.environment.emplace_back(kMarkVariable, mark_);
  options.folder = external.folder.string();
  options.output_to_log = true;  // a pipe is not read, and a full one would block the server
  return options;
}

std::string ExternalServer::wait_until_ready(Child& server) const {
  const auto limit = contestant_.external->ready_within;
  const std::int64_t deadline = now_ns() + std::chrono::nanoseconds(limit).count();
  while (!interrupted()) {
    // Another program might have taken the port meanwhile: an ended server is not ready.
    if (server.ending()) return "it ended before its port accepted connections";
    if (accepts(port_)) return server.ending() ? "it ended as soon as it listened" : "";
    if (now_ns() >= deadline) {
      std::ostringstream seconds;
      seconds << static_cast<double>(limit.count()) / 1000;
      return "its port {port} did not accept connections on 127.0.0.1 within " + seconds.str() +
             " s";
    }
    const timespec pause{0, kProbeEveryNs};
    ::ppoll(nullptr, 0, &pause, nullptr);
  }
  return "the run was interrupted";
}

int free_port() {
  std::random_device random;
  std::uniform_int_distribution<int> ports(kLowestPort, first_ephemeral_port() - 1);
  for (int attempt = 0; attempt < kPortTries; ++attempt) {
    const int port = ports(random);
    const Fd probe(check(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), "socket"));
    const sockaddr_in address = loopback(port);
    if (::bind(probe.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) {
      return port;
    }
  }
  throw std::runtime_error("no free TCP port was found on 127.0.0.1");
}

std::vector<std::string> generator_flags(const Contestant& contestant) {
  if (!contestant.external) {  // a model answers as it was told to
    const auto options = contestant.describe.value("options", nlohmann::ordered_json::object());
    return {"--reply", options.value("reply", "upper")};
  }
  const External& external = *contestant.external;
  if (external.dialect() == "messages") return {"--reply", external.protocol};
  if (external.protocol == "http") return {"--protocol", "http", "--path", external.path};
  return {"--protocol", external.protocol};
}

}  // namespace sockbench
