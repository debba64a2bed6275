"""Runs a fuzz target under atheris, a coverage-guided fuzzer; not part of the test suite.

    python -m tests.fuzz.with_atheris TARGET [-max_total_time=60] [options of libFuzzer]

Needs `pip install atheris` (Linux; CPython 3.11 to 3.13). An input that fails is saved as crash-….
"""

from __future__ import annotations

import sys

import atheris

with atheris.instrument_imports(include=["engine", "exercises", "grader", "reference"]):
    from tests.fuzz.targets import TARGETS

if __name__ == "__main__":
    if len(sys.argv) < 2 or sys.argv[1] not in TARGETS:
        sys.exit(f"Name a target: {', '.join(TARGETS)}")
    target = TARGETS[sys.argv.pop(1)]
    atheris.Setup(sys.argv, target)
    atheris.Fuzz()
