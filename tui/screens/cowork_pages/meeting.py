"""The page of the meeting that goes on, or comes next."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from textual import getters, on, work
from textual.app import ComposeResult
from textual.binding import Binding
from textual.widget import Widget
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from cowork.rooms.meetings import Meetings
from tui.formatting import short_path
from tui.screens.cowork_pages.page import Page
from tui.widgets.cowork.meeting_rows import Part, parts

if TYPE_CHECKING:
    from cowork.rooms.base import Command
    from cowork.rooms.meetings import Meeting

NONE = "No meeting is planned in this room."
PLANS = "No meeting is planned in this room. Press o to plan one: its agenda is the outline's."


class MeetingPage(Page):
    """Agenda, presenter, questions, key insights and notes, from top to bottom."""

    TAB = "meeting"
    BINDINGS = [
        Binding("a", "question", "Ask", id="meeting.ask", tooltip="Ask a question; others vote for it"),
        Binding("u,enter", "vote", "Vote", id="meeting.vote", tooltip="Vote for the marked question, or not any more"),
        Binding("d", "answered", "Answered", id="meeting.answered", tooltip="The marked question is answered, or not"),
        Binding("i", "insight", "Insight", id="meeting.insight", tooltip="Add a key insight"),
        Binding("n", "notes", "Notes", id="meeting.notes", tooltip="Write the notes that all share"),
        Binding("y", "present", "Present", id="meeting.present", tooltip="Take the presenter's slot, or give it back"),
        Binding("x", "remove", "Remove", id="meeting.remove", show=False, tooltip="Remove what is marked"),
        Binding("e", "export", "Export", id="meeting.export", tooltip="As Markdown, and for your calendar"),
        Binding("s", "run", "Start/End", id="meeting.run", tooltip="Start the meeting, or end it"),
        Binding("o", "plan", "Plan", id="meeting.plan", tooltip="Plan a meeting, or change when it is"),
    ]  # fmt: skip
    list = getters.query_one("#meeting", OptionList)

    def __init__(self) -> None:
        super().__init__(id="page-meeting", classes="page")
        self.parts: tuple[Part, ...] = ()
        self._attended: set[str] = set()

    def compose(self) -> ComposeResult:
        yield Static(id="meeting-none", classes="none", markup=False)
        yield OptionList(id="meeting", classes="list", markup=False)

    @property
    def meeting(self) -> Meeting | None:
        return self.room[Meetings].next(self.cowork.now()) if self.room is not None else None

    @property
    def organises(self) -> bool:
        me = self.cowork.me
        return me is not None and me.role == "organiser"

    def show(self) -> None:
        meeting, me = self.meeting, self.cowork.me
        none = self.query_one("#meeting-none", Static)
        none.display = meeting is None
        self.list.display = meeting is not None
        none.update(PLANS if self.organises else NONE)
        if meeting is not None and me is not None:
            self._draw(tuple(parts(meeting, me.id, self.course_app.learner.clock().tzinfo)))
            if meeting.goes_on and me.id not in meeting.attended and meeting.id not in self._attended:
                self._attended.add(meeting.id)
                self._attend(meeting.id)
        self.refresh_bindings()

    def _draw(self, new: tuple[Part, ...]) -> None:
        if new == self.parts:
            return
        marked, at = self._marked(), self.list.scroll_y
        self.parts = new
        self.list.set_options(Option(part.content, id=part.id, disabled=part.kind == "still") for part in new)
        ids = [part.id for part in new]
        self.list.highlighted = ids.index(marked.id if marked is not None and marked.id in ids else "presenter")
        self.list.scroll_to(y=at, animate=False)

    def _marked(self) -> Part | None:
        place = self.list.highlighted
        return self.parts[place] if place is not None and place < len(self.parts) else None

    @property
    def main(self) -> Widget:
        return self.list

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if not self.is_mounted or self.room is None:
            return True
        meeting, marked = self.meeting, self._marked()
        if action == "plan":
            return self.organises
        if meeting is None and action in (
            "question",
            "vote",
            "answered",
            "insight",
            "notes",
            "present",
            "remove",
            "export",
            "run",
        ):
            return False
        match action:
            case "run":
                return self.organises
            case "vote" | "answered":
                return marked is not None and marked.kind == "question"
            case "remove":
                return marked is not None and bool(marked.seq)
        return True

    @on(OptionList.OptionHighlighted)
    def _moved(self) -> None:
        self.refresh_bindings()

    @on(OptionList.OptionSelected)
    def _selected(self) -> None:
        match self._marked():
            case Part(kind="question"):
                self.action_vote()
            case Part(kind="presenter"):
                self.action_present()
            case Part(kind="notes"):
                self.action_notes()

    @work(group="meeting")
    async def _do(self, command: Command) -> None:
        await self.cowork.do(command)

    @work(group="attend")
    async def _attend(self, meeting: str) -> None:
        from cowork.rooms.live_meeting import AttendMeeting

        await self.cowork.do(AttendMeeting(meeting))

    @work(group="dialog", exclusive=True)
    async def action_question(self) -> None:
        from cowork.rooms.questions import AskQuestion
        from tui.screens.cowork_dialogs import TextDialog

        text = await self.app.push_screen_wait(TextDialog("A question for the meeting", ""))
        if text is not None and (meeting := self.meeting) is not None:
            await self.cowork.do(AskQuestion(meeting.id, text))

    @work(group="dialog", exclusive=True)
    async def action_insight(self) -> None:
        from cowork.rooms.questions import NoteInsight
        from tui.screens.cowork_dialogs import TextDialog

        text = await self.app.push_screen_wait(TextDialog("A key insight", "What is worth keeping from this month?"))
        if text is not None and (meeting := self.meeting) is not None:
            await self.cowork.do(NoteInsight(meeting.id, text))

    def action_vote(self) -> None:
        from cowork.rooms.questions import Vote

        meeting, marked, me = self.meeting, self._marked(), self.cowork.me
        if meeting is not None and me is not None and marked is not None and marked.seq in meeting.questions:
            self._do(Vote(meeting.id, marked.seq, me.id not in meeting.questions[marked.seq].votes))

    def action_answered(self) -> None:
        from cowork.rooms.questions import MarkQuestion

        meeting, marked = self.meeting, self._marked()
        if meeting is not None and marked is not None and marked.seq in meeting.questions:
            self._do(MarkQuestion(meeting.id, marked.seq, not meeting.questions[marked.seq].answered))

    def action_remove(self) -> None:
        from cowork.rooms.questions import RemoveEntry

        meeting, marked = self.meeting, self._marked()
        if meeting is not None and marked is not None and marked.seq:
            self._do(RemoveEntry(meeting.id, marked.seq))

    def action_present(self) -> None:
        from cowork.rooms.meetings import ClaimPresenterSlot, ReleasePresenterSlot

        meeting, me = self.meeting, self.cowork.me
        if meeting is not None and me is not None:
            free = meeting.presenter is None or meeting.presenter.member != me.id
            self._do(ClaimPresenterSlot(meeting.id) if free else ReleasePresenterSlot(meeting.id))

    def action_notes(self) -> None:
        from tui.screens.meeting_notes import NotesDialog

        if (meeting := self.meeting) is not None:
            self.app.push_screen(NotesDialog(meeting.id))

    def action_run(self) -> None:
        from cowork.rooms.live_meeting import CloseMeeting, StartMeeting
        from cowork.rooms.meetings import Participant

        if (meeting := self.meeting) is not None:
            present = tuple(Participant(one.member, one.name) for one in self.cowork.people)
            self._do(CloseMeeting(meeting.id) if meeting.goes_on else StartMeeting(meeting.id, present))

    @work(group="dialog", exclusive=True)
    async def action_plan(self) -> None:
        from tui.screens.meeting_plan import PlanDialog

        meeting = self.meeting
        command = await self.app.push_screen_wait(PlanDialog(meeting, self.course_app.learner.clock()))
        if command is not None:
            await self.cowork.do(command)

    def action_export(self) -> None:
        """Writes the meeting's page and its calendar file into the workspace; says where."""
        from cowork.meetings.calendar import calendar_file
        from cowork.meetings.markdown import meeting_page
        from learner import files

        meeting, room = self.meeting, self.room
        if meeting is None or room is None:
            return
        folder = self.course_app.learner.workspace.root / "meetings"
        day = re.sub(r"[^0-9a-z]+", "-", f"{room.id}-{meeting.id[:6]}".casefold())
        page_path, calendar_path = folder / f"{day}.md", folder / f"{day}.ics"
        try:
            folder.mkdir(parents=True, exist_ok=True)
            files.overwrite(page_path, meeting_page(meeting).encode())
            files.overwrite(calendar_path, calendar_file([meeting], meeting.title))
        except OSError as error:
            self.notify(f"It could not be written: {error}", severity="error", markup=False)
            return
        self.notify(f"{short_path(page_path)}\n{short_path(calendar_path)}", title="Written", markup=False, timeout=15)
