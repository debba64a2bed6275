"""Fields for temperature, top-k, top-p and min-p that are typed in, or turned with the arrow keys."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from dataclasses import dataclass

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal, Vertical
from textual.message import Message
from textual.widgets import Input, Label, Static


@dataclass(frozen=True)
class Settings:
    """The settings of the filters; None is off."""

    temperature: float = 1.0
    top_k: int | None = None
    top_p: float | None = None
    min_p: float | None = None


@dataclass(frozen=True)
class DialSpec:
    """A dial: its setting, the steps of the arrow keys, and its limits. `off` is shown where it has no value."""

    name: str
    label: str
    steps: tuple[float, ...]
    lowest: float
    highest: float
    limits: str
    tooltip: str
    off: str = "off"


DIALS = (
    DialSpec("temperature", "Temperature", tuple(number / 10 for number in range(21)), 0.0, 100.0,
             "a number from 0 to 100", "0 to 2: higher values make unlikely tokens more likely", "1"),
    DialSpec("top_k", "Top-k", (1, 2, 3, 4, 5, 7, 10, 15, 20, 30, 40, 60, 100, 200, 500), 1, 10**6,
             "a whole number from 1", "Keep the k most probable tokens"),
    DialSpec("top_p", "Top-p", tuple(number / 20 for number in range(1, 21)), 0.0001, 1.0,
             "above 0 and at most 1", "Keep the most probable tokens that reach probability p together"),
    DialSpec("min_p", "Min-p", (0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.5, 0.7, 1.0), 0.0, 1.0,
             "a number from 0 to 1", "Keep tokens with at least p times the highest probability"),
)  # fmt: skip


class Dial(Input):
    """A setting's field; ↑ and ↓ go to the next step."""

    BINDINGS = [
        Binding("up", "turn(1)", "More", id="dial.more", tooltip="Turn the setting up"),
        Binding("down", "turn(-1)", "Less", id="dial.less", tooltip="Turn the setting down"),
    ]

    def __init__(self, spec: DialSpec) -> None:
        super().__init__("", placeholder=spec.off, id=f"dial-{spec.name}", compact=True, select_on_focus=True)
        self.spec = spec
        self.tooltip = spec.tooltip

    def number(self) -> float | None:
        """The setting, None if it is off. Raises ValueError for an invalid one."""
        text = self.value.strip()
        if not text:
            return None
        number = int(text) if self.spec.name == "top_k" else float(text)
        if not self.spec.lowest <= number <= self.spec.highest:
            raise ValueError
        return number

    def action_turn(self, step: int) -> None:
        try:
            number = next_step(self.spec, self.number(), step)
        except ValueError:
            number = next_step(self.spec, None, step)
        self.value = "" if number is None else f"{number:g}"

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        event.stop()
        self.action_turn(1)

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        event.stop()
        self.action_turn(-1)


class SamplingDials(Vertical):
    """The four dials, with a message below them if a value is invalid."""

    DEFAULT_CSS = """
    SamplingDials { height: auto; }
    SamplingDials Horizontal { height: 1; }
    SamplingDials Label { width: 13; color: $foreground-muted; }
    SamplingDials Input { width: 1fr; }
    SamplingDials Input.-wrong { color: $text-error; background: $error 20%; }
    SamplingDials .problem { color: $text-error; height: auto; display: none; text-style: bold; }
    """

    @dataclass
    class Turned(Message):
        """Posted when the settings change to valid ones."""

        settings: Settings

    def __init__(self) -> None:
        super().__init__()
        self.settings = Settings()

    def compose(self) -> ComposeResult:
        for spec in DIALS:
            yield Horizontal(Label(spec.label), Dial(spec))
        yield Static(classes="problem", markup=False)

    @on(Input.Changed)
    def _read(self, event: Input.Changed) -> None:
        event.stop()
        values: dict[str, float | None] = {}
        problem = ""
        for dial in self.query(Dial):
            try:
                values[dial.spec.name] = dial.number()
                dial.remove_class("-wrong")
            except ValueError:
                problem = problem or f"{dial.spec.label} must be {dial.spec.limits}."
                dial.add_class("-wrong")
        message = self.query_one(".problem", Static)
        message.update(problem)
        message.display = bool(problem)
        if problem:
            return
        temperature, top_k = values["temperature"], values["top_k"]
        self.settings = Settings(
            1.0 if temperature is None else temperature,
            None if top_k is None else int(top_k),
            values["top_p"],
            values["min_p"],
        )
        self.post_message(self.Turned(self.settings))


def next_step(spec: DialSpec, number: float | None, step: int) -> float | None:
    """Returns the next step up (1) or down (-1) of a setting, None for off.

    Off lies above the highest top-k and top-p and below the lowest min-p, where nothing is cut; the temperature is
    never off.
    """
    steps = spec.steps
    if number is None and spec.name != "temperature":
        towards = (step > 0) == (spec.name == "min_p")
        return (steps[0] if step > 0 else steps[-1]) if towards else None
    number = 1.0 if number is None else number
    place = bisect_right(steps, number) if step > 0 else bisect_left(steps, number) - 1
    if 0 <= place < len(steps):
        return steps[place]
    off = spec.name != "temperature" and (place < 0) == (spec.name == "min_p")
    return None if off else number
