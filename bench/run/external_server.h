#pragma once

#include <sys/types.h>

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "bench/plan/contestant.h"
#include "common/child.h"
#include "common/fd.h"

namespace sockbench {

/// A process that outlives this one for a moment: when this one dies, however it dies, it kills
/// what `mark` is on: the processes that have it in their environment, wherever they went. Models
/// see to their own descendants; external commands need not know how.
class Guard final {
 public:
  explicit Guard(std::string mark);
  /// Kills them now.
  ~Guard();
  Guard(const Guard&) = delete;
  Guard& operator=(const Guard&) = delete;
  Guard(Guard&&) = delete;
  Guard& operator=(Guard&&) = delete;

 private:
  std::string mark_;
  Fd alive_;
  pid_t pid_ = -1;
};

/// What surrounds one server process of an external contestant: its port, an empty folder of its
/// own, and the guard over its descendants. Make it before the server, end it after.
class ExternalServer final {
 public:
  /// `folder`: where its own folder is made.
  ExternalServer(const Contestant& contestant, const std::filesystem::path& folder);
  ~ExternalServer();
  ExternalServer(const ExternalServer&) = delete;
  ExternalServer& operator=(const ExternalServer&) = delete;
  ExternalServer(ExternalServer&&) = delete;
  ExternalServer& operator=(ExternalServer&&) = delete;

  /// "127.0.0.1:20123"
  std::string address() const { return "127.0.0.1:" + std::to_string(port_); }
  ChildOptions child_options(const std::vector<int>& cpus, const std::string& log) const;
  /// Waits until the port accepts connections. Empty when it does, otherwise what went wrong.
  std::string wait_until_ready(Child& server) const;

 private:
  const Contestant& contestant_;
  int port_;
  std::string mark_;
  std::filesystem::path scratch_;
  Guard guard_;
};

/// A TCP port of 127.0.0.1 that is free now, outside the range from which the kernel gives
/// ports to connecting sockets.
int free_port();

/// How the load generator is told what the contestant speaks; nothing for a model.
std::vector<std::string> generator_flags(const Contestant& contestant);

}  // namespace sockbench
