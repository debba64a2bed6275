"""The stream of a room: the last messages and verdicts, one marked; more of them on the way up."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from textual import events
from textual.message import Message
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from tui.widgets.cowork.entries import Entry


class Timeline(OptionList):
    """Shows entries; draws only what has changed. Stays at the end for one who is there."""

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
        """The first of what is shown has been reached."""

    @dataclass
    class Below(Message):
        """One has moved on past the last."""

    def __init__(self) -> None:
        super().__init__(id="timeline", markup=False)
        self.shown: tuple[Entry, ...] = ()

    @property
    def marked(self) -> Entry | None:
        """The entry that the keys are about."""
        return self.shown[self.highlighted] if self.highlighted is not None and self.shown else None

    @property
    def at_end(self) -> bool:
        return self.scroll_y >= self.max_scroll_y - 1

    def show(self, entries: Sequence[Entry]) -> None:
        """Shows entries in place of those before; what is marked and what is looked at stay where they are."""
        new, old = tuple(entries), self.shown
        if new == old:
            return
        follow = self.at_end
        same = len(new) >= len(old) and all(a.id == b.id for a, b in zip(new, old, strict=False))
        if same:
            for index, (entry, before) in enumerate(zip(new, old, strict=False)):
                if entry != before:
                    self.replace_option_prompt_at_index(index, entry.content)
            self.add_options(map(_option, new[len(old) :]))
            self.shown = new
        else:
            marked = self.marked.id if self.marked is not None else None
            from_end = self.virtual_size.height - self.scroll_y
            self.shown = new
            self.set_options(map(_option, new))
            self.highlighted = next((i for i, entry in enumerate(new) if entry.id == marked), None)
            if not follow:
                self.call_after_refresh(lambda: self.scroll_to(y=self.virtual_size.height - from_end, animate=False))
        if follow:
            self.call_after_refresh(self.scroll_end, animate=False)

    def mark_last(self) -> None:
        """Marks the newest entry."""
        self.highlighted = next((i for i in reversed(range(len(self.shown))) if not self.shown[i].still), None)

    def action_cursor_down(self) -> None:
        if self.highlighted is None or all(entry.still for entry in self.shown[self.highlighted + 1 :]):
            self.post_message(self.Below())
        else:
            super().action_cursor_down()

    def action_cursor_up(self) -> None:
        if self.highlighted is None:
            self.mark_last()
        elif all(entry.still for entry in self.shown[: self.highlighted]):
            self.scroll_home(animate=False)
            self.post_message(self.More())
        else:
            super().action_cursor_up()

    def action_first(self) -> None:
        super().action_first()
        self.post_message(self.More())

    def action_page_up(self) -> None:
        super().action_page_up()
        self._look_up()

    def _on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        super()._on_mouse_scroll_up(event)
        self._look_up()

    def _look_up(self) -> None:
        if self.scroll_y < 2:
            self.post_message(self.More())


def _option(entry: Entry) -> Option:
    return Option(entry.content, id=entry.id, disabled=entry.still)
