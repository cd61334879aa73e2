#pragma once

#include <filesystem>
#include <map>
#include <string>

#include "bench/plan/contestant.h"

namespace sockbench {

/// What a server calls to serve one connection: exact, for the number of requests is fixed.
struct CallCounts {
  std::map<std::string, double> per_request;  ///< by the name of the system call
  std::string absent;                         ///< why there are none, or empty
};

/// Counts the system calls of a server and of all its threads and children with strace, over
/// kCountedRequests requests of 64 bytes on one connection; each is sent a moment after the reply
/// to the last one, so that the server waits for it and batches nothing. A second, shorter pass is
/// subtracted: what starting, accepting and ending cost. Only for servers that speak as our models
/// do. `log`: where the server's own words go.
CallCounts count_calls(const Contestant& contestant, const std::filesystem::path& log);

inline constexpr int kCountedRequests = 400;

/// The table that `strace -c` writes, by name. Pure. Throws std::runtime_error where it is none.
std::map<std::string, std::uint64_t> parse_strace_summary(const std::string& text);

}  // namespace sockbench
