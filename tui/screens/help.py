"""The Help mode: how checks work, where files are, and all keys, taken from the screens' bindings."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from textual.binding import Binding
from textual.containers import Horizontal, VerticalScroll
from textual.content import Content
from textual.style import Style
from textual.widget import Widget
from textual.widgets import Static

from learner.settings import settings_path
from playground.data_folder import data_folder
from tui.editor import find_editor
from tui.formatting import short_path
from tui.modes import TITLES
from tui.screens.mode_screen import ModeScreen

HOW_CHECKS_WORK = (
    "You edit a file in your own editor. Each time you save it, fromscratch runs your code in a separate process, "
    "calls your functions and compares the results with the reference's: ✓ passes, ✗ fails. If your result is "
    "exactly the result of a known mistake, fromscratch tells you which. If it finds the first step of the "
    "computation that differs, it names that step. Your code cannot damage the checks, so feel free to experiment."
)


class HelpScreen(ModeScreen):
    """Shows the help as a scrolling page."""

    MODE = "help"
    CSS_PATH = "help.tcss"
    AUTO_FOCUS = "#scroll"

    def body(self) -> Iterable[Widget]:
        yield Horizontal(Static("Help", classes="title"), classes="title-line")
        yield VerticalScroll(Static(id="text"), id="scroll")

    def on_screen_resume(self) -> None:
        self.query_one("#text", Static).update(Content("\n").join(self._lines()))

    def _lines(self) -> Iterator[Content | str]:
        learner = self.course_app.learner
        yield _heading("How checks work")
        yield f"{HOW_CHECKS_WORK}\n"
        yield _heading("Where your data is")
        editor = find_editor(learner.settings.editor)
        look_up = Style.from_meta({"@click": "app.glossary"})
        yield _row("Key concepts", Content.styled("Press g for the glossary", look_up))
        yield _row("Your files", short_path(learner.workspace.root))
        yield _row("Your attempts", short_path(learner.workspace.progress_path))
        yield _row("Backups", short_path(learner.workspace.state_folder / "kept"))
        yield _row("Settings", short_path(settings_path()))
        yield _row("Models", short_path(data_folder()))
        name = " ".join(editor.command) if editor else "none found"
        yield _row("Editor", f"{name} (set VISUAL or EDITOR to change it)\n")
        for message in self.course_app.failed_layers:
            yield _row("Sandbox", f"{message}\n")
        yield _heading("Everywhere")
        yield from self._keys(type(self.app).BINDINGS)
        for title, bindings in _screens():
            yield ""
            yield _heading(title)
            yield from self._keys(bindings)

    def _keys(self, bindings: Iterable[object]) -> Iterator[Content]:
        for binding in bindings:
            if isinstance(binding, Binding) and binding.id:
                first = next(iter(Binding.make_bindings([binding])))
                keys = self.app.get_key_display(first)
                text = Content.assemble(f"{binding.description:<15}", (binding.tooltip, "$foreground-muted"))
                yield Content.assemble((f" {keys:^6} ", "bold $accent on $panel"), "  ", text)


def _screens() -> Iterator[tuple[str, Iterable[object]]]:
    from tui.screens.course import CourseScreen
    from tui.screens.cowork import CoworkScreen
    from tui.screens.cowork_pages.chat import ChatPage
    from tui.screens.cowork_pages.meeting import MeetingPage
    from tui.screens.cowork_pages.reviews import ReviewPage
    from tui.screens.glossary import GlossaryScreen
    from tui.screens.playground.screen import VIEWS, PlaygroundScreen, view_class
    from tui.screens.practice import PracticeScreen
    from tui.screens.presentation import PresentationScreen
    from tui.screens.project import ProjectScreen
    from tui.screens.quiz import QuizScreen
    from tui.screens.race import RaceDialog
    from tui.screens.recall import RecallScreen
    from tui.screens.recall_return import ReturnScreen
    from tui.widgets.cowork.tabs import PAGES

    for screen in (PracticeScreen, CourseScreen, PlaygroundScreen, CoworkScreen):
        yield f"In {TITLES[screen.MODE][0]}", screen.BINDINGS
    for view in VIEWS:
        yield f"In {TITLES['playground'][0]}: {view.title}", view_class(view).all_bindings()
    for page in (ChatPage, ReviewPage, MeetingPage):
        yield f"In {TITLES['cowork'][0]}: {PAGES[page.TAB].title}", page.BINDINGS
    yield "In the glossary", GlossaryScreen.BINDINGS
    yield "From memory", RecallScreen.BINDINGS
    yield "In a return from memory", ReturnScreen.BINDINGS
    yield "In a race", RaceDialog.BINDINGS
    yield "In a quiz", QuizScreen.BINDINGS
    yield "In a project", ProjectScreen.BINDINGS
    yield "In a presentation", PresentationScreen.BINDINGS


def _heading(text: str) -> Content:
    return Content.styled(text, "bold $accent")


def _row(label: str, value: str | Content) -> Content:
    return Content.assemble((f"{label:<17}", "$foreground-muted"), value)
