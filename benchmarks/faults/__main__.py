"""`python -m benchmarks.faults [ROUNDS]`: tries every fault, prints the table, and writes it to docs/faults.md."""

from __future__ import annotations

import os
import platform
import statistics
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

from benchmarks.faults import disks, kills, saves, stores
from benchmarks.faults.harness import Result

PAGE = Path(__file__).parents[2] / "docs" / "faults.md"
HEAD = """# What can go wrong, tried

`python -m benchmarks.faults` made this page: each fault was brought about for real, so many times, against the real
app with its real engine, in a workspace of its own. *Lost* counts attempts that were shown as recorded and were not
there afterwards, files of the learner's that changed, sentences that were missing, and processes left behind. *Until
all is well* is the time from the end of the fault to the state that the last column tells: median and worst.

| fault | tries | lost | until all is well | what the learner meets |
|---|---:|---:|---:|---|
"""


def faults(rounds: int) -> Iterator[Callable[[], Result | list[Result]]]:
    """Everything there is to try; `rounds` is how often the app itself is killed."""
    few, many = max(2, rounds // 5), rounds * 2
    yield lambda: kills.app(rounds)
    yield lambda: kills.processes(-(-rounds // 3))
    yield lambda: disks.full(few)
    yield lambda: disks.limited(rounds)
    yield lambda: disks.read_only(max(1, rounds // 20))
    yield lambda: stores.damaged(many)
    yield lambda: stores.without_log(rounds)
    yield lambda: stores.newer(few)
    yield lambda: stores.vanished(rounds)
    yield lambda: stores.shared(few)
    yield lambda: stores.two_apps(max(1, rounds // 20))
    yield lambda: stores.clock(rounds)
    yield lambda: saves.styles(max(2, rounds // 10))


def row(result: Result) -> str:
    """A row of the table, in Markdown."""
    times = f"{_time(statistics.median(result.seconds))}, {_time(max(result.seconds))}" if result.seconds else "–"
    lost = str(len(result.lost)) if result.lost else result.bound or "nothing" if result.tries else "–"
    return f"| {result.fault} | {result.tries or '–'} | {lost} | {times} | {result.says} |"


def _time(seconds: float) -> str:
    return f"{seconds * 1000:.0f} ms" if seconds < 1 else f"{seconds:.1f} s"


def main(rounds: int) -> int:
    """Tries all; the exit code is 1 where anything was lost."""
    results: list[Result] = []
    for fault in faults(rounds):
        found = fault()
        for result in found if isinstance(found, list) else [found]:
            results.append(result)
            print(row(result), flush=True)
            for loss in result.lost:
                print(f"    lost: {loss}", flush=True)
        write(results)
    return 1 if any(result.lost for result in results) else 0


def write(results: list[Result]) -> None:
    """The page, with what has been tried so far."""
    tries, lost = sum(result.tries for result in results), sum(len(result.lost) for result in results)
    load = f"{os.cpu_count()} cores, a load of {os.getloadavg()[0]:.0f}"
    foot = f"\n{tries} tries, {lost or 'no'} losses that could have been avoided. {platform.system()} on "
    foot += f"{platform.machine()}, Python {platform.python_version()}, {load} at the end.\n"
    PAGE.write_text(HEAD + "\n".join(map(row, results)) + "\n" + foot, encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 100))
