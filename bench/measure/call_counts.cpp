#include "bench/measure/call_counts.h"

#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <sstream>
#include <vector>

#include "common/child.h"
#include "common/clock.h"
#include "common/error.h"
#include "common/fd.h"
#include "common/file.h"
#include "common/socket.h"

namespace sockbench {
namespace {

constexpr int kFirstRequests = 100;  // of the shorter pass
constexpr std::size_t kMessageBytes = 64;
constexpr useconds_t kPauseUs = 300;
constexpr auto kStartLimit = std::chrono::seconds(10);
constexpr std::int64_t kEndLimitNs = 10 * kNsPerSecond;
constexpr timeval kReplyLimit{5, 0};

/// A request and its reply, both blocking.
void exchange(int fd) {
  std::array<char, kMessageBytes> message;
  message.fill('a');
  write_all(fd, {message.data(), message.size()}, "a request");
  for (std::size_t got = 0; got < message.size();) {
    const ssize_t count = ::recv(fd, message.data() + got, message.size() - got, 0);
    if (count <= 0) throw std::runtime_error("a request got no reply under strace");
    got += static_cast<std::size_t>(count);
  }
  const bool right = std::all_of(message.begin(), message.end(),
                                 [](char byte) { return byte == 'A' || byte == 'a'; });
  if (!right) throw std::runtime_error("a reply had a wrong byte");
}

void serve_requests(const std::string& address, int requests) {
  const Endpoint endpoint = parse_endpoint(address, "the server");
  const Fd fd(check(::socket(endpoint.family(), SOCK_STREAM | SOCK_CLOEXEC, 0), "socket"));
  ::setsockopt(fd.get(), SOL_SOCKET, SO_RCVTIMEO, &kReplyLimit, sizeof kReplyLimit);
  check(::connect(fd.get(), endpoint.get(), endpoint.length), "connect");
  for (int i = 0; i < requests && !interrupted(); ++i) {
    ::usleep(kPauseUs);
    exchange(fd.get());
  }
}

/// Starts the server below strace, lets it serve, ends it in good order.
std::map<std::string, std::uint64_t> calls_of(const Contestant& contestant, int requests,
                                              const std::filesystem::path& log) {
  const std::string summary = log.string() + ".calls";
  std::vector<std::string> command = {"strace", "-f", "-c", "-o", summary, "--"};
  command.insert(command.end(), contestant.command.begin(), contestant.command.end());
  for (const char* word : {"--listen", "127.0.0.1:0", "--stop-on-eof"}) {
    command.emplace_back(word);
  }
  Child server({.command = std::move(command), .cpus = {}, .stderr_path = log.string()});
  const std::string ready = "listening ";
  const auto line = server.read_line(kStartLimit);
  if (!line || line->rfind(ready, 0) != 0) {
    throw std::runtime_error("the server did not print its ready line under strace");
  }
  serve_requests(line->substr(ready.size()), requests);
  server.close_input();
  const std::int64_t until = now_ns() + kEndLimitNs;
  while (!server.ending() && now_ns() < until && !interrupted()) ::usleep(1'000);
  if (!server.ending()) throw std::runtime_error("the server did not end under strace");
  auto calls = parse_strace_summary(read_file(summary));
  std::filesystem::remove(summary);
  return calls;
}

}  // namespace

std::map<std::string, std::uint64_t> parse_strace_summary(const std::string& text) {
  // "% time  seconds  usecs/call  calls  errors  syscall": errors may be blank.
  constexpr std::size_t kCallsColumn = 3;
  constexpr std::size_t kMinColumns = 5;
  std::map<std::string, std::uint64_t> calls;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    std::istringstream stream(line);
    std::vector<std::string> words;
    for (std::string word; stream >> word;) words.push_back(word);
    if (words.size() < kMinColumns || words.back() == "total") continue;
    const std::string& count = words[kCallsColumn];
    const bool number = std::all_of(count.begin(), count.end(),
                                    [](unsigned char c) { return std::isdigit(c) != 0; });
    if (number) calls[words.back()] += std::stoull(count);
  }
  if (calls.empty()) throw std::runtime_error("strace wrote no table of calls");
  return calls;
}

CallCounts count_calls(const Contestant& contestant, const std::filesystem::path& log) {
  CallCounts counts;
  if (contestant.external) {
    counts.absent = "exact counts are for servers that start as our models do";
    return counts;
  }
  try {
    const auto first = calls_of(contestant, kFirstRequests, log);
    const auto all = calls_of(contestant, kFirstRequests + kCountedRequests, log);
    for (const auto& [name, count] : all) {
      const auto before = first.find(name);
      const double more = static_cast<double>(count) -
                          (before == first.end() ? 0 : static_cast<double>(before->second));
      counts.per_request[name] = more / kCountedRequests;
    }
  } catch (const std::exception& error) {
    counts.per_request.clear();
    counts.absent = std::string("the calls could not be counted: ") + error.what();
  }
  return counts;
}

}  // namespace sockbench
