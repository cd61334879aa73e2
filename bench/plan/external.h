#pragma once

#include <chrono>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

namespace sockbench {

/// How a contestant that is not one of our models is started and spoken to.
struct External {
  std::filesystem::path folder;  ///< absolute: where its command runs
  /// In its command and its environment: {programs} stands for the folder of this program.
  std::filesystem::path programs;
  std::vector<std::pair<std::string, std::string>> environment;  ///< over the inherited one
  std::chrono::milliseconds ready_within{10'000};  ///< until its port accepts connections
  std::string protocol = "echo";                   ///< echo, upper, redis or http
  std::string path = "/";                          ///< of http: what is asked for

  /// What contestants must have in common for their requests to be the same work. Upper case is
  /// one pass over the bytes of a message, so echo and upper compare.
  std::string dialect() const {
    return protocol == "echo" || protocol == "upper" ? "messages" : protocol;
  }
};

/// Puts values in the place of {name}: only the names listed; everything else stays.
std::string fill_in(std::string text,
                    const std::vector<std::pair<std::string, std::string>>& values);

}  // namespace sockbench
