"""The page of the logit lens: what the model would predict after each layer."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Static

from playground.session import SessionError
from playground.xray_messages import Lens, LensLayer, LensLayers
from tui.formatting import visible_token
from tui.screens.playground.xray.page import Answer, Page
from tui.screens.playground.xray.state import XrayState
from tui.widgets.heat_map import Cell, HeatRows
from tui.widgets.updates import set_text

TOP = 5


class LensPage(Page):
    """A row a layer: the rank and the probability of the final choice there, and the most probable tokens."""

    NAME = "lens"

    def __init__(self, state: XrayState) -> None:
        super().__init__(state)
        self.heading = Static(id="lens-heading", classes="page-line", markup=False)
        self.map = HeatRows(cell_width=(11, 18), label_width=5, id="lens-map")
        self.position = -1

    def compose(self) -> ComposeResult:
        yield self.heading
        yield self.problem
        yield self.map

    @property
    def main(self) -> Widget:
        return self.map

    def show(self) -> None:
        self.position = self.state.tree.cursor
        if ids := self.state.ids:
            self.ask(Lens(ids=ids, position=self.position, top=TOP))

    def answered(self, answers: list[Answer]) -> None:
        for answer in answers:
            if isinstance(answer, SessionError):
                self.reset()
                continue
            for event in answer:
                if isinstance(event, LensLayers):
                    self._show_layers(event)

    def reset(self) -> None:
        self.map.clear()
        set_text(self.heading, "")

    def _show_layers(self, event: LensLayers) -> None:
        target = visible_token(event.target.text)
        since = next((layer.layer for layer in reversed(event.layers) if layer.rank > 1), -1) + 1
        first = "from the embedding on" if since <= 0 else f"from layer {since} on"
        leads = f"  most probable {first}" if since <= event.layers[-1].layer else ""
        position = self.state.tree.tokens[self.position].text
        text = Content.assemble(
            ("After ", "$foreground-muted"), visible_token(position), ("  final choice ", "$foreground-muted"),
            (target, "bold $accent"), (f"{leads}", "$foreground-muted"),
        )  # fmt: skip
        set_text(self.heading, text)
        labels = ["emb." if layer.layer == 0 else str(layer.layer) for layer in event.layers]
        columns = ["rank     p", "1st", "2nd", "3rd", "4th", "5th"][: TOP + 1]
        rows = [_row(layer, event.target.id) for layer in event.layers]
        fresh = len(self.map.cells) != len(rows)
        self.map.show(labels, columns, rows, (len(rows) - 1, 0) if fresh else None)


def _row(layer: LensLayer, target: int) -> list[Cell]:
    rank = f"{layer.rank:>4,} {layer.probability:>5.1%}" if layer.rank < 1000 else f"{layer.rank:>6,}"
    cells = [Cell(rank, layer.probability)]
    for token, probability in layer.top:
        cells.append(Cell(visible_token(token.text), probability**0.5 * 0.9, token.id == target))
    return cells
