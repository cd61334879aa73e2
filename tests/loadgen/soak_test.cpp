// Two minutes of steady load: the generator's memory stays where it was, and it loses nothing.

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <string>

#include "common/error.h"
#include "tests/loadgen/programs.h"
#include "tests/support/process_stats.h"

namespace sockbench::test {
namespace {

using nlohmann::ordered_json;

constexpr int kSoakS = 120;    // SOCKBENCH_SOAK_S=10 makes it a quick look
constexpr int kSettledS = 20;  // buffers and histograms have met most of what they will meet
constexpr double kRate = 1000;
constexpr std::int64_t kMostGrowthBytes = std::int64_t{256} * 1024;

int soak_s() {
  const char* text = std::getenv("SOCKBENCH_SOAK_S");
  return text == nullptr ? kSoakS : std::max(3, std::atoi(text));
}

TEST(Soak, MemoryStaysAndEveryRequestIsAnswered) {
  const int length_s = soak_s();
  const int settled_s = std::min(kSettledS, length_s / 3);
  const Server server("epoll");
  // Uniform arrivals: of Poisson ones there are up to 1 % more or fewer than asked in this time.
  ChildProcess generator(
      program("loadgen",
              {"--connect", server.endpoint().text(), "-c", "64", "-R", "1000", "--arrival",
               "uniform", "-d", std::to_string(length_s) + "s", "--warmup", "0", "--json", "-"}));
  let_pass(milliseconds(settled_s * 1000));
  const std::int64_t settled_bytes = private_memory_bytes(generator.pid());
  let_pass(milliseconds((length_s - settled_s) * 1000 - 500));
  const std::int64_t final_bytes = private_memory_bytes(generator.pid());
  const auto json = ordered_json::parse(generator.read_to_end(), nullptr, false);
  ASSERT_TRUE(json.is_object()) << generator.stderr_text();
  EXPECT_EQ(generator.wait_for_exit(), kExitOk);

  RecordProperty("settled_bytes", std::to_string(settled_bytes));
  RecordProperty("growth_bytes", std::to_string(final_bytes - settled_bytes));
  EXPECT_GT(settled_bytes, 0);
  EXPECT_LT(final_bytes - settled_bytes, kMostGrowthBytes) << "from " << settled_bytes;

  const auto& ledger = json["ledger"];
  EXPECT_TRUE(balances(ledger));
  EXPECT_EQ(ledger["answered"], ledger["intended"]);
  EXPECT_NEAR(ledger["intended"].get<double>(), kRate * length_s, 2);
  EXPECT_EQ(json["connections"]["lost"], 0);
  EXPECT_NEAR(json["achieved_rps"].get<double>(), kRate, 0.005 * kRate);
}

}  // namespace
}  // namespace sockbench::test
