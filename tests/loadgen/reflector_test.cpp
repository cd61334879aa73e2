#include "loadgen/reflector.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <optional>
#include <system_error>
#include <vector>

#include "common/error.h"
#include "tests/loadgen/programs.h"
#include "tests/support/bytes.h"
#include "tests/support/process_stats.h"
#include "tests/support/test_client.h"

namespace sockbench::test {
namespace {

constexpr bool kUpper = true;

std::vector<int> cpus_of(pid_t pid) {
  cpu_set_t set;
  check(::sched_getaffinity(pid, sizeof set, &set), "sched_getaffinity");
  std::vector<int> cpus;
  for (int cpu = 0; cpu < CPU_SETSIZE; ++cpu) {
    if (CPU_ISSET(static_cast<std::size_t>(cpu), &set)) cpus.push_back(cpu);
  }
  return cpus;
}

struct Split {
  std::vector<int> allowed;
  std::vector<int> wanted;
  std::vector<int> reflector;
  std::vector<int> generator;
};

TEST(SplitOffReflector, Table) {
  const std::vector<Split> table = {
      {{0}, {}, {}, {}},
      {{0, 1}, {}, {1}, {0}},
      {{2, 3, 7}, {}, {7}, {2, 3}},
      {{0, 1}, {0}, {0}, {1}},
      {{0, 1, 2, 3}, {1, 2}, {1, 2}, {0, 3}},
      {{0, 1}, {0, 1}, {0, 1}, {}},
      {{4}, {4}, {4}, {}},
  };
  for (const Split& row : table) {
    const ReflectorCpus split = split_off_reflector(row.allowed, row.wanted);
    EXPECT_EQ(split.reflector, row.reflector);
    EXPECT_EQ(split.generator, row.generator);
  }
}

TEST(Reflector, IsPinnedAndLeavesTheOtherCpusToTheGenerator) {
  const std::vector<int> before = cpus_of(0);
  const ReflectorCpus split = split_off_reflector(before, {});
  {
    const Reflector reflector(kUpper);
    EXPECT_EQ(cpus_of(reflector.pid()), split.reflector.empty() ? before : split.reflector);
    EXPECT_EQ(cpus_of(0), split.generator.empty() ? before : split.generator);
  }
  EXPECT_EQ(cpus_of(0), before);
  {
    const Reflector reflector(kUpper, {before.front()});
    EXPECT_EQ(cpus_of(reflector.pid()), std::vector<int>{before.front()});
  }
  EXPECT_THROW(Reflector(kUpper, {CPU_SETSIZE - 1}), std::system_error);
  EXPECT_EQ(cpus_of(0), before);
}

TEST(Reflector, AnswersInUpperCaseOrUnchanged) {
  const std::string request = every_byte() + random_bytes(200'000, 1) + every_byte();
  {
    const Reflector reflector(kUpper);
    EXPECT_TRUE(same_bytes(TestClient(reflector.endpoint()).exchange(request), upper(request)));
  }
  {
    const Reflector reflector(!kUpper);
    EXPECT_TRUE(same_bytes(TestClient(reflector.endpoint()).exchange(request), request));
  }
}

TEST(Reflector, KeepsAllThatWasSentBeforeAnythingIsRead) {
  const Reflector reflector(kUpper);
  constexpr std::size_t kBytes = std::size_t{64} * 1024 * 1024;  // more than the kernel stores
  const std::string request = random_bytes(kBytes, 2);
  TestClient client(reflector.endpoint(), {.send = 128 * 1024, .receive = 256 * 1024});
  const std::size_t sent = client.send_until_full(request, milliseconds(200));
  ASSERT_GT(sent, 64 * 1024U);
  ASSERT_LT(sent, kBytes) << "it must stop receiving while its replies are not read";
  TestClient other(reflector.endpoint());
  EXPECT_EQ(other.exchange("meanwhile"), "MEANWHILE");
  const std::string reply = client.exchange(request.substr(sent), kBytes);
  EXPECT_TRUE(same_bytes(reply, upper(request)));
  EXPECT_EQ(client.exchange("again"), "AGAIN");
}

TEST(Reflector, AnswersEverythingBeforeItEndsAHalfClosedConnection) {
  const Reflector reflector(kUpper);
  TestClient client(reflector.endpoint(), {.receive = 4096});
  const std::string request = random_bytes(1'000'000, 3);
  EXPECT_TRUE(same_bytes(client.exchange_and_finish(request), upper(request)));
}

TEST(Reflector, HoldsMoreConnectionsThanTheSoftLimitOfDescriptors) {
  constexpr int kConnections = 1000;
  set_descriptor_limit(::getpid(), 256);
  const Reflector reflector(kUpper);
  ASSERT_TRUE(allow_descriptors(kConnections + 100));
  std::vector<TestClient> clients;
  for (int i = 0; i < kConnections; ++i) clients.emplace_back(reflector.endpoint());
  for (int i = 0; i < kConnections; ++i) {
    clients[static_cast<std::size_t>(i)].send("connection " + std::to_string(i));
  }
  for (int i = 0; i < kConnections; ++i) {
    const std::string wanted = "CONNECTION " + std::to_string(i);
    ASSERT_EQ(clients[static_cast<std::size_t>(i)].receive(wanted.size()), wanted);
  }
}

TEST(Reflector, ServesAgainAtTheDescriptorLimitWhenAConnectionEnds) {
  const Reflector reflector(kUpper);
  std::vector<TestClient> clients;
  for (int i = 0; i < 10; ++i) clients.emplace_back(reflector.endpoint());
  for (TestClient& client : clients) ASSERT_EQ(client.exchange("a"), "A");
  set_descriptor_limit(reflector.pid(), open_descriptors(reflector.pid()));
  TestClient waiting(reflector.endpoint());
  waiting.send("b");
  EXPECT_EQ(clients.front().exchange("c"), "C");
  EXPECT_FALSE(waiting.anything_within(milliseconds(50)));
  const std::int64_t cpu_then = reflector.cpu_ns();
  let_pass(milliseconds(200));
  EXPECT_LT(reflector.cpu_ns() - cpu_then, 100'000'000) << "it spins on what it cannot accept";
  clients.front().reset();
  EXPECT_EQ(waiting.receive(1), "B");
}

TEST(Reflector, DoesNotHoldTheGeneratorsFilesOpen) {
  std::array<int, 2> ends{};
  check(::pipe2(ends.data(), O_CLOEXEC | O_NONBLOCK), "pipe2");
  const Fd reading(ends[0]);
  Fd writing(ends[1]);
  const Reflector reflector(kUpper);
  TestClient client(reflector.endpoint());
  ASSERT_EQ(client.exchange("serving"), "SERVING");
  writing.reset();
  char byte = 0;
  EXPECT_EQ(::read(reading.get(), &byte, 1), 0) << "the end of the pipe is not seen";
}

TEST(Reflector, TellsItsCpuTime) {
  const Reflector reflector(kUpper);
  TestClient client(reflector.endpoint());
  const std::int64_t before = reflector.cpu_ns();
  EXPECT_GE(before, 0);
  const std::string request = random_bytes(4'000'000, 4);
  ASSERT_TRUE(same_bytes(client.exchange(request), upper(request)));
  EXPECT_GT(reflector.cpu_ns(), before);
  EXPECT_LE(reflector.cpu_ns(), cpu_time_ns(reflector.pid()));
}

TEST(Reflector, IgnoresInterruptsAndIsGoneAfterDestruction) {
  std::optional<Reflector> reflector(std::in_place, kUpper);
  const pid_t pid = reflector->pid();
  TestClient client(reflector->endpoint());
  ASSERT_EQ(client.exchange("a"), "A");
  ::kill(pid, SIGINT);
  ::kill(pid, SIGTERM);
  EXPECT_EQ(client.exchange("b"), "B");
  reflector.reset();
  EXPECT_TRUE(::kill(pid, 0) < 0 && errno == ESRCH);
  EXPECT_TRUE(client.closed_by_server());
}

TEST(Reflector, DiesWithItsParent) {
  adopt_orphans();  // so that it can be waited for
  std::array<int, 2> ends{};
  check(::pipe2(ends.data(), O_CLOEXEC), "pipe2");
  const Fd reading(ends[0]);
  const Fd writing(ends[1]);
  const pid_t parent = check(::fork(), "fork");
  if (parent == 0) {
    const Reflector reflector(kUpper);
    const pid_t child = reflector.pid();
    TestClient client(reflector.endpoint());
    if (client.exchange("a") != "A") ::_exit(1);  // it is serving
    (void)!::write(writing.get(), &child, sizeof child);
    (void)::raise(SIGKILL);
  }
  pid_t reflector = -1;
  ASSERT_EQ(::read(reading.get(), &reflector, sizeof reflector), sizeof reflector);
  EXPECT_EQ(::waitpid(parent, nullptr, 0), parent);
  int status = 0;
  EXPECT_TRUE(eventually([&] { return ::waitpid(reflector, &status, WNOHANG) == reflector; }));
  EXPECT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
  if (!WIFSIGNALED(status)) ::kill(reflector, SIGKILL);
}

}  // namespace
}  // namespace sockbench::test
