#!/usr/bin/env python3
"""docs/attacks.md names tests that there are: `Suite.Name` of a C++ test, `test_name` of a Python one; and each row names one,
or says that it is open."""
import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def tests():
    for folder in ("src", "cmd", "tests"):
        for file in (ROOT / folder).rglob("*_test.cpp"):
            for suite, name in re.findall(r"^TEST(?:_F|_P)?\((\w+),\s*(\w+)\)", file.read_text(), re.M):
                yield f"{suite}.{name}"
        for file in (ROOT / folder).rglob("test_*.py"):
            yield from re.findall(r"^ +def (test_\w+)\(", file.read_text(), re.M)


def main():
    known = set(tests())
    wrong = []
    rows = 0
    for row in (ROOT / "docs/attacks.md").read_text().splitlines():
        cells = [cell.strip() for cell in row.strip("|").split("|")]
        if not row.startswith("| ") or cells[-1] == "test":
            continue
        rows += 1
        named = re.findall(r"`([\w.]+)`", cells[-1])
        wrong += [f"{cells[0]}: there is no test {name}" for name in named if name not in known]
        if not named and not cells[1].startswith("open: "):
            wrong.append(f"{cells[0]}: neither a test nor open")
    print("\n".join(wrong) or f"{rows} attacks and failures name tests that there are")
    return 1 if wrong or not rows else 0


sys.exit(main())
