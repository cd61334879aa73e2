// Counting system calls by strace's lines, from a file that grows and from a real program.

#include "bench/measure/call_trace.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "bench/machine/tracing.h"
#include "common/child.h"
#include "tests/bench/temporary_folder.h"
#include "tests/support/deadline.h"

namespace sockbench {
namespace {

using test::TemporaryFolder;

std::uint64_t calls_in(const Counts& counts, const std::string& event) {
  const auto found = counts.by_event.find(event);
  return found == counts.by_event.end() ? 0 : found->second.value;
}

TEST(CallBegun, OnALineOfStrace) {
  struct Case {
    const char* line;
    const char* name;
  };
  for (const Case& each :
       {Case{"1234 recvfrom(0x3, 0x7f, 0x4000, 0, 0, 0) = 0x40", "recvfrom"},
        Case{"accept4(0x3, 0, 0, 0x80800) = -1 EAGAIN", "accept4"},
        Case{"1234  epoll_wait(0x4, 0x7f, 0x200, 0xffffffff <unfinished ...>", "epoll_wait"},
        Case{"1234 <... epoll_wait resumed>) = 0x1", ""}, Case{"1234 +++ exited with 0 +++", ""},
        Case{"1234 --- SIGCONT ---", ""}, Case{"1234", ""}, Case{"1234 ???", ""}, Case{"", ""}}) {
    EXPECT_EQ(call_begun(each.line), each.name) << each.line;
  }
}

TEST(CallTrace, ReadsWhatWasAddedAndWaitsForTheEndOfALine) {
  const TemporaryFolder folder;
  const auto path = folder.path() / "calls";
  {
    CallTrace trace(path);
    EXPECT_EQ(calls_in(trace.read(), kSyscalls), 0U) << "there is no file yet";
    std::ofstream out(path);
    out << "7 read(0) = 1\n7 wri" << std::flush;
    EXPECT_EQ(calls_in(trace.read(), kSyscalls), 1U);
    out << "te(1) = 1\n8 read(0 <unfinished ...>\n7 <... read resumed>) = 1\n" << std::flush;
    const Counts counts = trace.read();
    EXPECT_EQ(calls_in(counts, kSyscalls), 3U);
    EXPECT_EQ(calls_in(counts, "syscalls:read"), 2U);
    EXPECT_EQ(calls_in(counts, "syscalls:write"), 1U);
    EXPECT_EQ(calls_in(trace.read(), kSyscalls), 3U) << "nothing is counted twice";
  }
  EXPECT_FALSE(std::filesystem::exists(path));
}

TEST(CallTrace, CountsARealProgramAndItsChildren) {
  if (!why_no_strace().empty()) GTEST_SKIP() << why_no_strace();
  const TemporaryFolder folder;
  CallTrace trace(folder.path() / "calls");
  const auto command = trace.below_strace({"sh", "-c", "echo 1; (echo 2; echo 3); read line"});
  Child program({.command = command, .cpus = {}, .stderr_path = {}});
  for (const char* line : {"1", "2", "3"}) EXPECT_EQ(program.read_line(test::kHangLimit), line);
  program.close_input();
  const test::Deadline deadline;
  while (!program.ending() && !deadline.passed()) {
  }
  EXPECT_EQ(calls_in(trace.read(), "syscalls:write"), 3U);
}

}  // namespace
}  // namespace sockbench
