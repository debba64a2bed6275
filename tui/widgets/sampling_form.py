"""The playground's form for the sampling settings."""

from __future__ import annotations

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.message import Message
from textual.widgets import Checkbox, Input, Label, Static

from playground.session import Sampling

FIELDS = (
    ("temperature", "Temperature", "0.8", "0.8", "0 to 2: higher values make unlikely tokens more likely"),
    ("top_k", "Top-k", "40", "all", "Sample from the k most probable tokens; empty: all"),
    ("top_p", "Top-p", "", "all", "Sample from the tokens that reach probability p together; empty: all"),
    ("seed", "Seed", "", "random", "The same seed gives the same text; empty: random"),
    ("max_tokens", "Max tokens", "256", "256", "Stop after this number of tokens"),
    ("stop", "Stop at", "", "nothing", "Stop before this text; separate several texts with |"),
)
INTEGER_FIELDS = {"top_k", "seed", "max_tokens"}


class CheckMark(Checkbox):
    """A checkbox whose state is visible without colours."""

    BUTTON_INNER = " "

    def watch_value(self) -> None:
        self.BUTTON_INNER = "✓" if self.value else " "
        super().watch_value()


class SamplingForm(Vertical):
    """Compact fields for the settings, with a message above them if a value is invalid."""

    DEFAULT_CSS = """
    SamplingForm { height: auto; }
    SamplingForm Horizontal { height: 1; }
    SamplingForm Label { width: 13; color: $foreground-muted; }
    SamplingForm Input { width: 1fr; }
    SamplingForm Input.-wrong { color: $text-error; background: $error 20%; }
    SamplingForm Checkbox { background: transparent; }
    SamplingForm .heading { color: $accent; text-style: bold; }
    SamplingForm .problem { color: $text-error; height: auto; display: none; text-style: bold; }
    """

    class Changed(Message):
        """Posted when a field changes."""

    def compose(self) -> ComposeResult:
        yield Static("Settings", classes="heading")
        yield Static(classes="problem", markup=False)
        for name, label, value, empty, tooltip in FIELDS:
            field = Input(value, placeholder=empty, id=name, compact=True, select_on_focus=True)
            field.tooltip = tooltip
            yield Horizontal(Label(label), field)
        greedy = CheckMark("Greedy", id="greedy", compact=True)
        greedy.tooltip = "Always choose the most probable token; ignores the settings above"
        yield greedy

    def sampling(self) -> Sampling | None:
        """Returns the settings; shows a message and returns None if one is invalid."""
        problem, invalid = "", ""
        values: dict[str, object] = {"greedy": self.query_one("#greedy", Checkbox).value}
        for name, label, default, *_ in FIELDS:
            text = self.query_one(f"#{name}", Input).value
            try:
                values[name] = _read(name, text, default)
            except ValueError:
                kind = "a whole number" if name in INTEGER_FIELDS else "a number"
                problem, invalid = f"{label} must be {kind}.", name
        result: Sampling | None = None
        if not problem:
            try:
                result = Sampling(**values)  # type: ignore[arg-type]
            except (ValueError, TypeError) as error:
                problem = str(error)
        for name, *_ in FIELDS:
            self.query_one(f"#{name}", Input).set_class(name == invalid, "-wrong")
        message = self.query_one(".problem", Static)
        message.update(problem)
        message.display = bool(problem)
        return result

    @on(Input.Changed)
    def _check(self) -> None:
        self.sampling()
        self.post_message(self.Changed())

    def toggle_greedy(self) -> None:
        """Switches greedy decoding on or off."""
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
    return int(text) if name in INTEGER_FIELDS else float(text)
