#pragma once

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "bench/document/validate.h"

/// What the tests of both schemas share.
namespace sockbench::test {

/// What `schema`, a file of results/schema/, says against `document`, a sentence a line.
inline std::string violations_of(const nlohmann::json& document, const std::string& schema) {
  std::string text;
  for (const std::string& sentence :
       validate(document, SOCKBENCH_SOURCE_DIR "/results/schema/" + schema)) {
    text += sentence + "\n";
  }
  return text;
}

struct Damage {
  const char* place;
  nlohmann::json value;  ///< replaces what is there; discarded: the key is removed
  const char* named;     ///< that the sentences must hold
};

inline const nlohmann::json kRemoved = nlohmann::json::parse("", nullptr, false);

/// That `schema` names the damage of each case, done to the valid `document`.
inline void expect_named(const nlohmann::json& document, const std::string& schema,
                         const std::vector<Damage>& cases) {
  for (const Damage& damage : cases) {
    nlohmann::json damaged = document;
    const nlohmann::json::json_pointer place(damage.place);
    if (damage.value.is_discarded()) {
      damaged[place.parent_pointer()].erase(place.back());
    } else {
      damaged[place] = damage.value;
    }
    const std::string violations = violations_of(damaged, schema);
    EXPECT_NE(violations.find(damage.named), std::string::npos)
        << damage.place << ": " << violations;
  }
}

}  // namespace sockbench::test
