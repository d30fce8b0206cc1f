#!/usr/bin/env python3
"""Holds the house to its plan (src/layers.txt) and draws the graph in ARCHITECTURE.md.

A floor may use the floors listed below it; on one floor, a room may use the rooms listed before it. A room is the
folder src/<floor>/<room>; the floor `journeys` is itself one room. `cmd/` may use everything; tests/ is not looked at.
Tests beside the code obey the same rules as the code, and may use tests/support besides.

  tools/layers.py            report every breach; exit 1 if there is one
  tools/layers.py --check    the same, and the graph in ARCHITECTURE.md must be fresh
  tools/layers.py --write    write the graph into ARCHITECTURE.md
  tools/layers.py --self-test  prove on small broken trees that each rule can fail
"""

import argparse
import re
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

SOURCE_SUFFIXES = {".h", ".cpp", ".inc"}
TEST_FILE = re.compile(r"_(test|fuzz|bench)\.cpp$|_fixture\.(h|cpp)$")
INCLUDE = re.compile(r'^\s*#\s*include\s*(["<])([^">]+)[">]', re.MULTILINE)
MODULE = re.compile(r"tocsin_module\(\s*(\w+)([^)]*)\)")
MODULE_KEYWORDS = {"NEEDS", "LIBS", "DEFINES"}
BEGIN = "<!-- graph: written by tools/layers.py --write -->"
END = "<!-- end of graph -->"


@dataclass
class Plan:
    floors: dict  # floor -> [room, ...], from the top floor down
    private: dict = field(default_factory=dict)  # start of an include path -> rooms that may use it

    def floor_of(self, room):
        return next((floor for floor, rooms in self.floors.items() if room in rooms), None)

    def may_use(self, user, used):
        user_floor, used_floor = self.floor_of(user), self.floor_of(used)
        order = list(self.floors)
        if user_floor != used_floor:
            return order.index(user_floor) < order.index(used_floor)
        rooms = self.floors[user_floor]
        return rooms.index(used) <= rooms.index(user)

    def folder(self, room):
        floor = self.floor_of(room)
        return f"src/{floor}" if self.floors[floor] == [floor] else f"src/{floor}/{room}"


def read_plan(path):
    plan = Plan(floors={})
    for number, line in enumerate(path.read_text().splitlines(), 1):
        line = line.split("#")[0].strip()
        if not line:
            continue
        head, separator, tail = line.partition(":")
        words = head.split()
        if not separator or len(words) < 2 or words[0] not in ("floor", "private"):
            raise SystemExit(f"{path}:{number}: expected 'floor NAME: rooms' or 'private ROOMS: include paths'")
        if words[0] == "floor":
            plan.floors[words[1]] = tail.split()
        else:
            for start in tail.split():
                plan.private[start] = words[1:]
    return plan


def sources(folder):
    return sorted(p for p in folder.rglob("*") if p.is_file() and p.suffix in SOURCE_SUFFIXES)


def includes(path):
    """(line, quoted?, target) of each #include of a file."""
    text = path.read_text(errors="replace")
    for match in INCLUDE.finditer(text):
        yield text.count("\n", 0, match.start(2)) + 1, match.group(1) == '"', match.group(2)


def needs_of(cmake_file):
    """(target name, rooms after NEEDS) of a room's CMakeLists.txt."""
    text = re.sub(r"#.*", "", cmake_file.read_text())
    match = MODULE.search(text)
    if not match:
        return None, []
    needs, current = [], None
    for word in match.group(2).split():
        if word in MODULE_KEYWORDS:
            current = word
        elif current == "NEEDS":
            needs.append(word)
    return match.group(1), needs


