#include "bench/commands/micro_run.h"

#include <stdexcept>

#include "common/child.h"

namespace sockbench {
namespace {

constexpr auto kLimit = std::chrono::minutes(1);

/// A regular expression that these names fit, and no other: they have none of its special signs.
std::string only(const std::vector<std::string>& names) {
  std::string all;
  for (const std::string& name : names) all += (all.empty() ? "" : "|") + name;
  return "^(" + all + ")$";
}

}  // namespace

void measure_micro(const std::filesystem::path& programs, const std::vector<std::string>& names,
                   const std::filesystem::path& out, const std::filesystem::path& log) {
  std::filesystem::remove(out);
  Child micro({.command = {(programs / "sockbench-micro").string(), "--short", "--filter",
                           only(names), "--out", out.string()},
               .cpus = {},
               .stderr_path = log.string()});
  while (micro.read_line(kLimit)) {  // its table, to the end
  }
  if (!interrupted() && !std::filesystem::exists(out)) {
    throw std::runtime_error("sockbench-micro measured nothing; what it said is in " +
                             log.string() + ".");
  }
}

}  // namespace sockbench
