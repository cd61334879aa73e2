#!/usr/bin/env python3
"""Puts the duels of one gate together; scripts/ci_gate.sh calls it.

Reads OUT/MODEL/duel.json, summary.md and junit.xml of every measured model, writes OUT/verdict.json,
OUT/summary.md and OUT/junit.xml, prints the verdict, and exits with the gate's exit code. It is Python
because JSON and XML are both read and written, and Python's own library does both.
"""

import argparse
import html
import json
import os
import re
import sys
import xml.etree.ElementTree as ET

MARKER = "<!-- sockbench-duel -->"
# GitHub takes comments of up to 65,536 characters.
SUMMARY_LIMIT = 60_000
BETTER_TO_WORSE = ["pass", "inconclusive", "regression", "failed"]
EXIT = {"pass": 0, "regression": 1, "failed": 4}
INCONCLUSIVE_IS_FAILURE = 3
HOW_TO_WANT = ("If exact counts are meant to change, a line `Counts-Changed: REASON` at the end of the "
               "commit's message says so.")
EXPLAINED_BY = {
    "identical": "Identical program.",
    "only_head": "Only head has this model, so there is nothing to compare it with.",
    "only_base": "Only base has this model, so there is nothing to compare it with.",
}


def worst(verdicts):
    return max(verdicts, key=BETTER_TO_WORSE.index, default="pass")


def only_counts_changed(workload, checks):
    """Whether a workload's regressions are all of exact counts."""
    regressed = [check for check in checks
                 if check["workload"] == workload["name"] and check["verdict"] == "regression"]
    return (workload["verdict"] == "regression" and bool(regressed)
            and all(check["exact"] for check in regressed))


def failed(sentence):
    return {"verdict": "failed", "sentence": sentence, "exit_code": EXIT["failed"], "wanted": []}


def judge_duel(duel, status, counts_changed):
    """What a duel means for the gate; `wanted` names the workloads whose changed counts are wanted.

    duel is None where there is no readable one. status: of the process. counts_changed: the reasons
    that commits give.
    """
    if duel is None or duel.get("verdict") not in BETTER_TO_WORSE or duel.get("exit_code") != status:
        return failed(f"The duel ended with status {status} and without a verdict.")
    verdict, sentence, wanted = duel["verdict"], duel["sentence"], []
    changed = [workload["name"] for workload in duel["workloads"]
               if only_counts_changed(workload, duel["checks"])]
    if changed and counts_changed:
        wanted = changed
        verdict = worst(workload["verdict"] for workload in duel["workloads"]
                        if workload["name"] not in wanted)
        reason = f"Exact counts changed, as a commit wants: {'; '.join(counts_changed)}"
        sentence = reason if verdict == "pass" else f"{sentence} {reason}"
    elif changed:
        sentence += f" {HOW_TO_WANT}"
    exit_code = EXIT.get(verdict)
    if exit_code is None:
        strict = duel.get("options", {}).get("fail_on_inconclusive")
        exit_code = INCONCLUSIVE_IS_FAILURE if strict else 0
    return {"verdict": verdict, "sentence": sentence, "exit_code": exit_code, "wanted": wanted}


def read_duel(path):
    try:
        with open(path, encoding="utf-8") as file:
            duel = json.load(file)
    except (OSError, ValueError):
        return None
    return duel if isinstance(duel, dict) else None


def read_models(states, out, counts_changed):
    """The models of the gate. states: lines "MODEL <tab> STATE <tab> STATUS_OF_DUEL"."""
    models = []
    for line in states:
        name, state, status = line.rstrip("\n").split("\t")
        model = {"model": name, "identical": state == "identical", "duel": None}
        if state == "measured":
            duel = read_duel(os.path.join(out, name, "duel.json"))
            model |= judge_duel(duel, int(status), counts_changed)
            model["duel"] = f"{name}/duel.json" if duel else None
        else:
            model |= {"verdict": "pass", "sentence": EXPLAINED_BY[state], "exit_code": 0, "wanted": []}
        models.append(model)
    return sorted(models, key=lambda model: model["model"])


