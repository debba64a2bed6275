"""The dialog about the learner at a hub: the devices that sign in as them, a further one, and leaving."""

from __future__ import annotations

import asyncio
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
from tui.screens.cowork_dialogs import ChoiceDialog
from tui.screens.dialogs import ConfirmDialog
from tui.screens.link_device import LinkDeviceDialog
from tui.widgets.cowork.table_cells import cell
from tui.widgets.footer import KeyBar
from tui.widgets.updates import set_text

WAYS_TO_LEAVE = (
    ("keep", "Leave; what you wrote and handed in stays"),
    ("forget", "Leave, and delete all that you wrote and handed in, and your name"),
)
LEAVE_TEXTS = {
    "keep": "You sign out on all your devices. With a new invite you can come back as yourself.",
    "forget": "Your messages, comments, notes, sources and verdicts' words are deleted from the hub for good.",
}


class DevicesDialog(CourseAppMixin, ModalScreen[None]):
    """A row per device: since when it belongs to the learner, and when it was last seen."""

    CSS_PATH = "group.tcss"
    AUTO_FOCUS = "#devices"
    BINDINGS = [
        Binding("n", "link", "Add a device", id="devices.link", tooltip="Join as yourself from a further device"),
        Binding("x", "remove", "Remove", id="devices.remove", tooltip="Sign the selected device out for good"),
        Binding("l", "leave", "Leave the hub", id="devices.leave", tooltip="End your membership; delete your data"),
        Binding("escape,q", "app.pop_screen", "Close", id="devices.close"),
    ]
    table = getters.query_one("#devices", DataTable)

    def __init__(self) -> None:
        super().__init__()
        self.devices: list[dict[str, Any]] = []
        self.key = ""

    def compose(self) -> ComposeResult:
        with Vertical(id="group") as group:
            group.border_title = "Your devices"
            yield DataTable(id="devices", cursor_type="row")
            yield Static("Loading from the hub…", id="invites-text", markup=False)
            yield KeyBar()

    def on_mount(self) -> None:
        self.table.add_columns("device", "since", "last seen", "")
        self.load()

    def on_screen_resume(self) -> None:
        if self.key:
            self.load()  # a further device may have joined

    @work(group="devices", exclusive=True)
    async def load(self) -> None:
        from cowork.client.known_hubs import home_folder
        from cowork.client.leaving import public_key

        devices = await self.course_app.cowork.request("devices")
        if devices is None:
            self.dismiss()
            return
        self.key = await asyncio.to_thread(public_key, home_folder())
        self.devices, row = devices, self.table.cursor_row
        self.table.clear()
        for device in devices:
            this = "this device" if device["key"] == self.key else ""
            times = [self._time(device["added"]), self._time(device["seen"])]
            self.table.add_row(*(cell(self.app, text) for text in (clean(device["id"]), *times, this)))
        self.table.move_cursor(row=row, animate=False)
        text = f"{plural(len(devices), 'device signs', 'devices sign')} in as you. n adds one; x removes a lost one."
        set_text(self.query_one("#invites-text", Static), text)
        self.refresh_bindings()

    def _time(self, at: float) -> str:
        return f"{datetime.fromtimestamp(at, self.course_app.learner.clock().tzinfo):%b %d %H:%M}"

    @property
    def selected(self) -> dict[str, Any] | None:
        row = self.table.cursor_row
        return self.devices[row] if 0 <= row < len(self.devices) else None

    @on(DataTable.RowHighlighted)
    def _on_highlight(self) -> None:
        self.refresh_bindings()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action == "remove":
            other = self.selected is not None and self.selected["key"] != self.key
            return True if other and len(self.devices) > 1 else None
        return True

    def action_link(self) -> None:
        self.app.push_screen(LinkDeviceDialog())

    @work(group="dialog", exclusive=True)
    async def action_remove(self) -> None:
        if (device := self.selected) is None:
            return
        text = "It is signed out at once and can no longer sign in as you. Your other devices stay."
        if await self.app.push_screen_wait(ConfirmDialog(f"Remove the device {device['id']}?", text, "Remove")):
            await self.course_app.cowork.request("remove device", device=device["id"])
            self.load()

    @work(group="dialog", exclusive=True)
    async def action_leave(self) -> None:
        cowork = self.course_app.cowork
        title = clean(cowork.session.known.title) if cowork.session is not None else "the hub"
        way = await self.app.push_screen_wait(ChoiceDialog(f"Leave {title}?", WAYS_TO_LEAVE))
        if way is None or not await self.app.push_screen_wait(
            ConfirmDialog(f"Leave {title} now?", LEAVE_TEXTS[way], "Leave")
        ):
            return
        if await cowork.leave(way == "forget"):
            self.dismiss()
            self.notify(f"You have left {title}.", markup=False)
