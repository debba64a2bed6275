"""A bar chart of the ten most probable next tokens."""

from __future__ import annotations

from textual.content import Content
from textual.widgets import Static

from playground.session import Token
from tui.formatting import visible_token

ROWS = 10


class NextTokens(Static):
    """Shows the candidates for each generated token; ▸ marks the chosen one."""

    DEFAULT_CSS = """
    NextTokens { height: 11; }
    """

    def on_mount(self) -> None:
        self.show(None)

    def show(self, token: Token | None, layout: bool = True) -> None:
        """Shows the candidates from which a token was chosen. `layout`: whether the screen is laid out again anyway."""
        lines = [Content.styled("Next token", "bold $accent")]
        if token is None:
            lines.append(Content.styled("The model's ten most probable\ntokens appear here.", "$foreground-muted"))
            self.update(Content("\n").join(lines))
            return
        width = max(self.content_size.width - 21, 6)
        for piece, probability in token.top[:ROWS]:
            chosen = piece == token.piece
            filled = round(width * probability)
            name = Content(visible_token(piece)).truncate(11, ellipsis=True)
            name = name.pad_right(11 - name.cell_length)
            lines.append(
                Content.assemble(
                    ("▸ " if chosen else "  ", "bold $accent"),
                    (name.plain, "bold" if chosen else ""),
                    " ",
                    ("█" * filled or "▏", "$accent" if chosen else "$primary"),
                    " " * (width - max(filled, 1)),
                    (f" {probability:6.1%}", "$foreground-muted"),
                )
            )
        if all(piece != token.piece for piece, _ in token.top[:ROWS]):
            lines[0] = Content.assemble(
                ("Next token", "bold $accent"),
                (f"  ▸ {visible_token(token.piece)} {token.probability:.1%}", "$foreground-muted"),
            )
        self.update(Content("\n").join(lines), layout=layout)
