"""Dialogs of the Co-work mode: reactions, the focus timer, and prompts for a text or a choice."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Button, Input, Label, OptionList, Static, TextArea
from textual.widgets.option_list import Option

from cowork.rooms.reactions import EMOJI
from cowork.rooms.timer import PauseTimer, ResumeTimer, RoomTimer, StartTimer, StopTimer
from tui.cowork_controller import CoworkController
from tui.formatting import clean
from tui.widgets.cowork.mention_area import MentionArea
from tui.widgets.footer import KeyBar

FIELDS = (("focus", "Minutes of focus", "25"), ("rest", "Minutes of break", "5"), ("rounds", "Rounds", "4"))


class ReactionDialog(ModalScreen[str | None]):
    """Asks for a reaction; the result is its name."""

    CSS_PATH = "cowork_dialogs.tcss"
    VERTICAL_BREAKPOINTS = [(0, "-low"), (32, "-high")]
    BINDINGS = [
        *(Binding(str(i + 1), f"choose({i})", f"Reaction {i + 1}", show=False) for i in range(9)),
        Binding("left", "app.focus_previous", "Previous", show=False),
        Binding("right", "app.focus_next", "Next", show=False),
        Binding("escape", "dismiss(None)", "Close", id="signs.close"),
    ]

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog"):
            yield Static("Choose a reaction", classes="heading")
            with Horizontal(id="signs"):
                for i, (name, sign) in enumerate(EMOJI.items()):
                    yield Button(f"{i + 1} {sign}", id=f"sign-{name}", compact=True, tooltip=name)
            yield KeyBar()

    def on_button_pressed(self, event: Button.Pressed) -> None:
        self.dismiss((event.button.id or "").removeprefix("sign-"))

    def action_choose(self, number: int) -> None:
        if number < len(EMOJI):
            self.dismiss(list(EMOJI)[number])


class TimerDialog(ModalScreen[Any]):
    """Starts the room's focus timer, or pauses, resumes or stops the running one."""

    CSS_PATH = "cowork_dialogs.tcss"
    VERTICAL_BREAKPOINTS = [(0, "-low"), (32, "-high")]
    BINDINGS = [Binding("escape", "dismiss(None)", "Close", id="timer.close")]

    def __init__(self, cowork: CoworkController) -> None:
        super().__init__()
        room = cowork.room
        timer = room[RoomTimer].timer if room is not None else None
        reading = timer.at(cowork.now()) if timer is not None else None
        self.timer = timer if reading is not None and reading.phase != "over" else None

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog"):
            yield Static("Focus timer", classes="heading")
            if self.timer is None:
                yield Static("Everyone in the room sees the timer.\n")
                for name, label, value in FIELDS:
                    with Horizontal(classes="field"):
                        yield Label(label)
                        yield Input(value, id=name, type="integer", compact=True)
                with Horizontal(classes="buttons"):
                    yield Button("Start", id="start", variant="primary", compact=True)
                    yield Button("Close", id="close", compact=True)
            else:
                yield Static(f"{clean(self.timer.name)} started the timer.", markup=False)
                with Horizontal(classes="buttons"):
                    paused = self.timer.paused_at is not None
                    yield Button("Resume" if paused else "Pause", id="pause", variant="primary", compact=True)
                    yield Button("Stop", id="stop", compact=True)
                    yield Button("Close", id="close", compact=True)
            yield KeyBar()

    @on(Input.Submitted)
    def _start(self) -> None:
        numbers: list[int] = []
        for name in ("focus", "rest", "rounds"):
            field = self.query_one(f"#{name}", Input)
            if not field.value.strip().isdigit():
                field.focus()
                return
            numbers.append(int(field.value))
        self.dismiss(StartTimer(*numbers))

    def on_button_pressed(self, event: Button.Pressed) -> None:
        match event.button.id:
            case "start":
                self._start()
            case "pause" if self.timer is not None:
                self.dismiss(PauseTimer() if self.timer.paused_at is None else ResumeTimer())
            case "stop":
                self.dismiss(StopTimer())
            case _:
                self.dismiss(None)


class TextDialog(ModalScreen[str | None]):
    """Asks for a text; the result is None if the learner cancels."""

    CSS_PATH = "cowork_dialogs.tcss"
    VERTICAL_BREAKPOINTS = [(0, "-low"), (32, "-high")]
    BINDINGS = [
        Binding("ctrl+s", "done", "Send", id="ask.send", tooltip="Send the text"),
        Binding("escape", "dismiss(None)", "Close", id="ask.close"),
    ]

    def __init__(self, title: str, description: str, text: str = "", empty: bool = False) -> None:
        super().__init__()
        self.heading, self.description, self.initial_text, self.empty = title, description, text, empty

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog"):
            yield Static(self.heading, classes="heading", markup=False)
            if self.description:
                yield Static(self.description, markup=False)
            yield MentionArea(self.initial_text, id="text", soft_wrap=True, show_line_numbers=False)
            with Horizontal(classes="buttons"):
                yield Button("Send (ctrl+s)", id="send", variant="primary", compact=True)
                yield Button("Close", id="close", compact=True)
            yield KeyBar()

    def on_mount(self) -> None:
        area = self.query_one(TextArea)
        area.move_cursor(area.document.end)

    def action_done(self) -> None:
        text = self.query_one(TextArea).text
        if text.strip() or self.empty:
            self.dismiss(text.strip())

    def on_button_pressed(self, event: Button.Pressed) -> None:
        if event.button.id == "send":
            self.action_done()
        else:
            self.dismiss(None)


class ChoiceDialog(ModalScreen[str | None]):
    """Asks for one of several options; the result is its id."""

    CSS_PATH = "cowork_dialogs.tcss"
    VERTICAL_BREAKPOINTS = [(0, "-low"), (32, "-high")]
    BINDINGS = [Binding("escape", "dismiss(None)", "Close", id="pick.close")]

    def __init__(self, title: str, options: Sequence[tuple[str, Content | str]]) -> None:
        super().__init__()
        self.heading, self.options = title, options

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog"):
            yield Static(self.heading, classes="heading", markup=False)
            yield OptionList(*(Option(text, id=id) for id, text in self.options), markup=False)
            yield KeyBar()

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        self.dismiss(event.option_id)
