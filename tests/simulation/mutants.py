#!/usr/bin/env python3
"""A test of the simulation: it has to find deliberate faults.

    mutants.py replay [SIMULATOR]   each fault of mutants.txt is found at its seed or soon after: exit code 0
    mutants.py search [SIMULATOR]   looks for each within 1,000 seeds, and writes mutants.txt anew

A change of the program shifts what a seed decides; where a fault is not found near its seed any more, search again.
"""
import os
import re
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
TABLE = os.path.join(HERE, "mutants.txt")
SOON = 30  # seeds


def found(simulator, mutant, first, seeds):
    """The seed at which an invariant broke, or None."""
    run = subprocess.run([simulator, "--mutant", mutant, "--first", str(first), "--seeds", str(seeds)],
                         stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, check=False)
    if run.returncode == 0:
        return None
    seed = re.match(r"seed (\d+), step", run.stdout)
    if run.returncode != 1 or not seed:
        raise SystemExit(f"{mutant}: the simulator ended with {run.returncode}: {run.stdout.strip()}")
    return int(seed.group(1)), run.stdout.strip()


def main():
    verb = sys.argv[1] if len(sys.argv) > 1 else ""
    simulator = sys.argv[2] if len(sys.argv) > 2 else os.path.join(HERE, "../../build/release/tocsin-sim")
    with open(TABLE, encoding="utf-8") as file:
        table = [line.split() for line in file if line.strip()]
    missed = []
    lines = []
    for mutant, seed in table:
        hit = found(simulator, mutant, 1, 1000) if verb == "search" else found(simulator, mutant, int(seed), SOON)
        if hit is None:
            missed.append(mutant)
            lines.append((mutant, seed))
        else:
            lines.append((mutant, str(hit[0])))
        print(f"{mutant}: {hit[1] if hit else 'NOT FOUND'}", flush=True)
    if verb == "search":
        with open(TABLE, "w", encoding="utf-8") as file:
            file.writelines(f"{mutant} {seed}\n" for mutant, seed in lines)
    if missed:
        raise SystemExit(f"not found: {', '.join(missed)}; see the text at the head of tests/simulation/mutants.py")


if __name__ == "__main__":
    if sys.argv[1:2] not in (["replay"], ["search"]):
        sys.exit(__doc__)
    main()
