#!/usr/bin/env python3
"""How the duels of one gate become one verdict (scripts/ci_gate_verdict.py)."""

import contextlib
import io
import json
import os
import sys
import tempfile
import unittest
import xml.etree.ElementTree as ET

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "scripts"))
sys.dont_write_bytecode = True
import ci_gate_verdict as gate  # noqa: E402

STATUS = {"pass": 0, "regression": 1, "inconclusive": 0, "failed": 4}
MARKER = "<!-- sockbench-duel -->"


def duel(verdict, *, strict=False, workloads=None, checks=()):
    """A duel.json with the parts that the gate reads. workloads: {name: verdict}."""
    code = 3 if strict and verdict == "inconclusive" else STATUS[verdict]
    return {"verdict": verdict, "sentence": f"It is {verdict}.", "exit_code": code,
            "options": {"fail_on_inconclusive": strict},
            "workloads": [{"name": name, "verdict": each}
                          for name, each in (workloads or {"busy": verdict}).items()],
            "checks": [dict(zip(["workload", "metric", "exact", "verdict"], check))
                       for check in checks]}


COUNT = ("counts", "server.syscalls_per_request.by_name.fcntl", True, "regression")
MEMORY = ("counts", "server.memory_bytes_per_connection.user", False, "regression")
CPU = ("busy", "server.cpu_ns_per_request", False, "regression")
JUNIT = """<testsuites><testsuite name="counts" tests="2" failures="1">
<testcase classname="counts" name="fcntl" time="1.5"><failure message="+1 fcntl">more</failure></testcase>
<testcase classname="counts" name="recv" time="0.5"/></testsuite></testsuites>"""


