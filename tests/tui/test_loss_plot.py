"""The plot of a training, drawn while a different view is shown."""

from __future__ import annotations

from textual.app import App, ComposeResult
from textual.widgets import ContentSwitcher, Static

from tests.support.tui import until
from tui.widgets.loss_plot import LossPlot


class Views(App[None]):
    CSS = "LossPlot { height: 14; }"

    def compose(self) -> ComposeResult:
        with ContentSwitcher(initial="other"):
            yield Static(id="other")
            yield LossPlot()


async def test_the_legend_of_a_plot_that_was_hidden_is_inside_it() -> None:
    app = Views()
    async with app.run_test(size=(50, 16)) as pilot:
        plot, switcher = app.query_one(LossPlot), app.query_one(ContentSwitcher)
        legend = plot.query_one("#legend")
        for view in ("curves", "other", "curves"):
            switcher.current = view
            plot.show([(1, 3.0), (2, 2.0)], [(2, 2.5)])  # before its size is known
            await pilot.pause()
        await until(pilot, lambda: legend.region.right > 40, "the legend at the right")
        assert plot.region.contains_region(legend.region)
        plot.show([(2, 0.4)], [(2, 0.4)])
        assert (plot._x_min, plot._x_max) == (1, 3), "one point has an axis with readable numbers"
        plot.show([(1, 3.0), (2, 2.0)], [])
        assert plot._auto_x_max and plot._auto_y_max, "the plot scales itself again"
