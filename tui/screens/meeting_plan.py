"""The dialog that plans meetings: one, or several that repeat."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal, Vertical
from textual.screen import ModalScreen
from textual.widgets import Button, Checkbox, Input, Label, Static, TextArea

from tui.widgets.footer import KeyBar

if TYPE_CHECKING:
    from cowork.rooms.base import Command
    from cowork.rooms.meeting_state import Meeting, Series
    from cowork.rooms.meetings import Meetings

WRONG_TIME = "Enter the start such as 2026-11-26 18:00, and the minutes as a number."
WRONG_COUNT = "Enter how many meetings, or leave it empty for one each month of the course."
HINT = "such as first Thursday, day 15, 2 weeks"


class PlanDialog(ModalScreen[Any]):
    """Plans new meetings, or edits one that has not ended. The result is a list of commands."""

    CSS_PATH = "cowork_dialogs.tcss"
    VERTICAL_BREAKPOINTS = [(0, "-low"), (32, "-high")]
    BINDINGS = [
        Binding("ctrl+s", "done", "Plan", id="plan.done", tooltip="Save the plan for everyone"),
        Binding("escape", "dismiss([])", "Close", id="plan.close"),
    ]

    def __init__(self, meeting: Meeting | None, state: Meetings, now: datetime) -> None:
        from cowork.time_zones import local_zone

        super().__init__()
        self.meeting = meeting if meeting is not None and meeting.ended is None else None
        self.series: Series | None = state.series.get(self.meeting.series) if self.meeting is not None else None
        self.now = now
        self.zone = self.series.zone if self.series is not None else local_zone()

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog"):
            yield Static("Edit the meeting" if self.meeting else "Plan meetings", classes="heading")
            for name, label, value, placeholder in self._rows():
                with Horizontal(classes="field"):
                    yield Label(label)
                    yield Input(value, placeholder, id=name, compact=True)
            if self.series is not None:
                yield Checkbox("Minutes and place also of the later meetings", id="following", compact=True)
            yield Static("Agenda, one item per line; leave empty for the outline's", id="agenda-label")
            agenda = "\n".join(self.meeting.agenda) if self.meeting else ""
            yield TextArea(agenda, id="agenda", soft_wrap=True, show_line_numbers=False)
            yield Static(id="plan-problem", classes="problem", markup=False)
            with Horizontal(classes="buttons"):
                yield Button("Save (ctrl+s)", id="plan", variant="primary", compact=True)
                if self.meeting is not None and self.meeting.started is None:
                    yield Button("Cancel meeting", id="cancel-meeting", compact=True)
                    if self.series is not None:
                        yield Button("and all later", id="cancel-following", compact=True)
                if self.series is None:  # else there is no space for it
                    yield Button("Close", id="close", compact=True)
            yield KeyBar()

    def _rows(self) -> list[tuple[str, str, str, str]]:
        """The fields, as (id, label, value, placeholder)."""
        from cowork.time_zones import find_zone

        meeting = self.meeting
        begins = datetime.fromtimestamp(meeting.starts, find_zone(self.zone)) if meeting is not None else None
        when = f"{begins:%Y-%m-%d %H:%M}" if begins else f"{self.now + timedelta(days=7):%Y-%m-%d} 18:00"
        rows = [
            ("when", "When", when, ""),
            ("zone", "Time zone", self.zone, "such as Europe/Berlin"),
            ("minutes", "Minutes", str(meeting.minutes) if meeting else "90", ""),
            ("title", "Title", meeting.title if meeting else "", ""),
            ("place", "Place or link", meeting.place if meeting else "", ""),
        ]
        if self.series is not None:
            rows.append(("repeats", "Repeats (from here on)", self.series.rule.text(), HINT))
        elif meeting is None:
            rows += [("repeats", "Repeats", "", HINT), ("times", "How many", "", "one each month of the course")]
        return rows

    @on(Input.Submitted)
    def action_done(self) -> None:
        from cowork.refusal import Refusal

        try:
            self.dismiss(self._commands())
        except Refusal as refusal:
            self.query_one("#plan-problem", Static).update(refusal.says)

    def _commands(self) -> list[Command]:
        """The commands for what the learner entered. Raises Refusal."""
        from cowork.refusal import Refusal
        from cowork.rooms.meeting_series import ChangeSeries, PlanSeries
        from cowork.rooms.meetings import PlanMeeting
        from cowork.rooms.recurrence import parse_rule
        from cowork.time_zones import find_zone

        text = {str(field.id): field.value.strip() for field in self.query(Input)}
        zone = find_zone(text["zone"])
        try:
            when = datetime.strptime(text["when"], "%Y-%m-%d %H:%M")
            starts, minutes = when.replace(tzinfo=zone).timestamp(), int(text["minutes"])
        except (ValueError, OverflowError):
            raise Refusal("input", WRONG_TIME) from None
        lines = tuple(line.strip() for line in self.query_one(TextArea).text.splitlines() if line.strip())
        meeting, series, place = self.meeting, self.series, text["place"]
        repeats = text.get("repeats", "")
        if repeats and (series is None or parse_rule(repeats) != series.rule):
            times = text.get("times", "")
            if times and not times.isdigit():
                raise Refusal("input", WRONG_COUNT)
            # a meeting's own agenda and title stay with it: those that replace it follow the outline
            return [PlanSeries(
                parse_rule(repeats), f"{when:%Y-%m-%dT%H:%M}", zone.key, int(times) if times else None, minutes, place,
                text["title"] if meeting is None else "", (lines or None) if meeting is None else None,
                replaces=meeting.id if meeting is not None else None,
            )]  # fmt: skip
        id = meeting.id if meeting is not None else None
        commands: list[Command] = [PlanMeeting(starts, minutes, place, text["title"], lines or None, id)]
        if meeting is not None and any(box.value for box in self.query(Checkbox)):
            commands.append(ChangeSeries(meeting.id, minutes, place))
        return commands

    def on_button_pressed(self, event: Button.Pressed) -> None:
        from cowork.rooms.meeting_series import CutSeries
        from cowork.rooms.meetings import CancelMeeting

        match event.button.id:
            case "plan":
                self.action_done()
            case "cancel-meeting" if self.meeting is not None:
                self.dismiss([CancelMeeting(self.meeting.id)])
            case "cancel-following" if self.meeting is not None:
                self.dismiss([CutSeries(self.meeting.id)])
            case _:
                self.dismiss([])
