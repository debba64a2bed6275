"""The dialog that shows how a second device of the learner joins as the same member."""

from __future__ import annotations

from textual import work
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Static, TextArea

from tui.app_types import CourseAppMixin
from tui.formatting import clean
from tui.widgets.footer import KeyBar
from tui.widgets.updates import set_text


class LinkDeviceDialog(CourseAppMixin, ModalScreen[None]):
    """Asks the hub for a command that works once, within ten minutes, and shows it."""

    CSS_PATH = "cowork_dialogs.tcss"
    VERTICAL_BREAKPOINTS = [(0, "-low"), (32, "-high")]
    BINDINGS = [
        Binding("ctrl+o", "copy", "Copy", id="link.copy", tooltip="Copy it to the clipboard"),
        Binding("escape", "app.pop_screen", "Close", id="link.close"),
    ]
    command = ""

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog"):
            yield Static("Your second device", classes="heading")
            yield Static("Asking the hub…", id="invite-message", markup=False)
            yield TextArea("", id="invite-text", read_only=True, soft_wrap=True, show_line_numbers=False)
            yield KeyBar()

    def on_mount(self) -> None:
        self.query_one(TextArea).display = False
        self._ask()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        return bool(self.command) if action == "copy" else True

    @work(group="link", exclusive=True)
    async def _ask(self) -> None:
        answer = await self.course_app.cowork.request("link device")
        if answer is None:
            self.dismiss()
            return
        self.command = f"fromscratch join {clean(str(answer['invite']))}"
        text = "Run this on your other device within ten minutes. It then joins as you, with your name and your work."
        set_text(self.query_one("#invite-message", Static), text)
        area = self.query_one(TextArea)
        area.text, area.display = self.command, True
        area.focus()
        area.select_all()
        self.refresh_bindings()

    def action_copy(self) -> None:
        self.app.copy_to_clipboard(self.command)
        self.notify("Copied to the clipboard, if your terminal allows that.")
