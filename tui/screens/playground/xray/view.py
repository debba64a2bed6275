"""The X-ray view: the text with its cursor, above one of the pages about it."""

from __future__ import annotations

import importlib

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widgets import ContentSwitcher, Input, Static

from playground.branches import text_of, without_start
from playground.session import SessionError
from tui.background import start
from tui.formatting import clean, plural
from tui.screens.playground.model_controller import ModelController, State
from tui.screens.playground.view import View
from tui.screens.playground.xray.page import Page
from tui.screens.playground.xray.state import XrayState, head_name
from tui.widgets.token_text import Stepped, TokenText
from tui.widgets.updates import focus_now
from tui.widgets.view_bar import ViewBar, ViewEntry

PAGES = [
    ViewEntry("next", "n", "Next token", "The candidates for the next token, and branches", "next_token:NextTokenPage"),
    ViewEntry("tokens", "k", "Tokens", "The text under different tokenizers", "tokens:TokensPage"),
    ViewEntry("attention", "a", "Attention", "Attention weights of a head", "attention:AttentionPage"),
    ViewEntry("lens", "l", "Lens", "What each layer would predict: the logit lens", "lens:LensPage"),
    ViewEntry("heads", "h", "Heads", "The loss with a head switched off", "heads:HeadsPage"),
]
STATUS_DELAY = 0.2  # seconds


