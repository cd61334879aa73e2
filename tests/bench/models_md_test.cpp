// The table of all models: what each says of itself beside what was measured.

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "bench/judge/judged_run.h"
#include "bench/report/reports.h"
#include "common/file.h"
#include "tests/bench/documents.h"
#include "tests/bench/synthetic.h"

namespace sockbench {
namespace {

using nlohmann::ordered_json;

/// The row of a contestant.
std::string row_of(const std::string& page, const std::string& contestant) {
  const std::size_t start = page.find("| `" + contestant + "` |");
  return start == std::string::npos ? "" : page.substr(start, page.find('\n', start) - start);
}

TEST(ModelsMarkdown, SaysWhatAModelSaysAndWhatWasMeasured) {
  ordered_json run = to_json(test::full_record());
  run["contestants"][1]["describe"]["limits"] = "descriptor numbers | below 1024";
  run["contestants"][1]["describe"]["use_when"] = "Portability <b>";
  for (ordered_json& cell : run["cells"]) {
    if (cell["contestant"] != "epoll") continue;
    cell["server"]["memory_bytes_per_connection"] = {{"user", 100}, {"kernel", 2048}};
  }
  const std::string page = models_markdown(run);
  const std::string select = row_of(page, "select");
  EXPECT_NE(select.find("descriptor numbers \\| below 1024"), std::string::npos) << select;
  EXPECT_EQ(select.find("<b>"), std::string::npos) << select;
  const std::string epoll = row_of(page, "epoll");
  EXPECT_NE(epoll.find("| 100 B + 2.00 KiB |"), std::string::npos) << epoll;
  EXPECT_NE(epoll.find("| 1 |"), std::string::npos) << "the reference: " << epoll;
  EXPECT_NE(row_of(page, "blocking").find("| limit |"), std::string::npos) << page;
  // Every row has as many columns as the heading.
  const auto columns = [](const std::string& text) {
    std::size_t count = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
      if (text[i] == '|' && (i == 0 || text[i - 1] != '\\')) ++count;
    }
    return count;
  };
  EXPECT_EQ(columns(select), columns(page.substr(page.find("| model |"),
                                                 page.find("\n|---") - page.find("| model |"))));
}

TEST(ModelsMarkdown, ShowsTheRatiosOfAPool) {
  const ordered_json run = to_json(test::full_record());
  const ordered_json pool = {{"plan", {{"reference", "epoll"}}},
                             {"runs", {1, 2, 3}},
                             {"comparisons",
                              {{{"workload", "busy"},
                                {"metric", test::kCpu},
                                {"head", "select"},
                                {"ratio", 7.25},
                                {"ci95", {7.15, 7.35}},
                                {"verdict", "slower"}}}}};
  const std::string page = models_markdown(run, pool);
  EXPECT_NE(row_of(page, "select").find("| **7.25 ±0.10** |"), std::string::npos) << page;
  EXPECT_NE(page.find("pooled over 3 runs"), std::string::npos) << page;
  EXPECT_NE(page.find("--pool results/reference/pool.json"), std::string::npos) << page;
  EXPECT_EQ(models_markdown(run).find("pooled over"), std::string::npos);
}

TEST(ModelsMarkdown, NothingMeasuredIsNotZero) {
  ordered_json run = to_json(test::full_record());
  run["cells"] = ordered_json::array();
  run["comparisons"] = ordered_json::array();
  const std::string row = row_of(models_markdown(run), "epoll");
  EXPECT_NE(row.find("| – | – | – |"), std::string::npos) << row;
  EXPECT_EQ(row.find(" 0"), std::string::npos) << row;
}

// docs/models.md is generated; this fails when the reference run was renewed without it.
TEST(ModelsMarkdown, TheCommittedPageIsThatOfTheReferenceRun) {
  const std::string root = SOCKBENCH_SOURCE_DIR;
  const auto run = ordered_json::parse(read_file(root + "/results/reference/run.json"));
  const auto pool = ordered_json::parse(read_file(root + "/results/reference/pool.json"));
  EXPECT_EQ(read_file(root + "/docs/models.md"), models_markdown(run, pool))
      << "type: sockbench models-md results/reference/run.json --pool results/reference/pool.json "
         "--out docs/models.md";
}

}  // namespace
}  // namespace sockbench
