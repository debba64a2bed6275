"""In Practice, where a newer course has changed the starting point of a file that holds work: a note, and a merge."""

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
    """One line under the strip, there only while an upgrade waits for the learner's word."""

    DEFAULT_CSS = """
    UpgradeNotice { height: auto; padding: 0 2; background: $warning 15%; color: $foreground; display: none; }
    """

    upgrade: Upgrade | None = None

    def show(self, upgrade: Upgrade | None) -> None:
        self.upgrade = upgrade
        self.display = upgrade is not None
        if upgrade is not None:
            self.update("↑ The course has a newer beginning of this file; u shows what changed.")


class UpgradeDialog(CodeDialog):
    """What a merge would change in the learner's file; dismissed with "merge", "keep", or None for later."""

    BINDINGS = [
        Binding("m", "answer('merge')", "Merge", id="upgrade.merge", tooltip="Your file as it is now is kept aside"),
        Binding("k", "answer('keep')", "Keep mine", id="upgrade.keep", tooltip="Do not ask again about this change"),
        Binding("escape,q", "answer(None)", "Later", id="upgrade.later"),
    ]

    def __init__(self, upgrade: Upgrade) -> None:
        count = upgrade.merged.conflicts
        clash = f", {plural(count, 'place')} for you to settle" if count else ""
        effect = upgrade.file_changes() or "Nothing: your file has all changes already."
        super().__init__(f"{upgrade.exercise.file_name}: what merging would change{clash}", effect, "diff")

    def action_answer(self, answer: Literal["merge", "keep"] | None) -> None:
        self.dismiss(answer)  # type: ignore[arg-type]


class UpgradeActions(Base):
    """The key of the note."""

    if TYPE_CHECKING:

        @property
        def note(self) -> UpgradeNotice: ...

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action == "upgrade":
            return any(note.upgrade is not None for note in self.query(UpgradeNotice))
        return super().check_action(action, parameters)

    def look_for_upgrade(self) -> None:
        """Shows the note where the exercise at hand has an upgrade, and else hides it."""
        self.note.show(self.course_app.learner.upgrade(self.exercise))
        self.refresh_bindings()

    @work(group="dialog", exclusive=True)
    async def action_upgrade(self) -> None:
        upgrade = self.course_app.learner.upgrade(self.exercise)
        if upgrade is None:
            self.look_for_upgrade()
            return
        sheet: ModalScreen[str | None] = UpgradeDialog(upgrade)  # type: ignore[assignment]
        answer = await self.app.push_screen_wait(sheet)
        workspace = self.course_app.learner.workspace
        try:
            if answer == "keep":
                decline(workspace, upgrade.exercise)
            elif answer == "merge":
                kept = short_path(apply(workspace, upgrade))
                then = " Where both had changed a line, yours stands." if upgrade.merged.conflicts else ""
                self.notify(f"Merged.{then} Your file as it was is kept as {kept}", markup=False, timeout=15)
        except WorkspaceError as error:
            self.notify(str(error), severity="error", markup=False, timeout=20)
        self.look_for_upgrade()
