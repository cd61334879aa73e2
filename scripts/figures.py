#!/usr/bin/env python3
"""Binds figures in Markdown pages to results.

  scripts/figures.py --check [PAGE...]   name each figure that differs from its result; exit 1 if any does
  scripts/figures.py --write [PAGE...]   write the figures of the results into the pages

Default pages: README.md, docs/*.md and every README.md below results/. A page marks a figure or a table with
comments that no reader sees (what stands in code fences is left alone):

  <!-- figure: SOURCE WORKLOAD CONTESTANT METRIC -->1.50 ±0.03<!-- /figure -->
  <!-- figure: SOURCE WORKLOAD CONTESTANT METRIC median -->7.51 µs<!-- /figure -->
  <!-- table: SOURCE METRIC WORKLOAD... -->
  (contestants in rows, ratios to the reference; CPU use for workloads without load)
  <!-- /table -->
  <!-- claims: SOURCE -->
  (each claim's verdict; of a pool also in how many runs)
  <!-- /claims -->
  <!-- moved: SOURCE METRIC -->
  (comparisons of a pool that differ between its runs, with the range over the runs)
  <!-- /moved -->
  <!-- reproducibility: SOURCE -->72 of 3,000 pairs …<!-- /reproducibility -->
  <!-- ways: results/truth/invariance.json -->
  (ratios measured in several ways: a study of scripts/studies/truth.py)
  <!-- /ways -->
  <!-- fit: results/truth/fit/pool.json -->
  (share of disjoint pairs of runs by the variance between runs that is added to each interval)
  <!-- /fit -->

SOURCE is run or pool, for results/reference/run.json or pool.json, or the path of another such file. A name
with blanks stands in quotes: "pooled --threads 8". Rows of a table keep the order that they have in the page;
contestants that are not in it yet come last.
"""

import argparse
import difflib
import glob
import json
import os
import re
import shlex
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "studies"))
import truth  # noqa: E402  pylint: disable=wrong-import-position

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
NONE = "–"
CPU_USE = "server.cpu_utilisation"
STATUS_WORDS = {"model_limit": "starves", "generator_bound": "generator bound"}
DEFAULT_PAGES = ("README.md", "docs/*.md", "results/**/README.md")
KINDS = "figure|table|claims|moved|reproducibility|ways|fit"
MARKED = re.compile(rf"<!-- ({KINDS}): ([^>]*?) -->(.*?)<!-- /\1 -->", re.DOTALL)
ANY_MARKER = re.compile(rf"<!-- /?(?:{KINDS})\b[^>]*>")
FENCE = re.compile(r"^```.*?^```[^\n]*$", re.DOTALL | re.MULTILINE)


class FigureError(Exception):
    """One sentence for the user."""


# ---- Figures as text ------------------------------------------------------------------------------


def three_digits(value):
    return f"{value:.{max(0, 2 - len(str(int(abs(value)))) + 1)}f}"


def scaled(value, steps):
    """`value` in the largest unit that leaves at least 1."""
    for size, unit in steps:
        if value >= size:
            return f"{three_digits(value / size)}{unit}"
    return f"{value:.0f}{steps[-1][1]}"


def absolute(metric, value):
    if metric.endswith("_rps"):
        return scaled(value, [(1e6, "M"), (1e3, "k"), (1, "")])
    if metric == CPU_USE:
        return f"{value * 100:.1f} %"
    if "_ns" in metric:
        return scaled(value, [(1e9, " s"), (1e6, " ms"), (1e3, " µs"), (1, " ns")])
    return three_digits(value)


def ratio(comparison):
    if comparison["ratio"] is None:
        return NONE
    text = f"{comparison['ratio']:.2f}"
    if comparison["ci95"]:
        low, high = comparison["ci95"]
        text += f" ±{(high - low) / 2:.2f}"
    return text


# ---- Results --------------------------------------------------------------------------------------


