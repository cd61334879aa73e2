#pragma once

#include <cstddef>
#include <optional>
#include <string_view>
#include <vector>

#include "common/fd.h"
#include "common/socket.h"
#include "servers/session.h"

namespace sockbench {

/// What the command line of every server says. The effective values, after defaults.
struct ServerOptions {
  Endpoint listen;
  int backlog = 4096;
  bool tcp_nodelay = true;
  int threads = 64;  ///< for models with a fixed number of threads, processes or loops
  std::vector<int> model_options;  ///< in the order of Description::model_options
  Protocol protocol;
};

/// A system call by its kernel name and how often it is made for one request.
struct SyscallCount {
  std::string_view name;
  double per_request;
};

/// A whole number that only one model knows, given as `--name N`.
struct ModelOption {
  std::string_view name;  ///< words joined by '-'
  std::string_view help;
  int default_value;
  int min;
  int max;
};

/// What a model says of itself (`--describe`). Predictions are assertions that the project tests.
struct Description {
  std::string_view name;
  std::string_view title;
  std::string_view family;  ///< "blocking", "threads", "polling", "multiplexing", "coroutines", …
  std::string_view summary;
  /// Steady-state calls per request with one connection; empty where the model has no bound.
  std::vector<SyscallCount> syscalls;
  /// The general rule, k being the events delivered per wake-up, such as "2 + 1/k".
  std::string_view syscalls_formula;
  std::string_view limits;    ///< what bounds its connections, in a few words
  std::string_view use_when;  ///< advice, one sentence
  /// Connections served at the same time under these options, or nullopt: descriptors and memory.
  std::optional<int> (*max_connections)(const ServerOptions&);
  bool has_threads_option = false;
  std::string_view threads_are = "threads";  ///< what --threads counts
  int default_threads = 64;
  /// The same where it depends on the options; instead of `syscalls`.
  std::vector<SyscallCount> (*syscalls_with)(const ServerOptions&) = nullptr;
  /// Called when the server is told to end, from a signal handler: only what is safe there.
  void (*at_exit)() = nullptr;
  std::vector<ModelOption> model_options = {};
  /// Before the ready line: throws where the kernel or a sandbox forbids what the model needs.
  void (*require)(const ServerOptions&) = nullptr;
  /// An io_uring lives on for a moment after its process, and with it every socket it waits for.
  bool listener_outlives_process = false;
};

/// Each model defines these two; main.cpp does the rest. `serve` never returns.
extern const Description kDescription;
[[noreturn]] void serve(const Fd& listener, const ServerOptions& options);

/// For models that only descriptors and memory limit.
inline std::optional<int> unlimited(const ServerOptions& /*options*/) { return std::nullopt; }

}  // namespace sockbench
