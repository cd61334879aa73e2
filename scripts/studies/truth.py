#!/usr/bin/env python3
"""Checks whether ratios depend on the method and the time of measurement (docs/truth.md).

  truth.py invariance                   slices of 1x, 4x and 16x the length, and no slices: 40 minutes
  truth.py generator                    a load generator slower by 1 and 3 us per request: 15 minutes
  truth.py hours --runs 10 --over 2h    runs of the quick suite, distributed over that time

`invariance` compares models with epoll on several workloads by four methods: slices of the usual
length, 4 and 16 times as long, and one server after the other for seconds. `generator` adds CPU time
of the generator before each request, in workloads of the same run. `--load PERCENT` (of one CPU, any
study) also runs a process that uses this share of the server's CPU.
Writes results/truth/NAME.json; scripts/figures.py writes the tables into results/truth/README.md.
"""

import argparse
import contextlib
import itertools
import json
import math
import os
import shutil
import subprocess
import sys
import tempfile
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
SOCKBENCH = os.path.join(ROOT, "build", "release", "bin", "sockbench")
RESULTS = os.path.join(ROOT, "results", "truth")
METRIC = "server.cpu_ns_per_request"
MODELS = "epoll,epoll,threaded,select,poll,busy_poll,asio_coroutine,forked,io_uring"
WORKLOADS = "pingpong_awake,small,busy,many,mostly_idle"
WAYS = {"1x": ["--slice-factor", "1"], "4x": ["--slice-factor", "4"],
        "16x": ["--slice-factor", "16"], "unsliced": ["--unsliced", "1s"]}
CLIENT_WORK = {"0": None, "1us": "1us", "3us": "3us"}  # method: CPU time of the generator per request
RESTARTS = 10
SMALL = 0.03  # smaller differences are ignored


class StudyError(Exception):
    """An error with one sentence for the user."""


@contextlib.contextmanager
def load_beside(percent):
    """Runs a process on the server's CPU for `percent` of every 100 ms."""
    if percent == 0:
        yield
        return
    program = ("import os,time\n"
               "os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})\n"
               "while True:\n"
               f"    end = time.monotonic() + {percent / 1000}\n"
               "    while time.monotonic() < end: pass\n"
               f"    time.sleep({(100 - percent) / 1000})\n")
    with subprocess.Popen([sys.executable, "-c", program]) as process:
        try:
            yield
        finally:
            process.kill()


def run(options, keep=None, data=None):
    """The run.json of one `sockbench run`. `keep`: the output directory, if it is kept; `data`: the
    directory of workloads and suites, if not the default."""
    with tempfile.TemporaryDirectory() as directory:
        out = keep or os.path.join(directory, "out")
        done = subprocess.run([SOCKBENCH, "run", "--quiet", "--out", out, *options],
                              capture_output=True, text=True, check=False,
                              env=os.environ | ({"SOCKBENCH_DATA": data} if data else {}))
        if done.returncode != 0:
            lines = done.stderr.strip().splitlines() or ["no error message"]
            raise StudyError(f"sockbench run exited with {done.returncode}: {lines[-1]}")
        with open(os.path.join(out, "run.json"), encoding="utf-8") as file:
            return json.load(file)


def comparisons(document, metric=METRIC):
    """The comparisons of a run as the studies store them."""
    cells = {(cell["workload"], cell["contestant"]): cell for cell in document["cells"]}
    kept = []
    for each in document["comparisons"]:
        if each["metric"] != metric or each["ci95"] is None:
            continue
        slices = cells[each["workload"], each["head"]]["slices"]
        kept.append({"workload": each["workload"], "head": each["head"], "ratio": each["ratio"],
                     "ci95": each["ci95"], "verdict": each["verdict"],
                     "restarts": each["restarts"], "slices": slices["count"],
                     "repeated": slices["repeated"], "disturbed": slices["disturbed"]})
    return kept


def utilisations(document):
    """CPU per request times rate, in CPUs, of every cell with load."""
    return [{"workload": cell["workload"], "contestant": cell["contestant"],
             "cpus": cell["server"]["cpu_utilisation"]["median"],
             "generator_cpus": cell["generator"]["cpu_utilisation"]}
            for cell in document["cells"]
            if cell["achieved_rps"] and cell["server"]["cpu_utilisation"]]


