"""The candidates for the next token as bars that move with the settings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from textual.binding import Binding
from textual.content import Content
from textual.message import Message
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from playground.candidate_filter import Candidate, Filtered
from playground.xray_messages import TokenView
from tui.formatting import visible_token
from tui.widgets.token_text import STEP_BINDINGS, StepKeys

ROWS = 60  # candidates that are listed
EIGHTHS = " ▏▎▍▌▋▊▉█"
TOKEN_WIDTH = 12


def bar(fraction: float, width: int) -> str:
    """Returns a horizontal bar in eighths of a cell; what is above 0 is at least one eighth."""
    eighths = round(min(max(fraction, 0.0), 1.0) * width * 8)
    if fraction > 0:
        eighths = max(eighths, 1)
    whole, part = divmod(eighths, 8)
    return ("█" * whole + (EIGHTHS[part] if part else "")).ljust(width)


class CandidateBars(StepKeys, OptionList):
    """A bar for each candidate: its probability of being drawn, or, dimmed, that before a filter cut it.

    Enter or a click chooses a candidate. ▸ marks the token that follows in the text.
    """

    DEFAULT_CSS = """
    CandidateBars, CandidateBars:focus {
        height: 1fr; border: none; padding: 0; background: $background; background-tint: $foreground 0%;
        scrollbar-size-vertical: 1;
    }
    CandidateBars > .option-list--option { padding: 0; }
    CandidateBars > .option-list--option-highlighted {
        background: $block-cursor-blurred-background; color: $foreground; text-style: none;
    }
    CandidateBars:focus > .option-list--option-highlighted {
        background: $block-cursor-background; color: $block-cursor-foreground; text-style: none;
    }
    """

    BINDINGS = [
        *STEP_BINDINGS,
        Binding("enter", "select", "Take", id="candidates.take", tooltip="Go on with the candidate at the cursor"),
    ]

    @dataclass
    class Chosen(Message):
        """Posted when a candidate is chosen."""

        token: TokenView

    def __init__(self, id: str | None = None) -> None:
        super().__init__(id=id)
        self.tokens: list[TokenView] = []
        self.filtered = Filtered([], 0.0, 0)
        self.following: int | None = None

    def show_tokens(self, tokens: Sequence[TokenView], filtered: Filtered, following: int | None) -> None:
        """Lists new candidates; `following` is the id of the token after the cursor in the text."""
        same = [token.id for token in tokens[:ROWS]] == [token.id for token in self.tokens]
        self.tokens, self.filtered, self.following = list(tokens[:ROWS]), filtered, following
        if same:
            self._redraw()
            return
        ids = [token.id for token in self.tokens]
        self.set_options(Option(row) for row in self._rows())
        self.highlighted = ids.index(following) if following in ids else 0 if ids else None
        self.scroll_to_highlight()

    def show_settings(self, filtered: Filtered) -> None:
        """Moves the bars; the candidates are the same."""
        self.filtered = filtered
        self._redraw()

    def on_resize(self) -> None:
        self._redraw()

    def _redraw(self) -> None:
        for index, row in enumerate(self._rows()):
            self.replace_option_prompt_at_index(index, row)

    def _rows(self) -> list[Content]:
        # beside the bar stand the mark, the token and two percentages
        width = max(self.scrollable_content_region.width - TOKEN_WIDTH - 18, 4)
        rows = zip(self.tokens, self.filtered.candidates, strict=False)
        return [self._row(token, candidate, width) for token, candidate in rows]

    def _row(self, token: TokenView, candidate: Candidate, width: int) -> Content:
        name = Content(visible_token(token.text)).truncate(TOKEN_WIDTH, ellipsis=True)
        name = name.pad_right(TOKEN_WIDTH - name.cell_length)
        follows = token.id == self.following
        mark = ("▸ " if follows else "  ", "bold $accent")
        if candidate.drawn > 0:
            return Content.assemble(
                mark,
                (name.plain, "bold" if follows else ""),
                " ",
                (bar(candidate.drawn, width), "$accent" if follows else "$primary"),
                f" {candidate.drawn:6.1%}",
                (f" {candidate.raw:6.1%}", "$foreground-muted"),
            )
        return Content.assemble(
            mark,
            (f"{name.plain} {bar(candidate.tempered, width)}", "$foreground-muted"),
            (f" {candidate.cut_by or 'greedy':>6}", "$foreground-muted"),
            (f" {candidate.raw:6.1%}", "$foreground-muted"),
        )

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        event.stop()
        self.post_message(self.Chosen(self.tokens[event.option_index]))
