#!/usr/bin/env python3
"""Compares slice lengths: the same server three times, in slices of several lengths.

  slice_length.py --workload churn                    6 minutes
  slice_length.py --workload busy --slices 20:2,8:2   slice and discarded time in ms

A restart has as many rounds as fit into --restart-ms. Its figure is the median over its rounds of the
CPU time per request of the third server divided by the mean of the other two. The standard deviation
of this figure over restarts limits the precision of a duel. Lengths are measured in random order, so
that drift affects all equally. Writes results/precision/slices_WORKLOAD.json.
"""

import argparse
import collections
import json
import math
import os
import random
import shutil
import statistics
import subprocess
import sys
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
SOCKBENCH = os.path.join(ROOT, "build", "release", "bin", "sockbench")
MODELS = ["epoll", "epoll", "epoll"]
RESTARTS = 8


class StudyError(Exception):
    """An error with one sentence for the user."""


def lengths_in(text):
    """"20:2,8:2" as [(20, 2), (8, 2)]; the first is the slice, the second the discarded time."""
    try:
        lengths = [tuple(int(part) for part in pair.split(":")) for pair in text.split(",")]
    except ValueError:
        lengths = []
    if not lengths or any(len(pair) != 2 or min(pair) < 1 for pair in lengths):
        raise argparse.ArgumentTypeError(f"'{text}' is not a list such as 20:2,8:2 (milliseconds)")
    return lengths


def rounds_in(restart_ms, slice_ms, discard_ms):
    """The rounds of a restart; on average 1.5 times the discarded time precedes a slice."""
    return max(2, round(restart_ms / (len(MODELS) * (slice_ms + 1.5 * discard_ms))))


def run_once(workload, length, rounds, seed):
    """The `slices` of one run of this workload with these slice times, and the duration of the run."""
    with tempfile.TemporaryDirectory() as directory:
        data = os.path.join(directory, "data")
        shutil.copytree(os.path.join(ROOT, "bench"), data,
                        ignore=shutil.ignore_patterns("*.cpp", "*.h"))
        path = os.path.join(data, "workloads", f"{workload}.json")
        try:
            with open(path, encoding="utf-8") as file:
                description = json.load(file)
        except FileNotFoundError as error:
            raise StudyError(f"there is no workload file '{workload}.json'.") from error
        description.update(slice_ms=length[0], discard_ms=length[1], slices_per_restart=rounds)
        with open(path, "w", encoding="utf-8") as file:
            json.dump(description, file)
        suite = os.path.join(directory, "suite.json")
        with open(suite, "w", encoding="utf-8") as file:
            json.dump({"name": "slices", "title": "One length of slices", "restarts": RESTARTS,
                       "counted_restarts": 0, "workloads": [workload]}, file)
        done = subprocess.run(
            [SOCKBENCH, "run", "--models", ",".join(MODELS), "--suite", suite, "--seed", str(seed),
             "--out", os.path.join(directory, "out")],
            env={**os.environ, "SOCKBENCH_DATA": data}, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            lines = done.stderr.strip().splitlines() or ["no error message"]
            raise StudyError(f"sockbench run exited with {done.returncode}: {lines[-1]}")
        with open(os.path.join(directory, "out", "run.json"), encoding="utf-8") as file:
            run = json.load(file)
        return run["slices"][0], run["duration_s"]


def scatter_of(slices):
    """Standard deviations of log ratios: of the rounds in a restart, and of the medians of restarts."""
    rounds = collections.defaultdict(dict)
    for contestant, restart, number, figure in zip(slices["contestant"], slices["restart"],
                                                   slices["round"], slices["figure"]):
        if figure:
            rounds[restart, number][contestant] = figure
    logs = collections.defaultdict(list)
    for (restart, _), figures in rounds.items():
        if len(figures) == len(MODELS):
            base, control, head = (figures[name] for name in sorted(figures))
            logs[restart].append(math.log(head / ((base + control) / 2)))
    medians = [statistics.median(values) for values in logs.values()]
    return {"sd_of_rounds": statistics.median(statistics.stdev(v) for v in logs.values()),
            "sd_of_restarts": statistics.stdev(medians)}


def study(options):
    rows = []
    order = random.Random(options.seed)
    for repetition in range(options.repetitions):
        for length in order.sample(options.slices, len(options.slices)):
            rounds = rounds_in(options.restart_ms, *length)
            slices, took = run_once(options.workload, length, rounds, options.seed + repetition)
            rows.append({"slice_ms": length[0], "discard_ms": length[1], "rounds": rounds,
                         "repetition": repetition, "seconds": round(took, 1),
                         **{key: round(value, 5) for key, value in scatter_of(slices).items()}})
            row = rows[-1]
            print(f"{repetition + 1}/{options.repetitions}: {length[0]} ms x {rounds}: restarts "
                  f"differ by {row['sd_of_restarts']:.2%}, rounds by {row['sd_of_rounds']:.2%}",
                  flush=True)
    return rows


def summary_of(rows, lengths):
    summary = []
    for slice_ms, discard_ms in lengths:
        chosen = [r for r in rows if (r["slice_ms"], r["discard_ms"]) == (slice_ms, discard_ms)]
        summary.append({
            "slice_ms": slice_ms, "discard_ms": discard_ms, "rounds": chosen[0]["rounds"],
            "runs": len(chosen),
            "seconds_a_restart":
                round(statistics.mean(r["seconds"] for r in chosen) / RESTARTS, 2),
            "sd_of_rounds": round(statistics.mean(r["sd_of_rounds"] for r in chosen), 5),
            # Over all restarts: the mean of variances, not of standard deviations.
            "sd_of_restarts":
                round(math.sqrt(statistics.mean(r["sd_of_restarts"] ** 2 for r in chosen)), 5)})
    return summary


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--workload", default="churn")
    parser.add_argument("--slices", type=lengths_in, default="100:10,50:10,25:5,12:4,8:3")
    parser.add_argument("--restart-ms", type=int, default=1600)
    parser.add_argument("--repetitions", type=int, default=4)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    if options.repetitions < 1 or options.restart_ms < 1:
        parser.error("--repetitions and --restart-ms must be at least 1")
    if not os.path.exists(SOCKBENCH):
        sys.exit("slice_length: build/release/bin/sockbench is missing; run scripts/build.sh first.")
    try:
        rows = study(options)
    except StudyError as error:
        sys.exit(f"slice_length: {error}")
    summary = summary_of(rows, options.slices)
    for row in summary:
        print("  ".join(f"{key} {value}" for key, value in row.items()))
    directory = os.path.join(ROOT, "results", "precision")
    os.makedirs(directory, exist_ok=True)
    path = os.path.join(directory, f"slices_{options.workload}.json")
    with open(path + ".tmp", "w", encoding="utf-8") as file:
        json.dump({"study": "slice_length", "workload": options.workload, "restarts": RESTARTS,
                   "summary": summary, "runs": rows}, file, indent=1)
        file.write("\n")
    os.replace(path + ".tmp", path)
    print(f"Results: {os.path.relpath(path, ROOT)}")


if __name__ == "__main__":
    main()
