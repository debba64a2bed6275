"""The first line of the Co-work mode: the room, its focus timer, and how one is connected."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.content import Content
from textual.widgets import Static

from cowork.rooms.timer import RoomTimer
from tui.formatting import clean
from tui.widgets.updates import set_text

if TYPE_CHECKING:
    from tui.cowork_controller import CoworkController

STATES = {
    "connecting": ("◌ connecting", "$foreground-muted"),
    "online": ("● online", "$text-success"),
    "offline": ("○ offline", "$text-warning"),
    "refused": ("✗ refused", "$text-error"),
}


class TitleLine(Horizontal):
    """Counts the timer down once a second while it is seen."""

    def __init__(self, cowork: CoworkController) -> None:
        super().__init__(classes="title-line")
        self.cowork = cowork

    def compose(self) -> ComposeResult:
        yield Static("Co-work", id="title", classes="title", markup=False)
        yield Static(id="timer", markup=False)
        yield Static(id="connection", markup=False)

    def on_mount(self) -> None:
        self.ticking = self.set_interval(1, self.tick, pause=True)

    def show(self) -> None:
        """Draws the room's title, the timer, the connection."""
        session, room = self.cowork.session, self.cowork.room
        set_text(self.query_one("#title", Static), clean(room.title) if room is not None else "Co-work")
        connection = self.query_one("#connection", Static)
        connection.display = session is not None
        if session is not None:
            words, style = STATES[session.state]
            waiting = session.waiting if session.state != "online" else 0
            set_text(connection, Content.styled(f"{words}: {waiting} waiting" if waiting else words, style))
            connection.tooltip = Content(clean(session.message)) if session.message else None
        self.tick()

    def see(self, seen: bool) -> None:
        """Whether anybody looks."""
        if seen:
            self.ticking.resume()
        else:
            self.ticking.pause()

    def tick(self) -> None:
        room, line = self.cowork.room, self.query_one("#timer", Static)
        timer = room[RoomTimer].timer if room is not None else None
        reading = timer.at(self.cowork.now()) if timer is not None else None
        line.display = reading is not None and reading.phase != "over"
        if timer is None or reading is None:
            return
        minutes, seconds = divmod(int(reading.left + 0.999), 60)
        phase = "paused" if reading.paused else reading.phase
        rounds = f" {reading.round}/{timer.rounds}" if timer.rounds > 1 else ""
        colour = "$foreground-muted" if reading.paused else "$text-accent" if phase == "focus" else "$text-success"
        set_text(line, Content.assemble((f"{minutes}:{seconds:02}", f"bold {colour}"), (f" {phase}{rounds}", colour)))
