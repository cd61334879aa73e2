#!/usr/bin/env python3
"""Do claims get the same verdict every time? Runs sockbench again and again and counts.

  claims_repeat.py --runs 10
  claims_repeat.py --runs 20 --claim select-extra-syscall -- --restarts 5

What stands behind -- goes to `sockbench run`. Every run has a seed of its own, from 1 on. Writes
claims_repeat.json and claims_repeat.md into --out, after every run anew, so that an interrupted
study keeps what it has; --resume goes on with it.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
SOCKBENCH = os.path.join(ROOT, "build", "release", "bin", "sockbench")
VERDICTS = ["confirmed", "refuted", "inconclusive", "not_tested"]
CONTESTANT_FAILED = 4  # the other cells are there all the same


class StudyError(Exception):
    """One sentence for the user."""


def sockbench(arguments, accepted):
    done = subprocess.run([SOCKBENCH] + arguments, capture_output=True, text=True, check=False)
    if done.returncode not in accepted:
        lines = done.stderr.strip().splitlines()
        why = lines[-1] if lines else "it gave no reason"
        raise StudyError(f"'sockbench {' '.join(arguments)}' ended with {done.returncode}: {why}")
    return done.stdout


def one_run(options, seed):
    """The verdict and the text of every claim in a run of its own."""
    with tempfile.TemporaryDirectory() as out:
        chosen = [part for claim in options.claim for part in ("--claim", claim)]
        sockbench(["run", "--suite", options.suite, "--seed", str(seed), "--out", out]
                  + chosen + options.run_options, accepted=(0, CONTESTANT_FAILED))
        ids = [part for claim in options.claim for part in ("--id", claim)]
        micro = ["--micro", options.micro] if options.micro else []
        claims = json.loads(
            sockbench(["claims", f"{out}/run.json", "--json"] + ids + micro, accepted=(0,)))
    return {claim["id"]: {"verdict": claim["verdict"], "text": claim["text"]} for claim in claims}


def counted(runs):
    """How often each claim got each verdict."""
    counts = {}
    for run in runs:
        for claim, outcome in run["claims"].items():
            counts.setdefault(claim, dict.fromkeys(VERDICTS, 0))[outcome["verdict"]] += 1
    return counts


def contradicted(count):
    """Whether a claim was confirmed in one run and refuted in another: that must not happen."""
    return count["confirmed"] > 0 and count["refuted"] > 0


def markdown(counts, runs):
    lines = [f"Verdicts of {len(runs)} runs.", "",
             "| claim | confirmed | refuted | inconclusive | not tested | contradicts itself |",
             "|---|--:|--:|--:|--:|---|"]
    for claim, count in sorted(counts.items()):
        figures = " | ".join(str(count[verdict]) for verdict in VERDICTS)
        lines.append(f"| {claim} | {figures} | {'yes' if contradicted(count) else 'no'} |")
    return "\n".join(lines) + "\n"


def write(path, text):
    with open(path + ".part", "w", encoding="utf-8") as file:
        file.write(text)
    os.replace(path + ".part", path)


def earlier_runs(options):
    if not options.resume:
        return []
    with open(os.path.join(options.out, "claims_repeat.json"), encoding="utf-8") as file:
        return json.load(file)["runs"]


def study(options):
    os.makedirs(options.out, exist_ok=True)
    runs = earlier_runs(options)
    for seed in range(len(runs) + 1, options.runs + 1):
        runs.append({"seed": seed, "claims": one_run(options, seed)})
        counts = counted(runs)
        result = {"suite": options.suite, "run_options": options.run_options, "counts": counts,
                  "runs": runs}
        write(os.path.join(options.out, "claims_repeat.json"), json.dumps(result, indent=1) + "\n")
        write(os.path.join(options.out, "claims_repeat.md"), markdown(counts, runs))
        print(f"run {seed} of {options.runs} is done", file=sys.stderr)
    print(markdown(counts, runs), end="")


def positive(text):
    if not text.isdigit() or int(text) < 1:
        raise argparse.ArgumentTypeError("must be a whole number from 1 on")
    return int(text)


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=positive, default=10, help="how many [10]")
    parser.add_argument("--claim", action="append", default=[], help="only this one; repeatable")
    parser.add_argument("--suite", default="claims", help="as for sockbench run [claims]")
    parser.add_argument("--micro", help="micro-benchmarks that all the runs are judged with")
    parser.add_argument("--out", default=os.path.join(ROOT, "results", "claims"),
                        help="folder for the result [results/claims]")
    parser.add_argument("--resume", action="store_true", help="go on with what --out has")
    parser.add_argument("run_options", nargs="*", help="for sockbench run, behind --")
    try:
        study(parser.parse_args())
    except (StudyError, OSError) as error:
        print(f"claims_repeat: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
