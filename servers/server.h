#pragma once

#include <cstddef>
#include <optional>
#include <string_view>
#include <vector>

#include "common/fd.h"
#include "common/socket.h"
#include "servers/session.h"

namespace sockbench {

/// The effective options of every server.
struct ServerOptions {
  Endpoint listen;
  int backlog = 4096;
  bool tcp_nodelay = true;
  int threads = 64;  ///< for models with a fixed number of threads, processes or loops
  std::vector<int> model_options;  ///< in the order of Description::model_options
  Protocol protocol;
};

/// A system call by its kernel name, and its number per request.
struct SyscallCount {
  std::string_view name;
  double per_request;
};

/// An integer option of a single model, `--name N`.
struct ModelOption {
  std::string_view name;  ///< words joined by '-'
  std::string_view help;
  int default_value;
  int min;
  int max;
};

/// The description of a model (`--describe`). Tests check the predictions.
struct Description {
  std::string_view name;
  std::string_view title;
  std::string_view family;  ///< "blocking", "threads", "polling", "multiplexing", "coroutines", …
  std::string_view summary;
  /// Steady-state calls per request with one connection; empty if the model has no bound.
  std::vector<SyscallCount> syscalls;
  /// The general rule, k being the events delivered per wake-up, such as "2 + 1/k".
  std::string_view syscalls_formula;
  std::string_view limits;    ///< limits of connections, in a few words
  std::string_view use_when;  ///< advice, one sentence
  /// Connections served at the same time under these options, or nullopt: descriptors and memory.
  std::optional<int> (*max_connections)(const ServerOptions&);
  bool has_threads_option = false;
  std::string_view threads_are = "threads";  ///< what --threads counts
  int default_threads = 64;
  /// Used instead of `syscalls` if the calls depend on the options.
  std::vector<SyscallCount> (*syscalls_with)(const ServerOptions&) = nullptr;
  /// Called at exit from a signal handler: must be async-signal-safe.
  void (*at_exit)() = nullptr;
  std::vector<ModelOption> model_options = {};
  /// Called before the ready line: throws if the kernel or a sandbox does not permit the model.
  void (*require)(const ServerOptions&) = nullptr;
  /// An io_uring, and every socket that it waits for, can outlive its process for a moment.
  bool listener_outlives_process = false;
};

/// Each model defines these two; main.cpp does the rest. `serve` never returns.
extern const Description kDescription;
[[noreturn]] void serve(const Fd& listener, const ServerOptions& options);

/// For models limited only by descriptors and memory.
inline std::optional<int> unlimited(const ServerOptions& /*options*/) { return std::nullopt; }

}  // namespace sockbench
