"""What can go wrong on a learner's machine, each for real and a few times; `python -m benchmarks.faults` does hundreds.

The table of what was tried is printed at the end of the tests' output.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest

from benchmarks.faults import disks, kills, saves, stores
from benchmarks.faults.__main__ import row
from benchmarks.faults.harness import Result

FEW: dict[str, Callable[[], Result | list[Result]]] = {
    "kill -9 of the app": lambda: kills.app(3, 2.0),
    "kill -9 of its processes": lambda: kills.processes(1),
    "a full disk": lambda: disks.full(1),
    "no room at any byte": lambda: disks.limited(5),
    "a read-only workspace": lambda: disks.read_only(1),
    "damage": lambda: stores.damaged(30),
    "damage without a second copy": lambda: stores.without_log(10),
    "a newer store": lambda: stores.newer(1),
    "a store that vanishes": lambda: stores.vanished(6),
    "several programs": lambda: stores.shared(1),
    "a wrong clock": lambda: stores.clock(5),
    "editors": lambda: saves.styles(1),
}


@pytest.mark.parametrize("fault", FEW)
def test_nothing_is_lost(fault: str, record_property: Callable[[str, object], None]) -> None:
    found = FEW[fault]()
    for result in found if isinstance(found, list) else [found]:
        record_property("fault", row(result))
        assert result.lost == [], f"{result.fault}: {result.lost}"
        # A process to kill may just have ended; what this machine cannot try says so in the table.
        assert result.tries or "not tried:" in result.says or fault == "kill -9 of its processes"
