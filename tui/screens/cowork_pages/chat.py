"""The chat page: a room's timeline and the composer."""

from __future__ import annotations

from textual import getters, on, work
from textual.app import ComposeResult
from textual.binding import Binding
from textual.widgets import Input, Static

from cowork.rooms.base import Room
from cowork.rooms.chat import Chat, RetractMessage, SendMessage
from cowork.rooms.reactions import AddReaction, Reactions, RemoveReaction
from tui.formatting import plural
from tui.screens.cowork_pages.page import Page
from tui.widgets.cowork.composer import Composer
from tui.widgets.cowork.entries import View, entries, quote
from tui.widgets.cowork.timeline import Timeline
from tui.widgets.updates import focus_now, set_text

PAGE_SIZE = 200  # entries that are shown at first, and added each time

EMPTY_TEXT = (
    "Nothing has happened in this room yet.\n\n· w writes a message\n· in Practice, ctrl+u hands in your file, and "
    "ctrl+y also asks for a review, when you are stuck too\n· v lists what waits for review\n"
)
EMPTY_TEXT_ORGANISER = "· ctrl+g shows your group; i there invites somebody\n"


class ChatPage(Page):
    """Shows messages and verdicts, newest last."""

    TAB = "chat"
    BINDINGS = [
        Binding("w", "write", "Write", id="chat.write", tooltip="Write a message"),
        Binding("r", "reply", "Reply", id="chat.reply", tooltip="Reply to the selected message"),
        Binding("e", "react", "React", id="chat.react", tooltip="React to the selected message or verdict"),
        Binding("x", "retract", "Remove", id="chat.take-back", show=False, tooltip="Remove the selected message"),
        Binding("slash", "search", "Search", id="chat.search", tooltip="Search the messages"),
        Binding("escape", "back", "Back", id="chat.back", tooltip="Close the search, or cancel the reply"),
    ]
    # Entering a room does not focus the composer, so a key that was meant for the app is never sent to the group.
    timeline = main = getters.query_one(Timeline)
    composer = getters.query_one(Composer)
    search = getters.query_one("#search", Input)

    def __init__(self) -> None:
        super().__init__()
        self.reply_to: int | None = None
        self.last = PAGE_SIZE
        self.count = 0  # the number of messages at the last update
        self.read = self.until = 0  # events after `read` up to `until` are unread
        self.shown_room: str | None = None
        self.drafts: dict[str, str] = {}

    def compose(self) -> ComposeResult:
        yield Input(placeholder="Search messages; Esc closes the search", id="search", compact=True)
        yield Static(id="chat-none", classes="none", markup=False)
        yield Timeline()
        yield Static(id="replying", markup=False)
        yield Composer()

    def show_room(self, room: Room) -> None:
        if room.id != self.shown_room:
            self._switch_room(room.id)
        self._extend(len(room[Chat].messages))
        clock = self.course_app.learner.clock()
        search, waiting = self.search.value.strip(), self.cowork.waiting(room.id)
        who = self.cowork.meanwhile.mentionable(room.id)
        view = View(self.my_id, clock.tzinfo, clock, self.read, self.until, search, self.last, waiting, who)
        shown_entries = list(entries(room, view))
        self.timeline.show(shown_entries)
        none = self.query_one("#chat-none", Static)
        none.display = not shown_entries and not search
        set_text(none, EMPTY_TEXT + (EMPTY_TEXT_ORGANISER if self.is_organiser else ""))
        self.cowork.mark_read()
        if self.cowork.visible and self.is_on_screen and self.timeline.at_end:
            shown = [entry.message for entry in self.timeline.shown if entry.message is not None]
            self.cowork.meanwhile.mark_messages_seen(room.id, shown[-max(self.timeline.size.height // 4, 1) :])
        replying = self.query_one("#replying", Static)
        replying.display = self.reply_to is not None
        if self.reply_to is not None:
            set_text(replying, f"↩ {quote(room, self.reply_to)}  (Esc cancels the reply)")

    def on_open(self) -> None:
        if (room := self.room) is not None:
            self.read, self.until = self.cowork.read.get(room.id, room.seq), room.seq

    def _extend(self, count: int) -> None:
        """Keeps the shown messages when new ones arrive, to redraw less; shortens the list from time to time."""
        self.last += max(count - self.count, 0) if self.count else 0
        self.count = count
        if self.last > 3 * PAGE_SIZE and self.timeline.at_end:
            self.last = PAGE_SIZE

    def _switch_room(self, room_id: str) -> None:
        if self.shown_room is not None:
            self.drafts[self.shown_room] = self.composer.text
        self.composer.text = self.drafts.pop(room_id, "")
        self.shown_room, self.last, self.reply_to = room_id, PAGE_SIZE, None
        self.on_open()
        self.count = 0
        self.search.value, self.search.display = "", False

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if not self.is_mounted or not self.query(Timeline):
            return True
        selected = self.timeline.selected
        match action:
            case "reply":
                return True if selected is not None and selected.message is not None else None
            case "react":
                return True if selected is not None else None
            case "retract":
                return self._can_retract()
            case "back":
                return self.search.display or self.reply_to is not None
        return True

    def _can_retract(self) -> bool:
        room, selected = self.room, self.timeline.selected
        if room is None or selected is None or selected.message is None:
            return False
        return self.is_organiser or room[Chat].messages[selected.message].by == self.my_id

    @on(Timeline.More)
    def _show_more(self) -> None:
        if (room := self.room) is not None and len(room[Chat].messages) > self.last:
            self.last += PAGE_SIZE
            self.show()

    @on(Timeline.Below)
    def _focus_composer(self) -> None:
        focus_now(self.composer)

    @on(Composer.Left)
    def _focus_timeline(self) -> None:
        if self.reply_to is not None:
            self.action_back()
            return
        self.timeline.select_last()
        focus_now(self.timeline)

    async def go(self, target: str | int, line: int = 0) -> None:
        """Selects a message by its number, and loads older ones until it is there."""
        room = self.room
        if room is None or target not in room[Chat].messages:
            return
        newer = sum(seq >= int(target) for seq in room[Chat].messages)
        self.last = max(self.last, newer + PAGE_SIZE)
        self.show()
        self.timeline.select(int(target))
        focus_now(self.timeline)

    # Messages

    @on(Composer.Sent)
    def _on_send(self, event: Composer.Sent) -> None:
        self._send(event.text, self.reply_to)

    @work(group="chat")
    async def _send(self, text: str, reply_to: int | None) -> None:
        self.composer.text, self.reply_to = "", None
        self.show()
        if not await self.cowork.do(SendMessage(text, reply_to)) and not self.composer.text:
            self.composer.text = text  # restores a refused message
        self.timeline.scroll_end(animate=False)

    def action_write(self) -> None:
        focus_now(self.composer)

    def action_reply(self) -> None:
        if (selected := self.timeline.selected) is not None and selected.message is not None:
            self.reply_to = selected.message
            self.show()
            focus_now(self.composer)

    def action_back(self) -> None:
        if self.search.display:
            self.search.value, self.search.display = "", False
            focus_now(self.timeline)
        self.reply_to = None
        self.show()
        self.refresh_bindings()

    @work(group="dialog", exclusive=True)
    async def action_react(self) -> None:
        from tui.screens.cowork_dialogs import ReactionDialog

        room, selected = self.room, self.timeline.selected
        if room is None or selected is None or selected.target is None:
            return
        reaction = await self.app.push_screen_wait(ReactionDialog())
        if reaction is not None:
            reacted = room[Reactions].has(selected.target, reaction, self.my_id)
            await self.cowork.do((RemoveReaction if reacted else AddReaction)(selected.target, reaction))

    @work(group="dialog", exclusive=True)
    async def action_retract(self) -> None:
        if self._can_retract() and (selected := self.timeline.selected) is not None and selected.message is not None:
            await self.cowork.do(RetractMessage(selected.message))

    # Search

    def action_search(self) -> None:
        self.search.display = True
        focus_now(self.search)
        self.refresh_bindings()

    @on(Input.Changed, "#search")
    def _on_search(self) -> None:
        self.show()
        matches = sum(entry.message is not None for entry in self.timeline.shown)
        self.search.border_subtitle = plural(matches, "message") if self.search.value.strip() else ""

    @on(Input.Submitted, "#search")
    def _on_search_submitted(self) -> None:
        self.timeline.select_last()
        focus_now(self.timeline)
