#pragma once

#include <cstdint>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <vector>

namespace sockbench {

/// Reads one JSON object key by key; reports missing keys, wrong types, ranges and unknown
/// keys with a UsageError, one sentence that names the origin and the key. Keys with a
/// default_value may be absent.
class JsonReader final {
 public:
  /// `json` is borrowed. Throws when it is no object.
  JsonReader(const nlohmann::ordered_json& json, std::string origin);

  std::string string(const char* key, const char* default_value = nullptr);
  double number(const char* key, double low, double high, const double* default_value = nullptr);
  int integer(const char* key, int low, int high, const int* default_value = nullptr);
  bool boolean(const char* key);  ///< absent: false
  /// Such as "10ms", up to `max_ns`; absent: 0.
  std::int64_t duration_ns(const char* key, std::int64_t max_ns);
  std::vector<std::string> strings(const char* key);
  std::vector<std::string> optional_strings(const char* key);
  /// The key's value, or null when it is absent.
  const nlohmann::ordered_json* find(const char* key, bool optional);
  void no_other_keys() const;
  [[noreturn]] void reject(const std::string& key, const std::string& why) const;

 private:
  const nlohmann::ordered_json& json_;
  std::string origin_;
  std::set<std::string> known_;
};

/// Throws UsageError when the file is not JSON.
nlohmann::ordered_json parse_json_file(const std::string& path);

/// The names of the JSON files in `directory` without their ending, sorted: what a suite or a
/// shipped contestant is asked for by. None when there is no such folder.
std::vector<std::string> json_file_names(const std::filesystem::path& directory);

}  // namespace sockbench
