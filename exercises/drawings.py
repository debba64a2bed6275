"""The drawings of a try: notes, tokens, tables, bars, curves, heat maps and trees, as plain data.

A try.py returns these structs in the learner's process, where numbers may be tensors. `as_data` turns them into plain
data there. `from_data` checks that data in a process that runs no learner's code, before it is drawn in a terminal.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator
from typing import Any

import msgspec

MAX_DRAWINGS = 12
MAX_TEXT, MAX_LABEL = 4000, 80  # characters
MAX_ROWS, MAX_COLUMNS = 64, 64  # of a table, bars or a heat map
MAX_PIECES, MAX_NODES = 600, 200
MAX_LINES, MAX_POINTS = 6, 500

Cell = str | int | float | None
WRONG_TYPE = re.compile(r"Expected `(.+)`, got `(.+)` - at `\$\[(\d+)\]\.(.+)`")
TYPE_WORDS = {"str": "a text", "int": "a whole number", "float": "a number", "null": "None", "array": "a list",
              "object": "a dict", "bool": "True or False"}  # fmt: skip
VISIBLE_WHITESPACE = str.maketrans({" ": "·", "\n": "↵", "\t": "⇥"})


class BadDrawing(ValueError):
    """The data are no drawings, too large, or not finite. The message continues "Your result cannot be drawn: "."""


def _tag(name: str) -> str:
    """Returns a class's name as it stands in JSON: "HeatMap" is "heat-map"."""
    return "".join(f"-{c.lower()}" if c.isupper() and i else c.lower() for i, c in enumerate(name))


class Drawing(msgspec.Struct, kw_only=True, tag=_tag):
    """The base class. `caption` says what to look at; it must be true for the data at hand."""

    title: str = ""
    caption: str = ""


class Note(Drawing):
    """A text, with its own line breaks."""

    text: str


class Tokens(Drawing):
    """Pieces of text in alternating colours, and below each its label, for example its id."""

    pieces: list[str]
    labels: list[str] = []


class Table(Drawing):
    """Rows of texts and numbers below a header."""

    header: list[str]
    rows: list[list[Cell]]


class Bars(Drawing):
    """A horizontal bar for each value. `faded` are the indices of bars that are drawn dimmed; `unit` follows each
    number."""

    labels: list[str]
    values: list[float]
    faded: list[int] = []
    unit: str = ""


class Curves(Drawing):
    """Lines by name, each as (x, y) pairs in the order of x; `x` and `y` name the axes."""

    lines: dict[str, list[tuple[float, float]]]
    x: str = ""
    y: str = ""


class HeatMap(Drawing):
    """Numbers as colours, with a label for each row and column; None is a cell that is hidden, as by a mask. `digits`
    is the number of decimal places that are written in a cell where it is wide enough."""

    values: list[list[float | None]]
    rows: list[str] = []
    columns: list[str] = []
    digits: int = 2


class Node(msgspec.Struct):
    """A node of a tree, with its children."""

    label: str
    children: list[Node] = []


class Tree(Drawing):
    """A tree, drawn from its root downwards."""

    root: Node


AnyDrawing = Note | Tokens | Table | Bars | Curves | HeatMap | Tree


def visible(piece: str) -> str:
    """Returns a token's text with visible whitespace: " the" becomes "·the", a line break "↵"."""
    return piece.translate(VISIBLE_WHITESPACE) or "∅"


