// The common part of all servers: options, --describe, the ready line, and exit.

#include <fcntl.h>
#include <poll.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cmath>
#include <csignal>
#include <cstdio>
#include <iostream>
#include <nlohmann/json.hpp>
#include <thread>

#include "common/cli.h"
#include "common/units.h"
#include "servers/log.h"
#include "servers/server.h"

namespace sockbench {
namespace {

using nlohmann::ordered_json;

struct Flags {
  std::string listen = "127.0.0.1:0";
  std::string reply = "upper";
  std::string handler = "none";
  std::string message_bytes = "64";
  int backlog = 4096;
  int tcp_nodelay = 1;
  int threads = kDescription.default_threads;
  std::vector<int> model_options;
  bool stop_on_eof = false;
  bool describe = false;
};

constexpr std::int64_t kMostMessageBytes = std::int64_t{1} << 30;

/// The number of messages per call of the handler: "1%" gives 100.
std::uint32_t parse_share(const std::string& handler, const std::string& percent) {
  constexpr double kFewest = 1e-6;
  double share = 0;
  try {
    share = parse_percent(percent, "--handler");
  } catch (const UsageError&) {
    share = 0;  // not a percentage: rejected below
  }
  const double every = share >= kFewest ? std::round(1 / share) : 0;
  if (every < 1 || std::fabs(every * share - 1) > 1e-6) {
    throw UsageError("--handler '" + handler +
                     "': the share after the @ must be one in N messages, such as 1% or 0.5%.");
  }
  return static_cast<std::uint32_t>(every);
}

Handler parse_handler(const std::string& text) {
  if (text == "none") return {};
  const std::size_t colon = text.find(':');
  const std::string kind = text.substr(0, colon);
  if (colon == std::string::npos || (kind != "spin" && kind != "sleep")) {
    throw UsageError("--handler '" + text +
                     "' is not none, spin:US, sleep:US or one of these with @P%, such as spin:50 "
                     "or sleep:10000@1%.");
  }
  const std::size_t at = text.find('@', colon);
  const std::uint32_t every = at == std::string::npos ? 1 : parse_share(text, text.substr(at + 1));
  try {
    return {kind == "spin" ? Handler::Kind::kSpin : Handler::Kind::kSleep,
            parse_duration_ns(text.substr(colon + 1, at - colon - 1) + "us", "--handler"), every};
  } catch (const UsageError&) {
    throw UsageError("--handler '" + text + "' needs a number of microseconds after the colon.");
  }
}

ServerOptions validate(const Flags& flags) {
  ServerOptions options;
  options.listen = parse_endpoint(flags.listen, "--listen");
  if (flags.reply != "upper" && flags.reply != "echo") {
    throw UsageError("--reply '" + flags.reply + "' is neither upper nor echo.");
  }
  options.protocol.reply = flags.reply == "upper" ? Reply::kUpper : Reply::kEcho;
  options.protocol.handler = parse_handler(flags.handler);
  const auto bytes = parse_bytes(flags.message_bytes, "--message-bytes");
  if (bytes < 1 || bytes > kMostMessageBytes) {
    throw UsageError("--message-bytes must be from 1 to 1 GiB.");
  }
  options.protocol.message_bytes = static_cast<std::size_t>(bytes);
  if (flags.backlog < 1) throw UsageError("--backlog must be at least 1.");
  options.backlog = flags.backlog;
  if (flags.tcp_nodelay != 0 && flags.tcp_nodelay != 1) {
    throw UsageError("--tcp-nodelay must be 0 or 1.");
  }
  options.tcp_nodelay = flags.tcp_nodelay == 1;
  if (flags.threads < 1 || flags.threads > 10000) {
    throw UsageError("--threads must be from 1 to 10000.");
  }
  options.threads = flags.threads;
  for (std::size_t i = 0; i < flags.model_options.size(); ++i) {
    const ModelOption& option = kDescription.model_options[i];
    const int value = flags.model_options[i];
    if (value < option.min || value > option.max) {
      throw UsageError("--" + std::string(option.name) + " must be from " +
                       std::to_string(option.min) + " to " + std::to_string(option.max) + ".");
    }
  }
  options.model_options = flags.model_options;
  return options;
}

ordered_json describe(const ServerOptions& options, const Flags& flags) {
  const Description& d = kDescription;
  ordered_json syscalls = nullptr;
  const auto& predicted = d.syscalls_with != nullptr ? d.syscalls_with(options) : d.syscalls;
  if (!predicted.empty()) {
    double total = 0;
    ordered_json by_name;
    for (const SyscallCount& call : predicted) {
      by_name[std::string(call.name)] = call.per_request;
      total += call.per_request;
    }
    syscalls = {{"total", total}, {"by_name", by_name}};
  }
  const auto max_connections = d.max_connections(options);
  ordered_json effective = {{"reply", flags.reply},
                            {"handler", flags.handler},
                            {"message_bytes", options.protocol.message_bytes},
                            {"backlog", options.backlog},
                            {"tcp_nodelay", flags.tcp_nodelay}};
  if (d.has_threads_option) effective["threads"] = options.threads;
  for (std::size_t i = 0; i < d.model_options.size(); ++i) {
    std::string key(d.model_options[i].name);
    std::replace(key.begin(), key.end(), '-', '_');
    effective[key] = options.model_options[i];
  }
  return {{"name", d.name},
          {"title", d.title},
          {"family", d.family},
          {"summary", d.summary},
          {"syscalls_per_request", syscalls},
          {"syscalls_formula", d.syscalls_formula},
          {"limits", d.limits},
          {"use_when", d.use_when},
          {"max_connections", max_connections ? ordered_json(*max_connections) : nullptr},
          {"options", effective}};
}

/// The signal for input on standard input. Not SIGIO, the default, which the sigio model uses.
constexpr int kInputSignal = SIGUSR1;

// Only for the signal handlers.
int listening = -1;  // NOLINT(cppcoreguidelines-avoid-non-const-global-variables)

// The same for every model, even with a thousand blocked threads: there is no state to save, so the
// handler exits. shutdown() frees the port of a listening socket that outlives the process.
void end_process(int /*signal*/) {
  if (kDescription.listener_outlives_process) ::shutdown(listening, SHUT_RDWR);
  if (kDescription.at_exit != nullptr) kDescription.at_exit();
  ::_exit(kExitOk);
}

void end_at_eof(int signal) {
  const int interrupted_errno = errno;  // errno of the interrupted system call
  std::array<char, 512> unread{};       // input before the end is ignored
  ssize_t count = 0;
  do {
    count = ::read(STDIN_FILENO, unread.data(), unread.size());
  } while (count > 0);
  if (count == 0) end_process(signal);
  errno = interrupted_errno;
}

#if defined(__SANITIZE_THREAD__)
// Thread sanitizer delays a handler until its thread makes an intercepted call, which a loop around
// select or a raw system call never does. So, only in its builds, a thread handles the signals.
void handle_on_own_thread(const sigset_t& signals) {
  SOCKBENCH_ASSERT(::pthread_sigmask(SIG_BLOCK, &signals, nullptr) == 0);
  std::thread([signals] {
    for (int number = 0; ::sigwait(&signals, &number) == 0;) {
      number == SIGTERM ? end_process(number) : end_at_eof(number);
    }
  }).detach();
}
#endif

void install_signal_handlers(bool stop_on_eof) {
  (void)std::signal(SIGPIPE, SIG_IGN);
  (void)std::signal(SIGTERM, end_process);
#if defined(__SANITIZE_THREAD__)
  sigset_t signals{};
  ::sigemptyset(&signals);
  ::sigaddset(&signals, SIGTERM);
  ::sigaddset(&signals, kInputSignal);
  handle_on_own_thread(signals);
#endif
  if (!stop_on_eof) return;
  // The end of standard input is reported by a signal, not by a thread that blocks in read: a
  // second thread would make every system call of a single-threaded model more expensive
  // (descriptor tables of threaded processes are reference-counted).
  (void)std::signal(kInputSignal, end_at_eof);
  check(::fcntl(STDIN_FILENO, F_SETOWN, ::getpid()), "--stop-on-eof: fcntl F_SETOWN");
  check(::fcntl(STDIN_FILENO, F_SETSIG, kInputSignal), "--stop-on-eof: fcntl F_SETSIG");
  const int flags = check(::fcntl(STDIN_FILENO, F_GETFL), "--stop-on-eof: fcntl F_GETFL");
  check(::fcntl(STDIN_FILENO, F_SETFL, flags | O_ASYNC | O_NONBLOCK), "--stop-on-eof: O_ASYNC");
  end_at_eof(kInputSignal);  // the input may have ended before the signal was enabled
}

int server_main(int argc, char** argv) {
  Flags flags;
  const std::string program = "server-" + std::string(kDescription.name);
  CLI::App app(std::string(kDescription.title) + ": " + std::string(kDescription.summary), program);
  app.add_option("--listen", flags.listen,
                 "Address to listen on, HOST:PORT; port 0 picks a free one.")
      ->capture_default_str();
  app.add_option("--reply", flags.reply, "Reply: upper (ASCII a-z to A-Z) or echo.")
      ->capture_default_str();
  app.add_option("--message-bytes", flags.message_bytes, "Size of a message, for the handler.")
      ->capture_default_str();
  app.add_option("--handler", flags.handler,
                 "Work for each message: none, spin:US, sleep:US; spin:US@1% for one of a hundred.")
      ->capture_default_str();
  app.add_option("--backlog", flags.backlog, "Length of the accept queue.")->capture_default_str();
  app.add_option("--tcp-nodelay", flags.tcp_nodelay,
                 "0 enables Nagle's algorithm; 1 sends small messages at once.")
      ->capture_default_str();
  if (kDescription.has_threads_option) {
    app.add_option("--threads", flags.threads,
                   "Number of " + std::string(kDescription.threads_are) + ".")
        ->capture_default_str();
  }
  for (const ModelOption& option : kDescription.model_options) {
    flags.model_options.push_back(option.default_value);
  }
  for (std::size_t i = 0; i < flags.model_options.size(); ++i) {
    const ModelOption& option = kDescription.model_options[i];
    app.add_option("--" + std::string(option.name), flags.model_options[i],
                   std::string(option.help))
        ->capture_default_str();
  }
  app.add_flag("--stop-on-eof", flags.stop_on_eof, "Exit when standard input ends.");
  app.add_flag("--describe", flags.describe, "Print a description of this model as JSON and exit.");
  app.footer(
      "Prints one line when ready: listening HOST:PORT. SIGTERM makes it exit with status 0.");
  if (const auto exit_code = parse_command_line(app, argc, argv)) return *exit_code;
  const ServerOptions options = validate(flags);
  if (flags.describe) {
    std::cout << describe(options, flags).dump(2) << '\n';
    return kExitOk;
  }
  if (kDescription.require != nullptr) kDescription.require(options);
  const Fd listener = listen_tcp(options.listen, options.backlog, options.tcp_nodelay);
  listening = listener.get();
  install_signal_handlers(flags.stop_on_eof);
  std::printf("listening %s\n", local_endpoint(listener.get()).text().c_str());
  check(std::fflush(stdout), "print the ready line");
  serve(listener, options);
}

}  // namespace
}  // namespace sockbench

int main(int argc, char** argv) {
  sockbench::start_log();
  return sockbench::run_main("server-" + std::string(sockbench::kDescription.name),
                             [&] { return sockbench::server_main(argc, argv); });
}
