#pragma once

#include <filesystem>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "bench/plan/contestant.h"

namespace sockbench {

/// Something a contestant needs that a machine may lack.
struct Requirement {
  enum class Kind : std::uint8_t { kProgram, kPythonModule, kLibrary };
  Kind kind = Kind::kProgram;
  std::string name;     ///< "node", "gevent", "libuv.so.1"
  std::string package;  ///< the Debian package that brings it

  /// "the Python module gevent"
  std::string text() const;
  /// "install the Debian package python3-gevent", and what else it takes.
  std::string advice() const;
};

/// One JSON file of a contestant (docs/contestants.md).
struct ExternalContestant {
  Contestant contestant;
  std::vector<Requirement> requirements;
};

/// A contestant that cannot run here, and why.
struct Skipped {
  std::string name;
  std::string title;
  std::string missing;  ///< "the Python module gevent"
  std::string package;  ///< "python3-gevent"
  std::string advice;

  /// "gevent is skipped: the Python module gevent is missing; install the Debian package …"
  std::string text() const;
};

/// Checks every key; throws UsageError with one sentence that names `origin` and the key.
/// `directory`: where the file is, to which its folder is relative.
ExternalContestant parse_external(const nlohmann::ordered_json& json, const std::string& origin,
                                  const std::filesystem::path& directory);

/// `name_or_file`: the path of such a file, or the name of one in `shipped`.
ExternalContestant load_external(const std::string& name_or_file,
                                 const std::filesystem::path& shipped);

/// All of `shipped`, sorted by name; none when there is no such folder.
std::vector<ExternalContestant> load_shipped(const std::filesystem::path& shipped);

/// The first of its requirements that this machine lacks.
std::optional<Requirement> first_missing(const ExternalContestant& external);

/// Adds the contestants of `names_or_files` to `contestants`, or to `skipped` when something that
/// they need is missing. One that is given twice becomes "gevent" and "gevent#2".
void add_externals(const std::vector<std::string>& names_or_files,
                   const std::filesystem::path& shipped, std::vector<Contestant>& contestants,
                   std::vector<Skipped>& skipped);

}  // namespace sockbench
