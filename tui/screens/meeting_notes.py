"""Edits the shared notes of a meeting, and merges them with a version that somebody else has saved."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from textual import getters, work
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical, VerticalScroll
from textual.screen import ModalScreen
from textual.widgets import Static, TextArea
from textual.worker import Worker

from cowork.rooms.meetings import Meetings
from tui.app_types import CourseAppMixin
from tui.formatting import clean
from tui.widgets.cowork.meeting_rows import merge_notes
from tui.widgets.cowork.mention_area import MentionArea
from tui.widgets.footer import KeyBar
from tui.widgets.updates import set_text

if TYPE_CHECKING:
    from cowork.rooms.meeting_state import Meeting, NotesVersion


class NotesDialog(CourseAppMixin, ModalScreen[None]):
    """A text editor that shows versions saved by others, and never overwrites them."""

    CSS_PATH = "meeting_notes.tcss"
    AUTO_FOCUS = "#notes"
    BINDINGS = [
        Binding("ctrl+s", "save", "Save", id="notes.save", tooltip="Save the notes for everyone"),
        Binding("ctrl+t", "merge", "Merge", id="notes.merge", tooltip="Merge your lines into the saved version"),
        Binding("ctrl+o", "versions", "Take back", id="notes.versions", tooltip="Remove a saved version for good"),
        Binding("escape", "close", "Close", id="notes.close", tooltip="Close; asks before discarding changes"),
    ]
    area = getters.query_one("#notes", TextArea)

    def __init__(self, meeting: str) -> None:
        super().__init__()
        self.meeting_id = meeting
        self.base, self.version = "", 0
        self.stale = False
        self.saving: Worker[None] | None = None

    @property
    def meeting(self) -> Meeting | None:
        room = self.course_app.cowork.room
        return room[Meetings].all.get(self.meeting_id) if room is not None else None

    def compose(self) -> ComposeResult:
        meeting = self.meeting
        if meeting is not None:
            self.base, self.version = meeting.notes, meeting.version
        with Vertical(id="notes-sheet") as sheet:
            sheet.border_title = "Notes"
            yield Static(id="notes-state", markup=False)
            yield MentionArea(self.base, id="notes", soft_wrap=True, show_line_numbers=False)
            with VerticalScroll(id="theirs", can_focus=False):
                yield Static(id="theirs-text", markup=False)
            yield KeyBar()

    def on_mount(self) -> None:
        self.area.move_cursor(self.area.document.end)
        self.course_app.cowork.changed.subscribe(self, lambda _: self._update())
        self._update()

    def _update(self) -> None:
        """Shows a newer version if there is one; replaces the text by it if the learner has not edited it."""
        meeting = self.meeting
        if meeting is None:
            return
        changed = meeting.version != self.version or meeting.notes != self.base.rstrip()  # or was taken back
        if changed and self.area.text.rstrip() == self.base.rstrip():
            self.base, self.version = meeting.notes, meeting.version
            self.area.text = self.base
        self.stale = meeting.version != self.version
        name = clean(meeting.versions[-1].name) if meeting.versions else ""
        state = self.query_one("#notes-state", Static)
        state.set_class(self.stale, "-stale")
        if self.stale:
            set_text(state, f"{name} has saved a new version (below). Press ctrl+t to merge your lines into it.")
            set_text(self.query_one("#theirs-text", Static), clean(meeting.notes))
        else:
            set_text(state, f"Version {self.version}{f', {name}' if name else ''}. ctrl+s saves for everyone.")
        self.query_one("#theirs").display = self.stale
        self.refresh_bindings()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action == "merge":
            return self.stale
        if action == "versions":
            return bool(self._removable())
        return True

    def _removable(self) -> list[NotesVersion]:
        """The saved versions that the learner may take back, the newest first."""
        me, meeting = self.course_app.cowork.me, self.meeting
        if me is None or meeting is None:
            return []
        mine = [each for each in meeting.versions if me.role == "organiser" or each.by == me.id]
        return [version for version in reversed(mine) if not version.removed]

    @work(group="dialog", exclusive=True)
    async def action_versions(self) -> None:
        from cowork.rooms.meeting_notes import RemoveNotes
        from tui.screens.cowork_dialogs import ChoiceDialog

        zone = self.course_app.learner.clock().tzinfo
        rows = [
            (str(each.number), f"{each.number}  {moment:%b %d %H:%M}  {clean(each.name)}")
            for each in self._removable()
            if (moment := datetime.fromtimestamp(each.at, zone))
        ]
        number = await self.app.push_screen_wait(ChoiceDialog("Remove which version, for good?", rows))
        if number is not None:
            await self.course_app.cowork.do(RemoveNotes(self.meeting_id, int(number)))
            self._update()

    def action_save(self) -> None:
        self.saving = self._save()

    @work(group="notes", exclusive=True)
    async def _save(self) -> None:
        from cowork.rooms.meeting_notes import WriteNotes

        text = self.area.text.rstrip()
        if await self.course_app.cowork.do(WriteNotes(self.meeting_id, self.version, text)):
            self.base, self.version = text, self.version + (text != self.base.rstrip())
            self.notify("Saved.")
        self._update()

    def action_merge(self) -> None:
        meeting = self.meeting
        if meeting is not None and self.stale:
            self.area.text = merge_notes(self.base, self.area.text.rstrip(), meeting.notes)
            self.area.move_cursor(self.area.document.end)
            self.base, self.version = meeting.notes, meeting.version
            self._update()

    @work(group="dialog", exclusive=True)
    async def action_close(self) -> None:
        from tui.screens.dialogs import ConfirmDialog

        if self.saving is not None:
            await self.saving.wait()
        if self.area.text.rstrip() != self.base.rstrip():
            question = ConfirmDialog("Close the notes?", "Your changes are not saved. ctrl+s saves them.", "Close")
            if not await self.app.push_screen_wait(question):
                return
        self.dismiss()
