"""The curves of the training and validation loss. Draws with textual-plot, which imports numpy; import it late."""

from __future__ import annotations

from collections.abc import Sequence

from textual_plot import HiResMode, LegendLocation, PlotWidget

Points = Sequence[tuple[int, float]]
MAX_POINTS = 400


class LossPlot(PlotWidget):
    """A plot of two curves, with their labels, over the optimizer steps. It takes no focus: keys go to the form."""

    DEFAULT_CSS = """
    LossPlot {
        & > .plot--axis, & > .plot--tick { color: $foreground-muted; text-style: none; }
        & > .plot--label { color: $foreground-muted; text-style: none; }
        #legend { border: none; }
    }
    """
    can_focus = False

    def __init__(self, first: str = "training", second: str = "validation") -> None:
        super().__init__(id="curves", allow_pan_and_zoom=False)
        self.labels = first, second

    def on_mount(self) -> None:
        self.margin_left, self.margin_top, self.margin_bottom = 6, 0, 3

    def on_show(self) -> None:
        # a legend that was placed while the plot was hidden, without a width, is outside of it
        self.call_after_refresh(self.show_legend, LegendLocation.TOPRIGHT)

    def show(self, training: Points, validation: Points) -> None:
        """Draws the curves; long ones are thinned."""
        self.clear()
        colours = self.app.theme_variables
        for label, points, colour in (
            (self.labels[0], training, colours.get("primary", "cyan")),
            (self.labels[1], validation, colours.get("accent", "magenta")),
        ):
            if len(points) > 1:
                thinned = [*points[:: max(1, len(points) // MAX_POINTS)], points[-1]]
                x, y = zip(*thinned, strict=True)
                self.plot(x, y, line_style=colour, hires_mode=HiResMode.BRAILLE, label=label)
            elif points:
                x, y = zip(*points, strict=True)
                self.scatter(x, y, marker_style=colour, label=label)
        points = [*training, *validation]
        # around a single value, the limits are so close that the ticks' numbers run into each other
        self.set_xlimits(*_limits([x for x, _ in points], 1))
        self.set_ylimits(*_limits([y for _, y in points], 0.1))
        self.set_xlabel("optimizer steps")
        self.show_legend(LegendLocation.TOPRIGHT)


def _limits(values: Sequence[float], margin: float) -> tuple[float, float] | tuple[None, None]:
    """Limits of an axis around values that are all equal; None where the plot scales it itself."""
    if not values or min(values) < max(values):
        return None, None
    return values[0] - margin, values[0] + margin
