// Where io_uring is forbidden, as in most containers, a server either does without or says so in
// one sentence before it would be ready.

#include <gtest/gtest.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstddef>
#include <functional>
#include <thread>

#include "common/error.h"
#include "tests/conformance/server_under_test.h"
#include "tests/support/running_server.h"

namespace sockbench::test {
namespace {

/// Makes io_uring_setup fail with `error` in this thread and in what it starts (seccomp(2)).
bool forbid_io_uring(unsigned error) {
  std::array<sock_filter, 4> program = {{
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_io_uring_setup, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | error),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  }};
  const sock_fprog filter{program.size(), program.data()};
  return ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
         ::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) == 0;
}

/// Runs `test` in a thread under the filter, which would outlive it in any other.
void in_sandbox(unsigned error, const std::function<void()>& test) {
  bool permitted = true;
  std::thread([&] {
    permitted = forbid_io_uring(error);
    if (permitted) test();
  }).join();
  if (!permitted) GTEST_SKIP() << "seccomp is not permitted here";
}

void expect_served_or_explained() {
  ChildProcess process({model().program, "--stop-on-eof"});
  std::string ready;
  try {
    ready = process.read_line();
  } catch (const std::exception&) {  // no line: it has ended
    EXPECT_EQ(process.wait_for_exit(), kExitFailed);
    const std::string err = process.stderr_text();
    EXPECT_EQ(std::count(err.begin(), err.end(), '\n'), 1) << err;
    EXPECT_NE(err.find("io_uring"), std::string::npos) << err;
    return;
  }
  TestClient client(endpoint_of(ready));
  EXPECT_TRUE(answers(client));
  process.close_stdin();
  EXPECT_EQ(process.wait_for_exit(), kExitOk);
}

TEST(Sandbox, WithoutPermissionForIoUring) { in_sandbox(EPERM, expect_served_or_explained); }

TEST(Sandbox, WithoutIoUring) { in_sandbox(ENOSYS, expect_served_or_explained); }

TEST(Sandbox, WithAnOldIoUring) { in_sandbox(EINVAL, expect_served_or_explained); }

}  // namespace
}  // namespace sockbench::test
