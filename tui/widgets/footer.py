"""The two lines at the bottom of every mode's screen: the keys that work there, and the modes."""

from __future__ import annotations

from textual import events
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.content import Content
from textual.screen import Screen
from textual.widgets import Footer, Static
from textual.widgets._footer import FooterKey

from exercises.location import is_own
from tui.app_types import CourseAppMixin
from tui.modes import OF_OWN_COURSE, TITLES


class KeyBar(Footer):
    """The keys that work with the current focus, without those of the modes, which ModeBar shows."""

    DEFAULT_CSS = """
    KeyBar { dock: none; height: 1; padding: 0 2; }
    KeyBar FooterKey { margin: 0 2 0 0; }
    """

    _shown: object = None
    _width = 0

    def bindings_changed(self, screen: Screen[object]) -> None:
        """Redraws the keys only if they differ, because Textual calls this on every change of focus."""
        bindings = [(key, active.binding.description, active.enabled) for key, active in screen.active_bindings.items()]
        if bindings != self._shown and screen.app.app_focus:
            self._shown = bindings
            super().bindings_changed(screen)

    def on_resize(self) -> None:
        if self._width not in (0, self.app.size.width):
            self.refresh(recompose=True)
        self._width = self.app.size.width

    def compose(self) -> ComposeResult:
        if not self._bindings_ready:
            return
        actions: set[str] = set()
        width_left = self.app.size.width - 4
        for _, binding, enabled, tooltip in self.screen.active_bindings.values():
            is_mode = (binding.id or "").startswith("mode.")
            if binding.show and not is_mode and binding.action not in actions:
                actions.add(binding.action)
                width_left -= len(self.app.get_key_display(binding)) + len(binding.description) + 3
                if width_left < -2:
                    return  # the command palette lists the keys that do not fit
                yield FooterKey(
                    binding.key,
                    self.app.get_key_display(binding),
                    binding.description,
                    binding.action,
                    disabled=not enabled,
                    tooltip=tooltip or binding.tooltip,
                )


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
