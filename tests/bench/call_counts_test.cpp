#include "bench/measure/call_counts.h"

#include <gtest/gtest.h>

namespace sockbench {
namespace {

constexpr const char* kTable =
    "% time     seconds  usecs/call     calls    errors syscall\n"
    "------ ----------- ----------- --------- --------- ----------------\n"
    " 51.23    0.001234           1      1100           sendto\n"
    " 40.00    0.000900           1      1101         1 recvfrom\n"
    "  0.00    0.000000           0         3         1 openat\n"
    "------ ----------- ----------- --------- --------- ----------------\n"
    "100.00    0.002134                  2204         2 total\n";

TEST(StraceSummary, NamesAndCounts) {
  const auto calls = parse_strace_summary(kTable);
  EXPECT_EQ(calls.size(), 3U);
  EXPECT_EQ(calls.at("sendto"), 1100U);
  EXPECT_EQ(calls.at("recvfrom"), 1101U) << "a blank column for errors is no column";
}

TEST(StraceSummary, AnythingElseIsRefused) {
  EXPECT_THROW(parse_strace_summary(""), std::runtime_error);
  EXPECT_THROW(parse_strace_summary("strace: command not found\n"), std::runtime_error);
}

}  // namespace
}  // namespace sockbench
