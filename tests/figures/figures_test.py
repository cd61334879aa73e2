#!/usr/bin/env python3
"""scripts/figures.py: figures in pages that are bound to results."""

import contextlib
import io
import json
import os
import sys
import tempfile
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "scripts"))
import figures  # noqa: E402

CPU = "server.cpu_ns_per_request"


def comparison(workload, head, ratio, half_width, verdict, runs=3):
    return {"workload": workload, "metric": CPU, "base": "epoll", "head": head, "runs": runs,
            "ratio": ratio, "ci95": [ratio - half_width, ratio + half_width], "verdict": verdict,
            "moved": "none", "per_run": [{"ratio": ratio}] * runs}


def pool_cell(contestant, workload, statuses, values):
    return {"contestant": contestant, "workload": workload,
            "validity": {"valid_runs": statuses.count("valid"), "per_run": statuses},
            "figures": {metric: {"median": value} for metric, value in values.items()}}


POOL = {
    "kind": "pool",
    "runs": [{}, {}, {}],
    "contestants": [{"name": "blocking", "model": "blocking"}, {"name": "epoll", "model": "epoll"},
                    {"name": "epoll --backlog 1", "model": "epoll"},
                    {"name": "threaded", "model": "threaded"}],
    "workloads": [{"name": "busy", "mode": "closed_loop"}, {"name": "idle", "mode": "idle"}],
    "comparisons": [comparison("busy", "threaded", 1.5012, 0.0297, "slower"),
                    comparison("busy", "epoll --backlog 1", 1.004, 0.0061, "tie", runs=2)],
    "cells": [pool_cell("epoll", "busy", ["valid"] * 3,
                        {CPU: 7512.4, "achieved_rps": 183400.0, "response_time_ns.p99": 1234567.0}),
              pool_cell("blocking", "busy", ["model_limit"] * 3, {}),
              pool_cell("threaded", "idle", ["valid"] * 3, {"server.cpu_utilisation": 0.0004})],
    "reproducibility": {"compared": 1200, "disjoint": 30, "contradicting": 0, "by_metric": []},
    "claims": [{"id": "one", "verdict": "confirmed",
                "counts": {"confirmed": 3, "refuted": 0, "inconclusive": 0, "not_tested": 0}},
               {"id": "two", "verdict": "depends_on_machine",
                "counts": {"confirmed": 1, "refuted": 1, "inconclusive": 1, "not_tested": 0}}],
}


