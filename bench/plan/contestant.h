#pragma once

#include <chrono>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>
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
  std::string path = "/";                          ///< of http: of the request

  /// What contestants must have in common for their requests to be the same work. Upper case is
  /// one pass over the bytes of a message, so echo and upper compare.
  std::string dialect() const {
    return protocol == "echo" || protocol == "upper" ? "messages" : protocol;
  }
};

/// Puts values in the place of {name}: only the names listed; everything else stays.
std::string fill_in(std::string text,
                    const std::vector<std::pair<std::string, std::string>>& values);

/// A model with options, or an external command, that is measured in a run.
struct Contestant {
  std::string name;   ///< unique in the run: "epoll", "epoll#2", "epoll --reply echo"
  std::string model;  ///< the program; of an external one its file's name: "gevent"
  std::vector<std::string> command;
  nlohmann::ordered_json describe;                  ///< what the program says of itself
  std::optional<External> external = std::nullopt;  ///< nullopt: one of our models
  /// The same program linked in other ways, used in turn, one a restart. Empty: `command` always.
  std::vector<std::vector<std::string>> layouts = {};

  /// Connections it serves at the same time, or nullopt when only descriptors and memory limit it.
  std::optional<int> max_connections() const;
  /// Whether it says that it serves so many at the same time.
  bool serves(int connections) const {
    return max_connections().value_or(connections) >= connections;
  }
  /// The contestant as it is started in a restart: with that one's layout.
  Contestant in_restart(int restart) const;
  /// See External::dialect.
  std::string dialect() const { return external ? external->dialect() : External().dialect(); }
};

/// The models whose server-* programs are in `directory`, sorted.
std::vector<std::string> model_names(const std::filesystem::path& directory);

/// Every server-* program of `directory`, sorted by name, each asked to --describe itself.
std::vector<Contestant> find_models(const std::filesystem::path& directory);

/// The models of `names`, each with options of its own behind it where wanted ("epoll --handler
/// spin:1"); one named twice gives "epoll" and "epoll#2"; all when empty. Throws UsageError that
/// names an unknown model or an option it refuses.
std::vector<Contestant> choose_models(const std::vector<Contestant>& all,
                                      const std::vector<std::string>& names);

/// The server that a command line starts, as a contestant of that name: a program that answers
/// --describe as our models do, or the path of a contestant's .json file. Words in quotes stay
/// together. Throws UsageError with one sentence that names `flag`.
Contestant contestant_of_command(const std::string& command, const std::string& name,
                                 const std::string& flag);

/// The folder of this program, where the servers and loadgen are, too.
std::filesystem::path program_directory();

}  // namespace sockbench
