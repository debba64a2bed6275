"""The settings of the playground: how the next token is chosen, and when to stop."""

from __future__ import annotations

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.message import Message
from textual.widgets import Checkbox, Input, Label, Static

from playground.session import Sampling

FIELDS = (
    ("temperature", "Temperature", "0.8", "0.8", "0 to 2: how much the unlikely counts"),
    ("top_k", "Top-k", "40", "all", "Only the k most probable tokens; empty: all"),
    ("top_p", "Top-p", "", "all", "Only tokens that together reach p (0 to 1); empty: all"),
    ("seed", "Seed", "", "random", "The same seed gives the same text; empty: a new one each time"),
    ("max_tokens", "Max tokens", "256", "256", "Stop after so many tokens"),
    ("stop", "Stop at", "", "nothing", "Stop before this text; several with | between them"),
)
WHOLE = {"top_k", "seed", "max_tokens"}


class Tick(Checkbox):
    """A checkbox whose state shows without colours, too."""

    BUTTON_INNER = " "

    def watch_value(self) -> None:
        self.BUTTON_INNER = "✓" if self.value else " "
        super().watch_value()


class SamplingForm(Vertical):
    """Compact fields. `sampling` reads them; what cannot be read is said below them."""

    DEFAULT_CSS = """
    SamplingForm { height: auto; }
    SamplingForm Horizontal { height: 1; }
    SamplingForm Label { width: 13; color: $foreground-muted; }
    SamplingForm Input { width: 1fr; }
    SamplingForm Input.-wrong { color: $text-error; background: $error 20%; }
    SamplingForm Checkbox { background: transparent; }
    SamplingForm .heading { color: $accent; text-style: bold; }
    SamplingForm .problem { color: $text-error; height: auto; display: none; }
    """

    class Changed(Message):
        """A field was changed."""

    def compose(self) -> ComposeResult:
        yield Static("Settings", classes="heading")
        for name, label, value, empty, tooltip in FIELDS:
            field = Input(value, placeholder=empty, id=name, compact=True, select_on_focus=True)
            field.tooltip = tooltip
            yield Horizontal(Label(label), field)
        greedy = Tick("Greedy: always the best", id="greedy", compact=True)
        greedy.tooltip = "Always take the most probable token; the settings above do not matter then"
        yield greedy
        yield Static(classes="problem", markup=False)

    def sampling(self) -> Sampling | None:
        """What the fields say; None, and a sentence on the screen, where they make no sense."""
        problem, where = "", ""
        values: dict[str, object] = {"greedy": self.query_one("#greedy", Checkbox).value}
        for name, label, default, *_ in FIELDS:
            text = self.query_one(f"#{name}", Input).value
            try:
                values[name] = _read(name, text, default)
            except ValueError:
                kind = "a whole number" if name in WHOLE else "a number"
                problem, where = f"{label} must be {kind}.", name
        result: Sampling | None = None
        if not problem:
            try:
                result = Sampling(**values)  # type: ignore[arg-type]
            except (ValueError, TypeError) as error:
                problem = str(error)
        for name, *_ in FIELDS:
            self.query_one(f"#{name}", Input).set_class(name == where, "-wrong")
        says = self.query_one(".problem", Static)
        says.update(problem)
        says.display = bool(problem)
        return result

    @on(Input.Changed)
    def _check(self) -> None:
        self.sampling()
        self.post_message(self.Changed())

    def toggle_greedy(self) -> None:
        """Switches between sampling and always taking the best."""
        self.query_one("#greedy", Checkbox).toggle()


def _read(name: str, text: str, default: str) -> object:
    text = text.strip()
    if name == "stop":
        return tuple(
            part.encode().decode("unicode_escape") if "\\" in part else part for part in text.split("|") if part
        )
    if not text:
        text = default if name in ("temperature", "max_tokens") else ""
        if not text:
            return None
    return int(text) if name in WHOLE else float(text)
