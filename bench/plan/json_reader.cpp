#include "bench/plan/json_reader.h"

#include <algorithm>

#include "common/error.h"
#include "common/file.h"
#include "common/units.h"

namespace sockbench {

using nlohmann::ordered_json;

JsonReader::JsonReader(const ordered_json& json, std::string origin)
    : json_(json), origin_(std::move(origin)) {
  if (!json.is_object()) throw UsageError(origin_ + " must be a JSON object.");
}

std::string JsonReader::string(const char* key, const char* default_value) {
  const ordered_json* value = find(key, default_value != nullptr);
  if (value == nullptr) return default_value;
  if (!value->is_string()) reject(key, "must be a string");
  return value->get<std::string>();
}

double JsonReader::number(const char* key, double low, double high, const double* default_value) {
  const ordered_json* value = find(key, default_value != nullptr);
  if (value == nullptr) return *default_value;
  if (!value->is_number() || value->get<double>() < low || value->get<double>() > high) {
    reject(key, "must be a number from " + ordered_json(low).dump() + " to " +
                    ordered_json(high).dump());
  }
  return value->get<double>();
}

int JsonReader::integer(const char* key, int low, int high, const int* default_value) {
  const ordered_json* value = find(key, default_value != nullptr);
  if (value == nullptr) return *default_value;
  if (!value->is_number_integer() || value->get<std::int64_t>() < low ||
      value->get<std::int64_t>() > high) {
    reject(key, "must be an integer from " + std::to_string(low) + " to " + std::to_string(high));
  }
  return value->get<int>();
}

bool JsonReader::boolean(const char* key) {
  const ordered_json* value = find(key, true);
  if (value == nullptr) return false;
  if (!value->is_boolean()) reject(key, "must be true or false");
  return value->get<bool>();
}

std::int64_t JsonReader::duration_ns(const char* key, std::int64_t max_ns) {
  const ordered_json* value = find(key, true);
  if (value == nullptr) return 0;
  std::int64_t ns = 0;
  try {
    if (value->is_string()) ns = parse_duration_ns(value->get<std::string>(), key);
  } catch (const UsageError&) {
    ns = 0;  // told below, with the file's name
  }
  if (ns <= 0 || ns > max_ns) {
    reject(key, "must be a time above 0 and at most " + std::to_string(max_ns / 1'000'000) +
                    "ms, such as \"10ms\"");
  }
  return ns;
}

std::vector<std::string> JsonReader::strings(const char* key) {
  const ordered_json* value = find(key, false);
  std::vector<std::string> out;
  if (!value->is_array() || value->empty()) reject(key, "must be a list of at least one string");
  for (const ordered_json& item : *value) {
    if (!item.is_string()) reject(key, "must be a list of strings");
    out.push_back(item.get<std::string>());
  }
  return out;
}

std::vector<std::string> JsonReader::optional_strings(const char* key) {
  return find(key, true) == nullptr ? std::vector<std::string>() : strings(key);
}

const ordered_json* JsonReader::find(const char* key, bool optional) {
  known_.insert(key);
  const auto found = json_.find(key);
  if (found != json_.end()) return &*found;
  if (!optional) reject(key, "is missing");
  return nullptr;
}

void JsonReader::no_other_keys() const {
  for (const auto& [key, value] : json_.items()) {
    if (!known_.contains(key)) reject(key, "is not known");
  }
}

void JsonReader::reject(const std::string& key, const std::string& why) const {
  throw UsageError(origin_ + ": '" + key + "' " + why + ".");
}

ordered_json parse_json_file(const std::string& path) {
  const std::string text = read_file(path);
  try {
    return ordered_json::parse(text);
  } catch (const ordered_json::parse_error& error) {
    throw UsageError(path + " is not JSON: " + error.what() + ".");
  }
}

std::vector<std::string> json_file_names(const std::filesystem::path& directory) {
  std::vector<std::string> names;
  if (!std::filesystem::is_directory(directory)) return names;
  for (const auto& entry : std::filesystem::directory_iterator(directory)) {
    if (entry.path().extension() == ".json") names.push_back(entry.path().stem().string());
  }
  std::sort(names.begin(), names.end());
  return names;
}

}  // namespace sockbench
