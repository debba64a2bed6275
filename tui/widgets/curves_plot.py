"""The curves of a try. Draws with textual-plot, which imports numpy; import it late."""

from __future__ import annotations

from textual_plot import HiResMode, LegendLocation, PlotWidget

from exercises.drawings import Curves
from tui.drawings.palette import Palette

MARGIN = 9  # columns of the numbers at the y axis
# whether a corner is on the right, and whether it is at the top
CORNERS = {
    LegendLocation.TOPRIGHT: (True, True),
    LegendLocation.TOPLEFT: (False, True),
    LegendLocation.BOTTOMRIGHT: (True, False),
    LegendLocation.BOTTOMLEFT: (False, False),
}


class CurvesPlot(PlotWidget):
    """Plots lines with a legend. It takes no focus, so that the keys scroll the view."""

    DEFAULT_CSS = """
    CurvesPlot {
        height: 16;
        & > .plot--axis, & > .plot--tick { color: $foreground-muted; text-style: none; }
        & > .plot--label { color: $foreground-muted; text-style: none; }
        #legend { border: none; }
    }
    """
    can_focus = False

    def __init__(self, drawing: Curves, palette: Palette) -> None:
        super().__init__(allow_pan_and_zoom=False)
        self.drawing, self.palette = drawing, palette

    def on_mount(self) -> None:
        self.call_later(self._plot_lines)  # the base class clears the plot when it is mounted

    def _plot_lines(self) -> None:
        self.margin_left, self.margin_top, self.margin_bottom = MARGIN, 0, 3
        for number, (name, points) in enumerate(self.drawing.lines.items()):
            colour = self.palette.lines[number % len(self.palette.lines)]
            if len(points) > 1:
                x, y = zip(*points, strict=True)
                self.plot(x, y, line_style=colour, hires_mode=HiResMode.BRAILLE, label=name)
            elif points:
                self.scatter([points[0][0]], [points[0][1]], marker_style=colour, label=name)
        self.set_xlabel(self.drawing.x)
        if len(self.drawing.lines) > 1:
            self.show_legend(_emptiest_corner(self.drawing))


def _emptiest_corner(drawing: Curves) -> LegendLocation:
    """Returns the corner of the plot with the fewest points."""
    points = [point for line in drawing.lines.values() for point in line]
    left, right = min(x for x, _ in points), max(x for x, _ in points)
    low, high = min(y for _, y in points), max(y for _, y in points)

    def crowd(corner: LegendLocation) -> int:
        x_side, y_side = CORNERS[corner]
        return sum(
            abs(x - left) >= 0.6 * (right - left) if x_side else abs(x - right) >= 0.6 * (right - left)
            for x, y in points
            if (abs(y - low) if y_side else abs(y - high)) >= 0.6 * (high - low)
        )

    return min(CORNERS, key=crowd)
