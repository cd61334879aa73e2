#include "bench/plan/contestant.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <map>

#include "bench/run/child.h"
#include "common/error.h"

namespace sockbench {
namespace {

constexpr auto kDescribeLimit = std::chrono::seconds(10);

nlohmann::ordered_json ask_to_describe(const std::filesystem::path& program) {
  Child child({.command = {program.string(), "--describe"}, .cpus = {}, .stderr_path = {}});
  std::string text;
  while (const auto line = child.read_line(kDescribeLimit)) text += *line + "\n";
  auto json = nlohmann::ordered_json::parse(text, nullptr, false);
  if (!json.is_object() || !json.contains("name")) {
    throw std::runtime_error(program.filename().string() +
                             " --describe did not print a description; build it again");
  }
  return json;
}

}  // namespace

std::optional<int> Contestant::max_connections() const {
  const auto found = describe.find("max_connections");
  if (found == describe.end() || !found->is_number_integer()) return std::nullopt;
  return found->get<int>();
}

std::filesystem::path program_directory() {
  return std::filesystem::canonical("/proc/self/exe").parent_path();
}

std::vector<Contestant> find_models(const std::filesystem::path& directory) {
  const std::string prefix = "server-";
  std::vector<Contestant> found;
  for (const auto& entry : std::filesystem::directory_iterator(directory)) {
    const std::string file = entry.path().filename().string();
    if (file.rfind(prefix, 0) != 0 || !entry.is_regular_file()) continue;
    const std::string model = file.substr(prefix.size());
    try {
      found.push_back({model, model, {entry.path().string()}, ask_to_describe(entry.path())});
    } catch (const std::runtime_error& error) {  // it shall not cost the others their results
      spdlog::warn("{}; it is left out.", error.what());
    }
  }
  if (found.empty()) {
    throw std::runtime_error(
        "no server-* program stands beside sockbench; build the project first");
  }
  std::sort(found.begin(), found.end(),
            [](const Contestant& a, const Contestant& b) { return a.name < b.name; });
  return found;
}

std::vector<Contestant> choose_models(const std::vector<Contestant>& all,
                                      const std::vector<std::string>& names) {
  if (names.empty()) return all;
  std::vector<Contestant> chosen;
  std::map<std::string, int> seen;
  for (const std::string& name : names) {
    const auto found =
        std::find_if(all.begin(), all.end(), [&](const Contestant& c) { return c.model == name; });
    if (found == all.end()) {
      throw UsageError("There is no model '" + name + "'; 'sockbench models' lists them.");
    }
    chosen.push_back(*found);
    const int count = ++seen[name];
    if (count > 1) chosen.back().name += "#" + std::to_string(count);
  }
  return chosen;
}

}  // namespace sockbench
