#pragma once

#include <CLI/CLI.hpp>
#include <cstdint>
#include <string>

#include "loadgen/options.h"

namespace sockbench {

/// The options of the command line, with defaults.
struct Flags {
  std::string connect;
  int connections = 64;
  int active = 0;
  int threads = 1;
  int pipeline = 1;
  std::string protocol = "echo";
  std::string path = "/";
  std::string message_bytes = "64";
  std::string reply = "upper";
  std::string rate;
  std::string arrival = "poisson";
  std::string duration = "10s";
  std::string warmup = "1s";
  std::string setup_timeout = "10s";
  std::string setup_patience = "10s";
  std::string timeout = "5s";
  std::string think = "0";
  std::string client_work = "0";
  bool churn = false;
  int newcomers = 0;
  std::string hold = "0";
  std::string connect_rate;
  std::string source;
  int slow_readers = 0;
  int slow_writers = 0;
  std::string slow_rate = "1KiB";
  std::string engine = "epoll";
  std::string timestamps = "app";
  bool calibrate = false;
  std::uint64_t seed = 1;
  std::string json;
  std::string hdr;
  bool quiet = false;
  bool control = false;
};

void declare(CLI::App& app, Flags& flags);

/// Throws UsageError with one sentence: what is wrong and what to do.
LoadOptions validate(const Flags& flags);

}  // namespace sockbench
