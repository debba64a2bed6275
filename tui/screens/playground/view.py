"""The base class of the Playground's views."""

from __future__ import annotations

from textual.binding import BindingType
from textual.containers import Vertical

from tui.app_types import CourseAppMixin
from tui.garbage import freeze_soon
from tui.screens.playground.model_controller import ModelController, State


class View(CourseAppMixin, Vertical):
    """A view fills the screen below the bar of views. Its bindings are active, and in the footer, while it is shown.

    A view with `NEEDS_MODEL` is replaced by the offer to download the model while that is not installed.
    """

    NAME = ""
    NEEDS_MODEL = True

    @classmethod
    def all_bindings(cls) -> list[BindingType]:
        """The view's keys for the Help screen, those of its pages included."""
        return list(cls.BINDINGS)

    def __init__(self, controller: ModelController) -> None:
        super().__init__(id=f"view-{self.NAME}", classes="view")
        self.controller = controller

    def on_mount(self) -> None:
        self.controller.changed.subscribe(self, self.model_changed)
        freeze_soon(self)

    async def model_changed(self, state: State) -> None:
        """Called when the model's state changes, whether the view is shown or not."""

    def enter(self) -> None:
        """Called when the view is shown; focuses its main widget."""
        raise NotImplementedError

    def leave(self) -> None:
        """Called when a different view replaces this one."""

    def on_descendant_blur(self) -> None:
        self.call_after_refresh(self._keep_focus)

    def _keep_focus(self) -> None:
        """A click beside the fields must not take the view's keys away."""
        if self.screen.is_current and self.screen.focused is None and self.display:
            self.enter()
