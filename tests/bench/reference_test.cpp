// The judgement of the committed reference run: what is concluded from it now is what it says.

#include <gtest/gtest.h>

#include "bench/document/validate.h"
#include "common/file.h"
#include "tests/bench/documents.h"

namespace sockbench {
namespace {

const std::string kReference = SOCKBENCH_SOURCE_DIR "/results/reference/";

const Json& document() {
  static const Json json = Json::parse(read_file(kReference + "run.json"));
  return json;
}

const Run& run() {
  static const Run typed = parse_run(document());
  return typed;
}

/// Equal but for the order of keys.
void expect_same(const Json& one, const Json& other) {
  EXPECT_TRUE(nlohmann::json(one) == nlohmann::json(other))
      << nlohmann::json::diff(nlohmann::json(one), nlohmann::json(other)).dump(1).substr(0, 2000);
}

TEST(Reference, IsReadAndWrittenWithoutLoss) { expect_same(to_json(run()), document()); }

TEST(Reference, AdviceAndBreakEvenPointsAreThoseThatItHas) {
  const AdviceRules rules = load_advice_rules();
  expect_same(to_json(advise(run(), rules)), document()["advice"]);
  expect_same(to_json(break_even_points(run(), *rules.break_even)), document()["break_even"]);
}

TEST(Reference, ClaimsAndCostsAreThoseThatItHas) {
  const MicroCosts micro = read_micro_costs(kReference + "micro.json");
  const std::vector<Claim> claims = load_claims(data_directory() / "claims");
  expect_same(to_json(judge_claims(claims, run(), micro)), document()["claims"]);
  expect_same(to_json(predict_costs(run(), micro, load_cost_rules())), document()["cost_model"]);
}

TEST(Reference, AWrongTypeIsNamedWithItsPlace) {
  Json damaged = document();
  damaged["cells"][3]["server"]["threads_peak"] = "many";
  try {
    parse_run(damaged);
    FAIL();
  } catch (const UsageError& error) {
    EXPECT_STREQ(error.what(), "'cells[3].server.threads_peak' must be an integer.");
  }
}

}  // namespace
}  // namespace sockbench
