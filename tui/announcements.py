"""Announces news that concern the learner: in the app and, if the setting `notify` says so, outside of it."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any, Protocol

from textual.app import App

from tui.background import start
from tui.formatting import clean, plural

if TYPE_CHECKING:
    from cowork.client.session import Session
    from tui.desktop_notification import NotificationLimit
    from tui.learner_context import LearnerContext
    from tui.meanwhile import Entry

QUOTED_ENDS = (".”", "?”", "!”", "…”")  # no full stop follows them


class Host(Protocol):
    """What announcements need of the app's co-work controller."""

    app: App[Any]
    learner: LearnerContext
    session: Session | None
    visible: bool

    def now(self) -> float:
        """The hub's time, in seconds since 1970."""


class Announcements:
    """`clock`: in seconds, monotonic."""

    def __init__(self, cowork: Host, clock: Callable[[], float] = time.monotonic) -> None:
        self.cowork = cowork
        self._clock = clock
        self._limit: NotificationLimit | None = None

    def announce(self, entries: list[Entry]) -> None:
        """Announces new entries, unless the learner looks at the Co-work mode, which shows them itself."""
        app, visible = self.cowork.app, self.cowork.visible
        text = self._text(entries)
        if not visible:
            stop = "" if text.endswith(QUOTED_ENDS) else "."
            app.notify(f"{text}{stop} Press 5, then h.", markup=False, timeout=8)
        if not (visible and app.app_focus):
            self._notify_outside(text, len(entries))

    def _text(self, entries: list[Entry]) -> str:
        session = self.cowork.session
        if len(entries) > 1 or session is None:
            return f"{plural(len(entries), 'new item', 'new items')} for you"
        from tui.news_text import sentence

        (entry,) = entries
        room = session.rooms.get(entry.room)
        title = room.title if room is not None else entry.room
        return clean(sentence(entry.news, title, self.cowork.now(), self.cowork.learner.clock().tzinfo))

    def _notify_outside(self, text: str, count: int) -> None:
        if self.cowork.learner.settings.notify == "off":
            return
        from tui.desktop_notification import NotificationLimit

        if self._limit is None:
            self._limit = NotificationLimit()
        now = self._clock()
        if (allowed := self._limit.offer(text, count, now)) is not None:
            self._send(allowed)
        elif self._limit.held == count:  # the first that is held back
            self.cowork.app.set_timer(self._limit.wait(now), self._release)

    def _release(self) -> None:
        if self._limit is not None and (text := self._limit.release(self._clock())) is not None:
            self._send(text)

    def _send(self, text: str) -> None:
        app = self.cowork.app
        match self.cowork.learner.settings.notify:
            case "bell":
                app.bell()
            case "terminal":
                self._write(text)
            case "desktop":
                start(app, partial(self._send_to_desktop, text), "notify")

    def _write(self, text: str) -> None:
        from tui.desktop_notification import terminal_sequence

        driver = self.cowork.app._driver
        if driver is not None and not self.cowork.app.is_web:
            driver.write(terminal_sequence(text))

    async def _send_to_desktop(self, text: str) -> None:
        from tui.desktop_notification import desktop_command, run_desktop_command

        command = desktop_command(text)
        if command is None or not await run_desktop_command(command):
            self._write(text)
