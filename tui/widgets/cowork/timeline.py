"""The timeline of a room: its latest messages and verdicts, which loads older ones when scrolled up."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from textual import events
from textual.message import Message
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from tui.widgets.cowork.entries import Entry


class Timeline(OptionList):
    """Lists entries and updates only those that have changed. It keeps its end in view when it is at the end."""

    DEFAULT_CSS = """
    Timeline, Timeline:focus {
        height: 1fr; border: none; background: $background; background-tint: $foreground 0%; padding: 0 1;
        scrollbar-size-vertical: 1;
    }
    Timeline > .option-list--option { padding: 0 1; }
    Timeline > .option-list--option-disabled { color: $foreground-muted; }
    Timeline > .option-list--option-highlighted { background: $background; color: $foreground; text-style: none; }
    Timeline:focus > .option-list--option-highlighted {
        background: $block-cursor-background; color: $block-cursor-foreground; text-style: none;
    }
    """

    @dataclass
    class More(Message):
        """Posted when the first entry is reached."""

    @dataclass
    class Below(Message):
        """Posted when the cursor moves past the last entry."""

    def __init__(self) -> None:
        super().__init__(id="timeline", markup=False)
        self.shown: tuple[Entry, ...] = ()

    @property
    def selected(self) -> Entry | None:
        """The selected entry."""
        return self.shown[self.highlighted] if self.highlighted is not None and self.shown else None

    @property
    def at_end(self) -> bool:
        return self.scroll_y >= self.max_scroll_y - 1

    def show(self, entries: Sequence[Entry]) -> None:
        """Replaces the entries; keeps the selection and the scroll position."""
        new, old = tuple(entries), self.shown
        if new == old:
            return
        follow = self.at_end
        extended = len(new) >= len(old) and all(a.id == b.id for a, b in zip(new, old, strict=False))
        if extended:
            for index, (entry, before) in enumerate(zip(new, old, strict=False)):
                if entry != before:
                    self.replace_option_prompt_at_index(index, entry.content)
            self.add_options(map(_option, new[len(old) :]))
            self.shown = new
        else:
            selected = self.selected.id if self.selected is not None else None
            from_end = self.virtual_size.height - self.scroll_y
            self.shown = new
            self.set_options(map(_option, new))
            self.highlighted = next((i for i, entry in enumerate(new) if entry.id == selected), None)
            if not follow:
                self.call_after_refresh(lambda: self.scroll_to(y=self.virtual_size.height - from_end, animate=False))
        if follow:
            self.call_after_refresh(self.scroll_end, animate=False)

    def select(self, message: int) -> None:
        """Selects a message by its number, if it is shown."""
        index = next((i for i, entry in enumerate(self.shown) if entry.message == message), None)
        if index is not None:
            self.highlighted = index
            self.call_after_refresh(self.scroll_to_highlight)

    def select_last(self) -> None:
        """Selects the newest entry."""
        self.highlighted = next((i for i in reversed(range(len(self.shown))) if not self.shown[i].is_separator), None)

    def action_cursor_down(self) -> None:
        if self.highlighted is None or all(entry.is_separator for entry in self.shown[self.highlighted + 1 :]):
            self.post_message(self.Below())
        else:
            super().action_cursor_down()

    def action_cursor_up(self) -> None:
        if self.highlighted is None:
            self.select_last()
        elif all(entry.is_separator for entry in self.shown[: self.highlighted]):
            self.scroll_home(animate=False)
            self.post_message(self.More())
        else:
            super().action_cursor_up()

    def action_first(self) -> None:
        super().action_first()
        self.post_message(self.More())

    def action_page_up(self) -> None:
        super().action_page_up()
        self._check_top()

    def _on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        super()._on_mouse_scroll_up(event)
        self._check_top()

    def _check_top(self) -> None:
        if self.scroll_y < 2:
            self.post_message(self.More())


def _option(entry: Entry) -> Option:
    return Option(entry.content, id=entry.id, disabled=entry.is_separator)
