"""The base class of the X-ray's pages."""

from __future__ import annotations

from collections.abc import Sequence

from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from textual.widget import Widget
from textual.widgets import Static

from playground.messages import AppRequest
from playground.protocol import Event
from playground.session import SessionError
from tui.background import start
from tui.formatting import clean
from tui.screens.playground.xray.state import XrayState
from tui.widgets.updates import focus_now, set_text

Answer = list[Event] | SessionError


class Page(Vertical):
    """Shows one thing about the text. `show` is called when the page is opened and whenever the text changes.

    A page asks for what it needs with `ask`, and draws it in `answered`.
    """

    NAME = ""
    SHOWS_TEXT = True  # whether the text with its cursor is shown above the page

    class TextChanged(Message):
        """Posted when the page has changed the text, its cursor or the heads that are off."""

    class Working(Message):
        """Posted when the page begins or ends to wait for the model."""

    def __init__(self, state: XrayState) -> None:
        super().__init__(id=f"xray-{self.NAME}", classes="xray-page")
        self.state = state
        self.problem = Static(classes="problem", markup=False)
        self.working = False
        self._wanted: Sequence[AppRequest] | None = None

    @property
    def main(self) -> Widget:
        """The widget that takes the focus."""
        raise NotImplementedError

    def show(self) -> None:
        """Asks for what the page shows of the present text."""
        raise NotImplementedError

    def answered(self, answers: list[Answer]) -> None:
        """Draws the events of each request, or the error in their place."""
        raise NotImplementedError

    def reset(self) -> None:
        """Removes what was computed by a different model."""
        raise NotImplementedError

    def leave(self) -> None:
        """Called when a different page is opened."""

    @property
    def busy(self) -> bool:
        """Whether the page does long work that `stop` stops."""
        return False

    def stop(self) -> bool:
        """Stops long work; returns whether there was any."""
        return False

    def enter(self) -> None:
        focus_now(self.main)

    def say(self, problem: str) -> None:
        """Shows a sentence about what went wrong, "" for nothing."""
        set_text(self.problem, Content(clean(problem)))
        self.problem.display = bool(problem)

    def ask(self, *requests: AppRequest) -> None:
        """Asks the model. While it computes, only the latest call waits, so held arrow keys do not pile up."""
        self._wanted = requests
        if not self.working:
            self._set_working(True)
            start(self, self._answer, f"xray-{self.NAME}")

    async def _answer(self) -> None:
        try:
            while self._wanted is not None:
                requests, self._wanted = self._wanted, None
                answers = [await self._answer_one(request) for request in requests]
                if self._wanted is None and self.state.ready and self.is_attached:
                    self._draw(answers)
        finally:
            self._set_working(False)

    async def _answer_one(self, request: AppRequest) -> Answer:
        try:
            return await self.state.ask(request)
        except SessionError as error:
            return error

    def _draw(self, answers: list[Answer]) -> None:
        problems = [str(answer) for answer in answers if isinstance(answer, SessionError)]
        self.say(problems[0] if len(problems) == len(answers) else "")
        self.answered(answers)

    def _set_working(self, working: bool) -> None:
        self.working = working
        if self.is_attached and self.app.is_running:
            self.post_message(self.Working())
