"""The dialog in which an organiser assigns exercises to the room, with a date, or withdraws them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal, Vertical
from textual.screen import ModalScreen
from textual.widgets import Button, Input, Label, SelectionList, Static
from textual.widgets.selection_list import Selection

from cowork.refusal import Refusal
from cowork.rooms.assignments import AssignExercises, Assignments, WithdrawAssignments, parse_date
from cowork.rooms.base import Room
from exercises.exercise import Exercise
from tui.widgets.footer import KeyBar

DAYS_AHEAD = 7  # of the date that is proposed


class AssignDialog(ModalScreen[Any]):
    """Selects exercises and their date; the result is a command."""

    CSS_PATH = "cowork_dialogs.tcss"
    VERTICAL_BREAKPOINTS = [(0, "-low"), (32, "-high")]
    BINDINGS = [
        Binding("ctrl+s", "assign", "Assign", id="assign.done", tooltip="Assign the selected exercises"),
        Binding("ctrl+x", "withdraw", "Withdraw", id="assign.withdraw", tooltip="Withdraw the selected assignments"),
        Binding("escape", "dismiss(None)", "Close", id="assign.close"),
    ]

    def __init__(self, room: Room, exercises: Sequence[Exercise], selected: str, zone: str, today: date) -> None:
        super().__init__()
        self.room, self.exercises, self.selected = room, exercises, selected
        self.zone = room[Assignments].zone or zone
        assignment = room[Assignments].of(selected)
        self.due = assignment.due if assignment is not None else f"{today + timedelta(days=DAYS_AHEAD)}"

    def compose(self) -> ComposeResult:
        assignments = self.room[Assignments]
        with Vertical(classes="dialog"):
            yield Static("Assign exercises", classes="heading")
            selections = []
            for exercise in self.exercises:
                known = assignments.of(exercise.id)
                due = f"  (due {known.due})" if known is not None else ""
                title = f"{exercise.title}{due}".replace("[", r"\[")
                selections.append(Selection(title, exercise.id, exercise.id == self.selected))
            yield SelectionList(*selections, id="assigned")
            for name, label, value in (("due", "Due on (YYYY-MM-DD)", self.due), ("zone", "Time zone", self.zone)):
                with Horizontal(classes="field"):
                    yield Label(label)
                    yield Input(value, id=name, compact=True)
            yield Static(id="assign-problem", classes="problem", markup=False)
            with Horizontal(classes="buttons"):
                yield Button("Assign (ctrl+s)", id="assign", variant="primary", compact=True)
                yield Button("Withdraw (ctrl+x)", id="withdraw", compact=True)
                yield Button("Close", id="close", compact=True)
            yield KeyBar()

    @property
    def _chosen(self) -> tuple[str, ...]:
        chosen = self.query_one(SelectionList).selected
        return tuple(exercise.id for exercise in self.exercises if exercise.id in chosen)

    @on(Input.Submitted)
    def action_assign(self) -> None:
        from cowork.time_zones import find_zone

        due, zone = (self.query_one(f"#{name}", Input).value.strip() for name in ("due", "zone"))
        if not self._chosen:
            self._explain("Select the exercises with Space.")
            return
        try:
            self.dismiss(AssignExercises(self._chosen, parse_date(due).isoformat(), find_zone(zone).key))
        except Refusal as refusal:
            self._explain(refusal.says)

    def action_withdraw(self) -> None:
        assigned = tuple(id for id in self._chosen if self.room[Assignments].of(id) is not None)
        if assigned:
            self.dismiss(WithdrawAssignments(assigned))
        else:
            self._explain("None of the selected exercises is assigned.")

    def _explain(self, text: str) -> None:
        self.query_one("#assign-problem", Static).update(text)

    @on(Button.Pressed)
    def _on_button(self, event: Button.Pressed) -> None:
        match event.button.id:
            case "assign":
                self.action_assign()
            case "withdraw":
                self.action_withdraw()
            case _:
                self.dismiss(None)
