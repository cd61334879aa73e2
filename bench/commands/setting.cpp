#include "bench/commands/setting.h"

#include <spdlog/spdlog.h>

#include <ctime>

#include "bench/machine/environment.h"
#include "bench/plan/contestant.h"
#include "common/error.h"
#include "common/process_limits.h"

namespace sockbench {

Setting set_up(const std::filesystem::path& out, const std::string& server_cpus,
               const std::string& generator_cpus) {
  Setting setting;
  setting.cpus = choose_cpus(server_cpus, generator_cpus);
  const std::filesystem::path logs = out / "logs";
  std::filesystem::create_directories(logs);
  raise_descriptor_limit();
  setting.facts = examine_machine();
  setting.environment = describe_environment(setting.cpus, setting.facts);
  for (const auto& warning : setting.environment["warnings"]) {
    spdlog::warn("{}", warning.get<std::string>());
  }
  setting.bench = {.programs = program_directory(),
                   .server_cpus = setting.cpus.server,
                   .generator_cpus = setting.cpus.generator,
                   .log_directory = logs,
                   .budget = usual_budget(),
                   .own_processes = {},
                   .foreign_processes = std::make_shared<ForeignProcesses>()};
  for (const auto& log : std::filesystem::directory_iterator(logs)) {
    std::filesystem::remove(log.path());  // of an earlier run; the logs are appended to
  }
  return setting;
}

Resources usual_budget() {
  constexpr std::int64_t kPercent = 60;
  const Resources all = available_resources();
  return {all.memory_bytes / 100 * kPercent, all.descriptors / 100 * kPercent,
          all.tasks / 100 * kPercent};
}

std::string utc_now() {
  const std::time_t now = std::time(nullptr);
  std::tm parts{};
  ::gmtime_r(&now, &parts);
  char text[32];
  std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &parts);
  return text;
}

}  // namespace sockbench
