"""The colours of drawings: the terminal's own on the command line, the theme's in the app."""

from __future__ import annotations

from dataclasses import dataclass

from rich.color import Color
from rich.style import Style
from textual.theme import Theme


@dataclass(frozen=True)
class Palette:
    """`lines` are the colours of curves and tokens; `cold` and `hot` those of the smallest and the largest value."""

    muted: str
    border: str
    primary: str
    accent: str
    lines: tuple[str, ...]
    background: str
    cold: str
    hot: str

    def heat(self, share: float) -> Style:
        """Returns the style of a cell for a value between 0 (the smallest) and 1 (the largest)."""
        low, high = Color.parse(self.cold).get_truecolor(), Color.parse(self.hot).get_truecolor()
        red, green, blue = (round(a + (b - a) * share) for a, b in zip(low, high, strict=True))
        bright = 0.299 * red + 0.587 * green + 0.114 * blue > 128
        return Style(color="#000000" if bright else "#ffffff", bgcolor=f"#{red:02x}{green:02x}{blue:02x}")


TERMINAL = Palette("bright_black", "bright_black", "cyan", "yellow", ("cyan", "yellow", "green", "red"), "default",
                   "#1b2330", "#f2b94b")  # fmt: skip


def of_theme(theme: Theme) -> Palette:
    """Returns the palette of one of the app's themes."""
    muted, border = (theme.variables.get(name, theme.primary) for name in ("foreground-muted", "border"))
    accent = theme.accent or theme.primary
    lines = (theme.primary, accent, theme.success or theme.primary, theme.error or theme.primary)
    background, cold = theme.background or "default", theme.panel or "#202733"
    return Palette(muted, border, theme.primary, accent, lines, background, cold, accent)
