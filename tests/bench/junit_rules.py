"""Checks a JUnit XML file by the rules of the schema that Jenkins' xUnit plugin applies (junit-10.xsd) and
by what importers rely on beside it: counts are those of the elements, and no test case has two results.
Prints a line for each violation; status 1 when there is any."""
import re
import sys
import xml.etree.ElementTree as ElementTree

ATTRIBUTES = {  # element: required, optional
    "testsuites": (set(), {"name", "time", "tests", "failures", "errors"}),
    "testsuite": (
        {"name", "tests", "failures", "errors"},
        {"group", "time", "skipped", "timestamp", "hostname", "id", "package", "file", "log", "url"},
    ),
    "testcase": ({"name"}, {"time", "classname", "group"}),
    "properties": (set(), set()),
    "property": ({"name", "value"}, set()),
    "failure": (set(), {"type", "message"}),
    "error": (set(), {"type", "message"}),
    "skipped": (set(), {"type", "message"}),
}
CHILDREN = {
    "testsuites": {"testsuite"},
    "testsuite": {"testsuite", "properties", "testcase", "system-out", "system-err"},
    "testcase": {"skipped", "error", "failure", "system-out", "system-err"},
    "properties": {"property"},
}
RESULTS = {"failure": "failures", "error": "errors", "skipped": "skipped"}
TIME = re.compile(r"[0-9]+(\.[0-9]{1,3})?")
TIMESTAMP = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}")

violations = []


def expect(holds, sentence):
    if not holds:
        violations.append(sentence)


def check_shape(element):
    required, optional = ATTRIBUTES.get(element.tag, (set(), set()))
    names = set(element.keys())
    expect(element.tag in ATTRIBUTES, f"<{element.tag}> is not known")
    expect(required <= names, f"<{element.tag}> lacks {required - names}")
    expect(names <= required | optional, f"<{element.tag}> has {names - required - optional}")
    for child in element:
        expect(child.tag in CHILDREN.get(element.tag, set()), f"<{child.tag}> in <{element.tag}>")
        check_shape(child)
    if "time" in names:
        expect(TIME.fullmatch(element.get("time")), f"time '{element.get('time')}'")
    if "timestamp" in names:
        expect(TIMESTAMP.fullmatch(element.get("timestamp")), f"timestamp '{element.get('timestamp')}'")


def check_counts(element):
    expect(int(element.get("tests")) == len(list(element.iter("testcase"))), f"tests of <{element.tag}>")
    for tag, attribute in RESULTS.items():
        if attribute in element.keys():
            count = len(list(element.iter(tag)))
            expect(int(element.get(attribute)) == count, f"{attribute} of <{element.tag}>")


root = ElementTree.parse(sys.argv[1]).getroot()
expect(root.tag == "testsuites", f"the root is <{root.tag}>")
check_shape(root)
check_counts(root)
for suite in root:
    check_counts(suite)
    names = [case.get("name") for case in suite.iter("testcase")]
    expect(names, f"suite '{suite.get('name')}' is empty")
    expect(len(names) == len(set(names)), f"a name twice in '{suite.get('name')}'")
    seconds = sum(float(case.get("time")) for case in suite.iter("testcase"))
    expect(abs(seconds - float(suite.get("time"))) < 0.01 * len(names), f"time of '{suite.get('name')}'")
    for case in suite.iter("testcase"):
        results = [child for child in case if child.tag in RESULTS]
        expect(len(results) <= 1, f"'{case.get('name')}' has {len(results)} results")
        expect(case.get("classname"), f"'{case.get('name')}' has no class")
        for result in results:
            expect(result.get("message"), f"'{case.get('name')}' has no message")
print("\n".join(violations))
sys.exit(1 if violations else 0)
