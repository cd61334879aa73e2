// A server that is wrong in one chosen way, or late by a known time, on every connection alike or
// on the first: what a load generator says of it can be compared with what is true. Its replies are
// the requests in upper case. Ends at the end of its standard input, when it prints what --stamps
// asked for.

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "common/cli.h"
#include "common/clock.h"
#include "common/fd.h"
#include "common/socket.h"
#include "common/units.h"
#include "tests/support/bytes.h"

namespace sockbench::test {
namespace {

/// What happens to the `at`th request of a connection, counted from 1.
enum class Fault : std::uint8_t {
  kNone,
  kWrongByte,
  kShortReply,       ///< the first half of the reply, then the end of the stream
  kExtraByte,        ///< one byte too many behind the reply
  kStale,            ///< the previous reply once more
  kOtherConnection,  ///< a reply that another connection got
  kLoses,            ///< no reply to this request, but to those after it
  kCloses,           ///< the end of the stream instead of the reply
  kResets,           ///< a reset instead of the reply
  kSilent,           ///< no reply from here on
  kFirstOnly,        ///< no reply at all, except on the connection accepted first
};

const std::map<std::string, Fault> kFaults = {
    {"none", Fault::kNone},
    {"wrong_byte", Fault::kWrongByte},
    {"short_reply", Fault::kShortReply},
    {"extra_byte", Fault::kExtraByte},
    {"stale", Fault::kStale},
    {"other_connection", Fault::kOtherConnection},
    {"loses", Fault::kLoses},
    {"closes", Fault::kCloses},
    {"resets", Fault::kResets},
    {"silent", Fault::kSilent},
    {"first_only", Fault::kFirstOnly},
};

struct Options {
  Fault fault = Fault::kNone;
  int at = 1;
  bool only_first = false;  ///< the fault is for the connection accepted first alone
  std::size_t message_bytes = 64;
  std::int64_t delay_ns = 0;   ///< every reply leaves so long after its request came
  std::int64_t stall_ns = 0;   ///< at the start of …
  std::int64_t period_ns = 0;  ///< … every multiple of this in CLOCK_MONOTONIC nothing is done
  bool stamps = false;         ///< print when each request came
};

struct Reply {
  std::int64_t due_ns;
  std::string bytes;
};

struct Peer {
  Fd fd;
  bool first = false;
  int requests = 0;
  std::string received;  ///< of the request that is not complete
  std::string previous;  ///< the right reply to the last request
  std::deque<Reply> replies;
};

class FaultServer final {
 public:
  explicit FaultServer(const Options& options)
      : options_(options), listener_(listen_tcp(parse_endpoint("127.0.0.1:0", "listen"), 4096)) {}

  void run();

 private:
  std::optional<timespec> time_until_next_reply() const;
  void accept_one();
  void receive(Peer& peer);
  void on_request(Peer& peer, const std::string& request);
  std::string reply_of_another(const Peer& peer) const;
  void send_due(Peer& peer);
  void end(Peer& peer, bool reset);
  void sit_out_stall() const;

