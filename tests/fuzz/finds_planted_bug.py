#!/usr/bin/env python3
"""The fuzzer finds a bug that was planted for it (planted_bug_fuzz.cpp), beginning with an input that shows nothing.

  finds_planted_bug.py FUZZER     exit 0 where it reports the overflow within a minute
"""

import subprocess
import sys
import tempfile
from pathlib import Path

BENIGN = b"rec1S\x00\x05hello"


def run(fuzzer, *options):
    done = subprocess.run([fuzzer, *options], capture_output=True, text=True, errors="replace", timeout=150)
    return done.returncode, done.stderr


def main():
    fuzzer = sys.argv[1]
    with tempfile.TemporaryDirectory() as folder:
        corpus = Path(folder, "corpus")
        corpus.mkdir()
        (corpus / "hello").write_bytes(BENIGN)
        code, report = run(fuzzer, "-runs=0", str(corpus))
        if code != 0:
            sys.exit(f"the corpus is not benign:\n{report}")
        code, report = run(fuzzer, "-seed=1", "-max_total_time=60", f"-artifact_prefix={folder}/", str(corpus))
        if code == 0 or "AddressSanitizer: heap-buffer-overflow" not in report:
            sys.exit(f"the planted bug was not found (exit code {code}):\n{report[-4000:]}")
        crash = next(Path(folder).glob("crash-*")).read_bytes()
        print(f"found: {crash!r}")


if __name__ == "__main__":
    main()
