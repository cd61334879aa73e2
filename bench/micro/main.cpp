// sockbench-micro: what single operations cost here. docs/micro.md says what each name means.

#include <fcntl.h>

#include <cmath>
#include <csignal>
#include <cstdio>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "bench/micro/catalogue.h"
#include "common/cli.h"
#include "common/error.h"
#include "common/fd.h"
#include "common/process_limits.h"

namespace sockbench::micro {
namespace {

struct Options {
  bool brief = false;
  std::optional<int> cpu;
  std::optional<double> seconds;
  std::optional<int> repetitions;
  std::string filter;
  std::string out;
  bool list = false;
};

/// What a repetition takes and how many there are, so that all of them end in 20 s (brief) or two
/// minutes.
Preset preset_of(const Options& options) {
  Preset preset = options.brief ? Preset{.seconds = 0.008, .repetitions = 7} : Preset{};
  if (options.seconds) preset.seconds = *options.seconds;
  if (!(preset.seconds > 0)) throw UsageError("--seconds must be above 0.");
  if (options.repetitions) preset.repetitions = *options.repetitions;
  return preset;
}

/// Google Benchmark's JSON under the names of the catalogue: it would append how a benchmark was
/// timed and repeated ("/real_time", "/repeats:15").
class PlainNames final : public benchmark::JSONReporter {
 public:
  void ReportRuns(const std::vector<Run>& reports) override {
    std::vector<Run> plain = reports;
    for (Run& run : plain) {
      run.run_name.min_time.clear();
      run.run_name.repetitions.clear();
      run.run_name.time_type.clear();
      // The cv of a counter that is always 0, which JSON cannot hold.
      std::erase_if(run.counters,
                    [](const auto& counter) { return !std::isfinite(counter.second.value); });
    }
    JSONReporter::ReportRuns(plain);
  }
};

/// Shows each benchmark's aggregates in one line.
class Lines final : public benchmark::BenchmarkReporter {
 public:
  bool ReportContext(const Context& /*context*/) override {
    std::printf("%-42s %12s %12s %12s  ns per operation\n", "", "median", "q1", "q3");
    return true;
  }
  void ReportRuns(const std::vector<Run>& reports) override {
    if (reports.empty()) return;
    const Run& first = reports.front();
    // The repetitions come first, their aggregates in a call of their own.
    if (first.run_type == Run::RT_Iteration && first.repetitions > 1 && !first.error_occurred) {
      return;
    }
    const std::string& name = first.run_name.function_name;
    const auto aggregate = [&](const std::string& wanted) {
      for (const Run& run : reports) {
        if (run.aggregate_name == wanted) return run.GetAdjustedRealTime();
      }
      return first.GetAdjustedRealTime();  // one repetition has no aggregates
    };
    if (first.error_occurred) {
      std::printf("%-42s skipped: %s\n", name.c_str(), first.error_message.c_str());
    } else {
      std::printf("%-42s %12.1f %12.1f %12.1f\n", name.c_str(), aggregate("median"),
                  aggregate("q1"), aggregate("q3"));
    }
    std::fflush(stdout);
  }
};

/// Google Benchmark ends the program by itself where it cannot open its output.
void require_writable(const std::string& path, const std::string& named) {
  if (Fd(::open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0666))) return;
  throw UsageError("--out '" + named +
                   "' cannot be written: " + std::generic_category().message(errno) + ".");
}

int measure(const Options& options) {
  const std::string unfinished = options.out + ".tmp";
  // Google Benchmark keeps pointers to these.
  std::vector<std::string> words = {"sockbench-micro",
                                    "--benchmark_enable_random_interleaving=true"};
  if (!options.out.empty()) {
    require_writable(unfinished, options.out);
    words.push_back("--benchmark_out=" + unfinished);
  }
  std::vector<char*> arguments;
  arguments.reserve(words.size() + 1);
  for (std::string& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  int count = static_cast<int>(words.size());
  benchmark::Initialize(&count, arguments.data());
  benchmark::AddCustomContext("pinned_cpu", std::to_string(cpus().cpu));
  Lines lines;
  PlainNames json;
  benchmark::RunSpecifiedBenchmarks(&lines, options.out.empty() ? nullptr : &json);
  if (!options.out.empty()) {
    check(std::rename(unfinished.c_str(), options.out.c_str()), "rename to " + options.out);
  }
  return kExitOk;
}

int micro_main(int argc, char** argv) {
  CLI::App app("Measures what single operations cost: system calls, switches, copies.",
               "sockbench-micro");
  Options options;
  app.add_flag("--short", options.brief,
               "Finish within 20 s instead of two minutes, less precisely.");
  app.add_option("--cpu", options.cpu, "Run on this CPU (default: the last allowed one).");
  app.add_option("--filter", options.filter,
                 "Run only benchmarks whose name matches this regular expression.");
  app.add_option("--repetitions", options.repetitions,
                 "Repeat each benchmark N times, in random order.")
      ->check(CLI::Range(1, 10'000));
  app.add_option("--seconds", options.seconds, "Time each repetition for at least SECONDS.")
      ->check(CLI::Range(0.0, 60.0));
  app.add_option("--out", options.out, "Write Google Benchmark's JSON to this file.");
  app.add_flag("--list", options.list, "Print the names and exit.");
  if (const auto exit_code = parse_command_line(app, argc, argv)) return *exit_code;

  (void)std::signal(SIGPIPE, SIG_IGN);
  choose_cpu(options.cpu.value_or(allowed_cpus().back()));
  pin_to(cpus().cpu);
  Catalogue catalogue(preset_of(options), options.filter);
  add_sockets(catalogue);
  add_multiplexers(catalogue);
  add_io_uring(catalogue);
  add_switches(catalogue);
  add_processes(catalogue);
  add_copies(catalogue);
  add_own_parts(catalogue);
  if (catalogue.names().empty()) {
    throw UsageError("--filter '" + options.filter + "' fits no benchmark (see --list).");
  }
  if (!options.list) return measure(options);
  for (const std::string& name : catalogue.names()) std::printf("%s\n", name.c_str());
  return kExitOk;
}

}  // namespace
}  // namespace sockbench::micro

int main(int argc, char** argv) {
  return sockbench::run_main("sockbench-micro",
                             [&] { return sockbench::micro::micro_main(argc, argv); });
}
