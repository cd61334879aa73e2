#!/usr/bin/env python3
"""The studies of docs/comparisons.md, one for each table of results/comparisons/README.md.

  comparisons.py ablations   the effect of single options of a model
  comparisons.py peers       epoll compared with a minimal loop and public event libraries
  comparisons.py io_uring    io_uring compared with epoll at 1 to 10,000 connections
  comparisons.py crowd       10,000 connections on every model
  comparisons.py tables      only write the tables, from stored figures

Each study runs `sockbench run` once per line, writes results/comparisons/NAME.json and updates its
table in results/comparisons/README.md. Run nothing else at the same time.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BIN = os.path.join(ROOT, "build", "release", "bin")
RESULTS = os.path.join(ROOT, "results", "comparisons")
PAGE = os.path.join(RESULTS, "README.md")
CPU, RATE = "server.cpu_ns_per_request", "achieved_rps"
FIRST_REPLY, BURST = "first_reply_time_ns.p50", "burst_ns"

ALL_LOADS = ["scaling-1", "scaling-64", "scaling-1000"]
SIZES = ["sizes-1024", "sizes-16384", "sizes-131072", "sizes-1048576"]
# Question, contestants (the first is the reference), workloads.
ABLATIONS = [
    ("Edge- or level-triggered", ["epoll", "epoll_edge"], ALL_LOADS),
    ("Write first, or wait for writability", ["epoll", "epoll --write-first 0"], ALL_LOADS),
    ("Read buffer: 16 KiB, or less, or more",
     ["epoll", "epoll --read-buffer 4096", "epoll --read-buffer 65536",
      "epoll --read-buffer 262144"], SIZES),
    ("Accept all that wait, or one per wake-up", ["epoll", "epoll --accept-batch 1"],
     ["churn", "burst", "newcomers"]),
    ("TCP_NODELAY, or Nagle's algorithm", ["epoll", "epoll --tcp-nodelay 0"],
     ["scaling-1", "scaling-64"] + SIZES[2:]),
    ("Ordinary or direct descriptors", ["io_uring", "io_uring --direct-descriptors 1"],
     ALL_LOADS + ["churn"]),
    ("SINGLE_ISSUER and DEFER_TASKRUN, or neither", ["io_uring", "io_uring --single-issuer 0"],
     ALL_LOADS),
    ("Thread stack: 64 KiB, or 1 MiB, or 8 MiB",
     ["threaded", "threaded --stack-kib 1024", "threaded --stack-kib 8192"],
     ["scaling-64", "scaling-1000", "churn"]),
]
# They echo every byte, so epoll is run with --reply echo.
PEERS = ["bare_epoll", "libev", "libevent", "libuv"]


def sockbench_run(models, workloads, *, contestants=(), restarts=None):
    """Runs `sockbench run` and returns its run.json."""
    with tempfile.TemporaryDirectory() as out:
        command = [f"{BIN}/sockbench", "run", "--models", ",".join(models),
                   "--workloads", ",".join(workloads), "--out", out,
                   "--suite", f"{ROOT}/scripts/studies/compared.json"]
        for name in contestants:
            command += ["--contestant", name]
        if restarts:
            command += ["--restarts", str(restarts)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        # 4: a contestant failed; its cell has the reason.
        if done.returncode not in (0, 4):
            sys.exit(f"comparisons: {' '.join(command)} exited with {done.returncode}: "
                     f"{done.stderr.strip()}")
        with open(f"{out}/run.json", encoding="utf-8") as file:
            return json.load(file)


def median(figure):
    return figure["median"] if figure else None


def cell_row(question, run, cell):
    """The figures of a cell and of its comparisons with the reference that the tables use."""
    server = cell["server"]
    row = {
        "question": question,
        "workload": cell["workload"],
        "contestant": cell["contestant"],
        "reference": run["plan"]["reference"],
        "status": cell["validity"]["status"],
        "reasons": cell["validity"]["reasons"],
        "restarts": cell["restarts"],
        "cpu_ns_per_request": median(server["cpu_ns_per_request"]),
        "achieved_rps": median(cell["achieved_rps"]),
        "syscalls_per_request": (server["syscalls_per_request"] or {}).get("total"),
        "memory_bytes_per_connection": server["memory_bytes_per_connection"],
        "threads_peak": server["threads_peak"],
        "connections": cell["connections"],
        "ledger": cell["ledger"],
        "starved_connections": (cell["fairness"] or {}).get("starved_connections"),
        "ratios": {},
    }
    for c in run["comparisons"]:
        if (c["workload"], c["head"]) == (row["workload"], row["contestant"]):
            row["ratios"][c["metric"]] = {k: c[k] for k in ("ratio", "ci95", "verdict", "p_holm")}
    return row


def rows_of(question, run):
    return [cell_row(question, run, cell) for cell in run["cells"]]


def machine_of(run):
    environment = run["environment"]
    return {"cpu_model": environment.get("cpu_model"), "kernel": environment.get("kernel"),
            "git_commit": run["sockbench"]["git_commit"], "git_dirty": run["sockbench"]["git_dirty"],
            "suite": run["plan"]["suite"]}


def study_ablations(only):
    for question, contestants, workloads in ABLATIONS:
        if only in question:
            yield question, sockbench_run(contestants, workloads)


def study_peers(_):
    yield "peers", sockbench_run(["epoll --reply echo"], ALL_LOADS, contestants=PEERS)


def study_io_uring(_):
    yield "io_uring", sockbench_run(["epoll", "io_uring"], ALL_LOADS + ["scaling-10000"])


def study_crowd(only):
    models = subprocess.run([f"{BIN}/sockbench", "models"], check=True, capture_output=True,
                            text=True).stdout
    names = [line.split()[0] for line in models.splitlines()]
    # One run per model, so that 10,000 threads of one do not affect the next.
    for name in (name for name in names if only in name):
        yield name, sockbench_run([name], ["scaling-10000"], restarts=1)


STUDIES = {"ablations": study_ablations, "peers": study_peers, "io_uring": study_io_uring,
           "crowd": study_crowd}


def stored(name):
    return os.path.join(RESULTS, f"{name}.json")


def store(name, rows, machine):
    """Replaces older rows of the same questions."""
    os.makedirs(RESULTS, exist_ok=True)
    new = {row["question"] for row in rows}
    if os.path.exists(stored(name)):
        with open(stored(name), encoding="utf-8") as file:
            rows = [row for row in json.load(file)["rows"] if row["question"] not in new] + rows
    result = {"study": name, "machine": machine, "rows": rows}
    temporary = stored(name) + ".tmp"
    with open(temporary, "w", encoding="utf-8") as file:
        json.dump(result, file, indent=1)
        file.write("\n")
    os.replace(temporary, stored(name))


def ratio(row, metric):
    """ "1.013 ± 0.004", bold if it is significant; "–" without a ratio."""
    found = row["ratios"].get(metric)
    if row["contestant"] == row["reference"]:
        return "1"
    if not found or found["ratio"] is None:
        return "–"
    low, high = found["ci95"]
    text = f"{found['ratio']:.3f} ± {(high - low) / 2:.3f}"
    return f"**{text}**" if found["verdict"] in ("faster", "slower") else text


def figure(value, form):
    return "–" if value is None else form.format(value)


def kib(value):
    return figure(None if value is None else value / 1024, "{:.1f}")


def memory(row):
    both = row["memory_bytes_per_connection"] or {}
    return f"{kib(both.get('user'))} + {kib(both.get('kernel'))}"


def table(head, lines):
    return ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)] + [
        "| " + " | ".join(line) + " |" for line in lines]


def compared_table(rows, *, with_memory=False, with_connecting=False):
    head = ["workload", "contestant", "CPU per request, ratio", "throughput, ratio",
            "CPU per request, ns", "calls per request"]
    if with_connecting:
        head += ["time to the first reply (median), ratio", "time of a burst, ratio"]
    if with_memory:
        head += ["memory per connection, KiB: user + kernel"]
    lines = []
    for row in rows:
        line = [f"`{row['workload']}`", f"`{row['contestant']}`", ratio(row, CPU), ratio(row, RATE),
                figure(row["cpu_ns_per_request"], "{:,.0f}"),
                figure(row["syscalls_per_request"], "{:.2f}")]
        if with_connecting:
            line += [ratio(row, FIRST_REPLY), ratio(row, BURST)]
        if with_memory:
            line += [memory(row)]
        lines.append(line)
    return table(head, lines)


def tables_of_ablations(rows):
    for question, _, _ in ABLATIONS:
        chosen = [row for row in rows if row["question"] == question]
        yield f"### {question}"
        yield ""
        yield from compared_table(chosen, with_memory="stack" in question,
                                  with_connecting="Accept" in question)
        yield ""


def table_of_crowd(rows):
    lines = []
    for row in sorted(rows, key=lambda row: row["contestant"]):
        verified = row["connections"].get("verified")
        wrong = sum(row["ledger"].get(key, 0) for key in ("mismatched", "reset", "refused"))
        lines.append([
            f"`{row['contestant']}`", figure(verified, "{:,}"),
            figure(row["starved_connections"], "{:,}"), figure(wrong, "{:,}"),
            figure(row["cpu_ns_per_request"], "{:,.0f}"), figure(row["threads_peak"], "{:,}"),
            row["status"]])
    return table(["model", "connections answered and verified", "not answered in the window",
                  "wrong, reset or refused replies", "CPU per request, ns", "threads and processes",
                  "status"], lines)


def lines_of(name, rows):
    if name == "ablations":
        return list(tables_of_ablations(rows))
    if name == "crowd":
        return table_of_crowd(rows)
    return compared_table(rows)


def write_tables():
    """Replaces the tables between `<!-- NAME -->` and `<!-- end -->`."""
    with open(PAGE, encoding="utf-8") as file:
        page = file.read()
    for name in STUDIES:
        if not os.path.exists(stored(name)):
            continue
        with open(stored(name), encoding="utf-8") as file:
            rows = json.load(file)["rows"]
        before, found, rest = page.partition(f"<!-- {name} -->\n")
        if not found:
            sys.exit(f"comparisons: results/comparisons/README.md has no marker for '{name}'.")
        after = rest[rest.index("<!-- end -->"):]
        page = before + found + "\n".join(lines_of(name, rows)).rstrip() + "\n" + after
    temporary = PAGE + ".tmp"
    with open(temporary, "w", encoding="utf-8") as file:
        file.write(page)
    os.replace(temporary, PAGE)


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("study", choices=[*STUDIES, "tables"])
    parser.add_argument("--only", default="", metavar="TEXT",
                        help="run only the ablations whose question, or the models of the crowd "
                             "whose name, contains TEXT")
    options = parser.parse_args()
    study = options.study
    if study != "tables":
        start = time.monotonic()
        rows, machine = [], None
        for question, run in STUDIES[study](options.only):
            rows += rows_of(question, run)
            machine = machine_of(run)
            print(f"{study}: {question}, {time.monotonic() - start:.0f} s", flush=True)
        if not rows:
            sys.exit(f"comparisons: no question of the study contains '{options.only}'.")
        store(study, rows, machine)
    write_tables()


if __name__ == "__main__":
    main()
