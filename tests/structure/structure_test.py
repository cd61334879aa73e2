#!/usr/bin/env python3
"""The structure that README promises: rooms include only rooms below them, and modules of the report import
each other without circles."""

import os
import re
import unittest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

# From the bottom to the top. What stands in one line does not know of its neighbours.
ROOMS = [
    ["common"],
    ["servers", "loadgen", "bench/plan"],
    ["bench/document"],
    ["bench/machine"],
    ["bench/measure"],
    ["bench/run"],
    ["bench/judge"],
    ["bench/micro", "bench/report"],
    ["bench/commands"],
    ["bench"],
]
# Programs of their own, which share a file of constants with the harness.
APART = ["bench/contestants", "bench/faults"]


def sources(directory, *endings):
    """Files with one of these endings, relative to the root; installed packages are left out."""
    for folder, folders, files in os.walk(os.path.join(ROOT, directory)):
        folders[:] = [name for name in folders if name != "node_modules"]
        for name in sorted(files):
            if name.endswith(endings):
                yield os.path.relpath(os.path.join(folder, name), ROOT)


def text_of(path):
    with open(os.path.join(ROOT, path), encoding="utf-8") as file:
        return file.read()


def room_of(path, rooms):
    """The longest room that holds `path`; None: it is in none."""
    inside = [room for room in rooms if path.startswith(room + "/")]
    return max(inside, key=len, default=None)


def upward_includes(files, rooms=None):
    """'FILE includes HEADER' for every include of a room that is not below; `files`: path to text."""
    rooms = rooms or ROOMS
    level = {room: number for number, row in enumerate(rooms) for room in row}
    places = list(level) + APART
    found = []
    for path, text in files.items():
        room = room_of(path, places)
        if room not in level:
            continue
        for header in re.findall(r'^#include "([^"]+/[^"]+)"', text, re.MULTILINE):
            target = room_of(header, places)
            if target in level and target != room and level[target] >= level[room]:
                found.append(f"{path} includes {header}")
    return found


def circle(imports):
    """Some circle of `imports` (module to the modules that it imports) as a list; [] when there is none."""
    done = set()

    def search(module, path):
        if module in path:
            return path[path.index(module):] + [module]
        if module in done:
            return []
        for target in imports.get(module, []):
            if found := search(target, path + [module]):
                return found
        done.add(module)
        return []

    for module in imports:
        if found := search(module, []):
            return found
    return []


def report_imports():
    imports = {}
    for path in sources("scripts/report", ".mjs"):
        targets = re.findall(r"^(?:import|export)\b[^;]*?from '(\.[^']+)'", text_of(path), re.MULTILINE)
        imports[path] = [os.path.normpath(os.path.join(os.path.dirname(path), target)) for target in targets]
    return imports


class Rooms(unittest.TestCase):
    def test_include_only_rooms_below_them(self):
        files = {path: text_of(path) for room in ("common", "servers", "loadgen", "bench")
                 for path in sources(room, ".h", ".cpp")}
        self.assertGreater(len(files), 200)
        self.assertEqual(upward_includes(files), [])

    def test_an_arrow_that_runs_up_or_across_is_found(self):
        up = {"bench/plan/a.cpp": '#include "bench/judge/b.h"\n#include "common/c.h"\n'}
        self.assertEqual(upward_includes(up), ["bench/plan/a.cpp includes bench/judge/b.h"])
        across = {"servers/a.cpp": '#include "loadgen/b.h"\n'}
        self.assertEqual(upward_includes(across), ["servers/a.cpp includes loadgen/b.h"])
        down = {"bench/main.cpp": '#include "bench/commands/run.h"\n'}
        self.assertEqual(upward_includes(down), [])

    def test_every_folder_of_the_harness_is_a_room(self):
        rooms = {room for row in ROOMS for room in row} | set(APART)
        for path in sources("bench", ".h", ".cpp"):
            self.assertIn(os.path.dirname(path), rooms)


class Report(unittest.TestCase):
    def test_modules_import_each_other_without_circles(self):
        imports = report_imports()
        self.assertGreater(sum(len(targets) for targets in imports.values()), 100)
        self.assertEqual(circle(imports), [])

    def test_a_circle_is_found(self):
        self.assertEqual(circle({"a": ["b"], "b": ["c"], "c": ["b"]}), ["b", "c", "b"])
        self.assertEqual(circle({"a": ["b", "c"], "b": ["c"], "c": []}), [])


if __name__ == "__main__":
    unittest.main()