def environment(document):
    return {key: document["environment"].get(key) for key in
            ("kernel", "cpu_model", "cpus", "virtualization", "steal_s", "load_average_at_start")}


def save(name, content):
    os.makedirs(RESULTS, exist_ok=True)
    path = os.path.join(RESULTS, f"{name}.json")
    with open(path, "w", encoding="utf-8") as file:
        json.dump(content, file, indent=1)
        file.write("\n")
    print(f"Results: {os.path.relpath(path, ROOT)}")


def invariance(options):
    ways = {}
    with load_beside(options.load):
        for number, (way, flags) in enumerate(WAYS.items()):
            print(f"invariance: {way}", file=sys.stderr)
            document = run(["--models", MODELS, "--workloads", options.workloads, "--restarts",
                            str(options.restarts), "--seed", str(number + 1), *flags])
            ways[way] = {"started_at": document["started_at"],
                         "duration_s": round(document["duration_s"], 1),
                         "environment": environment(document),
                         "comparisons": comparisons(document),
                         "utilisation": utilisations(document)}
            save(options.name or "invariance", {"load_percent": options.load, "ways": ways})


def slow_client_workloads(data, names):
    """Copies the data directory to `data` and adds a copy of each workload for every method."""
    shutil.copytree(os.path.join(ROOT, "bench"), data, ignore=shutil.ignore_patterns("*.cpp", "*.h"))
    for name in names:
        with open(os.path.join(data, "workloads", f"{name}.json"), encoding="utf-8") as file:
            workload = json.load(file)
        for way, work in CLIENT_WORK.items():
            slowed = workload | {"name": f"{name}_{way}"} | ({"client_work": work} if work else {})
            path = os.path.join(data, "workloads", f"{name}_{way}.json")
            with open(path, "w", encoding="utf-8") as file:
                json.dump(slowed, file)


def generator(options):
    names = options.workloads.split(",")
    with tempfile.TemporaryDirectory() as directory, load_beside(options.load):
        data = os.path.join(directory, "data")
        slow_client_workloads(data, names)
        document = run(["--models", MODELS, "--restarts", str(options.restarts), "--workloads",
                        ",".join(f"{name}_{way}" for name in names for way in CLIENT_WORK)],
                       data=data)
    ways = {}
    for way in CLIENT_WORK:
        ending = f"_{way}"
        ways[way] = {
            "comparisons": [each | {"workload": each["workload"].removesuffix(ending)}
                            for each in comparisons(document) if each["workload"].endswith(ending)],
            "utilisation": [each | {"workload": each["workload"].removesuffix(ending)}
                            for each in utilisations(document)
                            if each["workload"].endswith(ending)]}
    save(options.name or "generator", {"load_percent": options.load,
                                       "started_at": document["started_at"],
                                       "duration_s": round(document["duration_s"], 1),
                                       "environment": environment(document), "ways": ways})


def hours(options):
    with load_beside(options.load):
        start = time.monotonic()
        for number in range(options.runs):
            due = start + number * options.over_s / max(1, options.runs - 1)
            time.sleep(max(0, due - time.monotonic()))
            keep = os.path.join(options.out, f"run-{number + 1}")
            document = run(["--suite", options.suite, "--seed", str(number + 1)], keep)
            print(f"hours: {keep}, {document['duration_s']:.0f} s, {document['started_at']}")


def apart(one, other):
    """Whether two intervals have no value in common."""
    return one["ci95"][0] > other["ci95"][1] or other["ci95"][0] > one["ci95"][1]


def half_width(entry):
    return (entry["ci95"][1] - entry["ci95"][0]) / 2


