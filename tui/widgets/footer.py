"""The two lines at the bottom of every mode's screen: the keys that work there, and the modes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from textual import events
from textual.app import ComposeResult
from textual.binding import ActiveBinding
from textual.containers import Horizontal
from textual.content import Content
from textual.screen import Screen
from textual.style import Style
from textual.widgets import Static

from exercises.location import is_own
from tui.app_types import CourseAppMixin
from tui.modes import OF_OWN_COURSE, TITLES

KEY = "footer_key"  # in the meta of a key's style
GAP = "  "  # between two keys


class KeyBar(Static):
    """The keys that work with the current focus, without those of the modes, which ModeBar shows. A click presses one.

    Textual's own footer has a widget for each key, and lays out the screen whenever they change.
    """

    ALLOW_SELECT = False
    DEFAULT_CSS = """
    KeyBar {
        width: 100%;
        height: 1;
        padding: 0 2;
        color: $footer-description-foreground;
        background: $footer-background;
        text-wrap: nowrap;
    }
    """

    def __init__(self) -> None:
        super().__init__(markup=False)
        self._shown: object = None
        self._keys: list[ActiveBinding] = []
        self._hovered = ""  # the key under the mouse

    def on_mount(self) -> None:
        self.screen.bindings_updated_signal.subscribe(self, self._bindings_changed)

    def on_unmount(self) -> None:
        self.screen.bindings_updated_signal.unsubscribe(self)

    def _bindings_changed(self, screen: Screen[object]) -> None:
        if screen.app.app_focus:
            self._show_keys()

    def on_resize(self) -> None:
        self._show_keys()

    def _show_keys(self) -> None:
        """Draws the keys only if they differ, because Textual calls this on every change of focus."""
        active = self.screen.active_bindings
        shown = self.size.width, [(key, each.binding.description, each.enabled) for key, each in active.items()]
        if shown != self._shown:
            self._shown = shown
            self._keys = list(self._that_fit(active.values()))
            self._draw()

    def _that_fit(self, bindings: Iterable[ActiveBinding]) -> Iterator[ActiveBinding]:
        """The keys to show; the command palette lists those that do not fit."""
        actions: set[str] = set()
        width_left = self.size.width
        for each in bindings:
            binding = each.binding
            is_mode = (binding.id or "").startswith("mode.")
            if binding.show and not is_mode and binding.action not in actions:
                actions.add(binding.action)
                width_left -= len(self.app.get_key_display(binding)) + len(binding.description) + len(GAP) + 1
                if width_left < -len(GAP):
                    return
                yield each

    def _draw(self) -> None:
        keys = [self._key(each) for each in self._keys]
        self.update(Content(GAP).join(keys), layout=False)

    def _key(self, active: ActiveBinding) -> Content:
        binding = active.binding
        key = Content.assemble(
            (self.app.get_key_display(binding), "bold $footer-key-foreground"),
            f" {binding.description}",
        )
        if not active.enabled:
            key = key.stylize("dim")
        if binding.key == self._hovered:
            key = key.stylize("$footer-key-foreground on $block-hover-background")
        return key.stylize(Style.from_meta({KEY: binding.key}))

    def on_mouse_move(self, event: events.MouseMove) -> None:
        self._hover(event.style.meta.get(KEY, ""))

    def on_leave(self) -> None:
        self._hover("")

    def _hover(self, key: str) -> None:
        if key != self._hovered:
            self._hovered = key
            found = next((each for each in self._keys if each.binding.key == key), None)
            self.tooltip = (found.tooltip or found.binding.tooltip or None) if found else None
            self._draw()

    def on_mouse_down(self, event: events.MouseDown) -> None:
        key = event.style.meta.get(KEY)
        for each in self._keys:
            if each.binding.key == key:
                if each.enabled:
                    self.app.simulate_key(key)
                else:
                    self.app.bell()


class ModeTab(Static):
    """A mode's key and name; a click switches to the mode."""

    ALLOW_SELECT = False

    def __init__(self, mode: str, number: int) -> None:
        super().__init__(id=f"tab-{mode}")
        self.mode = mode
        self.number = number
        self.typing = self.news = False
        self.title, self.tooltip = TITLES[mode]
        self._draw()

    def show_key(self, typing: bool) -> None:
        """Shows the key that works: the digit, or the function key while a text field has the focus."""
        self.typing = typing
        self._draw()

    def show_news(self, news: bool) -> None:
        """Shows a dot while the mode has unread messages."""
        self.news = news
        self._draw()

    def _draw(self) -> None:
        key = f"F{self.number}" if self.typing else str(self.number)
        dot = ("• ", "bold $text-accent") if self.news else ""
        self.update(Content.assemble((f" {key}", "bold $footer-key-foreground"), f" {self.title} ", dot))

    def on_click(self, event: events.Click) -> None:
        event.stop()
        self.app.switch_mode(self.mode)


class ModeBar(CourseAppMixin, Horizontal):
    """The modes, with the current one highlighted, and the state of the grading engine."""

    DEFAULT_CSS = """
    ModeBar { height: 1; background: $panel; padding: 0 1; }
    ModeBar ModeTab { width: auto; color: $footer-description-foreground; }
    ModeBar ModeTab:hover { background: $block-cursor-blurred-background; }
    ModeBar ModeTab.-current {
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

    def __init__(self, mode: str) -> None:
        super().__init__()
        self.mode = mode

    def compose(self) -> ComposeResult:
        for number, mode in enumerate(TITLES, 1):
            tab = ModeTab(mode, number)
            tab.set_class(mode == self.mode, "-current")
            tab.display = is_own() or mode not in OF_OWN_COURSE
            yield tab
        yield Static("", id="engine", markup=False)

    def on_mount(self) -> None:
        self.watch(self.course_app, "engine_status", self._show_engine_status)
        self.watch(self.course_app, "cowork_news", self.query_one("#tab-cowork", ModeTab).show_news)
        self.watch(self.screen, "focused", self._show_keys)

    def _show_engine_status(self, status: str) -> None:
        self.query_one("#engine", Static).update(status)

    def _show_keys(self) -> None:
        focused = self.screen.focused
        typing = focused is not None and focused.check_consume_key("a", "a")
        for tab in self.query(ModeTab):
            tab.show_key(typing)