def list_names(names):
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def overall_sentence(verdict, models):
    worst_ones = list_names([m["model"] for m in models if m["verdict"] == verdict]) if models else ""
    if verdict == "failed":
        return f"Could not be judged: {worst_ones}."
    if verdict == "regression":
        return f"Got worse: {worst_ones}."
    if verdict == "inconclusive":
        return f"Nothing got significantly worse, and this is undecided: {worst_ones}."
    measured = sum(m["duel"] is not None for m in models)
    return f"Nothing got worse: {measured} measured, {sum(m['identical'] for m in models)} identical."


def conclude(models, failure):
    """The gate's verdict. failure: why nothing could be measured, or None."""
    if failure:
        return {"verdict": "failed", "sentence": failure, "exit_code": EXIT["failed"]}
    verdict = worst(model["verdict"] for model in models)
    exit_code = max((m["exit_code"] for m in models if m["verdict"] == verdict), default=0)
    return {"verdict": verdict, "sentence": overall_sentence(verdict, models), "exit_code": exit_code}


def verdict_json(gate, models, options):
    shown = ["model", "verdict", "identical", "sentence", "duel"]
    return {
        "schema_version": 1, "kind": "gate", **gate,
        "base": {"label": options.base, "commit": options.base_commit},
        "head": {"label": options.head, "commit": options.head_commit},
        "not_built": options.not_built,
        "remarks": options.remark,
        "counts_changed": options.counts_changed,
        "models": [{key: model[key] for key in shown} for model in models],
    }


def plain(text):
    """Text that Markdown shows as it is, on one line."""
    escaped = html.escape(" ".join(text.split()), quote=False)
    return re.sub(r"([\\`*_|\[\]~])", r"\\\1", escaped)


def summary_of_duel(out, model):
    try:
        with open(os.path.join(out, model, "summary.md"), encoding="utf-8") as file:
            return file.read().replace(MARKER, "").strip()
    except (OSError, ValueError):
        return "The duel left no summary."


def details(model, out):
    is_open = "" if model["verdict"] == "pass" else " open"
    return (f"<details{is_open}><summary>{html.escape(model['model'])}: {model['verdict']}</summary>\n\n"
            f"{summary_of_duel(out, model['model'])}\n\n</details>")


def footer(options):
    lines = [plain(remark) for remark in options.remark]
    lines += [f"Changed counts are wanted: {plain(reason)}" for reason in options.counts_changed]
    lines.append(f"Base {plain(options.base)}, head {plain(options.head)}. Again: "
                 f"<code>{html.escape(options.repeat)}</code>")
    return "\n\n".join(lines)


def summary(gate, models, options):
    parts = [MARKER, f"## {gate['verdict'].capitalize()}: {plain(gate['sentence'])}"]
    if models:
        rows = ["| model | verdict | |", "|---|---|---|"]
        rows += [f"| {plain(m['model'])} | {m['verdict']} | {plain(m['sentence'])} |" for m in models]
        parts.append("\n".join(rows))
    parts.append(footer(options))
    measured = [model for model in models if model["duel"]]
    measured.sort(key=lambda model: -BETTER_TO_WORSE.index(model["verdict"]))
    left_out = []
    for model in measured:
        section = details(model, options.out)
        if sum(map(len, parts)) + len(section) > SUMMARY_LIMIT:
            left_out.append(plain(model["model"]))
        else:
            parts.append(section)
    if left_out:
        parts.append(f"Too long for here, see MODEL/summary.md: {list_names(left_out)}.")
    return "\n\n".join(parts) + "\n"


def xml_text(text):
    """Without the characters that XML cannot hold."""
    return re.sub("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]", "?", text)


