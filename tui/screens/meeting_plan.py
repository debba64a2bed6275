"""The dialog that plans a meeting."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal, Vertical
from textual.screen import ModalScreen
from textual.widgets import Button, Input, Label, Static, TextArea

from tui.widgets.footer import KeyBar

if TYPE_CHECKING:
    from cowork.rooms.meetings import Meeting


class PlanDialog(ModalScreen[Any]):
    """Plans a new meeting, or edits one that has not ended."""

    CSS_PATH = "cowork_dialogs.tcss"
    VERTICAL_BREAKPOINTS = [(0, "-low"), (32, "-high")]
    BINDINGS = [
        Binding("ctrl+s", "done", "Plan", id="plan.done", tooltip="Save the plan for everyone"),
        Binding("escape", "dismiss(None)", "Close", id="plan.close"),
    ]

    def __init__(self, meeting: Meeting | None, now: datetime) -> None:
        super().__init__()
        self.meeting = meeting if meeting is not None and meeting.ended is None else None
        self.now = now

    def compose(self) -> ComposeResult:
        meeting = self.meeting
        day = datetime.fromtimestamp(meeting.starts, self.now.tzinfo) if meeting else self.now + timedelta(days=7)
        zone = self.now.tzname() or "local time"
        rows = (
            ("when", f"When ({zone})"[:23], f"{day:%Y-%m-%d} {day:%H:%M}" if meeting else f"{day:%Y-%m-%d} 18:00"),
            ("minutes", "Minutes", str(meeting.minutes) if meeting else "90"),
            ("title", "Title", meeting.title if meeting else ""),
            ("place", "Place or link", meeting.place if meeting else ""),
        )
        with Vertical(classes="dialog"):
            yield Static("Edit the meeting" if meeting else "Plan a meeting", classes="heading")
            for name, label, value in rows:
                with Horizontal(classes="field"):
                    yield Label(label)
                    yield Input(value, id=name, compact=True)
            yield Static("\nAgenda, one item per line; leave empty for this month's outline")
            yield TextArea(
                "\n".join(meeting.agenda) if meeting else "", id="agenda", soft_wrap=True, show_line_numbers=False
            )
            yield Static(id="plan-problem", classes="problem", markup=False)
            with Horizontal(classes="buttons"):
                yield Button("Save (ctrl+s)", id="plan", variant="primary", compact=True)
                yield Button("Close", id="close", compact=True)
            yield KeyBar()

    @on(Input.Submitted)
    def action_done(self) -> None:
        from cowork.rooms.meetings import PlanMeeting

        text = {field.id: field.value.strip() for field in self.query(Input)}
        try:
            starts = datetime.strptime(text["when"], "%Y-%m-%d %H:%M").replace(tzinfo=self.now.tzinfo).timestamp()
            minutes = int(text["minutes"])
        except (ValueError, OverflowError):
            problem = "Enter the start such as 2026-11-26 18:00, and the minutes as a number."
            self.query_one("#plan-problem", Static).update(problem)
            return
        lines = tuple(line.strip() for line in self.query_one(TextArea).text.splitlines() if line.strip())
        before = self.meeting.id if self.meeting is not None else None
        self.dismiss(PlanMeeting(starts, minutes, text["place"], text["title"], lines or None, before))

    def on_button_pressed(self, event: Button.Pressed) -> None:
        if event.button.id == "plan":
            self.action_done()
        else:
            self.dismiss(None)
