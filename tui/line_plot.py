"""Line plots drawn with braille dots, two by four per character."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise

from textual.content import Content

Points = Sequence[tuple[float, float]]
DOTS = ((0x01, 0x08), (0x02, 0x10), (0x04, 0x20), (0x40, 0x80))  # by row, then by column of a character
COLOURS = ("$primary", "$accent", "$success", "$error")


def plot(lines: Mapping[str, Points], x_name: str, width: int, height: int) -> Content:
    """Plots curves in `width` × `height` characters, with their names and last values on the right."""
    points = [point for line in lines.values() for point in line]
    legend = max((len(_ending(name, line)) for name, line in lines.items()), default=0) + 2
    low, high = min((y for _, y in points), default=0.0), max((y for _, y in points), default=1.0)
    left, right = min((x for x, _ in points), default=0.0), max((x for x, _ in points), default=1.0)
    axis = max(len(_figure(low)), len(_figure(high))) + 1
    columns, rows = max(width - axis - legend - 1, 4), max(height - 2, 2)
    across, down = (right - left) or 1.0, (high - low) or 1.0
    canvas: list[list[tuple[int, int]]] = [[(0, 0)] * columns for _ in range(rows)]  # (dots, which line)

    def place(x: float, y: float) -> tuple[int, int]:
        return round((x - left) / across * (columns * 2 - 1)), round((high - y) / down * (rows * 4 - 1))

    for number, line in enumerate(lines.values()):
        places = [place(x, y) for x, y in sorted(line)]
        for column, row in _joined(places):
            dots, _ = canvas[row // 4][column // 2]
            canvas[row // 4][column // 2] = (dots | DOTS[row % 4][column % 2], number)
    names = _labels(lines, place, rows)
    drawn = []
    for row, cells in enumerate(canvas):
        label = _figure(high) if row == 0 else _figure(low) if row == rows - 1 else ""
        parts: list[Content | tuple[str, str]] = [(f"{label:>{axis - 1}} ", "$foreground-muted"), ("│", "$border")]
        parts += [(chr(0x2800 + dots) if dots else " ", COLOURS[line % len(COLOURS)]) for dots, line in cells]
        if row in names:
            name, number = names[row]
            parts.append((f" {name}", COLOURS[number % len(COLOURS)]))
        drawn.append(Content.assemble(*parts))
    drawn.append(Content.assemble(" " * axis, ("└" + "─" * columns, "$border")))
    ends = f"{x_name} {_figure(left)}", _figure(right)
    drawn.append(
        Content.styled(" " * (axis + 1) + f"{ends[0]:<{columns - len(ends[1])}}{ends[1]}", "$foreground-muted")
    )
    return Content("\n").join(drawn)


def _labels(lines: Mapping[str, Points], place: object, rows: int) -> dict[int, tuple[str, int]]:
    """Returns the name of a curve for each row: on the row where the curve ends, or the nearest free one."""
    assert callable(place)
    taken: dict[int, tuple[str, int]] = {}
    for number, (name, points) in enumerate(lines.items()):
        wanted = place(*sorted(points)[-1])[1] // 4
        free = [row for row in range(rows) if row not in taken]
        if free:
            taken[min(free, key=lambda row: (abs(row - wanted), row))] = (_ending(name, points), number)
    return taken


def _ending(name: str, points: Points) -> str:
    return f"{name} {_figure(sorted(points)[-1][1])}"


def _figure(value: float) -> str:
    return f"{value:.4g}"


def _joined(places: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """Returns the dots of straight lines between consecutive points."""
    dots = list(places[:1])
    for (x0, y0), (x1, y1) in pairwise(places):
        steps = max(abs(x1 - x0), abs(y1 - y0), 1)
        dots += [(round(x0 + (x1 - x0) * i / steps), round(y0 + (y1 - y0) * i / steps)) for i in range(1, steps + 1)]
    return dots
