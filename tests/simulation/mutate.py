#!/usr/bin/env python3
"""Writes a copy of a source file in which every refusal can be switched off by its id.

    mutate.py IN.cpp OUT.cpp

`if (...) return fail(ErrorCode::X, "some.id"` becomes `if (...) if (!is_off("some.id")) return fail(...`, and the same for
the release decision's `return no("some.id"`. The simulator is linked with these copies, so that each check of the program
is a deliberate fault that can be tried (mutants.h); the program itself knows nothing of it.
"""
import re
import sys

# After a condition, or as the last statement of a block that is not a function's.
REFUSAL = re.compile(r'(\)\s*|;\n {6,})return ((?:fail\(ErrorCode::\w+,\s*|no\()"([a-z_.]+)")')


def main():
    source, target = sys.argv[1:]
    with open(source, encoding="utf-8") as file:
        text = file.read()
    ids = []

    def switch(match):
        ids.append(match.group(3))
        return f'{match.group(1)}if (!::tocsin::simulation::is_off("{match.group(3)}")) return {match.group(2)}'

    text = REFUSAL.sub(switch, text)
    if not ids:
        sys.exit(f"{source}: no refusal found")
    with open(target, "w", encoding="utf-8") as file:
        file.write(f'#include "tests/simulation/is_off.h"\n#line 1 "{source}"\n{text}')
        known = ", ".join(f'"{each}"' for each in sorted(set(ids)))
        file.write(f'namespace {{\nconst ::tocsin::simulation::Checks checks({{{known}}});\n}}\n')


main()
