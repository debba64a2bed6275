"""The glossary: a searchable list of terms with their definitions, and links to where they are used."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from textual import getters, on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

from exercises.concept_index import references_to
from exercises.course import Material, Month
from exercises.exercise import Exercise
from exercises.glossary import Term
from tui.app_types import CourseAppMixin
from tui.formatting import STATE_COLOURS, STATE_MARKS, month_name
from tui.markdown_cards import KINDS
from tui.widgets.course_text import course_text
from tui.widgets.footer import KeyBar
from tui.widgets.updates import set_text

About = Callable[[], tuple[str, Sequence[str]]]
Target = Term | Exercise | Month | Material


class GlossaryScreen(CourseAppMixin, ModalScreen[None]):
    """Lists the terms. `about` returns a heading with terms to list first; `word` is the term to select."""

    CSS_PATH = ["dialogs.tcss", "glossary.tcss"]
    AUTO_FOCUS = "#search"
    BINDINGS = [
        # The search field and the list of links handle Enter themselves and post messages.
        Binding("tab", "links", "Links", id="glossary.links", key_display="Enter", tooltip="Move to the links"),
        Binding("o", "open", "Open", id="glossary.open", key_display="Enter", tooltip="Open the selected link"),
        Binding("up", "move('cursor_up')", "Up", show=False),
        Binding("down", "move('cursor_down')", "Down", show=False),
        Binding("pageup", "move('page_up')", "Page up", show=False),
        Binding("pagedown", "move('page_down')", "Page down", show=False),
        Binding("escape", "back", "Back", id="glossary.back", tooltip="Return to the search, or close the glossary"),
    ]
    search = getters.query_one("#search", Input)
    terms = getters.query_one("#terms", OptionList)
    links = getters.query_one("#links", OptionList)

    def __init__(self, word: str = "", about: About | None = None) -> None:
        super().__init__()
        self.word, self.about = word, about
        self.listed: list[Term | None] = []
        self.targets: list[Target | None] = []
        self.shown: Term | None = None

    def compose(self) -> ComposeResult:
        with Vertical(id="sheet") as sheet:
            sheet.border_title = "Key concepts"
            yield Input(placeholder="Type to search; ↑ ↓ select", id="search", compact=True)
            with Horizontal(id="panes"):
                yield OptionList(id="terms")
                with Vertical(id="meaning"):
                    yield Static(id="text")
                    yield OptionList(id="links")
            yield KeyBar()

    def on_mount(self) -> None:
        # The search field keeps the focus; its up and down keys move the cursor of the list.
        self.terms.can_focus = False
        self._update_list()
        if self.word:
            self._go(self.word)
        # Saving the file of a different exercise changes the current exercise.
        self.watch(self.app, "exercise", self._update_list, init=False)

    def _go(self, word: str) -> None:
        """Selects a term in the full list; searches for the word if there is no such term."""
        term = self.course_app.learner.course.glossary.find(word)
        if term is None:
            self.search.value = word
        elif self.search.value:
            self.word = word
            self.search.value = ""
        else:
            self.word = ""
            self.terms.highlighted = len(self.listed) - 1 - self.listed[::-1].index(term)

    @on(Input.Changed)
    def _on_search(self) -> None:
        self._update_list()
        if self.word and not self.search.value:
            self._go(self.word)

    def _update_list(self) -> None:
        rows = list(self._rows(self.search.value.strip()))
        self.listed = [row if isinstance(row, Term) else None for row in rows]
        self.terms.clear_options()
        self.terms.add_options(_option(row, first=i == 0) for i, row in enumerate(rows))
        self.terms.highlighted = next((i for i, term in enumerate(self.listed) if term), None)
        if self.terms.highlighted is None:
            self._describe(None)

    def _rows(self, search: str) -> Iterator[Term | str]:
        """Yields the terms with headings between them."""
        course = self.course_app.learner.course
        glossary = course.glossary
        if search:
            terms = glossary.search(search)
            similar = [] if terms else glossary.near(search)
            if similar:
                yield "Not found. Similar terms:"
            yield from terms or filter(None, map(glossary.find, similar))
            return
        if self.about is not None:
            heading, names = self.about()
            terms = [term for term in map(glossary.find, names) if term is not None]
            if terms:
                yield heading
                yield from terms
        months = {month.id: month for month in course.months}
        for section in glossary.sections:
            yield f"{months[section.month_id].number or '·'} {section.title}"
            yield from section.terms

    @on(OptionList.OptionHighlighted, "#terms")
    def _on_highlight(self, event: OptionList.OptionHighlighted) -> None:
        self._describe(self.listed[event.option_index])

    def _describe(self, term: Term | None) -> None:
        self.shown = term
        rows = list(self._links(term)) if term is not None else []
        self.targets = [None if isinstance(row, str) else row for row in rows]
        set_text(self.query_one("#text", Static), _meaning(term) if term else "No term matches.")
        self.links.clear_options()
        self.links.add_options(
            _heading(row, first=i == 0) if isinstance(row, str) else Option(self._label(row))
            for i, row in enumerate(rows)
        )
        self.links.display = bool(rows)
        self.refresh_bindings()

    def _links(self, term: Term) -> Iterator[Target | str]:
        """Yields the places where a term is used, with headings between them."""
        references = references_to(term, self.course_app.learner.course)
        if references.exercises:
            yield "Build it"
            yield from references.exercises
        yield "Read about it"
        yield references.month
        self.sections = {chapter.id: section for section, chapter in reversed(references.book) if chapter}
        chapters = dict.fromkeys(chapter for _, chapter in references.book if chapter)
        yield from chapters
        yield from (material for material in references.materials if material not in chapters)
        if references.related:
            yield "See also"
            yield from references.related

    def _label(self, target: Target) -> Content:
        match target:
            case Exercise():
                state = self.course_app.learner.states()[target.id]
                return Content.assemble((f"{STATE_MARKS[state]} ", STATE_COLOURS[state]), target.title)
            case Month():
                return Content.assemble((f"{month_name(target)}: ", "$foreground-muted"), target.title)
            case Material() if target.id in self.sections:
                title = target.title.partition(": ")[2] or target.title
                return Content.assemble((f"Section {self.sections[target.id]}: ", "$foreground-muted"), title)
            case Material():
                return Content.assemble((f"{KINDS[target.kind]}: ", "$foreground-muted"), target.title)
            case Term():
                return Content(target.name)

    @on(OptionList.OptionSelected, "#terms")
    def _on_select(self) -> None:
        self.search.focus()

    @on(Input.Submitted)
    def action_links(self) -> None:
        if self.links.display:
            self.links.focus()
            self.links.highlighted = next((i for i, target in enumerate(self.targets) if target), None)

    @on(OptionList.OptionSelected, "#links")
    def _follow(self, event: OptionList.OptionSelected) -> None:
        target = self.targets[event.option_index]
        if isinstance(target, Term):
            self.search.focus()
            self._go(target.name)
        elif target is not None:
            self.app.pop_screen()
            if isinstance(target, Exercise):
                self.course_app.open_exercise(target)
            else:
                self.course_app.open_in_course(target)

    def action_open(self) -> None:
        self.links.action_select()

    def action_move(self, action: str) -> None:
        getattr(self.terms, f"action_{action}")()

    def action_back(self) -> None:
        if self.focused is self.links:
            self.search.focus()
        else:
            self.app.pop_screen()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action in ("links", "open") and self.is_mounted:
            return (action == "open") == (self.focused is self.links)
        return True


def _option(row: Term | str, first: bool) -> Option:
    return Option(Content(row.name)) if isinstance(row, Term) else _heading(row, first)


def _heading(text: str, first: bool) -> Option:
    return Option(Content.styled(text if first else f"\n{text}", "bold $accent"), disabled=True)


def _meaning(term: Term) -> Content:
    lines: list[Content | str] = [Content.styled(term.name, "bold $primary")]
    if term.also:
        lines.append(Content.styled(f"also: {', '.join(term.also)}", "$foreground-muted"))
    return Content("\n").join([*lines, "", course_text(term.means)])
