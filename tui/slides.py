"""Prints the pages of a presentation as text, for pipes and screen readers."""

from __future__ import annotations

import sys
from collections.abc import Iterable

from rich.console import Console
from rich.markdown import Markdown
from rich.rule import Rule
from rich.table import Table as RichTable
from rich.text import Text

from learner.presentation import Block, Curves, Page, PlainText, Table, Unavailable
from tui.formatting import clean
from tui.line_plot import plot

PLOT_HEIGHT = 14


def print_pages(pages: Iterable[Page]) -> None:
    """Prints all pages to stdout."""
    console = Console(file=sys.stdout, width=None if sys.stdout.isatty() else 100, highlight=False)
    for page in pages:
        console.print(Rule(Text(clean(page.title)), align="left"))
        for block in page.blocks:
            _print(console, block)
        if page.is_empty:
            for note in page.notes:
                console.print(Text(f"Not written yet. {clean(note)}", style="dim"))
        console.print()


def _print(console: Console, block: Block) -> None:
    match block:
        case str():
            console.print(Markdown(clean(block)))
        case Curves():
            lines = {clean(name): points for name, points in block.lines.items()}
            console.print(Text(plot(lines, clean(block.x), min(console.width, 100), PLOT_HEIGHT).plain))
        case Table():
            table = RichTable(box=None)
            for cell in block.rows[0]:
                table.add_column(Text(clean(cell)))
            for row in block.rows[1:]:
                table.add_row(*(Text(clean(cell)) for cell in row))
            console.print(table)
        case PlainText():
            console.print(Text(clean(block.text)))
        case Unavailable():
            console.print(Text(clean(block.reason), style="dim"))
    if not isinstance(block, str) and block.caption:
        console.print(Text(clean(block.caption), style="italic"))
