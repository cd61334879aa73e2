#!/usr/bin/env python3
"""The precision of sockbench on this machine: the studies of docs/precision.md.

  precision.py same     A against A: how often an interval excludes 1, and its half-width
  precision.py sliced   injected slow-downs, measured in time slices by sockbench
  precision.py classic  the same slow-downs, measured in consecutive long runs

Each writes results/precision/NAME.json. Run nothing else at the same time.
"""

import argparse
import json
import math
import os
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BIN = os.path.join(ROOT, "build", "release", "bin")
RESULTS = os.path.join(ROOT, "results", "precision")
METRICS = ["server.cpu_ns_per_request", "achieved_rps"]
SPINS_US = [0.1, 0.25, 1]  # injected into every request
SAME_S = {"pingpong": 22, "busy": 10, "mostly_idle": 14}  # seconds for a pair
WORKLOAD = "busy"  # of sliced and classic


def spinning(us):
    return f"epoll --handler spin:{us:g}"


def sockbench_run(models, workload, budget_s, seed):
    """One `sockbench run`; returns its run.json and the seconds it took."""
    with tempfile.TemporaryDirectory() as out:
        command = [
            f"{BIN}/sockbench", "run", "--models", ",".join(models), "--workloads", workload,
            "--budget", f"{budget_s}s", "--suite", f"{ROOT}/scripts/studies/timed.json",
            "--seed", str(seed), "--out", out,
        ]
        start = time.monotonic()
        subprocess.run(command, check=True, capture_output=True)
        took = time.monotonic() - start
        with open(f"{out}/run.json", encoding="utf-8") as file:
            return json.load(file), took


def rows_of(run, took, study, repetition):
    """One row per comparison."""
    base = {c["contestant"]: c for c in run["cells"]}["epoll"]
    base_values = {METRICS[0]: base["server"]["cpu_ns_per_request"]["median"],
                   METRICS[1]: base["achieved_rps"]["median"]}
    return [
        {
            "study": study,
            "repetition": repetition,
            "workload": c["workload"],
            "metric": c["metric"],
            "head": c["head"],
            "base": base_values[c["metric"]],
            "ratio": c["ratio"],
            "ci95": c["ci95"],
            "p_value": c["p_value"],
            "p_holm": c["p_holm"],
            "verdict": c["verdict"],
            "restarts": c["restarts"],
            "seconds": round(took, 1),
        }
        for c in run["comparisons"]
    ]


def study_same(repetitions):
    rows = []
    plan = [(w, i) for i in range(repetitions) for w in SAME_S]
    for workload, i in plan:
        run, took = sockbench_run(["epoll", "epoll"], workload, SAME_S[workload], 1000 + i)
        rows += rows_of(run, took, "same", i)
        print(f"same {i + 1}/{repetitions} {workload}: "
              + ", ".join(f"{r['ratio']:.4f} [{r['ci95'][0]:.4f}, {r['ci95'][1]:.4f}]"
                          for r in rows if r["repetition"] == i and r["workload"] == workload),
              flush=True)
    return rows


def study_sliced(repetitions):
    rows = []
    models = ["epoll", "epoll"] + [spinning(us) for us in SPINS_US]
    for i in range(repetitions):
        run, took = sockbench_run(models, WORKLOAD, 5 * len(models), 2000 + i)
        rows += rows_of(run, took, "sliced", i)
        print(f"sliced {i + 1}/{repetitions}: "
              + ", ".join(f"{r['head']} {r['ratio']:.3f}" for r in rows if r["repetition"] == i
                          and r["metric"] == METRICS[0]), flush=True)
    return rows


def cpu_seconds(pid):
    with open(f"/proc/{pid}/schedstat", encoding="ascii") as file:
        return int(file.read().split()[0]) * 1e-9