  Options options_;
  Fd listener_;
  std::vector<std::unique_ptr<Peer>> peers_;
  bool accepted_any_ = false;
  std::int64_t now_ = 0;  // when poll returned
  std::vector<std::int64_t> stamps_;
};

void FaultServer::run() {
  std::printf("listening %s\n", local_endpoint(listener_.get()).text().c_str());
  std::fflush(stdout);
  for (;;) {
    std::vector<pollfd> watched = {{STDIN_FILENO, POLLIN, 0}, {listener_.get(), POLLIN, 0}};
    for (const auto& peer : peers_) watched.push_back({peer->fd.get(), POLLIN, 0});
    const auto timeout = time_until_next_reply();
    check(::ppoll(watched.data(), watched.size(), timeout ? &*timeout : nullptr, nullptr), "ppoll");
    sit_out_stall();
    now_ = now_ns();
    if (watched[0].revents != 0) break;
    for (std::size_t i = 2; i < watched.size(); ++i) {
      if (watched[i].revents != 0) receive(*peers_[i - 2]);
    }
    for (const auto& peer : peers_) send_due(*peer);
    std::erase_if(peers_, [](const auto& peer) { return !peer->fd; });
    if (watched[1].revents != 0) accept_one();
  }
  if (!options_.stamps) return;
  for (const std::int64_t stamp : stamps_) std::printf("%lld\n", static_cast<long long>(stamp));
}

std::optional<timespec> FaultServer::time_until_next_reply() const {
  std::optional<std::int64_t> next;
  for (const auto& peer : peers_) {
    if (peer->replies.empty()) continue;
    const std::int64_t due = peer->replies.front().due_ns;
    next = next ? std::min(*next, due) : due;
  }
  if (!next) return std::nullopt;
  const std::int64_t wait = std::max<std::int64_t>(0, *next - now_ns());
  return timespec{wait / kNsPerSecond, wait % kNsPerSecond};
}

void FaultServer::sit_out_stall() const {
  if (options_.period_ns == 0) return;
  const std::int64_t phase = now_ns() % options_.period_ns;
  if (phase >= options_.stall_ns) return;
  const std::int64_t rest = options_.stall_ns - phase;
  const timespec time{rest / kNsPerSecond, rest % kNsPerSecond};
  ::clock_nanosleep(CLOCK_MONOTONIC, 0, &time, nullptr);
}

void FaultServer::accept_one() {
  Fd fd(check(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC), "accept"));
  peers_.push_back(std::make_unique<Peer>());
  peers_.back()->fd = std::move(fd);
  peers_.back()->first = !std::exchange(accepted_any_, true);
}

void FaultServer::receive(Peer& peer) {
  std::array<char, std::size_t{64} * 1024> chunk{};
  const ssize_t count = ::recv(peer.fd.get(), chunk.data(), chunk.size(), MSG_DONTWAIT);
  if (count < 0 && errno == EAGAIN) return;
  if (count <= 0) return end(peer, false);
  peer.received.append(chunk.data(), static_cast<std::size_t>(count));
  while (peer.fd && peer.received.size() >= options_.message_bytes) {
    const std::string request = peer.received.substr(0, options_.message_bytes);
    peer.received.erase(0, options_.message_bytes);
    ++peer.requests;
    if (options_.stamps) stamps_.push_back(now_);
    on_request(peer, request);
  }
}

void FaultServer::on_request(Peer& peer, const std::string& request) {
  const std::string right = upper(request);
  std::string reply = right;
  const bool hit = peer.requests == options_.at && (peer.first || !options_.only_first);
  switch (hit || options_.fault == Fault::kSilent || options_.fault == Fault::kFirstOnly
              ? options_.fault
              : Fault::kNone) {
    case Fault::kNone:
      break;
    case Fault::kWrongByte:
      reply[reply.size() / 2] ^= 1;
      break;
    case Fault::kShortReply:
      reply.resize(reply.size() / 2);
      break;
    case Fault::kExtraByte:
      reply += '!';
      break;
    case Fault::kStale:
      reply = peer.previous;
      break;
    case Fault::kOtherConnection:
      reply = reply_of_another(peer);
      break;
    case Fault::kLoses:
      reply.clear();
      break;
    case Fault::kCloses:
    case Fault::kResets:
      return end(peer, options_.fault == Fault::kResets);
    case Fault::kSilent:
      if (peer.requests >= options_.at) reply.clear();
      break;
    case Fault::kFirstOnly:
      if (!peer.first) reply.clear();
      break;
  }
  peer.previous = right;
  if (!reply.empty()) peer.replies.push_back({now_ + options_.delay_ns, reply});
}

/// The right reply to another connection's last request; that of this one's if there is none.
std::string FaultServer::reply_of_another(const Peer& peer) const {
  for (const auto& other : peers_) {
    if (other.get() != &peer && !other->previous.empty()) return other->previous;
  }
  return peer.previous;
}

void FaultServer::send_due(Peer& peer) {
  while (peer.fd && !peer.replies.empty() && peer.replies.front().due_ns <= now_) {
    std::string_view rest = peer.replies.front().bytes;
    const bool cut_short = rest.size() < options_.message_bytes;
    while (!rest.empty()) {
      const ssize_t sent = ::send(peer.fd.get(), rest.data(), rest.size(), MSG_NOSIGNAL);
      if (sent < 0) return end(peer, false);
      rest.remove_prefix(static_cast<std::size_t>(sent));
    }
    peer.replies.pop_front();
    if (cut_short) end(peer, false);
  }
}

void FaultServer::end(Peer& peer, bool reset) {
  const linger at_once{.l_onoff = 1, .l_linger = 0};
  if (reset) ::setsockopt(peer.fd.get(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  peer.fd.reset();
  peer.replies.clear();
}

int fault_server_main(int argc, char** argv) {
  Options options;
  std::string delay = "0";
  std::string stall = "0";
  std::string period = "0";
  CLI::App app("Answers wrongly or late, as asked", "fault_server");
  app.add_option("--fault", options.fault)->transform(CLI::CheckedTransformer(kFaults));
  app.add_option("--at", options.at, "which request of a connection, from 1");
  app.add_flag("--only-first", options.only_first);
  app.add_option("--message-bytes", options.message_bytes);
  app.add_option("--delay", delay);
  app.add_option("--stall", stall);
  app.add_option("--period", period);
  app.add_flag("--stamps", options.stamps);
  if (const auto exit_code = parse_command_line(app, argc, argv)) return *exit_code;
  options.delay_ns = parse_duration_ns(delay, "--delay");
  options.stall_ns = parse_duration_ns(stall, "--stall");
  options.period_ns = parse_duration_ns(period, "--period");
  ::prctl(PR_SET_TIMERSLACK, 1);  // nanoseconds: delays are to be exact, the default is 50 us late
  FaultServer(options).run();
  return kExitOk;
}

}  // namespace
}  // namespace sockbench::test

int main(int argc, char** argv) {
  return sockbench::run_main("fault_server",
                             [&] { return sockbench::test::fault_server_main(argc, argv); });
}
