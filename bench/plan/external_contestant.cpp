#include "bench/plan/external_contestant.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "bench/plan/json_reader.h"
#include "common/error.h"
#include "common/file.h"
#include "common/nearest.h"

namespace sockbench {
namespace {

namespace fs = std::filesystem;
using nlohmann::ordered_json;

using Values = std::vector<std::pair<std::string, std::string>>;

constexpr std::array kProtocols = {"echo", "upper", "redis", "http"};
constexpr std::array<std::pair<const char*, Requirement::Kind>, 3> kRequirements = {
    {{"program", Requirement::Kind::kProgram},
     {"python_module", Requirement::Kind::kPythonModule},
     {"library", Requirement::Kind::kLibrary}}};
/// What a command may hold beside its own options; known when the server is started.
constexpr std::array kPlaces = {"port", "programs", "scratch"};

template <std::size_t N>
bool is_one_of(const std::string& text, const std::array<const char*, N>& list) {
  return std::find(list.begin(), list.end(), text) != list.end();
}

/// The names in braces of a text: "--port={port}" has {"port"}. Other braces are the command's own.
std::vector<std::string> places_in(const std::string& text) {
  std::vector<std::string> names;
  for (std::size_t open = text.find('{'); open != std::string::npos;
       open = text.find('{', open + 1)) {
    const std::size_t end =
        text.find_first_not_of("abcdefghijklmnopqrstuvwxyz_0123456789", open + 1);
    if (end == std::string::npos || text[end] != '}' || end == open + 1) continue;
    names.push_back(text.substr(open + 1, end - open - 1));
  }
  return names;
}

/// Reads one contestant file key by key; errors are sentences.
class FileReader final {
 public:
  FileReader(const ordered_json& json, std::string origin)
      : json_(json), origin_(std::move(origin)) {
    if (!json.is_object()) throw UsageError(origin_ + " must be a JSON object.");
  }

  std::string string(const char* key, const char* default_value = nullptr) {
    const ordered_json* value = find(key, default_value != nullptr);
    if (value == nullptr) return default_value;
    if (!value->is_string() || value->get<std::string>().empty()) {
      reject(key, "must be a non-empty string");
    }
    auto found = value->get<std::string>();
    if (found.find('\0') != std::string::npos) reject(key, "must not hold a zero byte");
    return found;
  }
  const ordered_json& object(const char* key) {
    static const ordered_json none = ordered_json::object();
    const ordered_json* value = find(key, true);
    if (value == nullptr) return none;
    if (!value->is_object()) reject(key, "must be an object");
    return *value;
  }
  /// The key's value, or null when it is absent.
  const ordered_json* find(const char* key, bool optional) {
    known_.insert(key);
    const auto found = json_.find(key);
    if (found != json_.end()) return &*found;
    if (!optional) reject(key, "is missing");
    return nullptr;
  }
  void no_other_keys() const {
    for (const auto& [key, value] : json_.items()) {
      if (!known_.contains(key)) reject(key, "is not known; docs/contestants.md lists the keys");
    }
  }
  [[noreturn]] void reject(const std::string& key, const std::string& why) const {
    throw UsageError(origin_ + ": '" + key + "' " + why + ".");
  }

