"""The dialog that lists a hub's invites and revokes them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from textual import getters, on, work
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import DataTable, Static

from tui.app_types import CourseAppMixin
from tui.formatting import clean, plural
from tui.screens.dialogs import ConfirmDialog
from tui.widgets.cowork.table_cells import cell
from tui.widgets.footer import KeyBar
from tui.widgets.updates import set_text


class InvitesDialog(CourseAppMixin, ModalScreen[None]):
    """A row per invite: for whom, who made it, who joined by it, and how many still can."""

    CSS_PATH = "group.tcss"
    AUTO_FOCUS = "#invites"
    BINDINGS = [
        Binding("x", "revoke", "Revoke", id="invites.revoke", tooltip="Revoke the selected invite"),
        Binding("escape,q", "app.pop_screen", "Close", id="invites.close"),
    ]
    table = getters.query_one("#invites", DataTable)

    def __init__(self) -> None:
        super().__init__()
        self.invites: list[dict[str, Any]] = []

    def compose(self) -> ComposeResult:
        with Vertical(id="group") as group:
            group.border_title = "Invites"
            yield DataTable(id="invites", cursor_type="row")
            yield Static("Loading from the hub…", id="invites-text", markup=False)
            yield KeyBar()

    def on_mount(self) -> None:
        self.table.add_columns("left", "for", "role", "by", "until", "used by")
        self.load()

    @work(group="invites", exclusive=True)
    async def load(self) -> None:
        invites = await self.course_app.cowork.request("invites")
        if invites is None:
            self.dismiss()
            return
        self.invites = sorted(invites, key=lambda invite: not invite["left"])
        row = self.table.cursor_row
        self.table.clear()
        for invite in self.invites:
            is_open = bool(invite["left"])
            colour: Any = "" if is_open else "muted"
            left = "revoked" if invite["revoked"] else f"{invite['left']} of {invite['total']}"
            until = f"{datetime.fromtimestamp(invite['expires'], self.course_app.learner.clock().tzinfo):%b %d %H:%M}"
            values = [invite["label"], invite["role"], invite["by"], until, ", ".join(invite["used_by"])]
            self.table.add_row(
                cell(self.app, left, colour, bold=is_open), *(self._cell(each, colour) for each in values)
            )
        self.table.move_cursor(row=row, animate=False)
        count = sum(bool(invite["left"]) for invite in self.invites)
        text = f"{plural(count, 'invite')} can still be used." if self.invites else "There are no invites."
        set_text(self.query_one("#invites-text", Static), text)
        self.refresh_bindings()

    def _cell(self, text: str, colour: Any) -> Any:
        return cell(self.app, clean(text), colour)

    @property
    def selected(self) -> dict[str, Any] | None:
        row = self.table.cursor_row
        return self.invites[row] if 0 <= row < len(self.invites) else None

    @on(DataTable.RowHighlighted)
    def _on_highlight(self) -> None:
        self.refresh_bindings()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action == "revoke":
            return True if self.selected is not None and self.selected["left"] else None
        return True

    @work(group="dialog", exclusive=True)
    async def action_revoke(self) -> None:
        invite = self.selected
        if invite is None:
            return
        text = "Nobody can join with it any more. Members who joined with it stay."
        if await self.app.push_screen_wait(ConfirmDialog("Revoke this invite?", text, "Revoke")):
            await self.course_app.cowork.request("revoke invite", invite=invite["id"])
            self.load()
