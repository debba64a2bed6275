"""The widget of a line plot."""

from __future__ import annotations

from collections.abc import Mapping

from textual.content import Content
from textual.widget import Widget

from tui.line_plot import Points, plot


class LinePlot(Widget):
    """A line plot that fills the space available."""

    DEFAULT_CSS = """
    LinePlot { height: 1fr; min-height: 8; }
    """

    def __init__(self, lines: Mapping[str, Points], x_name: str) -> None:
        super().__init__()
        self.lines, self.x_name = lines, x_name

    def render(self) -> Content:
        return plot(self.lines, self.x_name, self.size.width, self.size.height)
