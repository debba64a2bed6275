"""Injects each fault a few times; `python -m benchmarks.faults` injects them hundreds of times.

The results are printed at the end of pytest's output.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest

from benchmarks.faults import disks, kills, saves, stores
from benchmarks.faults.__main__ import table_row
from benchmarks.faults.harness import Result

FAULTS: dict[str, Callable[[], Result | list[Result]]] = {
    "kill -9 of the app": lambda: kills.app(3, 2.0),
    "kill -9 of its processes": lambda: kills.processes(1),
    "a full disk": lambda: disks.full(1),
    "no room at any byte": lambda: disks.limited(5),
    "a read-only workspace": lambda: disks.read_only(1),
    "damage": lambda: stores.damaged(30),
    "damage without the log": lambda: stores.without_log(10),
    "a newer store": lambda: stores.newer(1),
    "a store that vanishes": lambda: stores.vanished(6),
    "several programs": lambda: stores.shared(1),
    "a wrong clock": lambda: stores.clock(5),
    "editors": lambda: saves.styles(1),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_nothing_is_lost(fault: str, record_property: Callable[[str, object], None]) -> None:
    outcome = FAULTS[fault]()
    for result in outcome if isinstance(outcome, list) else [outcome]:
        record_property("fault", table_row(result))
        assert result.lost == [], f"{result.fault}: {result.lost}"
        # The process to kill may already have exited; a fault that this machine cannot cause says "not tried".
        assert result.tries or "not tried:" in result.outcome or fault == "kill -9 of its processes"
