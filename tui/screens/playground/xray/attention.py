"""The page of the attention weights: one head, or the mean of a layer's heads, as a heat map over the tokens."""

from __future__ import annotations

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.content import Content
from textual.style import Style
from textual.widget import Widget
from textual.widgets import Static

from playground.session import SessionError
from playground.xray_messages import Attention, AttentionMap
from tui.formatting import visible_token
from tui.screens.playground.xray.page import Answer, Page
from tui.screens.playground.xray.state import XrayState
from tui.widgets.heat_map import Cell, HeatMap
from tui.widgets.updates import set_text

NAMED = 6  # tokens that the line below the map names


class AttentionPage(Page):
    """Row i shows how much token i attends to each earlier token and to itself, in percent."""

    NAME = "attention"
    BINDINGS = [
        Binding("shift+down", "layer(1)", "Layer", id="xray.layer", key_display="shift+↑↓",
                tooltip="The layer before or after"),
        Binding("shift+up", "layer(-1)", "Layer before", show=False),
        Binding("shift+right", "head(1)", "Head", id="xray.head", key_display="shift+←→",
                tooltip="The head before or after"),
        Binding("shift+left", "head(-1)", "Head before", show=False),
        Binding("m", "mean", "Mean", id="xray.mean", tooltip="The mean of the layer's heads, or one head"),
    ]  # fmt: skip

    def __init__(self, state: XrayState) -> None:
        super().__init__(state)
        self.choice = Static(id="attention-choice", classes="page-line", markup=False)
        self.map = HeatMap(cell_width=(3, 9), id="attention-map")
        self.detail = Static(id="attention-detail", classes="page-detail", markup=False)
        self.layer_index, self.head = 0, 0
        self.mean = False
        self.shown: AttentionMap | None = None
        self.asked: Attention | None = None

    def compose(self) -> ComposeResult:
        yield self.choice
        yield self.problem
        yield self.map
        yield self.detail

    @property
    def main(self) -> Widget:
        return self.map

    def show(self) -> None:
        shape = self.state.shape
        if shape is None:
            return
        self.layer_index, self.head = min(self.layer_index, shape.layers - 1), min(self.head, shape.heads - 1)
        head = "mean of all" if self.mean else f"{self.head + 1} of {shape.heads}"
        groups = f"   {shape.kv_groups} key/value groups" if shape.kv_groups != shape.heads else ""
        label = Content.assemble(
            ("Layer ", "$foreground-muted"), *_turner("layer", f"{self.layer_index + 1} of {shape.layers}"),
            ("   Head ", "$foreground-muted"), *_turner("head", head), (groups, "$foreground-muted"),
        )  # fmt: skip
        set_text(self.choice, label)
        request = Attention(ids=self.state.ids, layer=self.layer_index, head=None if self.mean else self.head)
        if self.shown is not None and request == self.asked:  # only the text's cursor has moved
            row = max(self.state.tree.cursor - self.shown.start, 0)
            self.map.move_to(row, min(self.map.column, row))
            self._describe()
        elif request.ids:
            self.asked = request
            self.ask(request)

    def answered(self, answers: list[Answer]) -> None:
        for answer in answers:
            if isinstance(answer, SessionError):
                self.reset()
                continue
            for event in answer:
                if isinstance(event, AttentionMap):
                    self._show_map(event)

    def reset(self) -> None:
        self.shown = self.asked = None
        self.map.clear()
        set_text(self.detail, "")

    def _show_map(self, answer: AttentionMap) -> None:
        self.shown = answer
        pieces = self._pieces()
        cells = [
            [Cell(_percent(weight), weight**0.5) for weight in row[: index + 1]]
            for index, row in enumerate(answer.weights)
        ]
        row = max(self.state.tree.cursor - answer.start, 0)
        column = min(self.map.column, row) if self.map.cells else row
        columns = [piece.lstrip("·") or piece for piece in pieces]  # narrow columns show the letters
        self.map.show(pieces, columns, cells, (row, column))
        self._describe()

    def _pieces(self) -> list[str]:
        start = self.shown.start if self.shown is not None else 0
        return [visible_token(token.text) for token in self.state.tree.tokens[start:]]

    def _describe(self) -> None:
        """Names the tokens to which the token of the cursor's row attends most."""
        shown, row = self.shown, self.map.row
        if shown is None or row >= len(shown.weights):
            return
        pieces = self._pieces()
        if row >= len(pieces):
            return
        weights = sorted(enumerate(shown.weights[row][: row + 1]), key=lambda pair: -pair[1])
        parts: list[str | tuple[str, str]] = [(pieces[row], "bold $accent"), (" attends to ", "$foreground-muted")]
        for column, weight in weights[:NAMED]:
            style = "bold underline" if column == self.map.column else "bold"
            parts += [(pieces[column], style), f" {weight:.1%}  "]
        if shown.start:
            parts.append((f"before {shown.earlier[row]:.1%}", "$foreground-muted"))
        set_text(self.detail, Content.assemble(*parts))

    @on(HeatMap.Moved)
    def _on_move(self, event: HeatMap.Moved) -> None:
        """The row is the text's cursor."""
        event.stop()
        if self.shown is not None and self.state.tree.cursor != self.shown.start + event.row:
            self.state.tree.move(self.shown.start + event.row)
            self.post_message(self.TextChanged())
        self._describe()

    def on_click(self, event: events.Click) -> None:
        """The arrows beside the layer and the head are for the mouse."""
        for name, turn in (("layer", self.action_layer), ("head", self.action_head)):
            if name in event.style.meta:
                event.stop()
                turn(event.style.meta[name])

    def action_layer(self, step: int) -> None:
        if (shape := self.state.shape) is not None:
            self.layer_index = (self.layer_index + step) % shape.layers
            self.show()

    def action_head(self, step: int) -> None:
        if (shape := self.state.shape) is not None:
            self.head, self.mean = (self.head + (0 if self.mean else step)) % shape.heads, False
            self.show()

    def action_mean(self) -> None:
        self.mean = not self.mean
        self.show()


def _percent(weight: float) -> str:
    """Returns whole percent; "99+" is cut to "99" where cells are narrow."""
    return " ·" if weight < 0.005 else f"{round(weight * 100):2d}" if weight < 0.995 else "99+"


def _turner(name: str, value: str) -> list[tuple[str, Style | str]]:
    """Returns a value between two arrows that can be clicked."""
    back, forth = Style.from_meta({name: -1}), Style.from_meta({name: 1})
    arrow = Style.parse("bold $accent")
    return [("‹ ", arrow + back), (value, "bold"), (" ›", arrow + forth)]
