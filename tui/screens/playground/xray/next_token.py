"""The page of the next token: bars for the candidates, the settings that filter them, and the branches."""

from __future__ import annotations

import random

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Static

from playground.candidate_filter import Filtered, filter_candidates
from playground.session import SessionError
from playground.xray_messages import CandidateLogits, Candidates, TokenView
from tui.background import start
from tui.screens.playground.xray.page import Answer, Page
from tui.screens.playground.xray.state import XrayState
from tui.widgets.branch_list import BranchList
from tui.widgets.candidate_bars import CandidateBars
from tui.widgets.sampling_dials import SamplingDials
from tui.widgets.updates import focus_now, set_text

CONTINUATION = 20  # tokens that `c` adds


class NextTokenPage(Page):
    """The candidates after the token at the cursor. Taking one that the text does not have there begins a branch."""

    NAME = "next"
    BINDINGS = [
        Binding("space", "draw", "Draw", id="xray.draw", tooltip="Draw the next token with these settings"),
        Binding("c", "continue", "Continue", id="xray.continue", tooltip=f"Draw {CONTINUATION} tokens; Esc stops"),
        Binding("b", "branches", "Branches", id="xray.branches", tooltip="Move to the tree of branches, or back"),
        Binding("s", "settings", "Settings", id="xray.settings", tooltip="Move to the settings: ↑ and ↓ turn them"),
    ]

    def __init__(self, state: XrayState) -> None:
        super().__init__(state)
        self.bars = CandidateBars(id="candidates")
        self.dials = SamplingDials()
        self.branches = BranchList(id="branches")
        self.summary = Static(id="summary", markup=False)
        self.logits: CandidateLogits | None = None
        self.random = random.Random()
        self.continuing = False

    def compose(self) -> ComposeResult:
        yield Horizontal(
            Vertical(self.summary, self.problem, self.bars, id="next-left"),
            Vertical(self.dials, Static("Branches", classes="heading"), self.branches, id="next-right"),
        )

    @property
    def main(self) -> Widget:
        return self.bars

    def show(self) -> None:
        self.branches.show(self.state.tree)
        if ids := self._ids():
            self.logits = None  # until the answer, so that no candidate of a different place is taken
            self.ask(self._request(ids))

    def _ids(self) -> list[int]:
        """The ids up to the current token."""
        return self.state.ids[: self.state.tree.cursor + 1]

    def _request(self, ids: list[int]) -> Candidates:
        return Candidates(ids=ids, heads_off=self.state.heads_off)

    def answered(self, answers: list[Answer]) -> None:
        for answer in answers:
            if isinstance(answer, SessionError):
                self.reset()
                continue
            for event in answer:
                if isinstance(event, CandidateLogits):
                    self.logits = event
                    following = self.state.tree.following
                    filtered = self._filtered(event)
                    self.bars.show_tokens(event.tokens, filtered, following.id if following else None)
                    self._summarise(filtered)

    def reset(self) -> None:
        self.logits = None
        self.bars.show_tokens([], Filtered([], 0.0, 0), None)
        set_text(self.summary, "")

    def _filtered(self, logits: CandidateLogits) -> Filtered:
        settings = self.dials.settings
        return filter_candidates(
            logits.logits, logits.tail, settings.temperature, settings.top_k, settings.top_p, settings.min_p
        )

    @on(SamplingDials.Turned)
    def _on_turn(self, event: SamplingDials.Turned) -> None:
        event.stop()
        if self.logits is not None:
            filtered = self._filtered(self.logits)
            self.bars.show_settings(filtered)
            self._summarise(filtered)

    def _summarise(self, filtered: Filtered) -> None:
        assert self.logits is not None
        total = len(self.logits.tokens) + sum(count for _, count in self.logits.tail)
        listed = len(self.bars.tokens)
        others = sum(candidate.drawn for candidate in filtered.candidates[listed:]) + filtered.tail_drawn
        left = f"  {filtered.kept:,} of {total:,} tokens left"
        rest = f", {others:.1%} not listed" if others >= 0.0005 else ""
        names, width = "drawn  model", self.summary.size.width - 2
        if len(left) + len(rest) + len(names) < width:
            left += rest
        gap = " " * max(width - len(left) - len(names), 1)
        set_text(self.summary, Content.assemble((left + gap, "$foreground-muted"), (names, "$accent")))

    # Taking tokens

    @on(CandidateBars.Chosen)
    def _on_choice(self, event: CandidateBars.Chosen) -> None:
        event.stop()
        if self.logits is not None:
            self._take(event.token)

    def _take(self, token: TokenView) -> bool:
        if self.state.full:
            self.notify("The text has as many tokens as fit. Go back with ←.")
            return False
        self.state.tree.take(token)
        self.post_message(self.TextChanged())
        return True

    def _drawn(self, logits: CandidateLogits) -> TokenView:
        """Draws one of the candidates with their probabilities; tokens of the tail cannot be drawn one by one."""
        candidates = self._filtered(logits).candidates
        return self.random.choices(logits.tokens, [candidate.drawn for candidate in candidates])[0]

    def action_draw(self) -> None:
        if self.logits is not None:
            self._take(self._drawn(self.logits))

    def action_continue(self) -> None:
        if self.logits is not None and not self.continuing:
            self.continuing = True
            start(self, self._continue, "xray-continue")
            self.refresh_bindings()

    async def _continue(self) -> None:
        self._set_working(True)
        try:
            for _ in range(CONTINUATION):
                ids = self._ids()
                events = await self.state.ask(self._request(ids))
                logits = next((event for event in events if isinstance(event, CandidateLogits)), None)
                moved = ids != self._ids()  # the user went to a different token or branch
                if not self.continuing or logits is None or self.state.full or moved:
                    break
                self.state.tree.take(self._drawn(logits))
                self.post_message(self.TextChanged())
        except SessionError as error:
            self.say(str(error))
        finally:
            self.continuing = False
            self._set_working(False)
            if self.is_attached and self.app.is_running:
                self.post_message(self.TextChanged())
                self.refresh_bindings()

    @property
    def busy(self) -> bool:
        return self.continuing

    def stop(self) -> bool:
        """Stops the continuation; returns whether there was one."""
        was, self.continuing = self.continuing, False
        return was

    def leave(self) -> None:
        self.stop()

    # Branches and settings

    def action_branches(self) -> None:
        focus_now(self.bars if self.branches.has_focus else self.branches)

    def action_settings(self) -> None:
        focus_now(self.dials.query_one("#dial-temperature"))

    @on(BranchList.Opened)
    def _on_open(self, event: BranchList.Opened) -> None:
        event.stop()
        self.state.tree.open(event.branch)
        self.post_message(self.TextChanged())

    @on(BranchList.Removed)
    def _on_remove(self, event: BranchList.Removed) -> None:
        event.stop()
        if len(self.state.tree.roots) == 1 and event.branch is self.state.tree.roots[0]:
            self.notify("This is the only text. Press e to type a different one.")
            return
        self.state.tree.remove(event.branch)
        self.post_message(self.TextChanged())
