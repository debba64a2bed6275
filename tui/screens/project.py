"""A project of the learner's own: its check list and its files; and the question that starts one."""

from __future__ import annotations

from collections.abc import Coroutine, Iterator
from pathlib import Path
from typing import Any

from textual import getters, on, work
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

from learner.checklist import Checklist, ChecklistItem, set_ticked
from learner.project import CHECKLIST, DEFAULT_NAME, PRESENT, Project, ProjectError
from tui.app_types import CourseApp, CourseAppMixin
from tui.formatting import clean, home, many, size
from tui.open_in_editor import edit
from tui.project_runner import run_beside
from tui.screens.presentation import PresentationScreen
from tui.widgets.footer import KeyBar
from tui.widgets.updates import set_text

LOOK_EVERY = 1.0  # seconds between two looks at a file that may be edited elsewhere
BAR = 24
ABOUT = {
    "PLAN.md": "the plan, to fill in before you write code",
    CHECKLIST: "this list, as a file",
    PRESENT: "the pages of your demo",
    "train.py": "a small model made of your parts; r runs it",
    "text.txt": "what it learns from",
    "losses.csv": "the curves of the last run",
    "numbers.csv": "the last run beside the baseline",
    "samples.txt": "what the last run wrote",
}


class ProjectScreen(CourseAppMixin, ModalScreen[None]):
    """The check list, to be ticked here, and the files, to be opened."""

    CSS_PATH = ["dialogs.tcss", "project.tcss"]
    AUTO_FOCUS = "OptionList"
    BINDINGS = [
        Binding("x,space", "tick", "Tick", id="project.tick", tooltip="Tick a box off, or take the tick back"),
        Binding("e", "edit", "Edit", id="project.edit", tooltip="Open the file in your editor"),
        Binding("r", "run", "Run", id="project.run", tooltip="Run train.py in the terminal; ctrl+c stops it"),
        Binding("p", "present", "Present", id="project.present", tooltip="Show the pages of your demo"),
        Binding("n", "new", "New", id="project.new", tooltip="Start another project"),
        Binding("escape,q", "app.pop_screen", "Close", id="project.close", tooltip="Back to the course"),
    ]
    rows = getters.query_one(OptionList)
    checklist: Checklist | None = None
    editing = False

    def __init__(self, project: Project) -> None:
        super().__init__()
        self.project = project
        self._shown: object = None

    def compose(self) -> ComposeResult:
        with Vertical(id="sheet"):
            yield Horizontal(
                Static(self.project.name, classes="heading", markup=False), Static(id="count"), classes="top"
            )
            yield Static(id="next")
            yield OptionList(id="rows")
            yield KeyBar()

    def on_mount(self) -> None:
        self.look()
        self.set_interval(LOOK_EVERY, self.look)

    def on_screen_resume(self) -> None:
        self.look()

    def on_resize(self) -> None:
        # The lines are broken for the width.
        self._shown = None
        self.call_after_refresh(self.look)

    def look(self) -> None:
        """Reads the project anew, and draws it where it has changed."""
        trouble = ""
        try:
            self.checklist = self.project.checklist()
        except ProjectError as error:
            self.checklist, trouble = None, str(error)
        try:
            files = self.project.files()
        except ProjectError as error:
            files, trouble = [], str(error)
        sizes = [(path, _size(path)) for path in files]
        state = (self.checklist, trouble, sizes)
        if state != self._shown:
            self._shown = state
            self._draw(trouble, sizes)

    def _draw(self, trouble: str, files: list[tuple[Path, int]]) -> None:
        here = self._here()
        options = [*self._boxes(trouble), *_files(files)]
        self.rows.clear_options()
        self.rows.add_options(options)
        ids = [option.id for option in options]
        following = self.checklist.next if self.checklist else None
        wanted = here if here in ids else f"box {following.number}" if following else None
        self.rows.highlighted = ids.index(wanted) if wanted else next((i for i, id in enumerate(ids) if id), None)
        boxes, ticked = (len(self.checklist.items), self.checklist.ticked) if self.checklist else (0, 0)
        filled = round(BAR * ticked / boxes) if boxes else 0
        bar = (("━" * filled, "$success"), ("━" * (BAR - filled), "$foreground-muted 40%"))
        set_text(self.query_one("#count", Static), Content.assemble(f"{ticked} of {boxes}  ", *bar) if boxes else "")
        text = f"{home(self.project.folder)}"
        if boxes and following is None:
            text = "Everything is done. Press p to present it."
        set_text(self.query_one("#next", Static), text)

    def _boxes(self, trouble: str) -> Iterator[Option]:
        if self.checklist is None:
            yield Option(Content.styled(f"{clean(trouble)}\n", "$text-warning"), disabled=True)
            return
        if not self.checklist.items:
            says = f"{CHECKLIST} has no boxes. A line such as `- [ ] Book a slot` is one.\n"
            yield Option(Content.styled(says, "$text-warning"), disabled=True)
        heading = ""
        for box in self.checklist.items:
            if box.heading != heading:
                heading = box.heading
                yield Option(Content.styled(clean(heading), "bold $accent"), disabled=True)
            mark = ("✓ ", "$text-success") if box.ticked else ("○ ", "$foreground-muted")
            colour = "$foreground-muted" if box.ticked else ""
            lines = Content.styled(clean(box.text) or "(no words)", colour).wrap(max(self.rows.size.width - 5, 20))
            yield Option(Content.assemble(mark, Content("\n  ").join(lines)), id=f"box {box.number}")

    def _here(self) -> str | None:
        at = self.rows.highlighted
        return self.rows.get_option_at_index(at).id if at is not None else None

    def _box(self) -> ChecklistItem | None:
        kind, _, name = (self._here() or "").partition(" ")
        return self.checklist.items[int(name) - 1] if kind == "box" and self.checklist else None

    @on(OptionList.OptionHighlighted)
    def _moved(self) -> None:
        self.refresh_bindings()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        return self._box() is not None or None if action == "tick" and self.is_mounted else True

    @on(OptionList.OptionSelected)
    def _selected(self) -> None:
        if self._box() is None:
            self.action_edit()
        else:
            self.action_tick()

    def action_tick(self) -> None:
        box = self._box()
        if box is None or self.checklist is None:
            return
        try:
            set_ticked(self.checklist, box.number, not box.ticked)
        except ProjectError as error:
            self.notify(str(error), severity="warning", markup=False, timeout=15)
        self.look()

    @work(group="editor")
    async def action_edit(self) -> None:
        box = self._box()
        name = (self._here() or "").partition(" ")[2] if box is None else CHECKLIST
        path = self.project.folder / (name or CHECKLIST)
        await self._aside(edit(self, path, box.line if box else None, self.course_app.learner.settings.editor, ""))

    @work(group="editor")
    async def action_run(self) -> None:
        await self._aside(run_beside(self, self.project))

    async def _aside(self, work: Coroutine[Any, Any, None]) -> None:
        """Does one thing that takes the terminal; a second one would find none, and the screen not come back."""
        if self.editing:
            work.close()
            return
        self.editing = True
        try:
            await work
        finally:
            self.editing = False
        self.look()

    def action_present(self) -> None:
        self.app.push_screen(PresentationScreen(self.project))

    def action_new(self) -> None:
        start_project(self.course_app)


