"""The two lines at the foot of every room: the keys of the room, and the rooms themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from textual import events
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.content import Content
from textual.reactive import reactive
from textual.screen import Screen
from textual.widgets import Footer, Input, Static, TextArea
from textual.widgets._footer import FooterKey

from tui.modes import MODES, TITLES

if TYPE_CHECKING:
    from tui.app import FromScratchApp


class KeyBar(Footer):
    """The keys that work here and now, less those of the rooms, which have a line of their own."""

    DEFAULT_CSS = """
    KeyBar { dock: none; height: 1; padding: 0 2; }
    KeyBar FooterKey { margin: 0 2 0 0; }
    """

    _drawn: object = None
    _width = 0

    def bindings_changed(self, screen: Screen[object]) -> None:
        """Draws the keys anew only where they are others: Textual asks on every change of focus."""
        now = [(key, active.binding.description, active.enabled) for key, active in screen.active_bindings.items()]
        if now != self._drawn and screen.app.app_focus:
            self._drawn = now
            super().bindings_changed(screen)

    def on_resize(self) -> None:
        if self._width not in (0, self.app.size.width):
            self.refresh(recompose=True)
        self._width = self.app.size.width

    def compose(self) -> ComposeResult:
        if not self._bindings_ready:
            return
        actions: set[str] = set()
        room_left = self.app.size.width - 4
        for _, binding, enabled, tooltip in self.screen.active_bindings.values():
            room = (binding.id or "").startswith("mode.")
            if binding.show and not room and binding.action not in actions:
                actions.add(binding.action)
                room_left -= len(self.app.get_key_display(binding)) + len(binding.description) + 3
                if room_left < -2:
                    return  # half a key helps nobody; the palette has them all
                yield FooterKey(
                    binding.key,
                    self.app.get_key_display(binding),
                    binding.description,
                    binding.action,
                    disabled=not enabled,
                    tooltip=tooltip or binding.tooltip,
                )


class ModeTab(Static):
    """One room's key and name; a click goes there."""

    ALLOW_SELECT = False

    def __init__(self, mode: str, number: int) -> None:
        super().__init__(id=f"tab-{mode}")
        self.mode = mode
        self.number = number
        self.typing = self.news = False
        self.tooltip = TITLES[mode][1]
        self.show_key(False)

    def show_key(self, typing: bool) -> None:
        """Shows the key that works: the digit, or the function key while a text is being typed."""
        self.typing = typing
        self._draw()

    def show_news(self, news: bool) -> None:
        """Shows a dot while there is something new."""
        self.news = news
        self._draw()

    def _draw(self) -> None:
        key = f"F{self.number}" if self.typing else str(self.number)
        dot = ("• ", "bold $text-accent") if self.news else ""
        self.update(Content.assemble((f" {key}", "bold $footer-key-foreground"), f" {TITLES[self.mode][0]} ", dot))

    def on_click(self, event: events.Click) -> None:
        event.stop()
        self.app.switch_mode(self.mode)


class ModeBar(Horizontal):
    """All rooms, the one shown marked, and at the end what the grading engine is doing."""

    DEFAULT_CSS = """
    ModeBar { height: 1; background: $panel; padding: 0 1; }
    ModeBar ModeTab { width: auto; color: $footer-description-foreground; }
    ModeBar ModeTab:hover { background: $block-cursor-blurred-background; }
    ModeBar ModeTab.-here {
        background: $block-cursor-background;
        color: $block-cursor-foreground;
        text-style: bold;
    }
    ModeBar #engine {
        width: 1fr;
        text-align: right;
        color: $foreground-muted;
        text-wrap: nowrap;
        text-overflow: ellipsis;
    }
    """

    here: reactive[str] = reactive("")

    def __init__(self, here: str) -> None:
        super().__init__()
        self.set_reactive(ModeBar.here, here)

    def compose(self) -> ComposeResult:
        for number, mode in enumerate(MODES, 1):
            tab = ModeTab(mode, number)
            tab.set_class(mode == self.here, "-here")
            yield tab
        yield Static("", id="engine", markup=False)

    def on_mount(self) -> None:
        app = cast("FromScratchApp", self.app)
        self.watch(app, "engine_status", self._engine_moved)
        self.watch(app, "cowork_news", self.query_one("#tab-cowork", ModeTab).show_news)
        self.watch(self.screen, "focused", self._focus_moved)

    def _engine_moved(self, status: str) -> None:
        self.query_one("#engine", Static).update(status)

    def _focus_moved(self) -> None:
        typing = isinstance(self.screen.focused, Input | TextArea)
        for tab in self.query(ModeTab):
            tab.show_key(typing)
