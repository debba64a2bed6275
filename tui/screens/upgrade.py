"""Upgrades an edited file to a newer stub of the course: a notice in Practice, and a dialog with the merge."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from textual import work
from textual.binding import Binding
from textual.screen import ModalScreen
from textual.widgets import Static

from learner.upgrade import Upgrade, apply, decline
from learner.workspace import WorkspaceError
from tui.formatting import plural, short_path
from tui.screens.dialogs import CodeDialog

if TYPE_CHECKING:
    from tui.screens.practice_actions import PracticeActions

    Base = PracticeActions
else:
    Base = object


class UpgradeNotice(Static):
    """A line under the strip that is shown while an upgrade is pending."""

    DEFAULT_CSS = """
    UpgradeNotice { height: auto; padding: 0 2; background: $warning 15%; color: $foreground; display: none; }
    """

    upgrade: Upgrade | None = None

    def show(self, upgrade: Upgrade | None) -> None:
        self.upgrade = upgrade
        self.display = upgrade is not None
        if upgrade is not None:
            self.update("↑ The course has a newer version of this stub. Press u to see the changes.")


class UpgradeDialog(CodeDialog):
    """Shows the merged changes; the result is "merge", "keep", or None for later."""

    BINDINGS = [
        Binding("m", "answer('merge')", "Merge", id="upgrade.merge", tooltip="Merge the changes; keeps a backup"),
        Binding("k", "answer('keep')", "Keep mine", id="upgrade.keep", tooltip="Do not ask again about this change"),
        Binding("escape,q", "answer(None)", "Later", id="upgrade.later"),
    ]

    def __init__(self, upgrade: Upgrade) -> None:
        count = upgrade.merged.conflicts
        conflicts = f", {plural(count, 'conflict')}" if count else ""
        changes = upgrade.file_changes() or "Your file has all changes already."
        super().__init__(f"{upgrade.exercise.file_name}: changes of the merge{conflicts}", changes, "diff")

    def action_answer(self, answer: Literal["merge", "keep"] | None) -> None:
        self.dismiss(answer)  # type: ignore[arg-type]


class UpgradeActions(Base):
    """A mixin with the upgrade action of PracticeScreen."""

    if TYPE_CHECKING:

        @property
        def note(self) -> UpgradeNotice: ...

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action == "upgrade":
            return any(note.upgrade is not None for note in self.query(UpgradeNotice))
        return super().check_action(action, parameters)

    def update_notice(self) -> None:
        """Shows the notice if the current exercise has a pending upgrade, else hides it."""
        self.note.show(self.course_app.learner.upgrade(self.exercise))
        self.refresh_bindings()

    @work(group="dialog", exclusive=True)
    async def action_upgrade(self) -> None:
        upgrade = self.course_app.learner.upgrade(self.exercise)
        if upgrade is None:
            self.update_notice()
            return
        dialog: ModalScreen[str | None] = UpgradeDialog(upgrade)  # type: ignore[assignment]
        answer = await self.app.push_screen_wait(dialog)
        workspace = self.course_app.learner.workspace
        try:
            if answer == "keep":
                decline(workspace, upgrade.exercise)
            elif answer == "merge":
                kept = short_path(apply(workspace, upgrade))
                conflicts = " Conflicting lines keep your version." if upgrade.merged.conflicts else ""
                self.notify(f"Merged.{conflicts} The previous file is kept as {kept}", markup=False, timeout=15)
        except WorkspaceError as error:
            self.notify(str(error), severity="error", markup=False, timeout=20)
        self.update_notice()
