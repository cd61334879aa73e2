// The schema of run.json: what it accepts and what it rejects.

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "bench/document/validate.h"
#include "bench/judge/judged_run.h"
#include "common/error.h"
#include "tests/bench/documents.h"
#include "tests/bench/schema_damage.h"
#include "tests/bench/synthetic.h"
#include "tests/bench/temporary_folder.h"

namespace sockbench {
namespace {

using nlohmann::json;
using test::Damage;
using test::kRemoved;

constexpr const char* kRunSchema = "run.schema.json";

const json& valid_run() {
  static const json run = [] {
    RunRecord record = test::full_record();
    record.plan.skipped.push_back({"mine", "Mine", "the program node", "nodejs", "install nodejs"});
    return to_json(record);
  }();
  return run;
}

std::string violations_of_run(const json& document) {
  return test::violations_of(document, kRunSchema);
}

TEST(Schema, AcceptsARun) { EXPECT_EQ(violations_of_run(valid_run()), ""); }

TEST(Schema, AcceptsARunFromBeforeContestantsWereSkipped) {
  json run = valid_run();
  run.erase("skipped");
  EXPECT_EQ(violations_of_run(run), "");
}

TEST(Schema, AClaimMayNameItsCommands) {
  json run = valid_run();
  run["claims"] = {{{"id", "made"},
                    {"statement", "Made."},
                    {"verdict", "not_tested"},
                    {"evidence", json::array()},
                    {"text", "Not tested."}}};
  EXPECT_EQ(violations_of_run(run), "") << "as in runs of earlier versions";
  run["claims"][0]["reproduce"] = "sockbench run --claim made --out RUN";
  EXPECT_EQ(violations_of_run(run), "");
  run["claims"][0]["reproduce"] = json::array();
  EXPECT_NE(violations_of_run(run).find("reproduce"), std::string::npos);
}

TEST(Schema, RejectsDamage) {
  const std::vector<Damage> cases = {
      {"/plan", kRemoved, "plan"},
      {"/schema_version", 2, "schema_version"},
      {"/schema_version", kRemoved, "schema_version"},
      {"/cells/0/validity/status", "excellent", "status"},
      {"/cells/0/validity/status", nullptr, "status"},
      {"/cells/0/limiter", "both", "limiter"},
      {"/cells/0/achieved_rps", 100'000, "achieved_rps"},
      {"/cells/0/achieved_rps/ci95", {1, 2, 3}, "ci95"},
      {"/cells/0/achieved_rps/per_restart", json::array(), "per_restart"},
      {"/cells/0/response_time_ns/p50", "fast", "p50"},
      {"/cells/0/response_time_ns/hdr", kRemoved, "hdr"},
      {"/cells/0/server/cpu_ns_per_request/mean", 1, "mean"},
      {"/cells/0/server/threads_peak", 1.5, "threads_peak"},
      {"/cells/0/ledger/sent", -1, "sent"},
      {"/cells/0/ledger/lost", 0, "lost"},
      {"/cells/0/absent/achieved_rps", 0, "absent"},
      {"/cells/0/speed", 1, "speed"},
      {"/comparisons/0/verdict", "better", "verdict"},
      {"/comparisons/0/ratio", kRemoved, "ratio"},
      {"/rankings/0/ranked/0/rank", "first", "rank"},
      {"/workloads/0/mode", "both", "mode"},
      {"/contestants", json::array(), "contestants"},
      {"/plan/interrupted", "no", "interrupted"},
      {"/skipped/0/package", kRemoved, "package"},
      {"/skipped/0/status", "failed", "status"},
      {"/skipped/0/contestant", 3, "contestant"},
      {"/environment/doctor/0/status", "ill", "status"},
      {"/environment/doctor/0/cost", kRemoved, "cost"},
      {"/headline", "epoll wins", "headline"},
      {"/cells/0/fairness/reply_shares/median", {1, 1}, "median"},
      {"/cells/0/fairness/reply_shares/ci95/low", kRemoved, "low"},
      {"/slices/0/figure", {"fast"}, "figure"},
      {"/slices/0/position", kRemoved, "position"},
      {"/slices/0/contestant", {-1}, "contestant"},
      {"/slices/0/drift/by_round", {1}, "by_round"},
      {"/extra", true, "extra"},
  };
  test::expect_named(valid_run(), kRunSchema, cases);
}

TEST(Schema, RejectsWhatIsNoRun) {
  for (const json& document : {json(nullptr), json(3), json::array(), json::object()}) {
    EXPECT_NE(violations_of_run(document), "") << document;
  }
}

TEST(Schema, AMissingSchemaIsAUsageError) {
  const test::TemporaryFolder folder;
  EXPECT_THROW(validate(valid_run(), folder.path() / "none.json"), UsageError);
}

}  // namespace
}  // namespace sockbench
