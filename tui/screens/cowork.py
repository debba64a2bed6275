"""The Co-work mode: a room's chat, board, reviews, break it and meeting pages."""

from __future__ import annotations

import importlib
from collections.abc import Iterable

from textual import events, getters, on, work
from textual.binding import Binding
from textual.containers import Horizontal, Vertical
from textual.widget import Widget
from textual.widgets import ContentSwitcher, TextArea

from exercises.course import UnknownExercise
from tui.cowork_controller import CoworkChanged
from tui.screens.cowork_pages.chat import ChatPage
from tui.screens.cowork_pages.meanwhile import MeanwhilePage
from tui.screens.cowork_pages.page import Page
from tui.screens.mode_screen import ModeScreen
from tui.widgets.cowork.join import JoinPanel
from tui.widgets.cowork.sidebar import Sidebar
from tui.widgets.cowork.tabs import PAGES, PageTabs
from tui.widgets.cowork.title_line import TitleLine
from tui.widgets.updates import focus_now


class CoworkScreen(ModeScreen):
    """Shows the current room of the app's co-work controller. Pages are created when they are first opened."""

    MODE = "cowork"
    CSS_PATH = "cowork.tcss"
    AUTO_FOCUS = ""
    BINDINGS = [
        *(Binding(page.key, f"page('{id}')", page.title, id=f"cowork.{id}", show=False, tooltip=page.tooltip)
          for id, page in PAGES.items()),
        Binding("j", "join", "Join", id="cowork.join", tooltip="Join with an invite"),
        Binding("f", "timer", "Timer", id="cowork.timer", tooltip="Set the room's focus timer"),
        Binding("ctrl+g", "group", "Group", id="cowork.group", show=False, tooltip="Members, invites, common problems"),
        Binding("ctrl+n", "link", "Devices", id="cowork.link", show=False,
                tooltip="Your devices: add or remove one; leave the hub"),
        Binding("ctrl+r", "again", "Reconnect", id="cowork.again", tooltip="Reconnect to the hub now"),
        Binding("p", "people", "Rooms", id="cowork.permissions", tooltip="Move to the list of rooms, or back"),
    ]  # fmt: skip
    side = getters.query_one(Sidebar)
    switcher = getters.query_one(ContentSwitcher)
    _state = ""
    _returned = False  # whether the learner has come back since the page Meanwhile was last considered

    def body(self) -> Iterable[Widget]:
        cowork = self.course_app.cowork
        yield TitleLine(cowork)
        yield JoinPanel()
        with Vertical(id="inside"):
            yield PageTabs()
            with Horizontal(id="panes"):
                yield Sidebar(cowork)
                yield ContentSwitcher(ChatPage(), initial="page-chat", id="pages")

    def on_mount(self) -> None:
        self.set_class(True, "-chat")
        self.course_app.cowork.changed.subscribe(self, self._on_change)

    def on_screen_resume(self) -> None:
        self.query_one(TitleLine).set_visible(True)
        self.course_app.cowork.set_visible(True)
        self.page.on_open()
        self._draw()
        self._returned = True
        self._show_meanwhile()
        if self.focused is None:
            self._focus_first()

    def on_screen_suspend(self) -> None:
        self.query_one(TitleLine).set_visible(False)
        self.course_app.cowork.set_visible(False)

    @property
    def page(self) -> Page:
        """The current page."""
        return self.query_one(f"#{self.switcher.current}", Page)

    def _on_change(self, _: CoworkChanged) -> None:
        if self.is_current:
            self._draw()
            self._show_meanwhile()

    def _show_meanwhile(self) -> None:
        """Opens the page Meanwhile when the learner comes back and something concerns them, unless they are busy."""
        meanwhile = self.course_app.cowork.meanwhile
        if not meanwhile.loaded:
            self._returned = True
        elif self._returned and self.has_class("-inside"):
            self._returned = False
            if meanwhile.unseen and self.page.TAB == "chat" and not isinstance(self.focused, TextArea):
                self.call_next(self.action_page, "meanwhile")

    def _draw(self) -> None:
        session = self.course_app.cowork.session
        inside = session is not None and bool(session.rooms)
        changed = inside != self.has_class("-inside")
        self.set_class(inside, "-inside")
        self.query_one(TitleLine).show()
        if inside:
            self.page.show()
            self.page.settle()
            self.side.show()
            cowork = self.course_app.cowork
            counts = {"chat": cowork.unread(cowork.room_id or ""), "meanwhile": len(cowork.meanwhile.unseen)}
            self.query_one(PageTabs).show(self.page.TAB, counts)
        else:
            self.query_one(JoinPanel).show(session)
        if changed:
            self._focus_first()
        state = session.state if session is not None else ""
        if changed or state != self._state:
            self._state = state
            self.refresh_bindings()

    def _focus_first(self) -> None:
        """Focuses the current page."""
        if self.has_class("-inside"):
            self.page.enter()

    def on_paste(self, event: events.Paste) -> None:
        if not self.has_class("-inside"):
            self.query_one(JoinPanel).paste(event.text)

    def action_join(self) -> None:
        self.query_one(JoinPanel).enter()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        cowork = self.course_app.cowork
        if action == "group":
            return cowork.me is not None and cowork.me.role == "organiser" and self.has_class("-inside")
        if action == "link":
            return self.has_class("-inside") and cowork.session is not None and cowork.session.state == "online"
        if action == "again":
            return cowork.session is not None and cowork.session.state in ("offline", "refused")
        if action in ("page", "people", "timer"):
            return self.has_class("-inside")
        return action != "join" or not self.has_class("-inside")

    def action_link(self) -> None:
        from tui.screens.devices import DevicesDialog

        self.app.push_screen(DevicesDialog())

    async def action_page(self, name: str) -> None:
        """Opens a page."""
        page_id = f"page-{name}"
        if not self.switcher.query(f"#{page_id}"):
            await self.switcher.add_content(_create_page(name), set_current=False)
        self.switcher.current = page_id
        self.set_class(name == "chat", "-chat")
        self._draw()
        self.page.enter()

    @on(PageTabs.Chosen)
    async def _tab(self, event: PageTabs.Chosen) -> None:
        await self.action_page(event.page)

    @on(MeanwhilePage.Chosen)
    async def _go_to_news(self, event: MeanwhilePage.Chosen) -> None:
        """Goes to the place of news: a message, a submission, a meeting or an exercise."""
        news, cowork = event.entry.news, self.course_app.cowork
        if not news.page:
            try:
                self.course_app.open_exercise(self.course_app.learner.course.exercise(str(news.target)))
            except UnknownExercise as error:
                self.notify(str(error), severity="warning", markup=False)
            return
        cowork.room_id = event.entry.room
        await self.action_page(news.page)
        await self.page.go(news.target, news.line)

    @on(Sidebar.Chosen)
    def _room(self, event: Sidebar.Chosen) -> None:
        self.course_app.cowork.room_id = event.room
        self._draw()
        self.page.enter()

    def action_people(self) -> None:
        rooms = self.query_one("#rooms")
        if rooms.has_focus:
            self.set_class(False, "-side")
            self.page.enter()
        else:
            self.set_class(True, "-side")
            focus_now(rooms)

    def on_join_panel_submitted(self, event: JoinPanel.Submitted) -> None:
        self._join(event.invite, event.name)

    @work(group="join", exclusive=True)
    async def _join(self, invite: str, name: str) -> None:
        if (problem := await self.course_app.cowork.join(invite, name)) is not None:
            self.query_one(JoinPanel).show_message(problem)

    def action_group(self) -> None:
        from tui.screens.group import GroupDialog

        self.app.push_screen(GroupDialog())

    def action_again(self) -> None:
        if (session := self.course_app.cowork.session) is not None:
            session.reconnect()

    @work(group="dialog", exclusive=True)
    async def action_timer(self) -> None:
        from tui.screens.cowork_dialogs import TimerDialog

        command = await self.app.push_screen_wait(TimerDialog(self.course_app.cowork))
        if command is not None:
            await self.course_app.cowork.do(command)


def _create_page(name: str) -> Page:
    module, _, widget = PAGES[name].widget.partition(":")
    page = getattr(importlib.import_module(f"tui.screens.cowork_pages.{module}"), widget)()
    assert isinstance(page, Page)
    return page