def one_long_run(model, seconds, connections):
    """CPU per request and requests per second of one server, with nothing else running."""
    words = model.split()
    cpus = sorted(os.sched_getaffinity(0))
    server = subprocess.Popen(
        ["taskset", "-c", str(cpus[0]), f"{BIN}/server-{words[0]}", *words[1:], "--stop-on-eof"],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        address = server.stdout.readline().split()[1]
        before = cpu_seconds(server.pid)
        result = subprocess.run(
            ["taskset", "-c", str(cpus[-1]), f"{BIN}/loadgen", "--connect", address,
             "--connections", str(connections), "--duration", f"{seconds}s", "--warmup", "0s",
             "--quiet", "--json", "-"], check=True, capture_output=True, text=True)
        cpu = cpu_seconds(server.pid) - before
    finally:
        server.stdin.close()
        server.wait()
    report = json.loads(result.stdout)
    return {METRICS[0]: cpu * 1e9 / report["ledger"]["answered"],
            METRICS[1]: report["achieved_rps"]}


def study_classic(repetitions):
    rows = []
    heads = ["epoll#2"] + [spinning(us) for us in SPINS_US]
    for i in range(repetitions):
        base = one_long_run("epoll", 5, 64)
        for head in heads:
            figures = one_long_run(head.replace("#2", ""), 5, 64)
            rows += [{"study": "classic", "repetition": i, "workload": WORKLOAD, "metric": metric,
                      "head": head, "base": base[metric], "ratio": figures[metric] / base[metric], "ci95": None,
                      "p_value": None, "p_holm": None, "verdict": None, "restarts": 1, "seconds": 10}
                     for metric in METRICS]
        print(f"classic {i + 1}/{repetitions}: "
              + ", ".join(f"{r['head']} {r['ratio']:.3f}" for r in rows if r["repetition"] == i
                          and r["metric"] == METRICS[0]), flush=True)
    return rows


def injected_ns(us, repetitions=9):
    """The real cost of `--handler spin:US` per message: CPU time of requests of 256 messages with the
    handler minus without, measured alternately."""
    messages = 256

    def cost(handler):
        options = f"epoll --message-bytes 1 --handler {handler}"
        words = options.split()
        server = subprocess.Popen([f"{BIN}/server-{words[0]}", *words[1:], "--stop-on-eof"],
                                  stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        try:
            address = server.stdout.readline().split()[1]
            before = cpu_seconds(server.pid)
            result = subprocess.run(
                [f"{BIN}/loadgen", "--connect", address, "--connections", "1", "--duration",
                 "500ms", "--warmup", "0s", "--message-bytes", str(messages), "--quiet", "--json",
                 "-"], check=True, capture_output=True, text=True)
            cpu = cpu_seconds(server.pid) - before
        finally:
            server.stdin.close()
            server.wait()
        return cpu * 1e9 / json.loads(result.stdout)["ledger"]["answered"]

    differences = []
    for _ in range(repetitions):
        differences.append((cost(f"spin:{us:g}") - cost("none")) / messages)
    return statistics.median(differences)


def half_width(row):
    return (row["ci95"][1] - row["ci95"][0]) / 2


def excludes_one(row):
    return not row["ci95"][0] <= 1 <= row["ci95"][1]


def summary_same(rows):
    groups = sorted({(r["workload"], r["metric"]) for r in rows})
    out = []
    for workload, metric in groups + [("all", m) for m in METRICS] + [("all", "both")]:
        chosen = [r for r in rows if workload in ("all", r["workload"])
                  and metric in ("both", r["metric"])]
        if not chosen:  # throughput is not compared if the generator is the limit
            continue
        widths = sorted(half_width(r) for r in chosen)
        out.append({
            "workload": workload, "metric": metric, "comparisons": len(chosen),
            "excluding_1": sum(excludes_one(r) for r in chosen) / len(chosen),
            "verdicts_not_tie_or_inconclusive":
                sum(r["verdict"] in ("faster", "slower") for r in chosen),
            "half_width_median": statistics.median(widths),
            "half_width_p90": widths[math.ceil(0.9 * len(widths)) - 1],
            "seconds_median": statistics.median(r["seconds"] for r in chosen),
            "sd_of_ratios": statistics.stdev(math.log(r["ratio"]) for r in chosen),
        })
    return out


def summary_power(rows, true_ns):
    out = []
    for metric in METRICS:
        for head in ["epoll#2"] + [spinning(us) for us in SPINS_US]:
            chosen = [r for r in rows if r["metric"] == metric and r["head"] == head]
            if not chosen:
                continue
            logs = [math.log(r["ratio"]) for r in chosen]
            entry = {
                "metric": metric, "head": head, "repetitions": len(chosen),
                "ratio_mean": math.exp(statistics.mean(logs)),
                "sd_of_ratios": statistics.stdev(logs),
                "base_median": statistics.median(r["base"] for r in chosen),
                "injected_ns": true_ns.get(head),
            }
            if metric == METRICS[0]:
                entry["difference_ns"] = statistics.median(
                    r["base"] * (r["ratio"] - 1) for r in chosen)
            if chosen[0]["ci95"]:
                for name, p in (("detected", "p_value"), ("detected_after_holm", "p_holm")):
                    entry[name] = sum(excludes_one(r) and r[p] < 0.05
                                      for r in chosen) / len(chosen)
            out.append(entry)
    return out


def write(name, document):
    os.makedirs(RESULTS, exist_ok=True)
    path = f"{RESULTS}/{name}.json"
    with open(path + ".tmp", "w", encoding="utf-8") as file:
        json.dump(document, file, indent=1)
        file.write("\n")
    os.replace(path + ".tmp", path)
    print(f"Results: {os.path.relpath(path, ROOT)}")


def print_table(rows):
    for row in rows:
        print("  ".join(f"{k} {v:.4f}" if isinstance(v, float) else f"{k} {v}"
                        for k, v in row.items()))


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("study", choices=["same", "sliced", "classic"])
    parser.add_argument("--repetitions", type=int,
                        help="number of repetitions (default: same 26 for each of 3 workloads, "
                             "20 min; sliced 20, 9 min; classic 20, 9 min)")
    options = parser.parse_args()
    repetitions = options.repetitions or {"same": 26, "sliced": 20, "classic": 20}[options.study]
    if repetitions < 2:
        parser.error("--repetitions must be at least 2")
    if not os.path.exists(f"{BIN}/sockbench"):
        sys.exit("precision: build/release/bin/sockbench is missing; run scripts/build.sh first.")
    if options.study == "same":
        rows = study_same(repetitions)
        summary = summary_same(rows)
    else:
        true_ns = {spinning(us): injected_ns(us) for us in SPINS_US}
        rows = (study_sliced if options.study == "sliced" else study_classic)(repetitions)
        summary = summary_power(rows, true_ns)
    print_table(summary)
    write(options.study, {"study": options.study, "summary": summary, "comparisons": rows})


if __name__ == "__main__":
    main()
