#include "bench/measure/resources.h"

#include <algorithm>
#include <fstream>
#include <limits>
#include <string>

namespace sockbench {
namespace {

constexpr std::int64_t kUnlimited = std::numeric_limits<std::int64_t>::max() / 2;

std::int64_t number_in(const char* path) {
  std::ifstream file(path);
  std::int64_t number = 0;
  return file >> number ? std::min(number, kUnlimited) : kUnlimited;
}

std::int64_t available_memory() {
  std::ifstream file("/proc/meminfo");
  std::string name;
  for (std::int64_t kilobytes = 0; file >> name >> kilobytes; file.ignore(80, '\n')) {
    if (name == "MemAvailable:") return kilobytes * 1024;
  }
  return kUnlimited;
}

std::int64_t tasks_now() {  // the fourth field of /proc/loadavg: running/all
  std::ifstream file("/proc/loadavg");
  std::string field;
  for (int i = 0; i < 4; ++i) file >> field;
  const std::size_t slash = field.find('/');
  return slash == std::string::npos ? 0 : std::stoll(field.substr(slash + 1));
}

}  // namespace

Resources available_resources() {
  const std::int64_t tasks =
      std::min(number_in("/proc/sys/kernel/threads-max"), number_in("/proc/sys/kernel/pid_max"));
  return {available_memory(),
          number_in("/proc/sys/fs/file-max") - number_in("/proc/sys/fs/file-nr"),
          tasks - tasks_now()};
}

Resources operator+(const Resources& a, const Resources& b) {
  return {a.memory_bytes + b.memory_bytes, a.descriptors + b.descriptors, a.tasks + b.tasks};
}

bool within(const Resources& used, const Resources& budget) {
  return used.memory_bytes <= budget.memory_bytes && used.descriptors <= budget.descriptors &&
         used.tasks <= budget.tasks;
}

}  // namespace sockbench
