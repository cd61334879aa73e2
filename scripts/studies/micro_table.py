#!/usr/bin/env python3
"""Updates the figures in results/micro/README.md with a run of sockbench-micro (two minutes).

  micro_table.py                 measure and update the page
  micro_table.py --from FILE     update the page from the output of `sockbench-micro --out FILE`

Run nothing else at the same time. Only the part of the page between the two markers is replaced.
"""

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
PROGRAM = os.path.join(ROOT, "build", "release", "bin", "sockbench-micro")
PAGE = os.path.join(ROOT, "results", "micro", "README.md")
BEGIN = "<!-- figures: scripts/studies/micro_table.py -->\n"
END = "<!-- end of figures -->\n"


def fail(sentence):
    print(f"micro_table: {sentence}", file=sys.stderr)
    sys.exit(2)


def measure():
    with tempfile.TemporaryDirectory() as directory:
        out = os.path.join(directory, "micro.json")
        subprocess.run([PROGRAM, "--out", out], check=True, stdout=subprocess.DEVNULL)
        return load(out)


def load(path):
    try:
        with open(path, encoding="utf-8") as file:
            return json.load(file)
    except (OSError, ValueError) as error:
        fail(f"'{path}' cannot be read as JSON: {error}.")


def listed_names():
    listed = subprocess.run([PROGRAM, "--list"], check=True, capture_output=True, text=True)
    return listed.stdout.split()


def duration(ns):
    for unit, size in (("ms", 1e6), ("µs", 1e3)):
        if ns >= size:
            return f"{ns / size:.3g} {unit}"
    return f"{ns:.3g} ns"


def row_of(name, runs):
    times = [run["real_time"] for run in runs if not run.get("error_occurred")]
    if not times:
        reason = runs[0]["error_message"] if runs else "It was not run."
        return f"| `{name}` | – | – | {reason} |"
    low, _, high = statistics.quantiles(times, method="inclusive") if len(times) > 1 else times * 3
    middle = statistics.median(times)
    return f"| `{name}` | {duration(middle)} | {duration(low)} – {duration(high)} | {note_of(runs)} |"


def note_of(runs):
    """The counters as medians over the repetitions."""
    def counter(key):
        return statistics.median(run[key] for run in runs if key in run)

    if "ns_per_call" in runs[0]:
        return f"{duration(counter('ns_per_call'))} per call"
    if "send_ns" in runs[0]:
        return (f"the sends returned after {duration(counter('send_ns'))}; "
                f"seen before that: {100 * counter('seen_before_return'):.0f} %")
    return ""


def cpu_model():
    with open("/proc/cpuinfo", encoding="utf-8") as file:
        for line in file:
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    return platform.machine()


def table(results):
    runs = {}
    for entry in results["benchmarks"]:
        if entry["run_type"] == "iteration":
            runs.setdefault(entry["run_name"], []).append(entry)
    context = results["context"]
    repetitions = max(len(each) for each in runs.values())
    lines = [
        f"Measured on {context['date'][:10]}: {cpu_model()}, {context['num_cpus']} CPUs, "
        f"Linux {platform.release()}, {repetitions} repetitions, load {context['load_avg'][0]:.1f} "
        "at the start.",
        "",
        "| name | median | quartiles | |",
        "|---|---|---|---|",
    ]
    lines += [row_of(name, runs.get(name, [])) for name in listed_names()]
    return "\n".join(lines) + "\n"


def update(page, text):
    if BEGIN not in page or END not in page:
        fail(f"{PAGE} does not contain the two markers of the figures.")
    head, rest = page.split(BEGIN, 1)
    return head + BEGIN + "\n" + text + "\n" + END + rest.split(END, 1)[1]


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--from", dest="source", metavar="FILE", help="output of a finished run")
    options = parser.parse_args()
    if not os.path.exists(PROGRAM):
        fail("build first: scripts/build.sh release.")
    results = load(options.source) if options.source else measure()
    if "benchmarks" not in results or "context" not in results:
        fail("the file is not an output of sockbench-micro.")
    with open(PAGE, encoding="utf-8") as file:
        page = file.read()
    updated = update(page, table(results))
    with open(PAGE + ".tmp", "w", encoding="utf-8") as file:
        file.write(updated)
    os.replace(PAGE + ".tmp", PAGE)


if __name__ == "__main__":
    main()
