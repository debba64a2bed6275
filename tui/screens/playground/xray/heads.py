"""The page of the heads: what the loss of the text becomes with one of them switched off."""

from __future__ import annotations

import contextlib

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal
from textual.content import Content
from textual.widget import Widget
from textual.widgets import ProgressBar, Static

from playground.branches import text_of
from playground.protocol import Event
from playground.session import SessionError
from playground.xray_messages import Ablate, CandidateLogits, Candidates, HeadLosses, LossOfText, TokenView
from tui.background import start
from tui.formatting import clean, visible_token
from tui.screens.playground.xray.page import Answer, Page
from tui.screens.playground.xray.state import XrayState, head_name
from tui.widgets.heat_map import Cell, HeatMap
from tui.widgets.updates import set_text

CONTINUATION = 12  # tokens of the text that is compared
FULL_HEAT = 0.5  # nats a token


class HeadsPage(Page):
    """Layers by heads: the change of the mean loss. Enter switches the head at the cursor off, or on again."""

    NAME = "heads"
    BINDINGS = [
        Binding("enter", "switch_head", "Off/On", id="xray.toggle", tooltip="Switch the head at the cursor off or on"),
        Binding("x", "measure", "Measure all", id="xray.measure", tooltip="Switch each head off in turn; Esc stops"),
        Binding("r", "restore", "All on", id="xray.restore", tooltip="Switch all heads on again"),
    ]

    def __init__(self, state: XrayState) -> None:
        super().__init__(state)
        self.heading = Static(id="heads-heading", classes="page-line", markup=False)
        self.bar = ProgressBar(show_eta=False, id="heads-progress")
        self.map = HeatMap(cell_width=(7, 9), label_width=4, id="heads-map")
        self.map.hot = "$error"
        self.before = Static(id="heads-before", classes="page-detail", markup=False)
        self.after = Static(id="heads-after", classes="page-detail", markup=False)
        self.loss: float | None = None
        self.losses: dict[tuple[int, int], float] = {}
        self.ids: list[int] = []  # the text that was measured
        self.measuring = False

    def compose(self) -> ComposeResult:
        yield Horizontal(self.heading, self.bar, id="heads-line")
        yield self.problem
        yield self.map
        yield self.before
        yield self.after

    @property
    def main(self) -> Widget:
        return self.map

    def on_mount(self) -> None:
        self.bar.display = False

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if self.state.shape is not None and self.state.shape.ablation_note:
            return False
        if action == "restore":
            return bool(self.state.heads_off)
        return action != "measure" or (self.state.shape is not None and not self.measuring)

    def show(self) -> None:
        if self.state.shape is None:
            return
        if self.state.ids != self.ids:
            self.stop()
            self.ids, self.loss, self.losses = self.state.ids, None, {}
        self._draw_map()
        self._compare()

    def reset(self) -> None:
        self.stop()
        self.ids, self.loss, self.losses = [], None, {}
        self.map.clear()
        for line in (self.heading, self.before, self.after):
            set_text(line, "")

    def _draw_map(self) -> None:
        shape = self.state.shape
        assert shape is not None
        cells = [[self._cell(layer, head) for head in range(shape.heads)] for layer in range(shape.layers)]
        rows = [f"L{layer + 1}" for layer in range(shape.layers)]
        self.map.show(rows, [f"H{head + 1}" for head in range(shape.heads)], cells)
        self._describe()

    def _cell(self, layer: int, head: int) -> Cell:
        off = (layer, head) in self.state.heads_off
        loss = self.losses.get((layer, head))
        if loss is None or self.loss is None:
            return Cell("off" if off else "·", 0.0, off)
        change = loss - self.loss
        heat = max(-1.0, min(1.0, change / FULL_HEAT))
        return Cell(f"{change:+.3f}", heat, off)

    def _describe(self) -> None:
        place = self.map.row, self.map.column
        loss = self.losses.get(place)
        shape = self.state.shape
        if shape is not None and shape.ablation_note:
            text = Content(clean(shape.ablation_note))
        elif self.loss is None:
            text = Content("x measures the loss without each head; Enter switches a head off.")
        elif loss is None:
            text = Content(f"loss {self.loss:.3f} nats a token with all heads")
        else:
            text = Content(f"loss {self.loss:.3f} → {loss:.3f} without {head_name(*place)} ({loss - self.loss:+.3f})")
        set_text(self.heading, text)

    @on(HeatMap.Moved)
    def _on_move(self, event: HeatMap.Moved) -> None:
        event.stop()
        self._describe()

    # All heads in turn

    def action_measure(self) -> None:
        if len(self.state.ids) < 2:
            self.say("The text needs two tokens, so that there is a prediction to measure.")
            return
        self.measuring = True
        start(self, self._measure, "xray-measure")
        self.refresh_bindings()

    async def _measure(self) -> None:
        shape, ids = self.state.shape, self.ids
        assert shape is not None
        self._set_working(True)
        self.say("")
        self.bar.update(total=shape.layers * shape.heads, progress=0)
        self.bar.display = True
        try:
            async with contextlib.aclosing(self.state.stream(Ablate(ids=ids))) as events:
                async for event in events:
                    self._add(event)
                    if isinstance(event, HeadLosses):
                        self.bar.update(progress=event.done)
                    self._draw_map()
        except SessionError as error:
            self.say(str(error))
        self._end_measuring()

    def _end_measuring(self) -> None:
        self.measuring = False
        self.bar.display = False
        self._set_working(False)
        self.refresh_bindings()

    def _add(self, event: Event) -> None:
        if isinstance(event, LossOfText):
            self.loss = event.loss
        elif isinstance(event, HeadLosses):
            for number, loss in enumerate(event.losses):
                self.losses[event.layer, event.first_head + number] = loss

    @property
    def busy(self) -> bool:
        return self.measuring

    def stop(self) -> bool:
        """Stops the measurement; returns whether there was one. What is measured is kept."""
        was = self.measuring
        if was:
            self.workers.cancel_group(self, "xray-measure")
            self._end_measuring()
        return was

    def leave(self) -> None:
        self.stop()

    # Heads that are off

    @on(HeatMap.Chosen)
    def _on_choice(self, event: HeatMap.Chosen) -> None:
        event.stop()
        self.action_switch_head()

    def action_switch_head(self) -> None:
        head = (self.map.row, self.map.column)
        off = self.state.heads_off
        self.state.heads_off = [other for other in off if other != head] if head in off else sorted([*off, head])
        self.post_message(self.TextChanged())

    def action_restore(self) -> None:
        self.state.heads_off = []
        self.post_message(self.TextChanged())

    def _compare(self) -> None:
        """Continues the text greedily, with all heads and without those that are off."""
        set_text(self.before, "")
        set_text(self.after, "")
        if self.state.heads_off:
            start(self, self._continue_both, "xray-compare")

    async def _continue_both(self) -> None:
        off, ids = self.state.heads_off, self.ids
        for head in off:
            if head not in self.losses and len(ids) > 1:
                await self._measure_one(ids, head)
        names = ", ".join(head_name(*head) for head in off)
        for heads, line, label in (([], self.before, "all heads"), (off, self.after, f"without {names}")):
            try:
                text = visible_token(text_of(await self._continue(heads)))
            except SessionError as error:
                self.say(str(error))
                return
            set_text(line, Content.assemble((f"{label}  ", "$foreground-muted"), text))

    async def _measure_one(self, ids: list[int], head: tuple[int, int]) -> None:
        try:
            events = await self.state.ask(Ablate(ids=ids, layer=head[0], head=head[1]))
        except SessionError as error:
            self.say(str(error))
            return
        if ids is self.ids:
            for event in events:
                self._add(event)
            self._draw_map()

    async def _continue(self, heads_off: list[tuple[int, int]]) -> list[TokenView]:
        ids, tokens = list(self.state.ids), list[TokenView]()
        while len(tokens) < CONTINUATION:
            events = await self.state.ask(Candidates(ids=ids, heads_off=heads_off))
            logits = next((event for event in events if isinstance(event, CandidateLogits)), None)
            if logits is None:
                break
            tokens.append(logits.tokens[0])
            ids.append(logits.tokens[0].id)
        return tokens

    def answered(self, answers: list[Answer]) -> None:
        """The page asks in its own ways."""