class Pages(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        self.pool = os.path.join(self.folder, "pool.json")
        self.store(POOL)
        root, figures.ROOT = figures.ROOT, self.folder
        self.addCleanup(setattr, figures, "ROOT", root)

    def store(self, document):
        with open(self.pool, "w", encoding="utf-8") as file:
            json.dump(document, file)

    def page(self, text, name="page.md"):
        path = os.path.join(self.folder, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text.replace("POOL", self.pool))
        return path

    def run_tool(self, *arguments):
        """Exit code and what was said."""
        with contextlib.redirect_stderr(io.StringIO()) as said, contextlib.redirect_stdout(said):
            code = figures.main(list(arguments))
        return code, said.getvalue()

    def text(self, name="page.md"):
        with open(os.path.join(self.folder, name), encoding="utf-8") as file:
            return file.read().replace(self.pool, "POOL")

    def test_a_right_figure_passes_and_a_changed_one_fails(self):
        right = f"costs <!-- figure: POOL busy threaded {CPU} -->1.50 ±0.03<!-- /figure --> times"
        self.assertEqual(self.run_tool("--check", self.page(right))[0], 0)
        code, said = self.run_tool("--check", self.page(right.replace("1.50", "1.49")))
        self.assertEqual(code, 1)
        self.assertIn("1.49 ±0.03", said)
        self.assertIn("1.50 ±0.03", said)
        self.assertIn("1.49", self.text(), "--check changes nothing")

    def test_write_makes_check_pass(self):
        page = self.page(f"A <!-- figure: POOL busy threaded {CPU} -->?<!-- /figure --> and "
                         f'<!-- figure: POOL busy "epoll --backlog 1" {CPU} --><!-- /figure -->.')
        self.assertEqual(self.run_tool("--write", page)[0], 0)
        self.assertEqual(self.text(), f"A <!-- figure: POOL busy threaded {CPU} -->1.50 ±0.03"
                         f'<!-- /figure --> and <!-- figure: POOL busy "epoll --backlog 1" {CPU} -->'
                         "1.00 ±0.01<!-- /figure -->.")
        self.assertEqual(self.run_tool("--check", page)[0], 0)

    def test_another_result_fails_the_check(self):
        page = self.page(f"<!-- figure: POOL busy threaded {CPU} -->1.50 ±0.03<!-- /figure -->")
        changed = json.loads(json.dumps(POOL))
        changed["comparisons"][0]["ci95"] = [1.40, 1.60]
        self.store(changed)
        self.assertEqual(self.run_tool("--check", page)[0], 1)

    def test_medians_have_units(self):
        for metric, text in ((CPU, "7.51 µs"), ("achieved_rps", "183k"),
                             ("response_time_ns.p99", "1.23 ms")):
            page = self.page(f"<!-- figure: POOL busy epoll {metric} median -->{text}<!-- /figure -->")
            self.assertEqual(self.run_tool("--check", page), (0, ""))

    def test_a_table_keeps_its_rows_in_order(self):
        page = self.page(f"before\n<!-- table: POOL {CPU} busy idle -->\n| model |\n|---|\n"
                         "| `threaded` | 9 |\n| `epoll` | 9 |\n<!-- /table -->\nafter\n")
        self.assertEqual(self.run_tool("--write", page)[0], 0)
        self.assertEqual(self.text().split("\n"), [
            "before", f"<!-- table: POOL {CPU} busy idle -->",
            "| model | `busy` | CPU use, `idle` |", "|---|---|---|",
            "| `threaded` | **1.50 ±0.03** | 0.0 % |", "| `epoll` | 1 | – |",
            "| `blocking` | starves | – |", "<!-- /table -->", "after", ""])
        self.assertEqual(self.run_tool("--check", page)[0], 0)

    def test_a_cell_says_in_how_many_runs_it_was_compared(self):
        changed = json.loads(json.dumps(POOL))
        changed["comparisons"][0]["runs"] = 2
        self.store(changed)
        page = self.page(f"<!-- table: POOL {CPU} busy -->\n<!-- /table -->")
        self.run_tool("--write", page)
        self.assertIn("| `threaded` | **1.50 ±0.03** (2 of 3) |", self.text())

    def test_a_run_is_a_source_too(self):
        run = {"contestants": POOL["contestants"], "workloads": POOL["workloads"],
               "comparisons": POOL["comparisons"],
               "cells": [{"contestant": "blocking", "workload": "busy", "validity": {"status": "model_limit"}},
                         {"contestant": "threaded", "workload": "idle", "validity": {"status": "valid"},
                          "server": {"cpu_utilisation": {"median": 1.003}}}]}
        self.store(run)
        page = self.page(f"<!-- table: POOL {CPU} busy idle -->\n<!-- /table -->")
        self.run_tool("--write", page)
        self.assertIn("| `blocking` | starves | – |", self.text())
        self.assertIn("| `threaded` | **1.50 ±0.03** | 100.3 % |", self.text())

    def test_claims_say_in_how_many_runs(self):
        page = self.page("<!-- claims: POOL -->\n<!-- /claims -->")
        self.run_tool("--write", page)
        self.assertIn("| `one` | confirmed | 3 of 3 |  |\n| `two` | depends on the machine | – | "
                      "confirmed 1, refuted 1, inconclusive 1 |\n", self.text())
        changed = json.loads(json.dumps(POOL))
        changed["claims"][0]["counts"] |= {"confirmed": 2, "inconclusive": 1}
        self.store(changed)
        self.assertEqual(self.run_tool("--check", page)[0], 1)

    def test_comparisons_that_moved_are_named_with_their_range(self):
        page = self.page(f"<!-- moved: POOL {CPU} -->\n<!-- /moved -->")
        self.run_tool("--write", page)
        self.assertIn("-->\nNone.\n<!--", self.text())
        changed = json.loads(json.dumps(POOL))
        changed["comparisons"][0] |= {"moved": "significant",
                                      "per_run": [{"ratio": 1.42}, None, {"ratio": 1.584}]}
        self.store(changed)
        self.run_tool("--write", page)
        self.assertIn("| `busy` | `threaded` | 1.50 ±0.03 | 1.42 to 1.58 |", self.text())

    def test_reproducibility_is_a_sentence(self):
        page = self.page("x <!-- reproducibility: POOL --><!-- /reproducibility -->.")
        self.run_tool("--write", page)
        self.assertIn("-->30 of 1,200 pairs of intervals (2.5 %) are disjoint, no pairs of verdicts "
                      "contradict each other<!--", self.text())

    def test_a_fit_counts_disjoint_pairs_after_a_variance_was_added(self):
        changed = json.loads(json.dumps(POOL))
        threaded, same_program = changed["comparisons"]
        threaded["per_run"] = [{"ratio": ratio, "ci95": [ratio - 0.01, ratio + 0.01]}
                               for ratio in (1.50, 1.56, 1.70)]
        same_program["per_run"] = [{"ratio": ratio, "ci95": [ratio, ratio]} for ratio in (1.0, 1.1)]
        self.store(changed)
        page = self.page("<!-- fit: POOL -->\n<!-- /fit -->")
        self.run_tool("--write", page)
        self.assertIn("| 0% | 100.0% | 100.0% | 100.0% | 66.7% |", self.text())
        self.assertIn("| 6% | 33.3% |", self.text())

    def test_ways_of_a_study_are_a_table(self):
        near, far = comparison("busy", "threaded", 1.5, 0.1, ""), comparison("busy", "threaded", 2.0, 0.1, "")
        self.store({"ways": {"1x": {"comparisons": [near], "utilisation": [{"cpus": 0.9871}]},
                             "4x": {"comparisons": [far], "utilisation": []}}})
        page = self.page("<!-- ways: POOL -->\n<!-- /ways -->")
        self.run_tool("--write", page)
        self.assertIn("| `busy` | `threaded` | 1.50 ±0.10 | 2.00 ±0.10 | 1x/4x |", self.text())
        self.assertIn("1 of 1 pairs of ways differ", self.text())
        self.assertIn("Highest CPU per request times rate: 0.987 CPUs.", self.text())

    def test_code_fences_are_left_alone(self):
        page = self.page(f"```\n<!-- figure: POOL busy threaded {CPU} -->9<!-- /figure -->\n```\n")
        self.assertEqual(self.run_tool("--check", page)[0], 0)

    def test_default_pages_are_readme_docs_and_every_readme_of_results(self):
        right = f"<!-- figure: POOL busy threaded {CPU} -->1.50 ±0.03<!-- /figure -->"
        wrong = right.replace("1.50", "1.49")
        pages = ("README.md", "docs/truth.md", "results/README.md", "results/truth/README.md",
                 "results/truth/hours/README.md")
        for name in pages:
            self.page(right, name)
        for name in ("docs/other/page.md", "results/truth/pool.md", "bench/README.md"):
            self.page(wrong, name)  # none of them
        self.assertEqual(self.run_tool("--check"), (0, ""))
        for name in pages:
            self.page(wrong, name)
            code, said = self.run_tool("--check")
            self.assertEqual(code, 1, name)
            self.assertIn(f"--- {name}\n", said)
            self.assertEqual(self.run_tool("--write"), (0, f"{name} was updated.\n"))
            self.assertEqual(self.text(name), right)
        self.assertIn("1.49", self.text("bench/README.md"))
        os.remove(os.path.join(self.folder, "README.md"))
        code, said = self.run_tool("--check")
        self.assertEqual(code, 2)
        self.assertIn("README.md: No such file", said)

    def test_mistakes_are_named_with_their_line(self):
        close = "<!-- /figure -->"
        for text, named in (
                (f"\n<!-- figure: POOL busy nobody {CPU} -->1{close}", "page.md:2: "),
                (f"<!-- figure: POOL busy nobody {CPU} -->1{close}", "'nobody' in 'busy'"),
                (f"<!-- figure: POOL busy blocking {CPU} median -->1{close}", "has no server.cpu"),
                (f"<!-- figure: POOL busy -->1{close}", "needs SOURCE WORKLOAD"),
                (f"<!-- figure: missing.json busy threaded {CPU} -->1{close}", "'missing.json' cannot"),
                (f"<!-- figure: POOL busy threaded {CPU} -->1", "has no partner"),
                (f"1{close}", "has no partner"),
                (f"<!-- table: POOL {CPU} lazy -->\n<!-- /table -->", "no workload 'lazy'"),
                (f"<!-- table: POOL {CPU} -->\n<!-- /table -->", "needs SOURCE METRIC"),
                ("<!-- claims: POOL busy -->\n<!-- /claims -->", "needs SOURCE only"),
                ("<!-- moved: POOL -->\n<!-- /moved -->", "needs a pool and a METRIC"),
                ("<!-- ways: POOL x -->\n<!-- /ways -->", "needs the path of a study only"),
        ):
            code, said = self.run_tool("--check", self.page(text))
            self.assertEqual(code, 2, text)
            self.assertIn(named, said)
        self.assertEqual(self.run_tool("--check", "no_such_page.md")[0], 2)


if __name__ == "__main__":
    unittest.main()
