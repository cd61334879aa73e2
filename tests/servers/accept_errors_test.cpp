#include "servers/accept_errors.h"

#include <gtest/gtest.h>
#include <spdlog/sinks/ostream_sink.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <cerrno>
#include <memory>
#include <sstream>
#include <string>
#include <system_error>

#include "common/clock.h"

namespace sockbench {
namespace {

/// Collects what the whole test program logs, since the code under test logs once per process.
class AcceptErrors : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    spdlog::set_default_logger(std::make_shared<spdlog::logger>(
        "test", std::make_shared<spdlog::sinks::ostream_sink_st>(log())));
  }
  static std::ostringstream& log() {
    static std::ostringstream text;
    return text;
  }
};

struct Sorted {
  int error;
  AcceptFailure failure;
};

constexpr Sorted kSorted[] = {
    {EAGAIN, AcceptFailure::kNothingThere},   {EWOULDBLOCK, AcceptFailure::kNothingThere},
    {EINTR, AcceptFailure::kTransient},       {ECONNABORTED, AcceptFailure::kTransient},
    {ENETDOWN, AcceptFailure::kTransient},    {EPROTO, AcceptFailure::kTransient},
    {ENOPROTOOPT, AcceptFailure::kTransient}, {EHOSTDOWN, AcceptFailure::kTransient},
    {ENONET, AcceptFailure::kTransient},      {EHOSTUNREACH, AcceptFailure::kTransient},
    {EOPNOTSUPP, AcceptFailure::kTransient},  {ENETUNREACH, AcceptFailure::kTransient},
    {EPERM, AcceptFailure::kTransient},       {EMFILE, AcceptFailure::kExhausted},
    {ENFILE, AcceptFailure::kExhausted},      {ENOBUFS, AcceptFailure::kExhausted},
    {ENOMEM, AcceptFailure::kExhausted},
};

TEST_F(AcceptErrors, Table) {
  for (const auto& [error, failure] : kSorted) {
    EXPECT_EQ(accept_failure(error), failure) << std::generic_category().message(error);
  }
}

TEST_F(AcceptErrors, AnythingElseIsABugOfTheServer) {
  for (const int error : {EBADF, EINVAL, ENOTSOCK, EFAULT}) {
    try {
      accept_failure(error);
      ADD_FAILURE() << "no exception for " << std::generic_category().message(error);
    } catch (const std::system_error& thrown) {
      EXPECT_EQ(thrown.code().value(), error);
    }
  }
}

TEST_F(AcceptErrors, ExhaustionIsLoggedOnce) {
  for (int i = 0; i < 1000; ++i) (void)accept_failure(EMFILE);
  const std::string text = log().str();
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 1) << text;
  EXPECT_NE(text.find("Too many open files"), std::string::npos) << text;
}

TEST_F(AcceptErrors, WaitsOnlyWhenExhausted) {
  const std::int64_t start = now_ns();
  wait_after_accept_failure(EMFILE);
  EXPECT_GE(now_ns() - start, 10 * kNsPerMs);
  const std::int64_t transient = now_ns();
  for (int i = 0; i < 2000; ++i) wait_after_accept_failure(EINTR);
  EXPECT_LT(now_ns() - transient, 20 * kNsPerSecond) << "it waited each time";
  EXPECT_THROW(wait_after_accept_failure(EBADF), std::system_error);
}

}  // namespace
}  // namespace sockbench
