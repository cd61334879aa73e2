#include "bench/measure/memory_group.h"

#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <fstream>
#include <iterator>
#include <sstream>
#include <system_error>

#include "common/clock.h"

namespace sockbench {
namespace {

namespace fs = std::filesystem;

constexpr const char* kRoot = "/sys/fs/cgroup";
// A grace period and its callbacks take some ticks of 4 ms.
constexpr std::int64_t kSettledNs = 30 * kNsPerMs;
constexpr std::int64_t kSettleLimitNs = kNsPerSecond;
constexpr useconds_t kReadEveryUs = 5'000;

std::string text_of(const fs::path& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

std::optional<std::int64_t> number_of(const fs::path& path) {
  std::ifstream file(path);
  std::int64_t number = 0;
  return file >> number ? std::optional(number) : std::nullopt;
}

bool is_version_2() { return fs::exists(fs::path(kRoot) / "cgroup.controllers"); }

/// Where a group with memory accounting can be made: below the root, which alone may hold both
/// processes and groups.
fs::path parent_of_groups() {
  return is_version_2() ? fs::path(kRoot) : fs::path(kRoot) / "memory";
}

fs::path unique_group() {
  static std::atomic<int> count = 0;
  return parent_of_groups() /
         ("sockbench-" + std::to_string(::getpid()) + "-" + std::to_string(++count));
}

}  // namespace

std::optional<std::int64_t> kernel_bytes_of_stat(const std::string& memory_stat) {
  std::istringstream lines(memory_stat);
  std::string name;
  std::optional<std::int64_t> sum;
  for (std::int64_t bytes = 0; lines >> name >> bytes;) {
    if (name == "kernel" || name == "sock") sum = sum.value_or(0) + bytes;
  }
  return sum;
}

MemoryGroup::MemoryGroup() {
  const fs::path path = unique_group();
  std::error_code error;
  if (!fs::is_directory(parent_of_groups(), error)) {
    absent_ = "there is no memory controller below /sys/fs/cgroup";
  } else if (!fs::create_directory(path, error)) {
    absent_ = "a control group could not be made below /sys/fs/cgroup: " + error.message() +
              "; run as root";
  } else {
    path_ = path;
    if (!kernel_bytes()) absent_ = "the memory controller does not account for kernel memory here";
  }
}

std::optional<std::int64_t> MemoryGroup::settled_kernel_bytes() const {
  auto bytes = kernel_bytes();
  std::int64_t unchanged_since = now_ns();
  const std::int64_t give_up_at = unchanged_since + kSettleLimitNs;
  while (bytes && now_ns() - unchanged_since < kSettledNs && now_ns() < give_up_at) {
    ::usleep(kReadEveryUs);
    const auto now = kernel_bytes();
    if (now != bytes) unchanged_since = now_ns();
    bytes = now;
  }
  return bytes;
}

MemoryGroup::~MemoryGroup() {
  // The group is busy until the kernel is done with its last process, a moment after it was reaped.
  for (int tries = 0; !path_.empty() && tries < 100; ++tries) {
    if (::rmdir(path_.c_str()) == 0 || errno != EBUSY) return;
    ::usleep(1000);
  }
}

void MemoryGroup::add(pid_t pid) {
  if (path_.empty()) return;
  std::ofstream file(path_ / "cgroup.procs");
  file << pid << std::flush;
  if (!file) absent_ = "the server could not be moved into a control group";
}

std::optional<std::int64_t> MemoryGroup::kernel_bytes() const {
  if (path_.empty() || !absent_.empty()) return std::nullopt;
  if (is_version_2()) return kernel_bytes_of_stat(text_of(path_ / "memory.stat"));
  const auto kernel = number_of(path_ / "memory.kmem.usage_in_bytes");
  if (!kernel) return std::nullopt;
  return *kernel + number_of(path_ / "memory.kmem.tcp.usage_in_bytes").value_or(0);
}

}  // namespace sockbench