class House:
    def __init__(self, root):
        self.root = root
        self.plan = read_plan(root / "src/layers.txt")
        self.findings = []
        self.uses = {}  # room -> rooms it includes
        self.needs = {}  # room -> rooms its CMakeLists.txt names
        for floor, rooms in self.plan.floors.items():
            for room in rooms:
                self.look_at_room(room)
        self.look_for_strangers()
        self.look_at_commands()
        for room in self.needs:
            self.compare_needs(room)

    def find(self, where, what):
        where = where.relative_to(self.root) if isinstance(where, Path) else where
        self.findings.append(f"{where}: {what}")

    def room_of_include(self, target):
        """The room a quoted include leads to; None when it is not a path below src/."""
        parts = target.split("/")
        rooms = self.plan.floors.get(parts[0])
        if rooms == [parts[0]]:
            return parts[0]
        return parts[1] if rooms and len(parts) > 2 and parts[1] in rooms else None

    def look_at_room(self, room):
        folder = self.root / self.plan.folder(room)
        if not folder.is_dir() or not sources(folder):
            return  # a room is born when it is first needed
        for name in ("CMakeLists.txt", "README.md"):
            if not (folder / name).is_file():
                self.find(folder, f"a room has a {name}")
        self.uses[room] = set()
        for path in sources(folder):
            for line, quoted, target in includes(path):
                where = f"{path.relative_to(self.root)}:{line}"
                if quoted and target.startswith("tests/support/") and TEST_FILE.search(path.name):
                    continue
                if quoted:
                    self.look_at_include(where, room, target)
                else:
                    self.look_at_library(where, room, target)
        if (folder / "CMakeLists.txt").is_file():
            name, needs = needs_of(folder / "CMakeLists.txt")
            if name == room:
                self.needs[room] = needs
            else:
                self.find(folder / "CMakeLists.txt", f"expected tocsin_module({room} ...)")

    def look_at_include(self, where, room, target):
        used = self.room_of_include(target)
        if used is None:
            self.find(where, f'"{target}": our headers are included by their full path below src/')
        elif not self.plan.may_use(room, used):
            self.find(where, f"{room} may not use {used}: see src/layers.txt")
        elif used != room:
            self.uses[room].add(used)

    def look_at_library(self, where, room, target):
        if self.room_of_include(target):
            self.find(where, f"<{target}>: our own headers are included with quotation marks")
        for start, owners in self.plan.private.items():
            if target.startswith(start) and room not in owners:
                self.find(where, f"<{target}> belongs to {' and '.join(owners)} alone: see src/layers.txt")

    def look_for_strangers(self):
        """Folders with code that the plan does not know."""
        planned = [self.root / self.plan.folder(room) for rooms in self.plan.floors.values() for room in rooms]
        for path in sources(self.root / "src"):
            if not any(folder in path.parents for folder in planned):
                self.find(path, "lies in no room of src/layers.txt")

    def look_at_commands(self):
        for path in sources(self.root / "cmd"):
            for line, quoted, target in includes(path):
                if not quoted:
                    self.look_at_library(f"{path.relative_to(self.root)}:{line}", "cmd", target)

    def reachable(self, room):
        seen, todo = set(), list(self.needs.get(room, []))
        while todo:
            next_room = todo.pop()
            if next_room not in seen:
                seen.add(next_room)
                todo += self.needs.get(next_room, [])
        return seen

    def compare_needs(self, room):
        cmake_file = self.root / self.plan.folder(room) / "CMakeLists.txt"
        named = set(self.needs[room])
        for need in self.needs[room]:
            if self.plan.floor_of(need) is None:
                self.find(cmake_file, f"NEEDS {need}, which is no room of src/layers.txt")
            elif need == room or not self.plan.may_use(room, need):
                self.find(cmake_file, f"NEEDS {need}, which {room} may not use: see src/layers.txt")
        unused = self.in_order(named - self.uses[room])
        lacking = self.in_order(self.uses[room] - self.reachable(room))
        if unused or lacking:
            right = self.in_order((named & self.uses[room]) | set(lacking))
            self.find(
                cmake_file,
                "NEEDS and #include lines disagree:"
                + (f" not included: {' '.join(unused)};" if unused else "")
                + (f" not named: {' '.join(lacking)};" if lacking else "")
                + f" right would be: NEEDS {' '.join(right)}",
            )

    def graph(self):
        """Mermaid for the eye (an arrow that follows from others is left out), a table for the exact answer."""
        lines = [BEGIN, "```mermaid", "flowchart TD"]
        for floor, rooms in self.plan.floors.items():
            born = [room for room in rooms if room in self.uses]
            if born:
                lines += [f"  subgraph floor_{floor}[{floor}]", *(f"    {room}" for room in born), "  end"]
        for room in self.uses:
            for used in self.in_order(self.direct(room)):
                lines.append(f"  {room} --> {used}")
        lines += ["```", "", "| room | uses |", "| --- | --- |"]
        for room in self.uses:
            lines.append(f"| `{self.plan.folder(room)}` | {', '.join(self.in_order(self.uses[room])) or '-'} |")
        return "\n".join([*lines, END])

    def in_order(self, rooms):
        return [room for planned in self.plan.floors.values() for room in planned if room in rooms]

    def direct(self, room):
        """The rooms used by `room` that none of its other rooms already uses."""

        def below(start):
            seen, todo = set(), [start]
            while todo:
                for used in self.uses.get(todo.pop(), ()):
                    if used not in seen:
                        seen.add(used)
                        todo.append(used)
            return seen

        return self.uses[room] - {far for near in self.uses[room] for far in below(near)}