class Gate(unittest.TestCase):
    """A gate's folder, and what came out of it."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.out = folder.name
        self.states = []

    def put(self, name, content):
        path = os.path.join(self.out, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8") as file:
            file.write(content if isinstance(content, str) else json.dumps(content))

    def read(self, name):
        with open(os.path.join(self.out, name), encoding="utf-8") as file:
            return file.read()

    def add(self, model, document, *, status=None, summary="the summary", junit=None):
        self.put(f"{model}/duel.json", document)
        self.put(f"{model}/summary.md", f"{MARKER}\n{summary}\n")
        if junit:
            self.put(f"{model}/junit.xml", junit)
        self.states.append(f"{model}\tmeasured\t{document['exit_code'] if status is None else status}")

    def conclude(self, *flags):
        """Exit code, verdict.json and what was printed."""
        self.put("models.tsv", "".join(f"{state}\n" for state in self.states))
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            code = gate.main(["--out", self.out, "--models", os.path.join(self.out, "models.tsv"),
                              "--base", "aaa", "--head", "bbb", "--base-commit", "aaa0",
                              "--head-commit", "bbb0", "--repeat", "scripts/ci_gate.sh aaa bbb",
                              *flags])
        return code, json.loads(self.read("verdict.json")), printed.getvalue()


class Verdict(Gate):
    def test_the_worst_model_decides(self):
        for verdicts, expected, code in [
                (["pass", "pass"], "pass", 0),
                (["pass", "inconclusive"], "inconclusive", 0),
                (["inconclusive", "regression"], "regression", 1),
                (["regression", "failed", "pass"], "failed", 4)]:
            with self.subTest(verdicts):
                self.setUp()
                for number, verdict in enumerate(verdicts):
                    self.add(f"model{number}", duel(verdict))
                exit_code, document, printed = self.conclude()
                self.assertEqual(exit_code, code)
                self.assertEqual(document["verdict"], expected)
                self.assertEqual(document["exit_code"], code)
                self.assertEqual([m["verdict"] for m in document["models"]], verdicts)
                self.assertTrue(printed.splitlines()[-2].startswith(f"{expected.upper()}. "), printed)
                self.assertEqual(printed.splitlines()[-1], f"summary: {self.out}/summary.md")

    def test_inconclusive_fails_where_the_duel_was_told_so(self):
        self.add("epoll", duel("inconclusive", strict=True))
        self.assertEqual(self.conclude()[0], 3)

    def test_a_regression_beside_a_strict_inconclusive_is_a_regression(self):
        self.add("epoll", duel("inconclusive", strict=True))
        self.add("poll", duel("regression"))
        self.assertEqual(self.conclude()[0], 1)

    def test_a_duel_that_left_no_verdict_failed(self):
        self.states = ["epoll\tmeasured\t139"]
        code, document, _ = self.conclude()
        self.assertEqual(code, 4)
        self.assertIn("status 139", document["models"][0]["sentence"])
        self.assertIsNone(document["models"][0]["duel"])
        self.assertEqual(ET.fromstring(self.read("junit.xml")).get("errors"), "1")

    def test_a_verdict_that_the_process_contradicts_is_none(self):
        self.add("epoll", duel("pass"), status=139)
        self.assertEqual(self.conclude()[0], 4)

    def test_damaged_documents_are_no_verdicts(self):
        for content in ["", "[]", "{", '{"verdict": "splendid", "exit_code": 0}']:
            with self.subTest(content):
                self.setUp()
                self.put("epoll/duel.json", content)
                self.states = ["epoll\tmeasured\t0"]
                self.assertEqual(self.conclude()[0], 4)

    def test_what_needs_no_duel(self):
        self.states = ["epoll\tidentical\t-", "new\tonly_head\t-", "old\tonly_base\t-"]
        code, document, printed = self.conclude()
        self.assertEqual(code, 0)
        self.assertEqual([m["identical"] for m in document["models"]], [True, False, False])
        self.assertIn("0 measured, 1 identical", printed)

    def test_nothing_was_built(self):
        code, document, _ = self.conclude("--failure", "The head revision does not build.",
                                          "--not-built", "head")
        self.assertEqual((code, document["verdict"], document["not_built"]), (4, "failed", "head"))
        self.assertIn("does not build", self.read("summary.md"))
        self.assertEqual(ET.fromstring(self.read("junit.xml")).get("errors"), "1")

    def test_names_both_sides(self):
        _, document, _ = self.conclude("--remark", "A against A.")
        self.assertEqual(document["base"], {"label": "aaa", "commit": "aaa0"})
        self.assertEqual(document["head"], {"label": "bbb", "commit": "bbb0"})
        self.assertEqual(document["remarks"], ["A against A."])


class ChangedCounts(Gate):
    WANTED = ("--counts-changed", "one wake-up less")

    def test_fail_where_nobody_wants_them_and_say_how_to(self):
        self.add("epoll", duel("regression", workloads={"counts": "regression"}, checks=[COUNT]))
        code, document, _ = self.conclude()
        self.assertEqual(code, 1)
        self.assertIn("Counts-Changed: REASON", document["models"][0]["sentence"])

    def test_pass_where_a_commit_wants_them(self):
        self.add("epoll", duel("regression", workloads={"busy": "pass", "counts": "regression"},
                               checks=[COUNT]), junit=JUNIT)
        code, document, _ = self.conclude(*self.WANTED)
        self.assertEqual(code, 0)
        self.assertIn("one wake-up less", document["models"][0]["sentence"])
        self.assertIn("one wake-up less", self.read("summary.md"))
        suites = ET.fromstring(self.read("junit.xml"))
        self.assertEqual((suites.get("failures"), suites.get("skipped")), ("0", "1"))

    def test_do_not_excuse_other_regressions(self):
        for workloads, checks in [
                ({"busy": "regression", "counts": "regression"}, [CPU, COUNT]),
                ({"counts": "regression"}, [COUNT, MEMORY]),
                ({"busy": "regression"}, [CPU])]:
            with self.subTest(checks):
                self.setUp()
                self.add("epoll", duel("regression", workloads=workloads, checks=checks))
                self.assertEqual(self.conclude(*self.WANTED)[0], 1)

    def test_leave_what_is_undecided_undecided(self):
        self.add("epoll", duel("regression", strict=True, checks=[COUNT],
                               workloads={"busy": "inconclusive", "counts": "regression"}))
        code, document, _ = self.conclude(*self.WANTED)
        self.assertEqual((code, document["verdict"]), (3, "inconclusive"))

    def test_do_not_excuse_a_head_that_failed(self):
        self.add("epoll", duel("failed", workloads={"busy": "failed", "counts": "regression"},
                               checks=[COUNT]))
        self.assertEqual(self.conclude(*self.WANTED)[0], 4)


class Summary(Gate):
    def test_begins_with_the_marker_and_has_it_once(self):
        self.add("epoll", duel("regression"))
        self.add("poll", duel("pass"))
        self.conclude()
        text = self.read("summary.md")
        self.assertTrue(text.startswith(MARKER + "\n"))
        self.assertEqual(text.count(MARKER), 1)
        self.assertLess(text.index("epoll: regression"), text.index("poll: pass"))
        self.assertIn("scripts/ci_gate.sh aaa bbb", text)

    def test_shows_hostile_text_as_it_is(self):
        self.states = ["epoll\tidentical\t-"]
        self.conclude("--counts-changed", "<script>|`x`\n[a](b)")
        text = self.read("summary.md")
        self.assertNotIn("<script>", text)
        self.assertIn(r"&lt;script&gt;\|\`x\` \[a\](b)", text)

    def test_leaves_out_what_a_comment_cannot_hold(self):
        self.add("epoll", duel("pass"), summary="x" * 40_000)
        self.add("poll", duel("regression"), summary="y" * 40_000)
        self.conclude()
        text = self.read("summary.md")
        self.assertLess(len(text), 65_536)
        self.assertIn("yyy", text)
        self.assertIn("Too long for here, see MODEL/summary.md: epoll.", text)

    def test_lives_with_a_missing_summary(self):
        self.add("epoll", duel("pass"))
        os.remove(os.path.join(self.out, "epoll", "summary.md"))
        self.conclude()
        self.assertIn("left no summary", self.read("summary.md"))


class JUnit(Gate):
    def test_sums_are_those_of_the_children(self):
        self.add("epoll", duel("regression", workloads={"counts": "regression"}, checks=[COUNT]),
                 junit=JUNIT)
        self.add("poll", duel("pass"), junit=JUNIT.replace("<failure", "<skipped")
                 .replace("</failure", "</skipped"))
        self.states.append("select\tidentical\t-")
        self.conclude()
        root = ET.fromstring(self.read("junit.xml"))
        self.assertEqual([suite.get("name") for suite in root],
                         ["epoll: counts", "poll: counts", "select"])
        for element in [root, *root]:
            cases = list(element.iter("testcase"))
            for attribute, tag in [("failures", "failure"), ("skipped", "skipped"), ("errors", "error")]:
                self.assertEqual(int(element.get(attribute)),
                                 sum(case.find(tag) is not None for case in cases))
            self.assertEqual(int(element.get("tests")), len(cases))
        self.assertEqual((root.get("tests"), root.get("failures"), root.get("time")),
                         ("5", "1", "4.000"))
        self.assertEqual(root[0][0].get("classname"), "epoll.counts")

    def test_a_missing_or_damaged_file_keeps_the_verdict(self):
        for junit in [None, "<testsuites"]:
            with self.subTest(junit):
                self.setUp()
                self.add("epoll", duel("regression"), junit=junit)
                self.conclude()
                self.assertEqual(ET.fromstring(self.read("junit.xml")).get("failures"), "1")

    def test_holds_no_character_that_xml_forbids(self):
        document = duel("failed")
        document["sentence"] = "crashed: \x1b[31m\x00 & <out>"
        self.add("epoll", document)
        self.conclude()
        case = ET.fromstring(self.read("junit.xml"))[0][0]
        self.assertIn("& <out>", case.find("error").get("message"))


if __name__ == "__main__":
    unittest.main()