def histogram(values: Iterable[float], low: float, high: float, *, title: str, caption: str, bins: int = 12) -> Bars:
    """Returns bars that count the values in equal intervals from `low` to `high`; the outer ones include the rest."""
    counts, width = [0.0] * bins, (high - low) / bins
    for value in values:
        counts[min(max(int((value - low) // width), 0), bins - 1)] += 1
    labels = [f"{low + i * width:.2f} to {low + (i + 1) * width:.2f}" for i in range(bins)]
    return Bars(labels, counts, title=title, caption=caption)


def as_data(drawings: Iterable[Drawing]) -> Any:
    """Returns drawings as lists, dicts, texts and numbers; tensors and arrays become lists."""
    return msgspec.to_builtins(list(drawings), enc_hook=lambda value: value.tolist())


def from_data(data: Any) -> list[AnyDrawing]:
    """Returns the drawings that `as_data` wrote. Raises BadDrawing."""
    try:
        drawings = msgspec.convert(data, list[AnyDrawing])
    except (msgspec.ValidationError, RecursionError) as error:
        raise BadDrawing(_describe(error, data)) from None
    if not 0 < len(drawings) <= MAX_DRAWINGS:
        raise BadDrawing(f"there are {len(drawings)} drawings; there should be 1 to {MAX_DRAWINGS}.")
    for drawing in drawings:
        for problem in _problems(drawing):
            raise BadDrawing(f"“{drawing.title[:MAX_LABEL]}” {problem}.")
    return drawings


def _describe(error: Exception, data: Any) -> str:
    """Returns a sentence for a value of a wrong type: "“Your text” needs a text, but gets None (pieces[2])."."""
    wrong = WRONG_TYPE.fullmatch(str(error))
    if wrong is None or not isinstance(data, list):
        return f"{error}."
    wanted, value, index, place = wrong.groups()
    words = [" or ".join(TYPE_WORDS.get(name, name) for name in names.split(" | ")) for names in (wanted, value)]
    return f"“{str(data[int(index)].get('title'))[:MAX_LABEL]}” needs {words[0]}, but gets {words[1]} ({place})."


def _problems(drawing: AnyDrawing) -> Iterator[str]:
    """Yields what is wrong with a drawing."""
    if len(drawing.title) > MAX_LABEL or len(drawing.caption) > MAX_TEXT:
        yield "has too long a title or caption"
    match drawing:
        case Note():
            yield from _too_many(len(drawing.text), MAX_TEXT, "characters")
        case Tokens():
            yield from _too_many(len(drawing.pieces), MAX_PIECES, "pieces")
            yield from _too_many(sum(map(len, drawing.pieces)), MAX_TEXT, "characters")
            if drawing.labels and len(drawing.labels) != len(drawing.pieces):
                yield f"has {len(drawing.labels)} labels for {len(drawing.pieces)} pieces"
        case Table():
            yield from _too_many(len(drawing.rows), MAX_ROWS, "rows")
            if any(len(row) != len(drawing.header) for row in drawing.rows):
                yield f"has a row without {len(drawing.header)} columns"
        case Bars():
            yield from _too_many(len(drawing.values), MAX_ROWS, "bars")
            if len(drawing.labels) != len(drawing.values):
                yield f"has {len(drawing.labels)} labels for {len(drawing.values)} values"
        case Curves():
            yield from _too_many(len(drawing.lines), MAX_LINES, "lines")
            yield from _too_many(max(map(len, drawing.lines.values()), default=0), MAX_POINTS, "points")
            if not any(drawing.lines.values()):
                yield "has no points"
        case HeatMap():
            yield from _heat_map_problems(drawing)
        case Tree():
            yield from _too_many(sum(1 for _ in _nodes(drawing.root)), MAX_NODES, "nodes")
    if not all(map(math.isfinite, _numbers(drawing))):
        yield "contains nan or inf"


def _heat_map_problems(drawing: HeatMap) -> Iterator[str]:
    height, width = len(drawing.values), len(drawing.values[0]) if drawing.values else 0
    if not width:
        yield "has no values"
    yield from _too_many(height, MAX_ROWS, "rows")
    yield from _too_many(width, MAX_COLUMNS, "columns")
    if any(len(row) != width for row in drawing.values):
        yield "has rows of different lengths"
    if len(drawing.rows) not in (0, height) or len(drawing.columns) not in (0, width):
        yield f"has {len(drawing.rows)} × {len(drawing.columns)} labels for {height} × {width} values"


def _too_many(count: int, limit: int, things: str) -> Iterator[str]:
    if count > limit:
        yield f"has {count} {things}; the limit is {limit}"


def _numbers(drawing: AnyDrawing) -> Iterator[float]:
    match drawing:
        case Table():
            yield from (cell for row in drawing.rows for cell in row if isinstance(cell, float))
        case Bars():
            yield from drawing.values
        case Curves():
            yield from (number for line in drawing.lines.values() for point in line for number in point)
        case HeatMap():
            yield from (value for row in drawing.values for value in row if value is not None)


def _nodes(node: Node) -> Iterator[Node]:
    yield node
    for child in node.children:
        yield from _nodes(child)
