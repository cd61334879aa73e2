// The schema of duel.json: what it accepts and what it rejects.

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "tests/bench/documents.h"
#include "tests/bench/schema_damage.h"
#include "tests/bench/synthetic_duel.h"

namespace sockbench {
namespace {

using nlohmann::json;
using test::Damage;
using test::kRemoved;

constexpr const char* kDuelSchema = "duel.schema.json";

std::string violations_of_duel(const json& document) {
  return test::violations_of(document, kDuelSchema);
}

TEST(DuelSchema, AcceptsEveryKindOfDuel) {
  for (const auto& [name, duel] : test::all_duels())
    EXPECT_EQ(violations_of_duel(duel), "") << name;
}

TEST(DuelSchema, RejectsDamage) {
  const std::vector<Damage> cases = {
      {"/schema_version", 2, "schema_version"},
      {"/kind", "run", "kind"},
      {"/kind", kRemoved, "kind"},
      {"/started_at", "yesterday", "started_at"},
      {"/duration_s", -1, "duration_s"},
      {"/interrupted", "no", "interrupted"},
      {"/base/label", nullptr, "label"},
      {"/base/commands", json::array(), "commands"},
      {"/head/commands/0", "server-epoll", "commands"},
      {"/head/commit", "abc", "commit"},
      {"/options/margin", "0.5%", "margin"},
      {"/options/seed", kRemoved, "seed"},
      {"/environment/kernel", kRemoved, "kernel"},
      {"/verdict", "improved", "verdict"},
      {"/exit_code", 2, "exit_code"},
      {"/workloads/0/verdict", "not_gated", "verdict"},
      {"/workloads/0/sentence", nullptr, "sentence"},
      {"/workloads/0/limiter", "both", "limiter"},
      {"/workloads/0/restarts", 1.5, "restarts"},
      {"/workloads/0/control/ci", {1, 2, 3}, "control"},
      {"/workloads/0/control/moved", kRemoved, "control"},
      {"/workloads/0/disturbance/head/cpu", 1, "disturbance"},
      {"/workloads/0/explanation", "a call more", "explanation"},
      {"/workloads/0/speed", 1, "speed"},
      {"/checks/0/metric", kRemoved, "metric"},
      {"/checks/0/better", "more", "better"},
      {"/checks/0/gated", false, "checks"},
      {"/checks/0/not_gated", "so", "checks"},
      {"/checks/1/verdict", "pass", "checks"},
      {"/checks/0/base", 5000, "base"},
      {"/checks/0/head/mean", 1, "head"},
      {"/checks/0/head/per_restart", kRemoved, "head"},
      {"/checks/0/ratio", "1.02", "ratio"},
      {"/checks/0/ratio", -1, "ratio"},
      {"/checks/0/level", 99, "level"},
      {"/checks/0/p_value", 1.5, "p_value"},
      {"/checks/0/confirmation/agrees", kRemoved, "confirmation"},
      {"/checks/0/verdict", "failed", "verdict"},
      {"/extra", true, "extra"},
  };
  test::expect_named(test::regressed_duel(), kDuelSchema, cases);
}

TEST(DuelSchema, RejectsWhatIsNoDuel) {
  for (const json& document : {json(nullptr), json(3), json::array(), json::object()}) {
    EXPECT_NE(violations_of_duel(document), "") << document;
  }
}

}  // namespace
}  // namespace sockbench
