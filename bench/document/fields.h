#pragma once

#include <cmath>
#include <concepts>
#include <limits>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "common/error.h"
#include "common/interval.h"
#include "common/or_null.h"
#include "common/words.h"

/// Structures and the JSON of documents. A structure lists its fields once, in the order of the
/// document: `fields(visit, structure)` calls visit(key, member) for each. That one list serves the
/// Writer, the Reader and whoever looks a figure up by its path (figure.h).
///
/// What JSON has for a member: null for a number that is not finite and for an empty optional,
/// [lo, hi] for an interval, a word for an enumerator, an object for a map or a list of pairs.
namespace sockbench {

/// The fields of a structure whose members have the names of their keys.
#define SOCKBENCH_FIELDS(Structure, ...)                                          \
  template <typename Visit>                                                       \
  void fields(Visit& visit, Is<Structure> auto& object) {                         \
    NLOHMANN_JSON_EXPAND(NLOHMANN_JSON_PASTE(SOCKBENCH_VISIT_FIELD, __VA_ARGS__)) \
  }
#define SOCKBENCH_VISIT_FIELD(member) visit(#member, object.member);

/// A structure, const or not: fields(Visit&, Is<Structure> auto&).
template <typename T, typename Structure>
concept Is = std::same_as<std::remove_const_t<T>, Structure>;

/// A figure with as many significant digits; a whole one as an integer; null when not finite. For
/// long columns, where digits beyond the noise would only make the file large.
nlohmann::ordered_json rounded(double value, int digits = 4);

namespace document {

template <typename T>
inline constexpr bool kIsOptional = false;
template <typename T>
inline constexpr bool kIsOptional<std::optional<T>> = true;
template <typename T>
inline constexpr bool kIsList = false;
template <typename T>
inline constexpr bool kIsList<std::vector<T>> = true;
template <typename T>
inline constexpr bool kIsMap = false;
template <typename T>
inline constexpr bool kIsMap<std::map<std::string, T>> = true;
template <typename T>
inline constexpr bool kIsMap<std::vector<std::pair<std::string, T>>> = true;

class Writer final {
 public:
  explicit Writer(nlohmann::ordered_json& object) : object_(object) {}

  template <typename T>
  void operator()(const char* key, const T& value) {
    object_[key] = json_of(value);
  }
  /// Numbers with `digits` significant digits.
  template <typename T>
  void rounded(const char* key, const T& value, int digits = 4) {
    object_[key] = json_of(value, digits);
  }
  /// The key is absent, not null, when there is no value.
  template <typename T>
  void if_any(const char* key, const std::optional<T>& value) {
    if (value) object_[key] = json_of(*value);
  }

  void unless_empty(const char* key, const std::string& value) {
    if (!value.empty()) object_[key] = value;
  }
  /// A member that is no list of fields: `write` makes its JSON.
  template <typename T, typename Write, typename Read>
  void with(const char* key, const T& value, const Write& write, const Read& /*read*/) {
    object_[key] = write(value);
  }

  /// `digits` 0: all.
  template <typename T>
  static nlohmann::ordered_json json_of(const T& value, int digits = 0) {
    using Json = nlohmann::ordered_json;
    if constexpr (std::same_as<T, Json>) {
      return value;
    } else if constexpr (std::floating_point<T>) {
      return digits > 0 ? sockbench::rounded(value, digits) : or_null(value);
    } else if constexpr (Named<T>) {
      return to_text(value);
    } else if constexpr (std::same_as<T, Interval>) {
      return Json::array({json_of(value.lo, digits), json_of(value.hi, digits)});
    } else if constexpr (kIsOptional<T>) {
      return value ? json_of(*value, digits) : Json(nullptr);
    } else if constexpr (kIsMap<T>) {
      Json object = Json::object();
      for (const auto& [key, element] : value) object[key] = json_of(element, digits);
      return object;
    } else if constexpr (kIsList<T>) {
      Json array = Json::array();
      for (const auto& element : value) array.push_back(json_of(element, digits));
      return array;
    } else if constexpr (std::is_arithmetic_v<T> || std::same_as<T, std::string>) {
      return value;
    } else {
      Json object = Json::object();
      Writer writer(object);
      fields(writer, value);
      return object;
    }
  }

