// In the place of the load generator: obeys the harness, makes no load, answers with figures that a
// test can recompute, and writes down what it was told: one JSON object a line, in orders.txt
// beside its link.

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <iostream>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "common/clock.h"
#include "common/error.h"
#include "common/fd.h"

namespace sockbench {
namespace {

using nlohmann::ordered_json;

ordered_json report() {
  ordered_json ledger;
  for (const char* kind : {"intended", "sent", "never_sent", "answered", "unanswered", "refused",
                           "reset", "timed_out", "mismatched", "extra_replies"}) {
    ledger[kind] = 0;
  }
  ordered_json report = {{"event", "report"},
                         {"failure", ""},
                         {"ledger", ledger},
                         {"generator",
                          {{"cpu_ns_per_request", 700},
                           {"cpu_utilisation", 0.25},
                           {"schedule_adherence", nullptr},
                           {"little_ratio", 1}}},
                         {"connections", {{"asked", 2}, {"verified", 2}, {"lost", 0}}},
                         {"fairness",
                          {{"jain", 1},
                           {"starved_connections", 0},
                           {"stalled_connections", 0},
                           {"slowest_connection_p99_ns", nullptr}}}};
  for (const char* times : {"response_time_ns", "service_time_ns", "send_delay_ns",
                            "receive_delay_ns", "connect_time_ns"}) {
    report[times] = nullptr;
  }
  return report;
}

ordered_json answer_to(const ordered_json& command) {
  if (command.at("command") == "report") return report();
  const std::int64_t ns =
      command.at("lead_in_ns").get<std::int64_t>() + command.at("window_ns").get<std::int64_t>();
  ::poll(nullptr, 0, static_cast<int>(ns / kNsPerMs));
  // A million replies in all, 200 of them in the window; 40 ms in all: whoever divides by the wrong
  // one is far off.
  return {{"event", "slice"},          {"drained", true},
          {"all_dead", false},         {"answered", 1'000'000},
          {"answered_in_window", 200}, {"window_ns", command.at("window_ns")},
          {"wall_ns", 40 * kNsPerMs}};
}

void note(const std::string& file, const ordered_json& line) {
  const Fd notes(
      check(::open(file.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666), file));
  const std::string text = line.dump() + "\n";  // one write: lines of several generators stay whole
  check(static_cast<int>(::write(notes.get(), text.data(), text.size())), file);
}

int obey(const std::string& program, const std::vector<std::string>& flags) {
  const std::string file = program.substr(0, program.rfind('/')) + "/orders.txt";
  note(file, {{"generator", ::getpid()}, {"flags", flags}});
  std::cout << ordered_json{{"event", "ready"}, {"verified", 2}, {"failure", ""}}.dump()
            << std::endl;
  for (std::string line; std::getline(std::cin, line);) {
    const auto command = ordered_json::parse(line);
    note(file, {{"generator", ::getpid()}, {"order", command}});
    std::cout << answer_to(command).dump() << std::endl;
  }
  return kExitOk;
}

}  // namespace
}  // namespace sockbench

int main(int argc, char** argv) {
  return sockbench::run_main("fake_generator", [&] {
    return sockbench::obey(argv[0], {argv + 1, argv + argc});
  });
}