class Result:
    """A run.json or a pool.json: all access to their keys is here."""

    def __init__(self, path):
        self.path = path
        try:
            with open(os.path.join(ROOT, path), encoding="utf-8") as file:
                self.document = json.load(file)
        except (OSError, ValueError) as error:
            raise FigureError(f"'{path}' cannot be read: {error}.") from error
        self.is_pool = self.document.get("kind") == "pool"
        self.modes = {each["name"]: each["mode"] for each in self.document.get("workloads", [])}
        self.references = {each["workload"]: each["base"]
                           for each in self.document.get("comparisons", [])}

    def contestants(self):
        """Without models that have options of their own beside the model itself."""
        names = {each["name"] for each in self.document["contestants"]}
        return [each["name"] for each in self.document["contestants"]
                if each["name"] == each["model"] or each["model"] not in names]

    def comparison(self, workload, contestant, metric):
        for each in self.document["comparisons"]:
            if (each["workload"], each["head"], each["metric"]) == (workload, contestant, metric):
                return each
        return None

    def cell(self, workload, contestant):
        for each in self.document["cells"]:
            if (each["workload"], each["contestant"]) == (workload, contestant):
                return each
        return None

    def median(self, workload, contestant, metric):
        cell = self.cell(workload, contestant)
        if cell is None:
            return None
        if self.is_pool:
            return cell["figures"].get(metric, {}).get("median")
        value = cell
        for step in metric.split("."):
            value = value.get(step) if isinstance(value, dict) else None
        return value.get("median") if isinstance(value, dict) else value

    def status(self, workload, contestant):
        """Of a cell that is not compared: the first status that is not valid."""
        cell = self.cell(workload, contestant)
        if cell is None:
            return NONE
        validity = cell["validity"]
        statuses = validity["per_run"] if self.is_pool else [validity["status"]]
        for status in statuses:
            if status not in (None, "valid"):
                return STATUS_WORDS.get(status, status)
        return NONE

    def of_runs(self, comparison):
        """" (4 of 6)" where not every run of a pool could compare."""
        if not self.is_pool or comparison["runs"] == len(self.document["runs"]):
            return ""
        return f" ({comparison['runs']} of {len(self.document['runs'])})"


class Results:
    """By SOURCE, each file read once."""

    def __init__(self):
        self.known = {}

    def of(self, source):
        path = f"results/reference/{source}.json" if source in ("run", "pool") else source
        if path not in self.known:
            self.known[path] = Result(path)
        return self.known[path]


# ---- What belongs between two markers -------------------------------------------------------------


def spoken(verdict):
    return {"depends_on_machine": "depends on the machine"}.get(verdict, verdict.replace("_", " "))


def figure_text(result, words, _):
    if len(words) not in (3, 4) or words[3:] not in ([], ["median"]):
        raise FigureError("a figure needs SOURCE WORKLOAD CONTESTANT METRIC, and may end with median.")
    workload, contestant, metric = words[:3]
    if words[3:]:
        value = result.median(workload, contestant, metric)
        if value is None:
            raise FigureError(f"'{result.path}' has no {metric} of '{contestant}' in '{workload}'.")
        return absolute(metric, value)
    comparison = result.comparison(workload, contestant, metric)
    if comparison is None:
        raise FigureError(
            f"'{result.path}' does not compare {metric} of '{contestant}' in '{workload}'.")
    return ratio(comparison)


def table_cell(result, workload, contestant, metric):
    if result.modes[workload] == "idle":
        value = result.median(workload, contestant, CPU_USE)
        status = result.status(workload, contestant)
        return absolute(CPU_USE, value) if value is not None and status == NONE else status
    comparison = result.comparison(workload, contestant, metric)
    if comparison is not None:
        text = ratio(comparison)
        if comparison["verdict"] in ("faster", "slower"):
            text = f"**{text}**"
        return text + result.of_runs(comparison)
    return "1" if result.references.get(workload) == contestant else result.status(workload, contestant)


def in_order_of(old_table, names):
    order = re.findall(r"^\| `([^`]*)` \|", old_table, re.MULTILINE)
    return sorted(names, key=lambda name: order.index(name) if name in order else len(order))


def table_text(result, words, old_table):
    if len(words) < 2:
        raise FigureError("a table needs SOURCE METRIC WORKLOAD...")
    metric, workloads = words[0], words[1:]
    for workload in workloads:
        if workload not in result.modes:
            raise FigureError(f"'{result.path}' has no workload '{workload}'.")
    titles = [f"CPU use, `{name}`" if result.modes[name] == "idle" else f"`{name}`"
              for name in workloads]
    lines = ["| model | " + " | ".join(titles) + " |", "|---" * (len(titles) + 1) + "|"]
    for contestant in in_order_of(old_table, result.contestants()):
        cells = [table_cell(result, workload, contestant, metric) for workload in workloads]
        lines.append(f"| `{contestant}` | " + " | ".join(cells) + " |")
    return "\n" + "\n".join(lines) + "\n"


def claims_text(result, words, _):
    if words:
        raise FigureError("a table of claims needs SOURCE only.")
    lines = ["| claim | verdict | in so many runs | else |", "|---|---|---|---|"]
    if not result.is_pool:
        lines = ["| claim | verdict |", "|---|---|"]
    for claim in result.document["claims"]:
        cells = [f"`{claim['id']}`", spoken(claim["verdict"])]
        if result.is_pool:
            counts = claim["counts"]
            runs = sum(counts.values())
            same = counts.get(claim["verdict"], 0)
            rest = [f"{spoken(name)} {count}" for name, count in counts.items()
                    if count and name != claim["verdict"]]
            cells += [f"{same} of {runs}" if same else NONE, ", ".join(rest)]
        lines.append("| " + " | ".join(cells) + " |")
    return "\n" + "\n".join(lines) + "\n"