def replace_graph(text, graph):
    start, end = text.find(BEGIN), text.find(END)
    if start < 0 or end < start:
        raise SystemExit("ARCHITECTURE.md has lost the two markers between which the graph stands")
    return text[:start] + graph + text[end + len(END):]


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--root", type=Path, default=Path(__file__).resolve().parent.parent)
    group = parser.add_mutually_exclusive_group()
    group.add_argument("--check", action="store_true", help="the graph in ARCHITECTURE.md must be fresh, too")
    group.add_argument("--write", action="store_true", help="write the graph into ARCHITECTURE.md")
    group.add_argument("--self-test", action="store_true", help="prove that each rule can fail")
    options = parser.parse_args()
    if options.self_test:
        return self_test()

    house = House(options.root)
    page = options.root / "ARCHITECTURE.md"
    if options.write or options.check:
        old = page.read_text()
        new = replace_graph(old, house.graph())
        if options.write and new != old:
            page.write_text(new)
        if options.check and new != old:
            house.find(page, "the graph is stale; run ./dev docs")
    for finding in house.findings:
        print(finding)
    if not house.findings:
        print(f"{len(house.uses)} rooms agree with src/layers.txt")
    return 1 if house.findings else 0


# A sound house of three rooms, and for each rule one change that must be found. A check that cannot fail is no check.

SOUND = {
    "src/layers.txt": "floor upper: attic\nfloor lower: stone brick\nprivate stone: sodium.h\n",
    "src/lower/stone/stone.h": "#include <sodium.h>\n",
    "src/lower/stone/CMakeLists.txt": "tocsin_module(stone)\n",
    "src/lower/stone/README.md": "stone\n",
    "src/lower/brick/brick.h": '#include "lower/stone/stone.h"\n',
    "src/lower/brick/CMakeLists.txt": "tocsin_module(brick NEEDS stone LIBS fmt::fmt)\n",
    "src/lower/brick/README.md": "brick\n",
    "src/upper/attic/attic.cpp": '#include "lower/brick/brick.h"\n#include "lower/stone/stone.h"\n',
    "src/upper/attic/CMakeLists.txt": "tocsin_module(attic NEEDS brick)  # stone comes with brick\n",
    "src/upper/attic/README.md": "attic\n",
    "src/upper/attic/attic_test.cpp": '#include "tests/support/folder.h"\n',
    "cmd/main.cpp": '#include "upper/attic/attic.h"\n',
}
BROKEN = {
    "upwards": ({"src/lower/brick/up.cpp": '#include "upper/attic/attic.h"\n'}, "brick may not use attic"),
    "sideways": ({"src/lower/stone/side.cpp": '#include "lower/brick/brick.h"\n'}, "stone may not use brick"),
    "test file": ({"src/lower/stone/a_test.cpp": '#include "upper/attic/a.h"\n'}, "stone may not use attic"),
    "test support": ({"src/lower/brick/wall.cpp": '#include "tests/support/folder.h"\n'}, "by their full path"),
    "short path": ({"src/lower/brick/short.cpp": '#include "brick.h"\n'}, "by their full path"),
    "angle": ({"src/lower/brick/angle.cpp": "#include <lower/stone/stone.h>\n"}, "with quotation marks"),
    "library": ({"src/lower/brick/seal.cpp": "#include <sodium.h>\n"}, "belongs to stone alone"),
    "command's library": ({"cmd/seal.cpp": "# include <sodium.h>\n"}, "belongs to stone alone"),
    "no README": ({"src/lower/brick/README.md": None}, "has a README.md"),
    "no CMakeLists": ({"src/lower/brick/CMakeLists.txt": None}, "has a CMakeLists.txt"),
    "other name": ({"src/lower/stone/CMakeLists.txt": "tocsin_module(rock)\n"}, "expected tocsin_module(stone"),
    "need forgotten": ({"src/upper/attic/CMakeLists.txt": "tocsin_module(attic)\n"}, "not named: stone brick"),
    "need unused": ({"src/lower/brick/brick.h": "\n"}, "not included: stone"),
    "need upwards": ({"src/lower/stone/CMakeLists.txt": "tocsin_module(stone NEEDS attic)\n"}, "stone may not use"),
    "need unknown": ({"src/lower/stone/CMakeLists.txt": "tocsin_module(stone NEEDS moon)\n"}, "no room of"),
    "stranger": ({"src/lower/shed/shed.h": "\n"}, "lies in no room"),
}


def build_tree(root, files):
    for name, content in files.items():
        if content is not None:
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            (root / name).write_text(content)


def self_test():
    failures = 0
    for title, (change, expected) in {"sound": ({}, None), **BROKEN}.items():
        with tempfile.TemporaryDirectory() as folder:
            build_tree(Path(folder), {**SOUND, **change})
            findings = House(Path(folder)).findings
        good = any(expected in finding for finding in findings) if expected else not findings
        if not good:
            failures += 1
            print(f"FAILED {title}: expected {expected or 'no finding'}, got {findings}")
    with tempfile.TemporaryDirectory() as folder:
        build_tree(Path(folder), SOUND)
        graph = House(Path(folder)).graph()
    stale = f"before\n{BEGIN}\nold\n{END}\nafter\n"
    if "attic --> brick" not in graph or "attic --> stone" in graph or replace_graph(stale, graph) == stale:
        failures += 1
        print("FAILED graph: a stale page must be told from a fresh one")
    print(f"{len(BROKEN) + 2 - failures} of {len(BROKEN) + 2} cases as expected")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
