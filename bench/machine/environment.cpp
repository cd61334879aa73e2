#include "bench/machine/environment.h"

#include <sys/resource.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>

#include "common/error.h"

namespace sockbench {
namespace {

using nlohmann::ordered_json;

std::string first_line(const std::string& path) {
  std::ifstream file(path);
  std::string line;
  std::getline(file, line);
  return line;
}

ordered_json number_in(const std::string& path) {
  std::ifstream file(path);
  std::int64_t value = 0;
  return file >> value ? ordered_json(value) : nullptr;
}

ordered_json text_in(const std::string& path) {
  const std::string line = first_line(path);
  return line.empty() ? ordered_json(nullptr) : ordered_json(line);
}

/// The value of "key : value" in /proc/cpuinfo.
std::string cpuinfo(const std::string& key) {
  std::ifstream file("/proc/cpuinfo");
  for (std::string line; std::getline(file, line);) {
    if (line.rfind(key, 0) != 0) continue;
    const std::size_t colon = line.find(": ");
    return colon == std::string::npos ? std::string() : line.substr(colon + 2);
  }
  return {};
}

double load_average() {
  std::ifstream file("/proc/loadavg");
  double load = 0;
  file >> load;
  return load;
}

ordered_json warnings(const CpuSplit& cpus, double load, const ordered_json& governor,
                      bool virtual_machine) {
  ordered_json list = ordered_json::array();
  if (cpus.shared) {
    list.push_back(
        "Server and generator share a CPU: throughput and times say little, CPU per "
        "request still compares.");
  }
  if (load > 0.5) {
    std::ostringstream text;
    text << "The load average was " << load
         << " at the start: other processes were running; intervals will be wider.";
    list.push_back(text.str());
  }
  if (governor.is_string() && governor != "performance") {
    list.push_back("The CPU frequency governor is '" + governor.get<std::string>() +
                   "': absolute figures move with it, ratios much less.");
  }
  if (virtual_machine) {
    list.push_back(
        "This is a virtual machine: absolute figures move with the neighbours; trust the "
        "ratios, which are paired in time.");
  }
  return list;
}

}  // namespace

ordered_json describe_environment(const CpuSplit& cpus) {
  utsname system{};
  check(::uname(&system), "uname");
  rlimit files{};
  check(::getrlimit(RLIMIT_NOFILE, &files), "getrlimit");
  const bool virtual_machine = cpuinfo("flags").find(" hypervisor") != std::string::npos;
  const double load = load_average();
  const ordered_json governor = text_in("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor");
  const long pages = ::sysconf(_SC_PHYS_PAGES);
  return {
      {"kernel", std::string(system.sysname) + " " + system.release},
      {"architecture", system.machine},
      {"cpu_model", cpuinfo("model name")},
      {"cpus", allowed_cpus().size()},
      {"memory_bytes", static_cast<std::int64_t>(pages) * ::sysconf(_SC_PAGESIZE)},
      {"virtualization", virtual_machine ? "virtual machine" : "none seen"},
      {"clocksource", text_in("/sys/devices/system/clocksource/clocksource0/current_clocksource")},
      {"governor", governor},
      {"load_average_at_start", load},
      {"open_files_limit", static_cast<std::int64_t>(files.rlim_cur)},
      {"somaxconn", number_in("/proc/sys/net/core/somaxconn")},
      {"perf_event_paranoid", number_in("/proc/sys/kernel/perf_event_paranoid")},
      {"warnings", warnings(cpus, load, governor, virtual_machine)}};
}

long raise_descriptor_limit() {
  rlimit files{};
  check(::getrlimit(RLIMIT_NOFILE, &files), "getrlimit");
  files.rlim_cur = files.rlim_max;
  check(::setrlimit(RLIMIT_NOFILE, &files), "setrlimit");
  return static_cast<long>(files.rlim_cur);
}

double steal_seconds() {
  std::ifstream file("/proc/stat");
  std::string name;
  double ticks = 0;
  file >> name;
  for (int field = 1; field <= 8; ++field) file >> ticks;  // the eighth is steal, proc(5)
  return ticks / static_cast<double>(::sysconf(_SC_CLK_TCK));
}

}  // namespace sockbench
