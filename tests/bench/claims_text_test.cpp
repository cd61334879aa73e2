// Verdicts on claims as pages: for the terminal, for the report, and the list of the rules.

#include <gtest/gtest.h>

#include <sstream>

#include "bench/judge/claims.h"
#include "bench/report/reports.h"
#include "tests/bench/documents.h"

namespace sockbench {
namespace {

using nlohmann::ordered_json;

ordered_json verdicts() {
  const std::string wordy = "word " + std::string(300, 'x') + " | bar <b> end";
  return {{{"id", "first"},
           {"statement", "A statement."},
           {"verdict", "confirmed"},
           {"evidence",
            {{{"cell", "busy/epoll"},
              {"metric", "server.cpu_ns_per_request"},
              {"value", 5000},
              {"ci95", {4900, 5100}},
              {"unit", "ns"}},
             {{"cell", "busy/\x1b[2Jselect"},
              {"metric", "m"},
              {"value", 1.5},
              {"ci95", nullptr},
              {"unit", "times"}}}},
           {"text", wordy}},
          {{"id", "second"},
           {"statement", "Another."},
           {"verdict", "not_tested"},
           {"evidence", ordered_json::array()},
           {"text", "Not tested: nothing there."}}};
}

/// The first is decided by cells, the second by micro-benchmarks.
std::vector<Claim> claims() {
  ClaimCheck cells;
  cells.kind = CheckKind::kLevel;
  ClaimCheck micro;
  micro.kind = CheckKind::kMicroRatio;
  Claim first;
  first.id = "first";
  first.checks = {cells};
  Claim second;
  second.id = "second";
  second.checks = {micro};
  return {first, second};
}

TEST(ClaimsText, CountsEveryVerdict) {
  EXPECT_EQ(claims_count(verdicts()), "1 confirmed, 0 refuted, 0 inconclusive, 1 not tested");
}

TEST(ClaimsText, CountsApartWhatIsTrueByDesign) {
  ordered_json entries = verdicts();
  entries.push_back(entries[0]);
  entries.push_back(entries[0]);
  for (ordered_json& entry : entries) entry["kind"] = "measured";
  entries[3]["kind"] = "by_design";
  EXPECT_EQ(claims_count(entries),
            "3 confirmed, 0 refuted, 0 inconclusive, 1 not tested; decided 3 of 4 claims: 2 "
            "measured, 1 by design");
}

TEST(ClaimsText, HasFiguresExplanationAndCommand) {
  const std::string text = claims_text(claims(), verdicts());
  for (const char* part : {"CONFIRMED  first\n", "NOT TESTED  second\n", "A statement.",
                           "busy/epoll  server.cpu_ns_per_request  5.00 µs [4.90 µs, 5.10 µs]",
                           "m  1.50 times\n", "again    sockbench run --claim first --out RUN\n",
                           "again    sockbench run --claim second --out RUN\n",
                           "1 confirmed, 0 refuted, 0 inconclusive, 1 not tested\n"}) {
    EXPECT_NE(text.find(part), std::string::npos) << part << "\n" << text;
  }
  EXPECT_EQ(text.find('\x1b'), std::string::npos) << "control characters move the cursor";
}

TEST(ClaimsText, TheReportsTableStaysWhole) {
  const std::string section = claims_section(verdicts());
  EXPECT_NE(section.find("| first | A statement. | confirmed | word "), std::string::npos);
  EXPECT_NE(section.find("\\| bar &lt;b> end |"), std::string::npos)
      << "the text is whole and cannot break the table: " << section;
  EXPECT_NE(section.find("| second | Another. | not tested |"), std::string::npos);
  EXPECT_EQ(claims_section(ordered_json::array()), "");
}

TEST(ClaimsText, TheListNamesRulesAndMargins) {
  const std::string list = claims_list(load_claims(SOCKBENCH_SOURCE_DIR "/bench/claims"));
  for (const char* part : {"### select-extra-syscall\n", "between 0.95 and 1.05",
                           "`select` against `blocking`", "pingpong or scaling-1", "only shown",
                           "exactly 1 ", "at least 10 times", "at least 90 %"}) {
    EXPECT_NE(list.find(part), std::string::npos) << part;
  }
  EXPECT_EQ(list.find("inf"), std::string::npos);
}

}  // namespace
}  // namespace sockbench