def moved_text(result, words, _):
    if not result.is_pool or len(words) != 1:
        raise FigureError("moved needs a pool and a METRIC.")
    lines = ["| workload | model | ratio | range over the runs |", "|---|---|---|---|"]
    for each in result.document["comparisons"]:
        if each["moved"] == "none" or each["metric"] != words[0]:
            continue
        ratios = [run["ratio"] for run in each["per_run"] if run and run["ratio"] is not None]
        lines.append(f"| `{each['workload']}` | `{each['head']}` | {ratio(each)} | "
                     f"{min(ratios):.2f} to {max(ratios):.2f} |")
    return "\n" + ("\n".join(lines) if len(lines) > 2 else "None.") + "\n"


def reproducibility_text(result, words, _):
    if not result.is_pool or words:
        raise FigureError("reproducibility needs a pool.")
    seen = result.document["reproducibility"]
    share = 100 * seen["disjoint"] / max(1, seen["compared"])
    return (f"{seen['disjoint']:,} of {seen['compared']:,} pairs of intervals ({share:.1f} %) are disjoint, "
            f"{seen['contradicting'] or 'no'} pairs of verdicts contradict each other")


def ways_text(result, words, _):
    if words:
        raise FigureError("a table of ways needs the path of a study only.")
    return "\n" + truth.invariance_table(result.document) + "\n"


def fit_text(result, words, _):
    if not result.is_pool or words:
        raise FigureError("fit needs a pool.")
    return "\n" + truth.fit_table(result.document) + "\n"


# ---- Pages ----------------------------------------------------------------------------------------


WRITERS = {"figure": figure_text, "table": table_text, "claims": claims_text, "moved": moved_text,
           "reproducibility": reproducibility_text, "ways": ways_text, "fit": fit_text}


def outside_fences(text, change):
    """`text` with change(part, offset) in place of each part that is in no code fence."""
    parts, end = [], 0
    for fence in FENCE.finditer(text):
        parts += [change(text[end:fence.start()], end), fence.group()]
        end = fence.end()
    return "".join(parts + [change(text[end:], end)])


def updated(text, page, results):
    """The page with the figures of the results."""
    def place(offset):
        return f"{page}:{text.count(chr(10), 0, offset) + 1}"

    def change(part, start):
        def replacement(match):
            kind, definition, old = match.groups()
            try:
                source, *words = shlex.split(definition)
                result = results.of(source)
                new = WRITERS[kind](result, words, old)
            except (FigureError, ValueError) as error:
                raise FigureError(f"{place(start + match.start())}: {error}") from error
            return f"<!-- {kind}: {definition} -->{new}<!-- /{kind} -->"

        rest = MARKED.sub(lambda match: " " * len(match.group()), part)
        if stray := ANY_MARKER.search(rest):
            raise FigureError(f"{place(start + stray.start())}: {stray.group()} has no partner.")
        return MARKED.sub(replacement, part)

    return outside_fences(text, change)


def differences(page, old, new):
    """A line for each changed line of the page."""
    changes = difflib.unified_diff(old.splitlines(), new.splitlines(), page, "results", n=0, lineterm="")
    return list(changes)


def process(page, write, results):
    """Whether the page is as the results say, or was made so."""
    path = os.path.join(ROOT, page)
    try:
        with open(path, encoding="utf-8") as file:
            old = file.read()
    except OSError as error:
        raise FigureError(f"{page}: {error.strerror}.") from error
    new = updated(old, page, results)
    if new == old:
        return True
    if not write:
        print("\n".join(differences(page, old, new)), file=sys.stderr)
        return False
    with open(path + ".part", "w", encoding="utf-8") as file:
        file.write(new)
    os.replace(path + ".part", path)
    print(f"{page} was updated.")
    return True


def default_pages():
    """Paths relative to ROOT. README.md is among them also where it is missing, which is an error."""
    first, *patterns = DEFAULT_PAGES
    return [first] + [page for pattern in patterns
                      for page in sorted(glob.glob(pattern, root_dir=ROOT, recursive=True))]


def main(arguments):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--check", action="store_true", help="change nothing; exit 1 where a figure differs")
    what.add_argument("--write", action="store_true", help="update the pages")
    parser.add_argument("pages", nargs="*", metavar="PAGE", help=f"default: {', '.join(DEFAULT_PAGES)}")
    options = parser.parse_args(arguments)
    results = Results()
    try:
        same = [process(page, options.write, results) for page in options.pages or default_pages()]
    except FigureError as error:
        print(f"figures: {error}", file=sys.stderr)
        return 2
    if all(same):
        return 0
    print("figures: pages differ from the results; type scripts/figures.py --write.", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
