"""Runs the named benchmarks, or all of them, and prints one table of results (`make bench`)."""

from __future__ import annotations

import importlib
import platform
import sys

from rich.console import Console
from rich.table import Table

NAMES = (
    "save_to_verdict",
    "pool",
    "proof",
    "paint",
    "playground_keys",
    "decoding",
    "training",
    "finetune",
    "bpe_training",
    "races",
    "cowork_load",
    "cowork_attack",
    "cowork_failover",
)


def main(names: list[str]) -> None:
    """Each benchmark has a `run()` that returns rows of (measurement, result, comparison)."""
    table = Table(title=f"fromscratch on {platform.machine()}, Python {platform.python_version()}")
    for column in ("measurement", "result", "comparison"):
        table.add_column(column, overflow="fold")
    for name in names or NAMES:
        for row in importlib.import_module(f"benchmarks.{name}").run():
            table.add_row(*row)
        table.add_section()
    Console().print(table)


if __name__ == "__main__":
    main(sys.argv[1:])