class XrayView(View):
    """Shows what the model computes for a text, token by token."""

    NAME = "xray"
    BINDINGS = [
        *(Binding(page.key, f"page('{page.name}')", page.title, id=f"xray.{page.name}", show=False,
                  tooltip=page.tooltip)
          for page in PAGES),
        Binding("e", "edit", "Edit", id="xray.edit", tooltip="Type a different text"),
        Binding("escape", "stop", "Stop/Back", id="xray.stop", tooltip="Stop what runs, or leave the field"),
        Binding("left", "step(-1)", "Token", id="xray.back", key_display="←→",
                tooltip="Go back or forward in the text"),
        Binding("right", "step(1)", "Forward", show=False),
    ]  # fmt: skip

    @classmethod
    def all_bindings(cls) -> list[BindingType]:
        return [*cls.BINDINGS, *(binding for page in PAGES for binding in _page_class(page.name).BINDINGS)]

    def __init__(self, controller: ModelController) -> None:
        super().__init__(controller)
        self.state = XrayState(controller)
        self.preparing = False
        self.bar = ViewBar(PAGES, "xray-status")
        self.text = TokenText(muted_after=True, id="xray-text")
        self.field = Input(placeholder="Type a text; Enter opens it", id="xray-field", compact=True)
        self.problem = Static(id="xray-problem", markup=False)
        self.page = _create("next", self.state)  # the current page
        self.switcher = ContentSwitcher(self.page, initial="xray-next", id="xray-pages")

    def compose(self) -> ComposeResult:
        yield self.bar
        yield self.text
        yield self.field
        yield self.problem
        yield self.switcher

    def enter(self) -> None:
        self.show()
        self.page.enter()
        if self.state.ready and self.state.shape is None:
            start(self, self._prepare, "xray-text")

    def leave(self) -> None:
        self.page.leave()

    async def model_changed(self, state: State) -> None:
        self.state.forget()
        for opened in self.query(Page):
            opened.reset()
            opened.say("")
        if state == "ready" and self.display:
            start(self, self._prepare, "xray-text")
        self.show()

    async def _prepare(self) -> None:
        """Opens the text, and then asks for the sizes of the model, which takes longer."""
        self.preparing = True
        try:
            await self.state.open_text()
            self._say("")
            self.show()
            await self.state.describe()
        except SessionError as error:
            self._say(str(error))
        finally:
            self.preparing = False
        self.show()

    def show(self) -> None:
        """Shows the text and the page."""
        if self.controller.state == "failed":
            self._say(self.controller.problem)
        elif self.controller.state == "loading":
            self._say("")
        page = self.page
        tree = self.state.tree
        forks: frozenset[int] = frozenset()
        if tree.current is not None:
            forks = frozenset(child.fork for child in tree.current.children)
        self.text.display = page.SHOWS_TEXT and not self.field.display
        self.text.show([token.text for token in tree.tokens], tree.cursor, forks)
        self._show_status()
        if self.state.ready:
            page.show()

    def _show_status(self) -> None:
        page, tree = self.page, self.state.tree
        if self.controller.state == "loading":
            status = "● loading the model…"
        elif page.working or self.preparing:
            status = "● computing…"
        else:
            status = f"token {tree.cursor + 1}/{len(tree.tokens)}" if tree.tokens else ""
            if off := self.state.heads_off:
                names = head_name(*off[0]) if len(off) == 1 else plural(len(off), "head")
                status = f"off: {names} · {status}"
        self.bar.show(page.NAME, Content(status))

    def _say(self, problem: str) -> None:
        self.problem.update(Content(clean(problem)))
        self.problem.display = bool(problem)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action == "stop":
            return self.field.display or self.page.busy or not self.page.main.has_focus
        return True

    # Pages

    async def action_page(self, name: str) -> None:
        """Opens a page by its name."""
        if name == self.page.NAME:
            return
        self.page.leave()
        self.page = next((page for page in self.query(Page) if name == page.NAME), None) or _create(name, self.state)
        if not self.page.is_attached:
            await self.switcher.add_content(self.page, set_current=False)
        self.switcher.current = f"xray-{name}"
        self._close_field()
        self.show()
        self.page.enter()
        self.refresh_bindings()

    @on(ViewBar.Chosen)
    async def _on_tab(self, event: ViewBar.Chosen) -> None:
        event.stop()
        await self.action_page(event.view)

    @on(ViewBar.AsideClicked)
    def _on_aside(self, event: ViewBar.AsideClicked) -> None:
        event.stop()

    @on(Page.Working)
    def _on_working(self, event: Page.Working) -> None:
        """Shows that the model computes only if it takes long enough to be read."""
        event.stop()
        if self.page.working:
            self.set_timer(STATUS_DELAY, self._show_status)
        else:
            self._show_status()

    # The text

    @on(Page.TextChanged)
    def _on_change(self, event: Page.TextChanged) -> None:
        event.stop()
        self.show()

    @on(Stepped)
    def _on_step(self, event: Stepped) -> None:
        event.stop()
        self.action_step(event.step)

    def action_step(self, step: int) -> None:
        self._move(self.state.tree.cursor + step)

    @on(TokenText.Chosen)
    def _on_token(self, event: TokenText.Chosen) -> None:
        event.stop()
        self._move(event.index)

    def _move(self, position: int) -> None:
        before = self.state.tree.cursor
        self.state.tree.move(position)
        if self.state.tree.cursor != before:
            self.show()

    def action_edit(self) -> None:
        tokens = self.state.tree.tokens
        self.field.value = self.state.text or clean(text_of(without_start(tokens))).replace("\n", " ")
        self.field.display = True
        self.text.display = False
        focus_now(self.field)
        self.field.cursor_position = len(self.field.value)

    @on(Input.Submitted, "#xray-field")
    def _on_text(self, event: Input.Submitted) -> None:
        event.stop()
        if not event.value.strip():
            return
        self.state.text = event.value
        self._close_field()
        self.page.enter()
        start(self, self._begin, "xray-text")

    async def _begin(self) -> None:
        self.state.waiting = not self.state.ready or self.state.shape is None
        if self.state.waiting:
            if self.state.ready:
                await self._prepare()
            else:
                self.controller.ensure_loaded()  # it may have failed
            return
        try:
            remark = await self.state.begin(self.state.text)
        except SessionError as error:
            self._say(str(error))
            return
        self._say("")
        if remark:
            self.notify(remark)
        self.show()

    def _close_field(self) -> None:
        self.field.display = False
        self.text.display = self.page.SHOWS_TEXT

    def action_stop(self) -> None:
        """Stops what runs; else leaves the field."""
        if self.field.display:
            self._close_field()
            self.page.enter()
        elif not self.page.stop():
            self.page.enter()


def _page_class(name: str) -> type[Page]:
    module, _, widget = next(page.widget for page in PAGES if page.name == name).partition(":")
    page = getattr(importlib.import_module(f"tui.screens.playground.xray.{module}"), widget)
    assert isinstance(page, type) and issubclass(page, Page)
    return page


def _create(name: str, state: XrayState) -> Page:
    return _page_class(name)(state)
