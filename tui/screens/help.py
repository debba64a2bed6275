"""Help: how a check works, where things are, and every key, taken from where the keys are declared."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from textual.binding import Binding
from textual.containers import Horizontal, VerticalScroll
from textual.content import Content
from textual.style import Style
from textual.widget import Widget
from textual.widgets import Static

from learner.settings import settings_path
from playground.store import data_folder
from tui.editor import find_editor
from tui.formatting import home
from tui.modes import TITLES
from tui.screens.mode_screen import ModeScreen

CHECK = (
    "You edit a file in your own editor. Each time you save it, anywhere, fromscratch runs your code in a process "
    "of its own, asks it questions and compares the answers with the right ones. ✓ holds, ✗ does not yet. "
    "If your answer is exactly what a known mistake gives, it says which. If it can see the first step of the "
    "computation that goes wrong, it names it. Nothing you write can harm the checks: try what you like."
)


class HelpScreen(ModeScreen):
    """One page to scroll through."""

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
        yield _heading("How a check works")
        yield f"{CHECK}\n"
        yield _heading("Where things are")
        editor = find_editor(learner.settings.editor)
        look_up = Style.from_meta({"@click": "app.glossary"})
        yield _row("Key concepts", Content.styled("press g for the glossary", look_up))
        yield _row("Your files", home(learner.workspace.root))
        yield _row("Your attempts", home(learner.workspace.progress_path))
        yield _row("Files put aside", home(learner.workspace.state_folder / "kept"))
        yield _row("Settings", home(settings_path()))
        yield _row("Models", home(data_folder()))
        name = " ".join(editor.command) if editor else "none found"
        yield _row("Editor", f"{name} (set VISUAL or EDITOR for another)\n")
        for says in self.course_app.failed_layers:
            yield _row("Isolation", f"{says}\n")
        yield _heading("Everywhere")
        yield from self._keys(type(self.app).BINDINGS)
        for title, bindings in _rooms():
            yield ""
            yield _heading(title)
            yield from self._keys(bindings)

    def _keys(self, bindings: Iterable[object]) -> Iterator[Content]:
        for binding in bindings:
            if isinstance(binding, Binding) and binding.id:
                first = next(iter(Binding.make_bindings([binding])))
                keys = self.app.get_key_display(first)
                words = Content.assemble(f"{binding.description:<13}", (binding.tooltip, "$foreground-muted"))
                yield Content.assemble((f" {keys:^6} ", "bold $accent on $panel"), "  ", words)


def _rooms() -> Iterator[tuple[str, Iterable[object]]]:
    from tui.screens.course import CourseScreen
    from tui.screens.cowork import CoworkScreen
    from tui.screens.cowork_pages.chat import ChatPage
    from tui.screens.cowork_pages.meeting import MeetingPage
    from tui.screens.cowork_pages.reviews import ReviewPage
    from tui.screens.glossary import GlossaryScreen
    from tui.screens.playground import PlaygroundScreen
    from tui.screens.practice import PracticeScreen
    from tui.screens.presentation import PresentationScreen
    from tui.screens.project import ProjectScreen
    from tui.screens.quiz import QuizScreen
    from tui.widgets.cowork.tabs import PAGES

    for screen in (PracticeScreen, CourseScreen, PlaygroundScreen, CoworkScreen):
        yield f"In {TITLES[screen.MODE][0]}", screen.BINDINGS
    for page in (ChatPage, ReviewPage, MeetingPage):
        yield f"In {TITLES['cowork'][0]}: {PAGES[page.TAB][1]}", page.BINDINGS
    yield "In the glossary", GlossaryScreen.BINDINGS
    yield "In a quiz", QuizScreen.BINDINGS
    yield "In a project of yours", ProjectScreen.BINDINGS
    yield "In a demo", PresentationScreen.BINDINGS


def _heading(text: str) -> Content:
    return Content.styled(text, "bold $accent")


def _row(name: str, value: str | Content) -> Content:
    return Content.assemble((f"{name:<17}", "$foreground-muted"), value)
