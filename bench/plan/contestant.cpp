#include "bench/plan/contestant.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <cctype>
#include <iterator>
#include <map>
#include <sstream>
#include <string_view>

#include "bench/plan/external_contestant.h"
#include "common/child.h"
#include "common/error.h"
#include "common/nearest.h"

namespace sockbench {
namespace {

constexpr std::string_view kServerPrefix = "server-";
constexpr auto kDescribeLimit = std::chrono::seconds(10);

/// What the program says of itself when started with `command`; throws when it says nothing.
nlohmann::ordered_json ask_to_describe(std::vector<std::string> command) {
  const std::string program = std::filesystem::path(command.front()).filename().string();
  command.emplace_back("--describe");
  Child child({.command = std::move(command), .cpus = {}, .stderr_path = {}});
  std::string text;
  while (const auto line = child.read_line(kDescribeLimit)) text += *line + "\n";
  auto json = nlohmann::ordered_json::parse(text, nullptr, false);
  if (!json.is_object() || !json.contains("name")) {
    throw std::runtime_error(program + " --describe did not print a description; build it again");
  }
  return json;
}

/// The words of a command line; a part in quotes is one word, and loses them.
std::vector<std::string> command_words(const std::string& text, const std::string& flag) {
  std::vector<std::string> words;
  std::istringstream stream(text);
  while (stream >> std::ws && !stream.eof()) {
    std::string& word = words.emplace_back();
    for (int c = stream.get(); c != EOF && std::isspace(c) == 0; c = stream.get()) {
      if (c != '"' && c != '\'') {
        word += static_cast<char>(c);
        continue;
      }
      std::string quoted;
      std::getline(stream, quoted, static_cast<char>(c));
      if (stream.eof()) throw UsageError(flag + " has a quote that is not closed: " + text);
      word += quoted;
    }
  }
  return words;
}

std::vector<std::string> words_of(const std::string& text) {
  std::istringstream stream(text);
  return {std::istream_iterator<std::string>(stream), {}};
}

/// The model with options of its own: "epoll --reply echo".
Contestant with_options(const Contestant& model, const std::vector<std::string>& words) {
  Contestant contestant = model;
  for (std::size_t i = 1; i < words.size(); ++i) {
    contestant.name += " " + words[i];
    contestant.command.push_back(words[i]);
  }
  try {
    contestant.describe = ask_to_describe(contestant.command);  // limits may follow from options
  } catch (const std::runtime_error&) {
    throw UsageError("The model in '" + contestant.name + "' refuses its options; 'server-" +
                     model.model + " --help' lists what it takes.");
  }
  return contestant;
}

std::vector<std::string> models_of(const std::vector<Contestant>& all) {
  std::vector<std::string> models;
  models.reserve(all.size());
  for (const Contestant& contestant : all) models.push_back(contestant.model);
  return models;
}

}  // namespace

std::optional<int> Contestant::max_connections() const {
  const auto found = describe.find("max_connections");
  if (found == describe.end() || !found->is_number_integer()) return std::nullopt;
  return found->get<int>();
}

Contestant Contestant::in_restart(int restart) const {
  Contestant one = *this;
  if (layouts.empty()) return one;
  one.command = layouts[static_cast<std::size_t>(restart) % layouts.size()];
  return one;
}

Contestant contestant_of_command(const std::string& command, const std::string& name,
                                 const std::string& flag) {
  const std::vector<std::string> words = command_words(command, flag);
  if (words.empty()) throw UsageError(flag + " is empty: name the command that starts the server.");
  Contestant contestant;
  if (words.size() == 1 && words.front().ends_with(".json")) {
    ExternalContestant external = load_external(words.front(), {});
    if (const auto missing = first_missing(external)) {
      throw UsageError(flag + " needs " + missing->text() + ": " + missing->advice() + ".");
    }
    contestant = std::move(external.contestant);
  } else {
    try {
      contestant = {name, name, words, ask_to_describe(words)};
    } catch (const std::exception& error) {
      throw UsageError("The command of " + flag + " is no server that answers --describe ('" +
                       command + "'): " + error.what() +
                       "; a server of another kind needs a contestant's .json file.");
    }
  }
  contestant.name = name;
  return contestant;
}

std::filesystem::path program_directory() {
  return std::filesystem::canonical("/proc/self/exe").parent_path();
}

std::vector<std::string> model_names(const std::filesystem::path& directory) {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(directory)) {
    const std::string file = entry.path().filename().string();
    if (file.rfind(kServerPrefix, 0) != 0 || !entry.is_regular_file()) continue;
    names.push_back(file.substr(kServerPrefix.size()));
  }
  std::sort(names.begin(), names.end());
  return names;
}

std::vector<Contestant> find_models(const std::filesystem::path& directory) {
  std::vector<Contestant> found;
  for (const std::string& model : model_names(directory)) {
    const std::string program = (directory / (std::string(kServerPrefix) + model)).string();
    try {
      found.push_back({model, model, {program}, ask_to_describe({program})});
    } catch (const std::runtime_error& error) {  // it shall not cost the others their results
      spdlog::warn("{}; it is left out.", error.what());
    }
  }
  if (found.empty()) {
    throw std::runtime_error(
        "no server-* program stands beside sockbench; build the project first");
  }
  return found;
}

std::vector<Contestant> choose_models(const std::vector<Contestant>& all,
                                      const std::vector<std::string>& names) {
  if (names.empty()) return all;
  std::vector<Contestant> chosen;
  std::map<std::string, int> seen;
  for (const std::string& entry : names) {
    const auto words = words_of(entry);
    const std::string model = words.empty() ? entry : words.front();
    const auto found =
        std::find_if(all.begin(), all.end(), [&](const Contestant& c) { return c.model == model; });
    if (found == all.end()) {
      throw UsageError("There is no model '" + model + "'; " +
                       did_you_mean(model, models_of(all), "'sockbench models' lists them."));
    }
    chosen.push_back(words.size() > 1 ? with_options(*found, words) : *found);
    std::string& name = chosen.back().name;
    const int count = ++seen[name];
    if (count > 1) name += "#" + std::to_string(count);
  }
  return chosen;
}

}  // namespace sockbench
