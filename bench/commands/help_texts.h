#pragma once

#include <array>
#include <string_view>
#include <utility>

/// What --help and a call without arguments say beside the flags.
namespace sockbench {

inline constexpr std::string_view kFirstSteps =
    "sockbench measures how servers do socket I/O. A subcommand says what to do:\n"
    "  sockbench doctor                                  what can this machine measure?\n"
    "  sockbench run --suite quick --out results/first   seven models, two minutes\n"
    "  sockbench advice results/first/run.json           which model when\n"
    "  sockbench --help                                  everything else\n";

inline constexpr std::string_view kExamples =
    "Examples:\n"
    "  sockbench run --suite quick --out results/mine\n"
    "  sockbench run --models epoll,select --workloads busy,mostly_idle\n"
    "  sockbench run --models epoll --contestant mine.json    your server beside ours\n"
    "  sockbench run --models epoll,epoll --workloads busy    how precise is this machine?";

/// Of each subcommand.
inline constexpr std::array<std::pair<const char*, const char*>, 18> kExamplesOf = {{
    {"models",
     "Example:\n"
     "  sockbench models                       then: server-epoll --describe"},
    {"workloads",
     "Examples:\n"
     "  sockbench workloads                    all of them, by family\n"
     "  sockbench workloads mostly_idle        every parameter of one"},
    {"doctor",
     "Examples:\n"
     "  sockbench doctor\n"
     "  sockbench doctor --json | jq '.[] | select(.status == \"bad\")'"},
    {"run",
     "Examples:\n"
     "  sockbench run --suite quick --out results/mine\n"
     "  sockbench run --models epoll,io_uring --workloads busy --precision 1% --budget 5m\n"
     "  sockbench run --models \"epoll,epoll --reply echo\" --workloads busy,many\n"
     "  sockbench run --claim select-scan-grows --out results/claim"},
    {"duel",
     "Examples:\n"
     "  sockbench duel --base old/server-epoll --head new/server-epoll\n"
     "  sockbench duel --base old.json --head new.json --workloads busy     a server of yours"},
    {"capacity",
     "Examples:\n"
     "  sockbench capacity --bound p99=1ms\n"
     "  sockbench capacity --bound p99=3x --models epoll,threaded --connections 1000"},
    {"validate",
     "Example:\n"
     "  sockbench validate results/mine/run.json"},
    {"report-md",
     "Example:\n"
     "  sockbench report-md results/mine/run.json --out results/mine/report.md"},
    {"advice",
     "Example:\n"
     "  sockbench advice results/mine/run.json"},
    {"cost-model",
     "Example:\n"
     "  sockbench-micro --short --out micro.json\n"
     "  sockbench cost-model results/mine/run.json --micro micro.json"},
    {"models-md",
     "Example:\n"
     "  sockbench models-md results/mine/run.json --out models.md"},
    {"compare",
     "Example:\n"
     "  sockbench compare results/monday/run.json results/tuesday/run.json"},
    {"pool",
     "Example:\n"
     "  sockbench pool results/monday results/tuesday results/friday --out results/pool"},
    {"export",
     "Examples:\n"
     "  sockbench export --format csv results/mine/run.json --out mine.csv\n"
     "  sockbench export --format gbench --medians results/mine/run.json --out mine.json\n"
     "  sockbench export --format hdr results/mine/run.json --out mine.hlog"},
    {"history",
     "Examples:\n"
     "  sockbench history main.jsonl           series and change points\n"
     "  sockbench history main.jsonl --json | jq '.series[] | select(.changes != [])'"},
    {"gate",
     "Examples:\n"
     "  sockbench gate --selftest --only syscall,a_a --runs 5\n"
     "  sockbench gate --selftest --out results/selftest --resume"},
    {"names",
     "Example:\n"
     "  sockbench names models"},
    {"claims",
     "Examples:\n"
     "  sockbench claims results/mine/run.json --id select-scan-grows\n"
     "  sockbench claims --list                every claim with its rule"},
}};

}  // namespace sockbench