def _files(files: list[tuple[Path, int]]) -> Iterator[Option]:
    yield Option(Content.styled("Files", "bold $accent"), disabled=True)
    for path, count in files:
        about = ABOUT.get(path.name, size(count))
        yield Option(
            Content.assemble(f"  {clean(path.name):<14} ", (about, "$foreground-muted")), id=f"file {path.name}"
        )


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0


class NewProjectDialog(CourseAppMixin, ModalScreen[Project | None]):
    """Asks for a name and makes the project; None where the learner thinks better of it."""

    CSS_PATH = ["dialogs.tcss", "project.tcss"]
    BINDINGS = [Binding("escape", "dismiss(None)", "Not now", id="newproject.close")]

    def compose(self) -> ComposeResult:
        projects = self.course_app.learner.projects
        names = {mark.name for mark in self.course_app.learner.look_at_projects()}
        name = next(n for i in range(1, 1000) if (n := DEFAULT_NAME + (f"-{i}" if i > 1 else "")) not in names)
        with Vertical(id="question"):
            yield Static("Start a project of your own", classes="heading")
            yield Static(
                f"It gets a folder in {home(projects.folder)}, with a plan, a check list, a script that runs, and "
                "pages to present. Enter makes it.",
                markup=False,
            )
            yield Input(name, placeholder="Its name", id="name", compact=True)
            yield Static(id="trouble", markup=False)
            yield KeyBar()

    @on(Input.Submitted)
    def _make(self, event: Input.Submitted) -> None:
        try:
            self.dismiss(self.course_app.learner.projects.new(event.value))
        except ProjectError as error:
            self.query_one("#trouble", Static).update(str(error))


def start_project(app: CourseApp) -> None:
    """Asks for a name, makes the project and shows it."""

    def show(project: Project | None) -> None:
        app.learner.look_at_projects()
        if project is not None:
            if isinstance(app.screen, ProjectScreen):
                app.pop_screen()
            app.push_screen(ProjectScreen(project))
            app.notify(
                f"{many(len(project.files()), 'file')} in {home(project.folder)}. Begin with PLAN.md.", markup=False
            )

    app.push_screen(NewProjectDialog(), show)
