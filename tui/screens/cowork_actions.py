"""The key actions of the Co-work mode."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual import work

from tui.widgets.cowork.join import JoinPanel

if TYPE_CHECKING:
    from tui.screens.mode_screen import ModeScreen

    Base = ModeScreen
else:
    Base = object


class CoworkActions(Base):
    """A mixin with the actions of CoworkScreen."""

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