 private:
  nlohmann::ordered_json& object_;
};

/// Reads what a Writer wrote, and what an earlier version did: a key that is absent leaves the
/// member as it is. Throws UsageError, which names the place, for a value of another type.
class Reader final {
 public:
  /// `object` is borrowed; `place` names it: "cells[3]".
  Reader(const nlohmann::ordered_json& object, std::string place)
      : object_(object), place_(std::move(place)) {
    if (!object.is_object()) throw UsageError(place_ + " must be an object.");
  }

  template <typename T>
  void operator()(const char* key, T& value) {
    const auto found = object_.find(key);
    if (found == object_.end()) return;
    read(value, *found, place_.empty() ? std::string(key) : place_ + "." + key);
  }
  template <typename T>
  void rounded(const char* key, T& value, int /*digits*/ = 4) {
    (*this)(key, value);
  }
  template <typename T>
  void if_any(const char* key, std::optional<T>& value) {
    (*this)(key, value);
  }
  void unless_empty(const char* key, std::string& value) { (*this)(key, value); }
  template <typename T, typename Write, typename Read>
  void with(const char* key, T& value, const Write& /*write*/, const Read& read) {
    if (const auto found = object_.find(key); found != object_.end()) value = read(*found);
  }

  template <typename T>
  static void read(T& value, const nlohmann::ordered_json& json, const std::string& place) {
    if constexpr (std::same_as<T, nlohmann::ordered_json>) {
      value = json;
    } else if constexpr (std::floating_point<T>) {
      if (!json.is_number() && !json.is_null()) reject(place, "a number or null");
      value = json.is_null() ? std::numeric_limits<T>::quiet_NaN() : json.get<T>();
    } else if constexpr (Named<T>) {
      const auto found =
          json.is_string() ? named<T>(json.template get<std::string>()) : std::nullopt;
      if (!found) reject(place, "one of the words that sockbench writes there");
      value = *found;
    } else if constexpr (std::same_as<T, Interval>) {
      if (!json.is_array() || json.size() != 2) reject(place, "a list of two numbers");
      read(value.lo, json[0], place);
      read(value.hi, json[1], place);
    } else if constexpr (kIsOptional<T>) {
      if (json.is_null()) {
        value.reset();
      } else {
        read(value.emplace(), json, place);
      }
    } else if constexpr (kIsMap<T>) {
      if (!json.is_object()) reject(place, "an object");
      value.clear();
      for (const auto& [key, element] : json.items()) {
        typename std::remove_cvref_t<decltype(*value.begin())>::second_type read_value{};
        read(read_value, element, place + "." + key);
        value.insert(value.end(), std::make_pair(key, std::move(read_value)));
      }
    } else if constexpr (kIsList<T>) {
      if (!json.is_array()) reject(place, "a list");
      value.clear();
      for (const auto& element : json) {
        const std::string position = "[" + std::to_string(value.size()) + "]";
        read(value.emplace_back(), element, place + position);
      }
    } else if constexpr (std::same_as<T, bool>) {
      if (!json.is_boolean()) reject(place, "true or false");
      value = json.get<bool>();
    } else if constexpr (std::integral<T>) {
      if (!json.is_number()) reject(place, "an integer");
      value = json.get<T>();
    } else if constexpr (std::same_as<T, std::string>) {
      if (!json.is_string()) reject(place, "a string");
      value = json.get<std::string>();
    } else {
      Reader reader(json, place);
      fields(reader, value);
    }
  }

 private:
  [[noreturn]] static void reject(const std::string& place, const char* what) {
    throw UsageError("'" + place + "' must be " + what + ".");
  }

  const nlohmann::ordered_json& object_;
  std::string place_;
};

}  // namespace document

}  // namespace sockbench
