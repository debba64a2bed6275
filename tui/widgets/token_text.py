"""A text with its tokens in alternating colours and a cursor on one of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rich.cells import cell_len
from textual import events
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.message import Message
from textual.message_pump import MessagePump
from textual.style import Style
from textual.widgets import Static

from tui.formatting import visible_token

# Tints that differ from their neighbours in both themes.
TINTS = ("on $primary 28%", "on $accent 28%", "on $success 28%", "on $error 24%", "on $secondary 45%")


@dataclass
class Stepped(Message):
    """Asks to move the text's cursor by a number of tokens; posted by widgets that have no use for ← and →."""

    step: int


STEP_BINDINGS: list[BindingType] = [
    Binding("left", "step(-1)", "Token", key_display="←→"),
    Binding("right", "step(1)", "Forward", show=False),
]


class StepKeys(MessagePump):
    """Gives a widget with STEP_BINDINGS their action: ← and → are left to the text above it."""

    def action_step(self, step: int) -> None:
        self.post_message(Stepped(step))


@dataclass(frozen=True)
class TokenLine:
    """A line of the wrapped text: (index of the token, its visible text) pairs."""

    pieces: list[tuple[int, str]]


def wrap_tokens(pieces: Sequence[str], width: int, separator: str = "") -> list[TokenLine]:
    """Wraps visible tokens to lines of at most `width` cells; a line ends after a line break, too.

    A token that is longer than a line is cut at its end.
    """
    lines: list[TokenLine] = [TokenLine([])]
    used = 0
    for index, piece in enumerate(pieces):
        shown = visible_token(piece)
        if cell_len(shown) > width:
            shown = Content(shown).truncate(max(width, 1), ellipsis=True).plain
        length = cell_len(shown) + cell_len(separator)
        if used and used + length > width:
            lines.append(TokenLine([]))
            used = 0
        lines[-1].pieces.append((index, shown))
        used += length
        if piece.endswith("\n"):
            lines.append(TokenLine([]))
            used = 0
    return lines if lines[-1].pieces or len(lines) == 1 else lines[:-1]


class TokenText(VerticalScroll, can_focus=False):
    """Shows tokens; a click on one posts Chosen. Tokens after the cursor are muted if `muted_after`.

    Where colours are off, the tokens are separated by lines.
    """

    DEFAULT_CSS = """
    TokenText { height: auto; scrollbar-size-vertical: 1; }
    TokenText > Static { height: auto; width: 1fr; }
    """

    @dataclass
    class Chosen(Message):
        """Posted when a token is clicked."""

        index: int

    def __init__(self, *, muted_after: bool = False, id: str | None = None) -> None:
        self.text = Static()
        super().__init__(self.text, id=id)
        self.muted_after = muted_after
        self.pieces: list[str] = []
        self.cursor = 0
        self.forks: frozenset[int] = frozenset()
        self._width = 0

    def show(self, pieces: Sequence[str], cursor: int, forks: frozenset[int] = frozenset()) -> None:
        """Shows the tokens' texts. `forks` are the indexes of tokens at which branches begin; they are underlined."""
        self.pieces, self.cursor, self.forks = list(pieces), cursor, forks
        self._draw()

    def on_resize(self) -> None:
        if self._width != self.scrollable_content_region.width:
            self._draw()

    def _draw(self) -> None:
        self._width = self.scrollable_content_region.width
        if not self._width:
            return
        separator = "│" if self.app.no_color else ""
        lines = wrap_tokens(self.pieces, self._width - 1, separator)
        drawn, cursor_line = [], 0
        for number, line in enumerate(lines):
            parts: list[Content | tuple[str, Style | str] | str] = []
            for index, shown in line.pieces:
                if index == self.cursor:
                    cursor_line = number
                parts.append((shown, self._style(index)))
                if separator:
                    parts.append((separator, "$foreground-muted"))
            drawn.append(Content.assemble(*parts))
        self.text.update(Content("\n").join(drawn))
        self.call_after_refresh(self._keep_visible, cursor_line)

    def _style(self, index: int) -> Style:
        style = TINTS[index % len(TINTS)]
        if index == self.cursor:
            style = "bold reverse $accent"
        elif self.muted_after and index > self.cursor:
            style = "$foreground-muted" + (" underline" if index in self.forks else "")
        elif index in self.forks:
            style += " underline"
        return Style.parse(style) + Style.from_meta({"token": index})

    def _keep_visible(self, line: int) -> None:
        height = self.scrollable_content_region.height
        top = self.scroll_offset.y
        if height and not top <= line < top + height:
            self.scroll_to(y=max(line - height // 2, 0), animate=False)

    def on_click(self, event: events.Click) -> None:
        index = event.style.meta.get("token")
        if index is not None:
            event.stop()
            self.post_message(self.Chosen(index))
