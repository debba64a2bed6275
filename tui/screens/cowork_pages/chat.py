"""The page for talking: the stream of the room, and the line to write in."""

from __future__ import annotations

from textual import getters, on, work
from textual.app import ComposeResult
from textual.binding import Binding
from textual.widget import Widget
from textual.widgets import Input, Static

from cowork.rooms.chat import Chat
from cowork.rooms.reactions import Reactions
from tui.formatting import plural
from tui.screens.cowork_pages.page import Page
from tui.widgets.cowork.composer import Composer
from tui.widgets.cowork.entries import View, entries, more_than, quote
from tui.widgets.cowork.timeline import Timeline
from tui.widgets.updates import focus_now, set_text

PAGE = 200  # so many entries are drawn at first, and so many more each time


class ChatPage(Page):
    """What was said and what passed, newest last."""

    TAB = "chat"
    BINDINGS = [
        Binding("w", "write", "Write", id="chat.write", tooltip="Write a message"),
        Binding("r", "reply", "Reply", id="chat.reply", tooltip="Answer the marked message"),
        Binding("e", "react", "React", id="chat.react", tooltip="Give the marked message or pass a sign"),
        Binding("x", "take_back", "Take back", id="chat.take-back", show=False, tooltip="Remove the marked message"),
        Binding("slash", "search", "Search", id="chat.search", tooltip="Find messages by their words"),
        Binding("escape", "back", "Back", id="chat.back", tooltip="End the search, or the answer"),
    ]
    timeline = getters.query_one(Timeline)
    composer = getters.query_one(Composer)
    search = getters.query_one("#search", Input)

    def __init__(self) -> None:
        super().__init__(id="page-chat", classes="page")
        self.reply_to: int | None = None
        self.last = PAGE
        self.count = 0  # messages, when they were drawn last
        self.read = self.until = 0  # what had been read when one came, and what there was
        self.shown_room: str | None = None
        self.drafts: dict[str, str] = {}

    def compose(self) -> ComposeResult:
        yield Input(placeholder="Words to find; Esc ends the search", id="search", compact=True)
        yield Timeline()
        yield Static(id="replying", markup=False)
        yield Composer()

    def show(self) -> None:
        room = self.room
        if room is None:
            return
        if room.id != self.shown_room:
            self._turn_to(room.id)
        self._widen(len(room[Chat].messages))
        me, clock = self.cowork.me, self.course_app.learner.clock()
        words, waiting = self.search.value.strip(), self.cowork.waiting(room.id)
        view = View(me.id if me else "", clock.tzinfo, clock, self.read, self.until, words, self.last, waiting)
        self.timeline.show(list(entries(room, view)))
        self.cowork.mark_read()
        replying = self.query_one("#replying", Static)
        replying.display = self.reply_to is not None
        if self.reply_to is not None:
            set_text(replying, f"↩ {quote(room, self.reply_to)}  (Esc: no answer)")

    def arrive(self) -> None:
        if (room := self.room) is not None:
            self.read, self.until = self.cowork.read.get(room.id, room.seq), room.seq

    def _widen(self, count: int) -> None:
        """What is shown stays while more comes, so that little is drawn anew; now and then it is cut."""
        self.last += max(count - self.count, 0) if self.count else 0
        self.count = count
        if self.last > 3 * PAGE and self.timeline.at_end:
            self.last = PAGE

    def _turn_to(self, room_id: str) -> None:
        if self.shown_room is not None:
            self.drafts[self.shown_room] = self.composer.text
        self.composer.text = self.drafts.pop(room_id, "")
        self.shown_room, self.last, self.reply_to = room_id, PAGE, None
        self.arrive()
        self.count = 0
        self.search.value, self.search.display = "", False

    @property
    def main(self) -> Widget:
        return self.composer

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if not self.is_mounted or not self.query(Timeline):
            return True
        marked = self.timeline.marked
        match action:
            case "reply":
                return True if marked is not None and marked.message is not None else None
            case "react":
                return True if marked is not None else None
            case "take_back":
                return self._may_take_back()
            case "back":
                return self.search.display or self.reply_to is not None
        return True

    def _may_take_back(self) -> bool:
        me, room, marked = self.cowork.me, self.room, self.timeline.marked
        if me is None or room is None or marked is None or marked.message is None:
            return False
        return me.role == "organiser" or room[Chat].messages[marked.message].by == me.id

    @on(Timeline.OptionHighlighted)
    def _marked(self) -> None:
        self.refresh_bindings()

    @on(Timeline.More)
    def _more(self) -> None:
        if (room := self.room) is not None and more_than(room, self.last):
            self.last += PAGE
            self.show()

    @on(Timeline.Below)
    def _below(self) -> None:
        focus_now(self.composer)

    @on(Composer.Left)
    def _left(self) -> None:
        if self.reply_to is not None:
            self.action_back()
            return
        self.timeline.mark_last()
        focus_now(self.timeline)

    # Writing

    @on(Composer.Sent)
    def _sent(self, event: Composer.Sent) -> None:
        self._send(event.text, self.reply_to)

    @work(group="chat")
    async def _send(self, text: str, reply_to: int | None) -> None:
        from cowork.rooms.chat import SendMessage

        self.composer.text, self.reply_to = "", None
        self.show()
        if not await self.cowork.do(SendMessage(text, reply_to)) and not self.composer.text:
            self.composer.text = text  # refused: it is not lost
        self.timeline.scroll_end(animate=False)

    def action_write(self) -> None:
        focus_now(self.composer)

    def action_reply(self) -> None:
        if (marked := self.timeline.marked) is not None and marked.message is not None:
            self.reply_to = marked.message
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
        from cowork.rooms.reactions import AddReaction, RemoveReaction
        from tui.screens.cowork_dialogs import ReactionDialog

        room, me, marked = self.room, self.cowork.me, self.timeline.marked
        if room is None or me is None or marked is None or marked.target is None:
            return
        sign = await self.app.push_screen_wait(ReactionDialog())
        if sign is not None:
            given = room[Reactions].has(marked.target, sign, me.id)
            await self.cowork.do((RemoveReaction if given else AddReaction)(marked.target, sign))

    @work(group="dialog", exclusive=True)
    async def action_take_back(self) -> None:
        from cowork.rooms.chat import RetractMessage

        if self._may_take_back() and (marked := self.timeline.marked) is not None and marked.message is not None:
            await self.cowork.do(RetractMessage(marked.message))

    # Searching

    def action_search(self) -> None:
        self.search.display = True
        focus_now(self.search)
        self.refresh_bindings()

    @on(Input.Changed, "#search")
    def _searched(self) -> None:
        self.show()
        found = sum(entry.message is not None for entry in self.timeline.shown)
        self.search.border_subtitle = plural(found, "message") if self.search.value.strip() else ""

    @on(Input.Submitted, "#search")
    def _found(self) -> None:
        self.timeline.mark_last()
        focus_now(self.timeline)
