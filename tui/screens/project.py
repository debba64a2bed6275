"""A learner's project: its checklist and files, and the dialog that creates a project."""

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
from tui.formatting import clean, plural, short_path, size
from tui.open_in_editor import edit
from tui.project_runner import run_suspended
from tui.screens.presentation import PresentationScreen
from tui.widgets.footer import KeyBar
from tui.widgets.updates import set_text

REFRESH_INTERVAL = 1.0  # seconds; the files can be edited outside the app
BAR = 24
FILE_NOTES = {
    "PLAN.md": "the plan; fill it in before you write code",
    CHECKLIST: "the checklist above",
    PRESENT: "the pages of your demo",
    "train.py": "trains a small model from your parts; press r to run it",
    "text.txt": "the training text",
    "losses.csv": "the losses of the last run",
    "numbers.csv": "the results of the last run and of the baseline",
    "samples.txt": "texts generated in the last run",
}


class ProjectScreen(CourseAppMixin, ModalScreen[None]):
    """Shows the checklist, where boxes can be ticked, and the files, which can be opened."""

    CSS_PATH = ["dialogs.tcss", "project.tcss"]
    AUTO_FOCUS = "OptionList"
    BINDINGS = [
        Binding("x,space", "tick", "Tick", id="project.tick", tooltip="Tick or untick a box"),
        Binding("e", "edit", "Edit", id="project.edit", tooltip="Open the file in your editor"),
        Binding("r", "run", "Run", id="project.run", tooltip="Run train.py in the terminal; ctrl+c stops it"),
        Binding("p", "present", "Present", id="project.present", tooltip="Show the pages of your demo"),
        Binding("n", "new", "New", id="project.new", tooltip="Start a new project"),
        Binding("escape,q", "app.pop_screen", "Close", id="project.close", tooltip="Close the project"),
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
        self.refresh_project()
        self.set_interval(REFRESH_INTERVAL, self.refresh_project)

    def on_screen_resume(self) -> None:
        self.refresh_project()

    def on_resize(self) -> None:
        # Lines are wrapped to the width.
        self._shown = None
        self.call_after_refresh(self.refresh_project)

    def refresh_project(self) -> None:
        """Reads the project's files again, and redraws the screen if they have changed."""
        problem = ""
        try:
            self.checklist = self.project.checklist()
        except ProjectError as error:
            self.checklist, problem = None, str(error)
        try:
            files = self.project.files()
        except ProjectError as error:
            files, problem = [], str(error)
        sizes = [(path, _size(path)) for path in files]
        state = (self.checklist, problem, sizes)
        if state != self._shown:
            self._shown = state
            self._draw(problem, sizes)

    def _draw(self, problem: str, files: list[tuple[Path, int]]) -> None:
        selected = self._selected_id()
        options = [*self._boxes(problem), *_files(files)]
        self.rows.clear_options()
        self.rows.add_options(options)
        ids = [option.id for option in options]
        following = self.checklist.next if self.checklist else None
        target = selected if selected in ids else f"box {following.number}" if following else None
        self.rows.highlighted = ids.index(target) if target else next((i for i, id in enumerate(ids) if id), None)
        boxes, ticked = (len(self.checklist.items), self.checklist.ticked) if self.checklist else (0, 0)
        filled = round(BAR * ticked / boxes) if boxes else 0
        bar = (("━" * filled, "$success"), ("━" * (BAR - filled), "$foreground-muted 40%"))
        set_text(self.query_one("#count", Static), Content.assemble(f"{ticked} of {boxes}  ", *bar) if boxes else "")
        text = f"{short_path(self.project.folder)}"
        if boxes and following is None:
            text = "All boxes are ticked. Press p to present the project."
        set_text(self.query_one("#next", Static), text)

    def _boxes(self, problem: str) -> Iterator[Option]:
        if self.checklist is None:
            yield Option(Content.styled(f"{clean(problem)}\n", "$text-warning"), disabled=True)
            return
        if not self.checklist.items:
            hint = f"{CHECKLIST} has no boxes. Add one with a line such as `- [ ] Book a slot`.\n"
            yield Option(Content.styled(hint, "$text-warning"), disabled=True)
        heading = ""
        for box in self.checklist.items:
            if box.heading != heading:
                heading = box.heading
                yield Option(Content.styled(clean(heading), "bold $accent"), disabled=True)
            mark = ("✓ ", "$text-success") if box.ticked else ("○ ", "$foreground-muted")
            colour = "$foreground-muted" if box.ticked else ""
            lines = Content.styled(clean(box.text) or "(no text)", colour).wrap(max(self.rows.size.width - 5, 20))
            yield Option(Content.assemble(mark, Content("\n  ").join(lines)), id=f"box {box.number}")

    def _selected_id(self) -> str | None:
        index = self.rows.highlighted
        return self.rows.get_option_at_index(index).id if index is not None else None

    def _selected_box(self) -> ChecklistItem | None:
        kind, _, name = (self._selected_id() or "").partition(" ")
        return self.checklist.items[int(name) - 1] if kind == "box" and self.checklist else None

    @on(OptionList.OptionHighlighted)
    def _on_highlight(self) -> None:
        self.refresh_bindings()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        return self._selected_box() is not None or None if action == "tick" and self.is_mounted else True

    @on(OptionList.OptionSelected)
    def _on_select(self) -> None:
        if self._selected_box() is None:
            self.action_edit()
        else:
            self.action_tick()

    def action_tick(self) -> None:
        box = self._selected_box()
        if box is None or self.checklist is None:
            return
        try:
            set_ticked(self.checklist, box.number, not box.ticked)
        except ProjectError as error:
            self.notify(str(error), severity="warning", markup=False, timeout=15)
        self.refresh_project()

    @work(group="editor")
    async def action_edit(self) -> None:
        box = self._selected_box()
        name = (self._selected_id() or "").partition(" ")[2] if box is None else CHECKLIST
        path = self.project.folder / (name or CHECKLIST)
        await self._exclusive(edit(self, path, box.line if box else None, self.course_app.learner.settings.editor, ""))

    @work(group="editor")
    async def action_run(self) -> None:
        await self._exclusive(run_suspended(self, self.project))

    async def _exclusive(self, work: Coroutine[Any, Any, None]) -> None:
        """Runs work that suspends the app, one at a time: with two, the app would stay suspended."""
        if self.editing:
            work.close()
            return
        self.editing = True
        try:
            await work
        finally:
            self.editing = False
        self.refresh_project()

    def action_present(self) -> None:
        self.app.push_screen(PresentationScreen(self.project))

    def action_new(self) -> None:
        start_project(self.course_app)


def _files(files: list[tuple[Path, int]]) -> Iterator[Option]:
    yield Option(Content.styled("Files", "bold $accent"), disabled=True)
    for path, count in files:
        about = FILE_NOTES.get(path.name, size(count))
        yield Option(
            Content.assemble(f"  {clean(path.name):<14} ", (about, "$foreground-muted")), id=f"file {path.name}"
        )


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0


class NewProjectDialog(CourseAppMixin, ModalScreen[Project | None]):
    """Asks for a name and creates the project; the result is None if the learner cancels."""

    CSS_PATH = ["dialogs.tcss", "project.tcss"]
    BINDINGS = [Binding("escape", "dismiss(None)", "Cancel", id="newproject.close")]

    def compose(self) -> ComposeResult:
        projects = self.course_app.learner.projects
        names = {mark.name for mark in self.course_app.learner.look_at_projects()}
        name = next(n for i in range(1, 1000) if (n := DEFAULT_NAME + (f"-{i}" if i > 1 else "")) not in names)
        with Vertical(id="question"):
            yield Static("Start a project", classes="heading")
            yield Static(
                f"Enter creates a folder in {short_path(projects.folder)} with a plan, a checklist, a training script "
                "and pages to present.",
                markup=False,
            )
            yield Input(name, placeholder="Name of the project", id="name", compact=True)
            yield Static(id="problem", markup=False)
            yield KeyBar()

    @on(Input.Submitted)
    def _create(self, event: Input.Submitted) -> None:
        try:
            self.dismiss(self.course_app.learner.projects.new(event.value))
        except ProjectError as error:
            self.query_one("#problem", Static).update(str(error))


def start_project(app: CourseApp) -> None:
    """Asks for a name, creates the project and opens it."""

    def show(project: Project | None) -> None:
        app.learner.look_at_projects()
        if project is not None:
            if isinstance(app.screen, ProjectScreen):
                app.pop_screen()
            app.push_screen(ProjectScreen(project))
            app.notify(
                f"{plural(len(project.files()), 'file')} in {short_path(project.folder)}. Start with PLAN.md.",
                markup=False,
            )

    app.push_screen(NewProjectDialog(), show)
