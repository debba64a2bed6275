"""The dialog that creates an invite."""

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
    """Asks for the role, uses and days, then shows the command with the invite."""

    CSS_PATH = "cowork_dialogs.tcss"
    VERTICAL_BREAKPOINTS = [(0, "-low"), (32, "-high")]
    BINDINGS = [
        Binding("ctrl+s", "create", "Create", id="invite.make", tooltip="Create the invite"),
        Binding("ctrl+o", "copy", "Copy", id="invite.copy", tooltip="Copy it to the clipboard"),
        Binding("escape", "app.pop_screen", "Close", id="invite.close"),
    ]
    invite = ""

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog"):
            yield Static("Create an invite", classes="heading")
            with Horizontal(classes="field"):
                yield Label("Role")
                roles = (("member", "member"), ("guest of this room", "guest"), ("organiser", "organiser"))
                yield Select(roles, value="member", allow_blank=False, compact=True)
            with Horizontal(classes="field"):
                yield Label("For")
                yield Input(id="for", placeholder="a name or a group, for your list of invites", compact=True)
            for name, label, value in (("uses", "Number of people", "1"), ("days", "Days until it expires", "7")):
                with Horizontal(classes="field"):
                    yield Label(label)
                    yield Input(value, id=name, type="number" if name == "days" else "integer", compact=True)
            with Horizontal(classes="buttons"):
                yield Button("Create (ctrl+s)", id="create", variant="primary", compact=True)
            yield Static(id="invite-message", markup=False)
            yield TextArea("", id="invite-text", read_only=True, soft_wrap=True, show_line_numbers=False)
            yield KeyBar()

    def on_mount(self) -> None:
        self.query_one(TextArea).display = False

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        return bool(self.invite) if action == "copy" else True

    @on(Input.Submitted)
    @on(Button.Pressed)
    def action_create(self) -> None:
        try:
            uses, days = int(self.query_one("#uses", Input).value), float(self.query_one("#days", Input).value)
        except ValueError:
            set_text(self.query_one("#invite-message", Static), "Enter both as numbers.")
            return
        self._create(str(self.query_one(Select).value), uses, days, self.query_one("#for", Input).value)

    @work(group="invite", exclusive=True)
    async def _create(self, role: str, uses: int, days: float, label: str) -> None:
        cowork = self.course_app.cowork
        rooms: Any = [cowork.room_id] if role == "guest" else []
        answer = await cowork.request("invite", role=role, uses=uses, days=days, rooms=rooms, label=label)
        if answer is None:
            return
        self.invite = clean(str(answer["invite"]))
        set_text(
            self.query_one("#invite-message", Static), "Send this command privately: everyone who has it can join."
        )
        area = self.query_one(TextArea)
        area.text, area.display = f"fromscratch join {self.invite}", True
        area.focus()
        area.select_all()
        self.refresh_bindings()

    def action_copy(self) -> None:
        self.app.copy_to_clipboard(f"fromscratch join {self.invite}")
        self.notify("Copied to the clipboard, if your terminal allows that.")
