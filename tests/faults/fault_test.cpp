// What SOCKBENCH_FAULT may say.

#include "bench/faults/fault.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace sockbench::faults {
namespace {

using Kind = Fault::Kind;

struct Row {
  std::string text;
  Fault fault;
};

TEST(Fault, IsParsed) {
  const std::vector<Row> rows = {
      {"none", {Kind::kNone, 0, 0}},
      {"spin:100", {Kind::kSpin, 100, 0}},
      {"syscall", {Kind::kSyscall, 0, 0}},
      {"tail:1000:5", {Kind::kTail, 1000, 5}},
      {"memory:4096", {Kind::kMemory, 4096, 0}},
      {"lost_wakeup:2000", {Kind::kLostWakeup, 2000, 0}},
      {"crash:1", {Kind::kCrash, 1, 0}},
      {"wrong_byte:1000000000", {Kind::kWrongByte, kMaxAmount, 0}},
      {"tail:1:60000", {Kind::kTail, 1, kMaxDelayMs}},
      {"neighbour", {Kind::kNeighbour, 0, 0}},
  };
  for (const Row& row : rows) {
    const auto fault = parse_fault(row.text);
    ASSERT_TRUE(fault.has_value()) << row.text;
    EXPECT_EQ(fault->kind, row.fault.kind) << row.text;
    EXPECT_EQ(fault->amount, row.fault.amount) << row.text;
    EXPECT_EQ(fault->delay_ms, row.fault.delay_ms) << row.text;
  }
}

TEST(Fault, AnythingElseIsWrong) {
  for (const char* text : {"",
                           "None",
                           "nothing",
                           "none:",
                           "none:1",
                           "syscall:1",
                           "neighbour:2",
                           "spin",
                           "spin:",
                           "spin:0",
                           "spin:-1",
                           "spin:+1",
                           "spin: 1",
                           "spin:1 ",
                           "spin:1ns",
                           "spin:1.5",
                           "spin:1:2",
                           "spin:1000000001",
                           "spin:99999999999999999999",
                           "tail:5",
                           "tail:5:",
                           "tail:5:0",
                           "tail:0:5",
                           "tail:5:60001",
                           "tail:5:5:5",
                           "memory",
                           "spin;1",
                           ":1"}) {
    EXPECT_FALSE(parse_fault(text).has_value()) << text;
  }
}

}  // namespace
}  // namespace sockbench::faults
