"""The title line of the Co-work mode: the room, its focus timer, and the state of the connection."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.content import Content
from textual.widgets import Static

from cowork.rooms.timer import RoomTimer
from tui.cowork_controller import CoworkController
from tui.formatting import clean
from tui.widgets.updates import set_text

STATES = {
    "connecting": ("◌ connecting", "$foreground-muted"),
    "online": ("● online", "$text-success"),
    "offline": ("○ offline", "$text-warning"),
    "refused": ("✗ refused", "$text-error"),
}


class TitleLine(Horizontal):
    """Updates the timer once a second while it is visible."""

    def __init__(self, cowork: CoworkController) -> None:
        super().__init__(classes="title-line")
        self.cowork = cowork

    def compose(self) -> ComposeResult:
        yield Static("Co-work", id="title", classes="title", markup=False)
        yield Static(id="timer", markup=False)
        yield Static(id="connection", markup=False)

    def on_mount(self) -> None:
        self.interval = self.set_interval(1, self.update_timer, pause=True)

    def show(self) -> None:
        """Updates the title, the timer and the connection."""
        session, room = self.cowork.session, self.cowork.room
        set_text(self.query_one("#title", Static), clean(room.title) if room is not None else "Co-work")
        connection = self.query_one("#connection", Static)
        connection.display = session is not None
        if session is not None:
            label, style = STATES[session.state]
            waiting = session.waiting if session.state != "online" else 0
            set_text(connection, Content.styled(f"{label}: {waiting} waiting" if waiting else label, style))
            connection.tooltip = Content(clean(session.message)) if session.message else None
        self.update_timer()

    def set_visible(self, visible: bool) -> None:
        """Starts or stops the updates."""
        if visible:
            self.interval.resume()
        else:
            self.interval.pause()

    def update_timer(self) -> None:
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
