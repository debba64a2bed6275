"""Makes an invite: for whom, how often, how long; then shows it to be copied."""

from __future__ import annotations

from typing import Any

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal, Vertical
from textual.screen import ModalScreen
from textual.widgets import Button, Input, Label, Select, Static, TextArea

from tui.app_types import CourseAppMixin
from tui.formatting import clean
from tui.widgets.footer import KeyBar
from tui.widgets.updates import set_text


class InviteDialog(CourseAppMixin, ModalScreen[None]):
    """An invite is a text that lets in whoever has it, so it says how to send it."""

    CSS_PATH = "cowork_dialogs.tcss"
    VERTICAL_BREAKPOINTS = [(0, "-low"), (32, "-high")]
    BINDINGS = [
        Binding("ctrl+s", "make", "Make it", id="invite.make", tooltip="Make the invite"),
        Binding("ctrl+o", "copy", "Copy", id="invite.copy", tooltip="To the clipboard, where the terminal can"),
        Binding("escape", "app.pop_screen", "Close", id="invite.close"),
    ]
    made = ""

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog"):
            yield Static("Invite somebody", classes="heading")
            with Horizontal(classes="field"):
                yield Label("As")
                roles = (("member", "member"), ("guest of this room", "guest"), ("organiser", "organiser"))
                yield Select(roles, value="member", allow_blank=False, compact=True)
            for name, words, value in (("uses", "For how many people", "1"), ("days", "Valid for days", "7")):
                with Horizontal(classes="field"):
                    yield Label(words)
                    yield Input(value, id=name, type="number" if name == "days" else "integer", compact=True)
            with Horizontal(classes="buttons"):
                yield Button("Make it (ctrl+s)", id="make", variant="primary", compact=True)
            yield Static(id="invite-says", markup=False)
            yield TextArea("", id="invite-text", read_only=True, soft_wrap=True, show_line_numbers=False)
            yield KeyBar()

    def on_mount(self) -> None:
        self.query_one(TextArea).display = False

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        return bool(self.made) if action == "copy" else True

    @on(Input.Submitted)
    @on(Button.Pressed)
    def action_make(self) -> None:
        try:
            uses, days = int(self.query_one("#uses", Input).value), float(self.query_one("#days", Input).value)
        except ValueError:
            set_text(self.query_one("#invite-says", Static), "Both are numbers.")
            return
        self._make(str(self.query_one(Select).value), uses, days)

    @work(group="invite", exclusive=True)
    async def _make(self, role: str, uses: int, days: float) -> None:
        cowork = self.course_app.cowork
        rooms: Any = [cowork.room_id] if role == "guest" else []
        answer = await cowork.request("invite", role=role, uses=uses, days=days, rooms=rooms)
        if answer is None:
            return
        self.made = clean(str(answer["invite"]))
        set_text(self.query_one("#invite-says", Static), "Send this over a channel that only they read; they run")
        area = self.query_one(TextArea)
        area.text, area.display = f"fromscratch join {self.made}", True
        area.focus()
        area.select_all()
        self.refresh_bindings()

    def action_copy(self) -> None:
        self.app.copy_to_clipboard(f"fromscratch join {self.made}")
        self.notify("Copied, if your terminal allows it; else mark it and copy.")
