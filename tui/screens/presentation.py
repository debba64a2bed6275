"""Presents a project: shows the pages of its PRESENT.md one at a time on the full screen."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from textual.app import App, ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal, VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widget import Widget
from textual.widgets import Markdown, Static

from learner.presentation import Block, Curves, Page, PlainText, Table, Unavailable
from learner.project import Project, ProjectError
from learner.settings import load_settings
from tui import themes
from tui.formatting import clean
from tui.widgets.footer import KeyBar
from tui.widgets.line_plot import LinePlot


class PresentationScreen(ModalScreen[None]):
    """Shows the pages. Left and right turn them; up and down scroll."""

    CSS_PATH = "presentation.tcss"
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (116, "-wide")]
    AUTO_FOCUS = "#page"
    BINDINGS = [
        # Priority over the scrolling keys, because a presenter's remote control sends page down and page up.
        Binding(
            "right,space,pagedown,n",
            "turn(1)",
            "Next",
            id="present.next",
            key_display="→",
            priority=True,
            tooltip="Go to the next page",
        ),
        Binding(
            "left,backspace,pageup,p",
            "turn(-1)",
            "Back",
            id="present.back",
            key_display="←",
            priority=True,
            tooltip="Go to the previous page",
        ),
        Binding("home", "first", "First", id="present.first", priority=True, tooltip="Go to the first page"),
        Binding("r", "reload", "Reload", id="present.reload", tooltip="Read PRESENT.md and its figures again"),
        Binding("escape,q", "dismiss(None)", "Close", id="present.close", tooltip="Close the presentation"),
    ]

    def __init__(self, project: Project) -> None:
        super().__init__()
        self.project = project
        self.pages: tuple[Page, ...] = ()
        self.index = 0

    def compose(self) -> ComposeResult:
        yield Horizontal(
            Static(id="name", markup=False), Static(id="place", markup=False), classes="title-line", id="head"
        )
        yield VerticalScroll(id="page")
        yield KeyBar()

    async def on_mount(self) -> None:
        await self.action_reload()

    async def action_reload(self) -> None:
        try:
            self.pages = self.project.presentation()
        except ProjectError as error:
            self.pages = (Page("", (Unavailable("", str(error)),), ()),)
        await self._show(self.index)

    async def action_turn(self, step: int) -> None:
        await self._show(self.index + step)

    async def action_first(self) -> None:
        await self._show(0)

    async def _show(self, index: int) -> None:
        self.index = min(max(index, 0), len(self.pages) - 1)
        page, paper = self.pages[self.index], self.query_one("#page", VerticalScroll)
        first = self.pages[0]
        self.query_one("#name", Static).update(clean(first.title if first.cover else self.project.name))
        self.query_one("#place", Static).update(f"{self.index + 1} of {len(self.pages)}")
        with self.app.batch_update():
            await paper.remove_children()
            paper.set_class(page.cover, "-cover")
            await paper.mount_all(_widgets(page))
        paper.scroll_home(animate=False)


def _widgets(page: Page) -> Iterator[Widget]:
    yield Static(clean(page.title), classes="headline", markup=False)
    for block in page.blocks:
        yield _widget(block)
        if not isinstance(block, str) and block.caption:
            yield Static(clean(block.caption), classes="caption", markup=False)
    if page.is_empty:
        for note in page.notes or ("This page has no text.",):
            yield Static(f"Not written yet. {clean(note)}", classes="note", markup=False)


def _widget(block: Block) -> Widget:
    match block:
        case str():
            return Markdown(clean(block), open_links=False)
        case Curves():
            return LinePlot({clean(name): points for name, points in block.lines.items()}, clean(block.x))
        case Table():
            return Static(_table(block), classes="table")
        case PlainText():
            return Static(clean(block.text), classes="verbatim", markup=False)
        case Unavailable():
            return Static(clean(block.reason), classes="note", markup=False)


def _table(block: Table) -> Content:
    """Formats a table with its first row as the header."""
    count = max(len(row) for row in block.rows)
    rows = [[clean(cell) for cell in (*row, *[""] * (count - len(row)))] for row in block.rows]
    widths = [max(Content(row[i]).cell_length for row in rows) for i in range(count)]

    def line(row: list[str]) -> Content:
        cells = [
            Content(cell).pad_right(width - Content(cell).cell_length) for cell, width in zip(row, widths, strict=True)
        ]
        return Content("   ").join(cells)

    head = line(rows[0]).stylize("bold $accent")
    rule = Content.styled("─" * (sum(widths) + 3 * (count - 1)), "$border")
    return Content("\n").join([head, rule, *(line(row) for row in rows[1:])])


class PresentationApp(App[None], inherit_bindings=False):
    """An app that only shows a presentation, for `fromscratch project present`."""

    TITLE = "fromscratch"
    CSS_PATH = "../app.tcss"

    def __init__(self, project: Project) -> None:
        super().__init__()
        self.project = project
        for theme in (themes.DARK, themes.LIGHT):
            self.register_theme(theme)
        theme_name = load_settings().settings.theme
        self.theme = theme_name if theme_name in self.available_themes else themes.DARK.name

    async def on_mount(self) -> None:
        self.push_screen(PresentationScreen(self.project), self._end)

    def _end(self, _: Any) -> None:
        self.exit()


def present(project: Project) -> None:
    """Presents a project until the learner closes it."""
    PresentationApp(project).run()
