"""What comes back from memory: a list of the passed exercises, how fresh each is, and when it comes back."""

from __future__ import annotations

import asyncio

from textual import getters, on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from learner import from_memory
from learner.errors import LearnerError
from learner.returns import Memory
from tui.app_types import CourseAppMixin
from tui.background import start
from tui.recall_words import STATES, due_text, memory_bar, state_of, state_text
from tui.screens.recall_return import ReturnScreen
from tui.widgets.footer import KeyBar
from tui.widgets.updates import set_text

ABOUT = (
    "A week, a month and three months after a pass, an exercise comes back: an empty stub, five minutes, no hints. "
    "A return that passes lengthens the interval, one that does not shortens it. Only you see this."
)
NOTHING = "Nothing comes back yet: an exercise comes back a week after you pass it."


class RecallScreen(CourseAppMixin, ModalScreen[None]):
    """Lists the passed exercises, those that are due first, and starts returns or puts them off."""

    CSS_PATH = ["dialogs.tcss", "recall.tcss"]
    AUTO_FOCUS = "OptionList"
    BINDINGS = [
        # The list handles Enter itself and posts OptionSelected.
        Binding("o", "begin", "Start", id="recall.start", key_display="Enter", tooltip="Start or continue a return"),
        Binding("z", "put_off(1)", "Tomorrow", id="recall.tomorrow", tooltip="Put a return off until tomorrow"),
        Binding("w", "put_off(7)", "In a week", id="recall.week", tooltip="Put a return off for a week"),
        Binding("escape,q,m", "app.pop_screen", "Close", id="recall.close", key_display="Esc", tooltip="Close"),
    ]
    rows = getters.query_one(OptionList)
    memories: tuple[Memory, ...] = ()

    def compose(self) -> ComposeResult:
        with Vertical(id="sheet"):
            yield Horizontal(Static("From memory", classes="heading"), Static(id="count"), classes="top")
            yield Static(ABOUT, id="about")
            yield OptionList(id="rows")
            yield KeyBar()

    def on_screen_resume(self) -> None:
        start(self, self._read, "memories")

    async def _read(self) -> None:
        learner = self.course_app.learner
        memories = await asyncio.to_thread(learner.memories)
        now = learner.clock()
        # The least remembered come first among those of one state.
        self.memories = tuple(sorted(memories, key=lambda memory: STATES.index(state_of(memory, now))))
        self._draw()

    def _draw(self) -> None:
        now = self.course_app.learner.clock()
        index = self.rows.highlighted or 0
        self.rows.clear_options()
        if not self.memories:
            self.rows.add_option(Option(Content.styled(NOTHING, "$foreground-muted"), disabled=True))
        width = max((len(memory.exercise.title) for memory in self.memories), default=0)
        width = min(width, max(self.rows.size.width - 46, 16))
        for memory in self.memories:
            title = Content(memory.exercise.title).truncate(width, ellipsis=True)
            colour = {"open": "$text-accent", "due": "$text-warning"}.get(state_of(memory, now), "$foreground-muted")
            row = Content.assemble(
                memory_bar(memory), "  ", title.pad_right(width - title.cell_length), "  ",
                (state_text(memory, now), colour),
            )  # fmt: skip
            self.rows.add_option(Option(row))
        self.rows.highlighted = min(index, len(self.memories) - 1) if self.memories else None
        due = sum(memory.is_due(now) for memory in self.memories)
        set_text(self.query_one("#count", Static), due_text(due))
        self.refresh_bindings()

    @property
    def selected(self) -> Memory | None:
        index = self.rows.highlighted
        return self.memories[index] if index is not None and index < len(self.memories) else None

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if not self.is_mounted or action not in ("begin", "put_off"):
            return True
        now, selected = self.course_app.learner.clock(), self.selected
        if selected is None:
            return False
        return action == "begin" or state_of(selected, now) in ("due", "put off")

    @on(OptionList.OptionHighlighted)
    def _on_highlight(self) -> None:
        self.refresh_bindings()

    @on(OptionList.OptionSelected)
    def action_begin(self) -> None:
        memory = self.selected
        if memory is None:
            return
        learner = self.course_app.learner
        try:
            started, _ = from_memory.start(learner.workspace, learner.progress, memory.exercise)
        except LearnerError as error:
            self.notify(str(error), severity="error", markup=False, timeout=20)
            return
        self.app.push_screen(ReturnScreen(memory.exercise, started))

    def action_put_off(self, days: int) -> None:
        memory, learner = self.selected, self.course_app.learner
        if memory is None:
            return
        try:
            learner.progress.put_off(memory.exercise.id, from_memory.tomorrow(learner.clock(), days))
        except LearnerError as error:
            self.notify(str(error), severity="error", markup=False, timeout=20)
        start(self, self._read, "memories")