 private:
  const ordered_json& json_;
  std::string origin_;
  std::set<std::string> known_;
};

std::string read_name(FileReader& reader) {
  std::string name = reader.string("name");
  const bool plain =
      name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_-.") == std::string::npos &&
      name[0] != '.' && name[0] != '-' && name.size() <= 64;
  if (!plain) reader.reject("name", "must be at most 64 small letters, digits, '_', '-' and '.'");
  return name;
}

/// {"threads": 4}, where every value can stand in a command.
Values read_options(FileReader& reader) {
  Values options;
  for (const auto& [name, value] : reader.object("options").items()) {
    const std::string path = "options." + name;
    if (is_one_of(name, kPlaces)) reader.reject(path, "is a name that sockbench gives a value");
    if (!value.is_string() && !value.is_number() && !value.is_boolean()) {
      reader.reject(path, "must be a string, a number, true or false");
    }
    options.emplace_back(name, value.is_string() ? value.get<std::string>() : value.dump());
  }
  return options;
}

/// One word of the command or value of the environment, its options filled in.
std::string filled(const FileReader& reader, const std::string& key, const ordered_json& value,
                   const Values& options) {
  if (!value.is_string()) reader.reject(key, "must hold texts only");
  const auto text = value.get<std::string>();
  if (text.find('\0') != std::string::npos) reader.reject(key, "must not hold a zero byte");
  for (const std::string& name : places_in(text)) {
    const bool known = is_one_of(name, kPlaces) ||
                       std::any_of(options.begin(), options.end(),
                                   [&](const auto& option) { return option.first == name; });
    if (!known) {
      reader.reject(key, "holds {" + name +
                             "}, which is neither an option of the file nor {port}, {programs} "
                             "or {scratch}");
    }
  }
  return fill_in(text, options);
}

std::vector<std::string> read_command(FileReader& reader, const Values& options) {
  const ordered_json& json = *reader.find("command", false);
  if (!json.is_array() || json.empty()) {
    reader.reject("command", "must be a list: the program, then each of its arguments");
  }
  std::vector<std::string> command;
  for (const ordered_json& word : json) {
    command.push_back(filled(reader, "command", word, options));
  }
  if (command.front().empty()) reader.reject("command", "must begin with a program");
  return command;
}

Values read_environment(FileReader& reader, const Values& options) {
  Values environment;
  for (const auto& [name, value] : reader.object("environment").items()) {
    const std::string path = "environment." + name;
    if (name.empty() || name.find('=') != std::string::npos) {
      reader.reject(path, "is not the name of an environment variable");
    }
    environment.emplace_back(name, filled(reader, path, value, options));
  }
  return environment;
}

void require_port(const FileReader& reader, const std::vector<std::string>& command,
                  const Values& environment) {
  const auto holds = [](const std::string& text) { return text.find("{port}") != text.npos; };
  const bool told = std::any_of(command.begin(), command.end(), holds) ||
                    std::any_of(environment.begin(), environment.end(),
                                [&](const auto& variable) { return holds(variable.second); });
  if (!told) {
    reader.reject("command", "must contain {port}, the port to listen on");
  }
}

/// {"port_accepts_within_s": 10}
std::chrono::milliseconds read_ready(FileReader& reader, std::chrono::milliseconds ready_within) {
  const ordered_json& ready = reader.object("ready");
  for (const auto& [key, value] : ready.items()) {
    if (key != "port_accepts_within_s") {
      reader.reject("ready." + key, "is not known; there is port_accepts_within_s");
    }
    if (!value.is_number() || value.get<double>() < 0.1 || value.get<double>() > 300) {
      reader.reject("ready." + key, "must be a number of seconds from 0.1 to 300");
    }
    ready_within = std::chrono::milliseconds(std::llround(value.get<double>() * 1000));
  }
  return ready_within;
}

/// {"max_connections": 100}; null when there is none.
ordered_json read_max_connections(FileReader& reader) {
  ordered_json limit = nullptr;
  for (const auto& [key, value] : reader.object("limits").items()) {
    if (key != "max_connections") {
      reader.reject("limits." + key, "is not known; there is max_connections");
    }
    const bool right = value.is_number_integer() && value.get<std::int64_t>() >= 1 &&
                       value.get<std::int64_t>() <= 10'000'000;
    if (!right) reader.reject("limits." + key, "must be an integer from 1 to 10000000");
    limit = value;
  }
  return limit;
}

Requirement read_requirement(const FileReader& reader, const ordered_json& json) {
  const char* form =
      "must be a list of objects such as {\"program\": \"node\", \"package\": \"nodejs\"}, with "
      "program, python_module or library";
  if (!json.is_object() || json.size() != 2 || !json.contains("package")) {
    reader.reject("requires", form);
  }
  for (const auto& [key, value] : json.items()) {
    if (!value.is_string() || value.get<std::string>().empty()) reader.reject("requires", form);
  }
  for (const auto& [key, kind] : kRequirements) {
    if (json.contains(key)) return {kind, json[key], json["package"]};
  }
  reader.reject("requires", form);
}

std::vector<Requirement> read_requirements(FileReader& reader) {
  std::vector<Requirement> requirements;
  const ordered_json* json = reader.find("requires", true);
  if (json == nullptr) return requirements;
  if (!json->is_array()) reader.reject("requires", "must be a list");
  for (const ordered_json& item : *json) requirements.push_back(read_requirement(reader, item));
  return requirements;
}

fs::path read_folder(FileReader& reader, const fs::path& directory) {
  const fs::path folder = fs::absolute(directory) / reader.string("folder", ".");
  if (!fs::is_directory(folder)) {
    reader.reject("folder", "is '" + folder.string() + "', which is not a directory");
  }
  return fs::canonical(folder);
}

External read_external(FileReader& reader, const fs::path& directory) {
  External external;
  external.folder = read_folder(reader, directory);
  external.programs = program_directory();
  external.ready_within = read_ready(reader, external.ready_within);
  external.protocol = reader.string("protocol", "echo");
  if (!is_one_of(external.protocol, kProtocols)) {
    reader.reject("protocol", "is not echo, upper, redis or http");
  }
  const ordered_json* path = reader.find("path", true);
  if (path == nullptr) return external;
  if (external.protocol != "http") reader.reject("path", "is for the protocol http only");
  external.path = reader.string("path");
  const bool right =
      external.path[0] == '/' && external.path.find_first_of(" \r\n") == std::string::npos;
  if (!right) reader.reject("path", "must begin with / and hold no blanks");
  return external;
}

fs::path file_of(const std::string& name_or_file, const fs::path& shipped) {
  // A name is looked up first among the shipped ones, as a suite is; "./gevent" is always a file.
  if (name_or_file.find('/') == std::string::npos) {
    fs::path own = shipped / (name_or_file + ".json");
    if (fs::is_regular_file(own)) return own;
  }
  if (fs::is_regular_file(name_or_file)) return name_or_file;
  throw UsageError(
      "--contestant '" + name_or_file +
      "' is neither the path of a contestant's JSON file nor a shipped contestant; " +
      did_you_mean(name_or_file, json_file_names(shipped), "'sockbench doctor' lists those."));
}

ExternalContestant load_file(const fs::path& file) {
  const ordered_json json = ordered_json::parse(read_file(file.string()), nullptr, false);
  const std::string origin = file.filename().string();
  if (json.is_discarded()) {
    throw UsageError("'" + file.string() + "' is not JSON; see docs/contestants.md.");
  }
  return parse_external(json, origin, fs::absolute(file).parent_path());
}

/// "gevent", or "gevent#2" when that name is taken; a name of a model stays reserved.
std::string unique_name(const std::string& name, const std::vector<Contestant>& contestants) {
  int same = 1;
  for (const Contestant& other : contestants) {
    if (other.model != name) continue;
    if (!other.external) {
      throw UsageError("--contestant: '" + name +
                       "' is the name of a selected model; give the contestant another "
                       "'name' in its file.");
    }
    ++same;
  }
  return same == 1 ? name : name + "#" + std::to_string(same);
}

}  // namespace

std::string fill_in(std::string text, const Values& values) {
  std::string out;
  for (std::size_t at = 0; at < text.size();) {
    const auto fits = [&](const auto& value) {
      return text.compare(at, value.first.size() + 2, "{" + value.first + "}") == 0;
    };
    const auto value = std::find_if(values.begin(), values.end(), fits);
    if (value == values.end()) {
      out += text[at++];
    } else {
      out += value->second;  // never looked at again: a value may hold braces
      at += value->first.size() + 2;
    }
  }
  return out;
}

std::string Requirement::text() const {
  switch (kind) {
    case Kind::kProgram:
      return "the program " + fs::path(name).filename().string();
    case Kind::kPythonModule:
      return "the Python module " + name;
    case Kind::kLibrary:
      break;
  }
  return "the library " + name;
}

std::string Requirement::advice() const {
  // A program of our own build is missing because its library was, when we were built.
  const bool built_here = name.rfind("{programs}/", 0) == 0;
  return "install the Debian package " + package + (built_here ? " and build again" : "");
}

std::string Skipped::text() const {
  return name + " is skipped: " + missing + " is missing; " + advice + ".";
}

ExternalContestant parse_external(const ordered_json& json, const std::string& origin,
                                  const fs::path& directory) {
  FileReader reader(json, origin);
  ExternalContestant result;
  Contestant& contestant = result.contestant;
  contestant.name = contestant.model = read_name(reader);
  External external = read_external(reader, directory);
  const Values options = read_options(reader);
  contestant.command = read_command(reader, options);
  external.environment = read_environment(reader, options);
  require_port(reader, contestant.command, external.environment);
  result.requirements = read_requirements(reader);
  contestant.describe = {{"name", contestant.name},
                         {"title", reader.string("title")},
                         {"family", "external"},
                         {"summary", reader.string("summary", "An external contestant.")},
                         {"protocol", external.protocol},
                         {"syscalls_per_request", nullptr},
                         {"max_connections", read_max_connections(reader)},
                         {"options", reader.object("options")}};
  contestant.external = std::move(external);
  reader.no_other_keys();
  return result;
}

ExternalContestant load_external(const std::string& name_or_file, const fs::path& shipped) {
  return load_file(file_of(name_or_file, shipped));
}

std::vector<ExternalContestant> load_shipped(const fs::path& shipped) {
  std::vector<ExternalContestant> all;
  if (!fs::is_directory(shipped)) return all;
  for (const auto& entry : fs::directory_iterator(shipped)) {
    if (entry.path().extension() == ".json") all.push_back(load_file(entry.path()));
  }
  std::sort(all.begin(), all.end(),
            [](const auto& a, const auto& b) { return a.contestant.name < b.contestant.name; });
  return all;
}

void add_externals(const std::vector<std::string>& names_or_files, const fs::path& shipped,
                   std::vector<Contestant>& contestants, std::vector<Skipped>& skipped) {
  for (const std::string& name_or_file : names_or_files) {
    ExternalContestant external = load_external(name_or_file, shipped);
    Contestant& contestant = external.contestant;
    contestant.name = unique_name(contestant.model, contestants);
    if (const auto missing = first_missing(external)) {
      skipped.push_back({contestant.name, contestant.describe["title"], missing->text(),
                         missing->package, missing->advice()});
    } else {
      contestants.push_back(std::move(contestant));
    }
  }
}

}  // namespace sockbench