def invariance_table(study):
    by_key = {}
    for way, measured in study["ways"].items():
        for each in measured["comparisons"]:
            by_key.setdefault((each["workload"], each["head"]), {})[way] = each
    ways = list(study["ways"])
    lines = ["| workload | model | " + " | ".join(ways) + " | differs |",
             "|---|---|" + "---|" * (len(ways) + 1)]
    pairs = differ = 0
    for (workload, head), entries in by_key.items():
        verdict = []
        for a, b in itertools.combinations([w for w in ways if w in entries], 2):
            pairs += 1
            gap = abs(math.log(entries[a]["ratio"] / entries[b]["ratio"]))
            if apart(entries[a], entries[b]) and gap > SMALL:
                differ += 1
                verdict.append(f"{a}/{b}")
        shown = [f"{entries[w]['ratio']:.2f} ±{half_width(entries[w]):.2f}" if w in entries else "–"
                 for w in ways]
        lines.append(f"| `{workload}` | `{head}` | " + " | ".join(shown) + " | " +
                     (", ".join(verdict) or "no") + " |")
    lines += ["", f"{differ} of {pairs} pairs of ways differ: disjoint intervals, and more than "
                  f"{SMALL:.0%} apart."]
    highest = max((each["cpus"] for measured in study["ways"].values()
                   for each in measured["utilisation"]), default=0)
    lines += ["", f"Highest CPU per request times rate: {highest:.3f} CPUs."]
    return "\n".join(lines)


FLOORS, SHARES = (0, 0.004, 0.008, 0.012), (0, 0.06, 0.12, 0.18)
LARGEST_LOG = 0.4  # as in bench/judge/between_runs.cpp


def widened(run, floor, share):
    """The interval over restarts of a run's log ratio, with a variance between runs."""
    effect = math.log(run["ratio"])
    low, high = map(math.log, run.get("restarts_ci95") or run["ci95"])
    between = 1.96 * math.hypot(floor, share * min(abs(effect), LARGEST_LOG))
    return effect - math.hypot(effect - low, between), effect + math.hypot(high - effect, between)


def disjoint_share(pool, floor, share):
    """The share of pairs of runs with disjoint intervals, over comparisons of different models."""
    models = {each["name"]: each["model"] for each in pool["contestants"]}
    pairs = disjoint = 0
    for each in pool["comparisons"]:
        if models[each["base"]] == models[each["head"]]:
            continue
        intervals = [widened(run, floor, share) for run in each["per_run"] if run["ci95"]]
        for one, other in itertools.combinations(intervals, 2):
            pairs += 1
            disjoint += one[0] > other[1] or other[0] > one[1]
    return disjoint / max(1, pairs)


def fit_table(pool):
    lines = ["| share of the log ratio | " + " | ".join(f"{floor:.1%}" for floor in FLOORS) + " |",
             "|---|" + "--:|" * len(FLOORS)]
    for share in SHARES:
        lines.append(f"| {share:.0%} | " + " | ".join(
            f"{disjoint_share(pool, floor, share):.1%}" for floor in FLOORS) + " |")
    return "\n".join(lines)


def seconds(text):
    units = {"s": 1, "m": 60, "h": 3600}
    try:
        return float(text[:-1]) * units[text[-1:]]
    except (KeyError, ValueError):
        raise argparse.ArgumentTypeError(f"'{text}' is not a duration such as 90s, 30m or 2h") from None


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    for name, function in (("invariance", invariance), ("generator", generator), ("hours", hours)):
        command = commands.add_parser(name)
        command.set_defaults(function=function)
        command.add_argument("--load", type=int, default=0, choices=range(0, 100),
                             metavar="PERCENT")
        command.add_argument("--name", help="name of the file in results/truth/ (default: the study)")
    for name in ("invariance", "generator"):
        commands.choices[name].add_argument("--workloads", default=WORKLOADS)
        commands.choices[name].add_argument("--restarts", type=int, default=RESTARTS)
    commands.choices["hours"].add_argument("--runs", type=int, default=10)
    commands.choices["hours"].add_argument("--over", dest="over_s", type=seconds, default=7200)
    commands.choices["hours"].add_argument("--suite", default="quick")
    commands.choices["hours"].add_argument("--out", default=os.path.join("results", "hours"))
    options = parser.parse_args()
    try:
        options.function(options)
    except StudyError as error:
        print(f"truth: {error}", file=sys.stderr)
        sys.exit(4)


if __name__ == "__main__":
    main()