def suite_of_one(model, name, kind=None, message=""):
    """A suite with one test; kind: "error", "failure", "skipped" or None."""
    suite = ET.Element("testsuite", name=xml_text(model))
    case = ET.SubElement(suite, "testcase", classname=xml_text(model), name=xml_text(name), time="0")
    if kind:
        ET.SubElement(case, kind, message=xml_text(message))
    return suite


def suites_of_duel(out, model):
    """The suites of a duel's junit.xml under the model's name; what is wanted is no failure."""
    name, wanted = model["model"], model["wanted"]
    root = ET.parse(os.path.join(out, name, "junit.xml")).getroot()
    suites = [root] if root.tag == "testsuite" else root.findall("testsuite")
    for suite in suites:
        suite.set("name", f"{name}: {suite.get('name', '')}")
        for case in suite.iter("testcase"):
            workload = case.get("classname", "")
            case.set("classname", f"{name}.{workload}")
            for failure in case.findall("failure") if workload in wanted else []:
                failure.tag = "skipped"
                failure.set("message", f"Wanted: {failure.get('message', '')}")
    return suites


def suites_of(out, model):
    if model["duel"] is None:
        kind = "error" if model["verdict"] == "failed" else None
        return [suite_of_one(model["model"], model["sentence"], kind, model["sentence"])]
    try:
        return suites_of_duel(out, model)
    except (OSError, ET.ParseError):
        kind = {"failed": "error", "regression": "failure"}.get(model["verdict"])
        return [suite_of_one(model["model"], "verdict", kind, model["sentence"])]


def count(element):
    """Sets the sums of tests that JUnit's readers expect."""
    cases = list(element.iter("testcase"))
    element.set("tests", str(len(cases)))
    for attribute, tag in [("failures", "failure"), ("errors", "error"), ("skipped", "skipped")]:
        element.set(attribute, str(sum(case.find(tag) is not None for case in cases)))
    element.set("time", f"{sum(float(case.get('time') or 0) for case in cases):.3f}")


def junit(gate, models, out, failure):
    root = ET.Element("testsuites", name="sockbench gate")
    for model in models:
        root.extend(suites_of(out, model))
    if failure:
        root.append(suite_of_one("gate", "build", "error", gate["sentence"]))
    for element in [root, *root]:
        count(element)
    ET.indent(root)
    return ET.tostring(root, encoding="utf-8", xml_declaration=True).decode("utf-8") + "\n"


def write(out, name, text):
    path = os.path.join(out, name)
    with open(path + ".tmp", "w", encoding="utf-8") as file:
        file.write(text)
    os.replace(path + ".tmp", path)


def show(lines):
    """Prints them. When nobody reads them any more that is no verdict, and must not look like one."""
    try:
        print("\n".join(lines), flush=True)
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def read_options(arguments):
    parser = argparse.ArgumentParser(prog="ci_gate_verdict.py", description=__doc__)
    for name in ["out", "models", "base", "head", "base-commit", "head-commit", "repeat"]:
        parser.add_argument(f"--{name}", required=True)
    parser.add_argument("--remark", action="append", default=[])
    parser.add_argument("--counts-changed", action="append", default=[], help="why a commit changes them")
    parser.add_argument("--failure", help="why nothing was measured")
    parser.add_argument("--not-built", choices=["base", "head"])
    return parser.parse_args(arguments)


def main(arguments):
    options = read_options(arguments)
    with open(options.models, encoding="utf-8") as states:
        models = read_models(states, options.out, options.counts_changed)
    gate = conclude(models, options.failure)
    document = json.dumps(verdict_json(gate, models, options), indent=2, ensure_ascii=False)
    write(options.out, "verdict.json", document + "\n")
    write(options.out, "summary.md", summary(gate, models, options))
    write(options.out, "junit.xml", junit(gate, models, options.out, options.failure))
    show([f"{model['model']}: {model['verdict']}. {model['sentence']}" for model in models]
         + options.remark
         + [f"{gate['verdict'].upper()}. {gate['sentence']}",
            f"summary: {os.path.join(options.out, 'summary.md')}"])
    return gate["exit_code"]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
