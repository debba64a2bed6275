"""The page of the current or next meeting."""

from __future__ import annotations

import re
from typing import Any

from textual import getters, on, work
from textual.app import ComposeResult
from textual.binding import Binding
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from cowork.rooms import live_meeting
from cowork.rooms.base import Command
from cowork.rooms.meeting_replies import ReplyToMeeting
from cowork.rooms.meeting_state import Entry, Meeting, Participant
from cowork.rooms.meetings import ClaimPresenterSlot, Meetings, ReleasePresenterSlot
from cowork.rooms.review_state import long_waits
from tui.formatting import clean, short_path
from tui.screens.cowork_pages.page import Page
from tui.widgets.cowork.meeting_rows import MeetingRow, about_month, meeting_rows
from tui.widgets.cowork.review_rows import review_row

MEETING_ACTIONS = {
    "question", "vote", "answered", "insight", "notes", "present", "remove", "export", "run", "reply", "step",
    "plan_new",
}  # fmt: skip
REPLIES = {"yes": "Yes", "perhaps": "Perhaps", "no": "No"}
EMPTY_TEXT = "No meeting is planned in this room."
PLAN_TEXT = " Press o to plan one, or several that repeat."


class MeetingPage(Page):
    """Shows presenter, agenda, questions, key insights and notes."""

    TAB = "meeting"
    BINDINGS = [
        Binding("a", "question", "Ask", id="meeting.ask", tooltip="Ask a question"),
        Binding("u,enter", "vote", "Vote", id="meeting.vote", tooltip="Vote for the question, or withdraw the vote"),
        Binding("d", "answered", "Answered", id="meeting.answered", tooltip="Mark the question as answered, or open"),
        Binding("i", "insight", "Insight", id="meeting.insight", tooltip="Add a key insight"),
        Binding("n", "notes", "Notes", id="meeting.notes", tooltip="Edit the shared notes"),
        Binding("w", "reply", "Reply", id="meeting.reply", tooltip="Reply whether you will come: yes, perhaps or no"),
        Binding("y", "present", "Present", id="meeting.present", tooltip="Become the presenter, or release the slot"),
        Binding("x", "remove", "Remove", id="meeting.remove", show=False, tooltip="Remove the selected entry"),
        Binding("o", "plan", "Plan", id="meeting.plan", tooltip="Plan a meeting, or change the plan"),
        Binding("s", "run", "Start/End", id="meeting.run", tooltip="Start or end the meeting"),
        Binding("e", "export", "Export", id="meeting.export", tooltip="Save as Markdown and as a calendar file"),
        Binding("O", "plan_new", "Plan another", id="meeting.plan-new", show=False, tooltip="Plan another meeting"),
        Binding("left", "step(-1)", "Earlier", id="meeting.earlier", show=False, tooltip="Show the meeting before"),
        Binding("right", "step(1)", "Later", id="meeting.later", show=False, tooltip="Show the next meeting"),
    ]  # fmt: skip
    list = main = getters.query_one("#meeting", OptionList)

    def __init__(self) -> None:
        super().__init__()
        self.rows: tuple[MeetingRow, ...] = ()
        self._attended: set[str] = set()
        self._shown: tuple[str, str] | None = None  # the room and the meeting that the learner chose

    def compose(self) -> ComposeResult:
        yield Static(id="meeting-none", classes="none", markup=False)
        yield OptionList(id="meeting", classes="list", markup=False)

    @property
    def meeting(self) -> Meeting | None:
        """The meeting that the learner chose with ← and →, else the one that goes on or comes next."""
        if (room := self.room) is None:
            return None
        chosen = room[Meetings].all.get(self._shown[1]) if self._shown and self._shown[0] == room.id else None
        if chosen is not None and not chosen.cancelled:
            return chosen
        return room[Meetings].next(self.cowork.now())

    def show(self) -> None:
        meeting, me = self.meeting, self.my_id
        none = self.query_one("#meeting-none", Static)
        none.display = meeting is None
        self.list.display = meeting is not None
        if meeting is None:
            elsewhere = about_month(self.room, self.cowork.rooms, self.course_app.learner.clock())
            none.update(EMPTY_TEXT + PLAN_TEXT * self.is_organiser + elsewhere)
        if meeting is not None and me and self.room is not None:
            now = self.cowork.now()
            waits = [review_row(room, review, me, now, True) for room, review in long_waits(self.cowork.rooms, now)]
            clock, who = self.course_app.learner.clock(), self.cowork.meanwhile.mentionable(self.room.id)
            rows = meeting_rows(meeting, self.room[Meetings], me, clock, waits, who)
            self._draw(tuple(rows))
            if meeting.goes_on and me not in meeting.attended and meeting.id not in self._attended:
                self._attended.add(meeting.id)
                self._do(live_meeting.AttendMeeting(meeting.id))
        self.refresh_bindings()

    def _draw(self, rows: tuple[MeetingRow, ...]) -> None:
        if rows == self.rows:
            return
        selected, scroll_y = self._selected_row(), self.list.scroll_y
        self.rows = rows
        self.list.set_options(Option(row.content, id=row.id, disabled=row.kind == "text") for row in rows)
        ids = [row.id for row in rows]
        self.list.highlighted = ids.index(selected.id if selected is not None and selected.id in ids else "presenter")
        self.list.scroll_to(y=scroll_y, animate=False)

    def _selected_row(self) -> MeetingRow | None:
        index = self.list.highlighted
        return self.rows[index] if index is not None and index < len(self.rows) else None

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if not self.is_mounted or self.room is None:
            return True
        meeting, selected = self.meeting, self._selected_row()
        if action == "plan" or (action == "plan_new" and meeting is not None):
            return self.is_organiser
        if meeting is None and action in MEETING_ACTIONS:
            return False
        match action:
            case "run":
                return self.is_organiser
            case "vote" | "answered":
                return selected is not None and selected.kind == "question"
            case "reply":
                return meeting is not None and meeting.ended is None
            case "step" if self.room is not None:
                return len(self.room[Meetings].listed()) > 1
            case "remove":
                return selected is not None and bool(selected.seq)
        return True

    @on(OptionList.OptionSelected)
    def _on_select(self) -> None:
        match self._selected_row():
            case MeetingRow(kind="question"):
                self.action_vote()
            case MeetingRow(kind="presenter"):
                self.action_present()
            case MeetingRow(kind="reply"):
                self.action_reply()
            case MeetingRow(kind="notes"):
                self.action_notes()

    @work(group="meeting")
    async def _do(self, command: Command) -> None:
        await self.cowork.do(command)

    @work(group="dialog", exclusive=True)
    async def _add_entry(
        self, command: type[live_meeting.AskQuestion | live_meeting.NoteInsight], title: str, description: str = ""
    ) -> None:
        from tui.screens.cowork_dialogs import TextDialog

        text = await self.app.push_screen_wait(TextDialog(title, description))
        if text is not None and (meeting := self.meeting) is not None:
            await self.cowork.do(command(meeting.id, text))

    def action_question(self) -> None:
        self._add_entry(live_meeting.AskQuestion, "A question for the meeting")

    def action_insight(self) -> None:
        self._add_entry(live_meeting.NoteInsight, "A key insight", "What is the key insight of this month?")

    def _selected_question(self, meeting: Meeting) -> Entry | None:
        selected = self._selected_row()
        return meeting.questions.get(selected.seq) if selected is not None else None

    def action_vote(self) -> None:
        if (meeting := self.meeting) is not None and (question := self._selected_question(meeting)) is not None:
            self._do(live_meeting.Vote(meeting.id, question.seq, self.my_id not in question.votes))

    def action_answered(self) -> None:
        if (meeting := self.meeting) is not None and (question := self._selected_question(meeting)) is not None:
            self._do(live_meeting.MarkQuestion(meeting.id, question.seq, not question.answered))

    def action_remove(self) -> None:
        meeting, selected = self.meeting, self._selected_row()
        if meeting is not None and selected is not None and selected.seq:
            self._do(live_meeting.RemoveEntry(meeting.id, selected.seq))

    def action_present(self) -> None:
        if (meeting := self.meeting) is not None:
            free = meeting.presenter is None or meeting.presenter.member != self.my_id
            self._do(ClaimPresenterSlot(meeting.id) if free else ReleasePresenterSlot(meeting.id))

    @work(group="dialog", exclusive=True)
    async def action_reply(self) -> None:
        from tui.screens.cowork_dialogs import ChoiceDialog

        if (meeting := self.meeting) is None:
            return
        comes: Any = await self.app.push_screen_wait(
            ChoiceDialog(f"Will you come? {clean(meeting.title)}", list(REPLIES.items()))
        )
        if comes is not None:
            await self.cowork.do(ReplyToMeeting(meeting.id, comes))

    def action_step(self, by: int) -> None:
        """Shows an earlier or a later meeting of the room."""
        if (room := self.room) is not None and (meeting := self.meeting) is not None:
            meetings = room[Meetings].listed()
            if meeting in meetings:
                index = min(max(meetings.index(meeting) + by, 0), len(meetings) - 1)
                self._shown = (room.id, meetings[index].id)
                self.show()

    async def go(self, target: str | int, line: int = 0) -> None:
        if (room := self.room) is not None and target in room[Meetings].all:
            self._shown = (room.id, str(target))
            self.show()

    def action_notes(self) -> None:
        from tui.screens.meeting_notes import NotesDialog

        if (meeting := self.meeting) is not None:
            self.app.push_screen(NotesDialog(meeting.id))

    def action_run(self) -> None:
        if (meeting := self.meeting) is not None:
            present = tuple(Participant(person.member, person.name) for person in self.cowork.people)
            start, close = live_meeting.StartMeeting(meeting.id, present), live_meeting.CloseMeeting(meeting.id)
            self._do(close if meeting.goes_on else start)

    def action_plan(self) -> None:
        self._plan(self.meeting)

    def action_plan_new(self) -> None:
        self._plan(None)

    @work(group="dialog", exclusive=True)
    async def _plan(self, meeting: Meeting | None) -> None:
        from tui.screens.meeting_plan import PlanDialog

        if (room := self.room) is not None:
            dialog = PlanDialog(meeting, room[Meetings], self.course_app.learner.clock())
            for command in await self.app.push_screen_wait(dialog):
                await self.cowork.do(command)

    def action_export(self) -> None:
        """Saves the meeting as a Markdown page, and it or its series as a calendar file, in the workspace."""
        from cowork.meeting_calendar import calendar_file
        from cowork.meeting_exports import meeting_page
        from learner import files

        meeting, room = self.meeting, self.room
        if meeting is None or room is None:
            return
        folder = self.course_app.learner.workspace.root / "meetings"
        series, _, number = meeting.id.partition("-")
        name = re.sub(r"[^0-9a-z]+", "-", f"{room.id}-{series[:6]}".casefold())
        page_path, calendar_path = folder / f"{name}{f'-{number}' if number else ''}.md", folder / f"{name}.ics"
        try:
            folder.mkdir(parents=True, exist_ok=True)
            files.overwrite(page_path, meeting_page(meeting).encode())
            files.overwrite(calendar_path, calendar_file(room[Meetings], room.title, {meeting.id}))
        except OSError as error:
            self.notify(f"Cannot save the meeting: {error}", severity="error", markup=False)
            return
        self.notify(f"{short_path(page_path)}\n{short_path(calendar_path)}", title="Saved", markup=False, timeout=15)
