#include "loadgen/record/summary.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <sstream>
#include <string>

#include "common/clock.h"

namespace sockbench {
namespace {

LoadOptions options_of(double rate) {
  LoadOptions options;
  options.connect_text = "127.0.0.1:7000";
  options.connections = 100;
  options.active = 16;
  options.pipeline = 3;
  options.message_sizes = MessageSizes(4096);
  options.rate = rate;
  return options;
}

Tally good_tally() {
  Tally tally;
  tally.response.record_n(1'500'000, 150'000);
  tally.service.record_n(1'200'000, 150'000);
  tally.send_delay.record_n(700, 150'000);
  tally.connect.record_n(40'000, 100);
  tally.ledger.intended = tally.ledger.sent = tally.ledger.answered = 150'000;
  tally.connections_verified = 100;
  tally.answered_in_window = 150'000;
  tally.window_ns = 10 * kNsPerSecond;
  tally.cpu_ns = 4'200'000'000;
  return tally;
}

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

std::string line_with(const std::string& text, const std::string& part) {
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    if (has(line, part)) return line;
  }
  return {};
}

TEST(Summary, OfAGoodClosedLoop) {
  const std::string text = summary(options_of(0), good_tally(), "");
  EXPECT_TRUE(has(text, "127.0.0.1:7000, 100 connections (16 active), 4.00 KiB messages")) << text;
  EXPECT_TRUE(has(text, "closed loop, 3 in flight each"));
  EXPECT_TRUE(has(text, "15.0k requests/s over 10.0 s, 150000 correct replies"));
  EXPECT_TRUE(has(line_with(text, "response time  "), "1.50 ms"));
  EXPECT_TRUE(has(line_with(text, "connect time"), "40.0 µs"));
  EXPECT_FALSE(has(text, "send delay")) << "nothing is late in closed loop";
  EXPECT_FALSE(has(text, "service time")) << "it is the response time";
  EXPECT_TRUE(has(text, "  valid: the generator used 42 % of its CPU"));
  EXPECT_FALSE(has(text, "not valid"));
  EXPECT_FALSE(has(text, "never sent"));
  EXPECT_FALSE(has(text, "failure"));
}

TEST(Summary, OfAnOpenLoopShowsTheThreeLedgers) {
  const std::string text = summary(options_of(15'000), good_tally(), "");
  EXPECT_TRUE(has(text, "open loop at 15.0k/s")) << text;
  EXPECT_TRUE(has(line_with(text, "response time  "), "1.50 ms"));
  EXPECT_TRUE(has(line_with(text, "service time"), "1.20 ms"));
  EXPECT_TRUE(has(line_with(text, "send delay"), "700 ns"));
}

TEST(Summary, OfABadRunSaysHowManyAndWhy) {
  Tally tally = good_tally();
  tally.ledger = {.intended = 160'021,
                  .sent = 160'015,
                  .never_sent = 6,
                  .answered = 160'000,
                  .unanswered = 5,
                  .reset = 4,
                  .timed_out = 3,
                  .mismatched = 3,
                  .extra_replies = 1,
                  .refused = 2};
  ASSERT_TRUE(tally.ledger.balances());
  const std::string text = summary(options_of(0), tally, "connection 3: closed by the server");
  EXPECT_TRUE(
      has(text, "refused 2, reset 4, timed out 3, wrong bytes 4, unanswered 5, never sent 6"))
      << text;
  EXPECT_TRUE(has(text, "first failure: connection 3: closed by the server"));
  EXPECT_TRUE(has(text, "not valid: not every request has a correct reply"));
  EXPECT_FALSE(has(text, "does not balance"));
}

TEST(Summary, AdmitsALedgerThatDoesNotBalance) {
  Tally tally = good_tally();
  ++tally.ledger.sent;
  EXPECT_TRUE(has(summary(options_of(0), tally, ""), "The ledger does not balance"));
}

TEST(Summary, APercentileThatNobodyKnowsIsADash) {
  Tally tally = good_tally();
  tally.ledger.never_sent = 20'000;  // 12 %: p90 and beyond are among them
  tally.ledger.intended += 20'000;
  const std::string text = summary(options_of(17'000), tally, "");
  const std::string row = line_with(text, "response time  ");
  EXPECT_EQ(std::count(row.begin(), row.end(), '-'), 3) << row;
}

TEST(Summary, OfNothingAtAll) {
  const std::string text = summary(options_of(100), Tally(), "connection 0: connect: refused");
  EXPECT_TRUE(has(text, "0 correct replies")) << text;
  EXPECT_TRUE(has(text, "not valid: no request was answered"));
  EXPECT_TRUE(has(text, "first failure: connection 0: connect: refused"));
}

TEST(Summary, TheBarsHoldEverySample) {
  Tally tally = good_tally();
  tally.response.record(1);  // below the first bar's edge
  tally.response.record_n(3'000'000'000, 7);
  std::istringstream lines(summary(options_of(0), tally, ""));
  std::uint64_t drawn = 0;
  for (std::string line; std::getline(lines, line);) {
    const std::size_t bar = line.find('|');
    if (bar == std::string::npos) continue;
    drawn += std::stoull(line.substr(line.rfind(' ')));
  }
  EXPECT_EQ(drawn, tally.response.count());
}

}  // namespace
}  // namespace sockbench
