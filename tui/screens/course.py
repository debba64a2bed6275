"""The Course mode: the course tree, and a description of the selected item."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING
from urllib.parse import unquote

from textual import getters, on
from textual.binding import Binding
from textual.containers import Horizontal, VerticalScroll
from textual.timer import Timer
from textual.widget import Widget
from textual.widgets import Static, Tree

from exercises.course import Material, Month, UnknownExercise
from exercises.exercise import Exercise
from exercises.quiz import Quiz
from learner.progress import ProgressError
from learner.quizzes import QuizProgress
from tui import markdown_cards
from tui.browser import open_link
from tui.formatting import hours
from tui.screens.mode_screen import ModeScreen
from tui.widgets.course_tree import CourseTree, HiddenItem, Item, MaterialsItem, ProjectItem, ProjectsItem
from tui.widgets.due_line import DueLine
from tui.widgets.updates import set_text

if TYPE_CHECKING:
    from textual.widgets import Markdown

DUE_DELAY = 0.3  # seconds; the screen is painted first


class CourseScreen(ModeScreen):
    """Shows the course and the learner's progress in it."""

    MODE = "course"
    CSS_PATH = "course.tcss"
    AUTO_FOCUS = "#tree"
    BINDINGS = [
        # The tree handles Enter itself and posts NodeSelected.
        Binding(
            "o",
            "open",
            "Open",
            id="course.open",
            key_display="Enter",
            tooltip="Open an exercise, a page or a link, or expand a month (also o)",
        ),
        Binding("x", "done", "Done", id="course.done", tooltip="Mark a material as completed, or undo that"),
        Binding(
            "b",
            "path",
            "Beginners",
            id="course.path",
            tooltip="Show or hide the materials for beginners",
        ),
    ]
    course_tree = getters.query_one("#tree", CourseTree)
    _describe_timer: Timer | None = None
    _due_version = 0  # of the dates that are shown

    def body(self) -> Iterable[Widget]:
        course = self.course_app.learner.course
        yield Horizontal(
            Static(course.title, classes="title", markup=False),
            Static(id="aside", classes="aside", markup=False),
            classes="title-line",
        )
        yield Static(id="strip")
        yield Static(self.course_app.greeting, id="welcome", markup=False)
        yield DueLine()
        yield Horizontal(
            CourseTree(course),
            VerticalScroll(id="detail"),
            id="panes",
        )

    def on_mount(self) -> None:
        exercise = self.course_app.exercise
        assert exercise is not None
        self._followed = self.course_app.learner.start_exercise()
        self.course_tree.fill(exercise, self.course_app.learner.plan())
        self.course_app.checker.changed.subscribe(self, lambda state: self._show_progress())
        self.course_app.cowork.changed.subscribe(self, lambda change: self._show_new_dates())

    def on_screen_resume(self) -> None:
        exercise = self.course_app.learner.start_exercise()
        if exercise is not self._followed:  # the cursor follows the learner's work
            self._followed = exercise
            self.course_tree.go(exercise)
        self.course_tree.show_projects(self.course_app.learner.look_at_projects())
        self._show_progress()
        self.set_timer(DUE_DELAY, self.query_one(DueLine).look)

    def _show_new_dates(self) -> None:
        """Shows the dates of assignments that the study group has changed."""
        if self.is_current and self._due_version != self.course_app.learner.due_dates.version:
            self._show_progress()

    def _show_progress(self) -> None:
        learner = self.course_app.learner
        states = learner.states()
        plan = learner.plan(states)
        now = learner.clock()
        self._due_version = learner.due_dates.version
        days_left = {id: due.days_left(now) for id, due in learner.due_dates.all().items()}
        self.course_tree.show_progress(states, plan, learner.quiz_progress(), days_left)
        passed = sum(state == "passed" for state in states.values())
        months = learner.course.months
        materials = [material.id for month in months for material in month.materials_for(plan.audience)]
        completed = sum(id in plan.materials for id in materials)
        left = hours(plan.left(*months).total)
        aside = f"{passed} of {len(states)} exercises · {completed} of {len(materials)} materials · {left} left"
        self.query_one("#aside", Static).update(aside)
        self._describe()

    @property
    def item(self) -> Item | None:
        """The selected item."""
        return self.course_tree.cursor_node.data if self.course_tree.cursor_node is not None else None

    @on(Tree.NodeHighlighted)
    def _on_highlight(self) -> None:
        set_text(self.query_one("#strip", Static), self._hint())
        self._describe()
        self.refresh_bindings()

    def _hint(self) -> str:
        """Says what Enter does with the selected item."""
        match self.item:
            case Exercise() as exercise if exercise is self.course_app.exercise:
                is_new = self.course_app.learner.states()[exercise.id] == "new"
                verb = "start" if is_new else "continue"
                return f"Press Enter to {verb} {exercise.title}."
            case Exercise() as exercise:
                return f"Press Enter to work on {exercise.title}."
            case Quiz():
                return "Press Enter to take the quiz: ten questions with explanations."
            case Material() as material:
                return f"Press Enter to open {material.title}."
            case ProjectsItem() if not self.course_tree.projects:
                return "Press Enter to start a project."
            case ProjectsItem():
                return "Press Enter to start a new project."
            case ProjectItem(name):
                return f"Press Enter to open {name}."
            case HiddenItem():
                return "Press Enter to show the materials for beginners."
        return "Press Enter to expand or collapse. Press 2 for the current exercise."

    def _describe(self) -> None:
        """Schedules the description of the selected item; moving through the tree fast skips descriptions."""
        if self._describe_timer is not None:
            self._describe_timer.stop()
        self._describe_timer = self.set_timer(0.02, self._update_text)

    async def _update_text(self) -> None:
        # Not in a worker, because cancelling it during an update would leave widgets behind.
        from textual.widgets import Markdown  # takes longer to import than the rest of the screen to be painted

        detail = self.query_one("#detail")
        if not detail.children:
            await detail.mount(Markdown(id="text", open_links=False))
        await self.query_one("#text", Markdown).update(self._text())
        detail.scroll_home(animate=False)

    def _text(self) -> str:
        learner = self.course_app.learner
        match self.item:
            case Month() as month:
                return markdown_cards.month(month, learner.plan())
            case MaterialsItem(month):
                return markdown_cards.materials(month, learner.plan())
            case ProjectsItem(month):
                return markdown_cards.own_projects(month, list(self.course_tree.projects.values()))
            case ProjectItem(name):
                return markdown_cards.own_project(learner.projects, name)
            case HiddenItem(month):
                return markdown_cards.hidden(month)
            case Material() as material:
                return markdown_cards.material(material, material.id in learner.materials_done())
            case Quiz() as quiz:
                return markdown_cards.quiz(quiz, learner.quiz_progress().get(quiz.id, QuizProgress()))
            case Exercise() as exercise:
                return markdown_cards.exercise(
                    exercise,
                    learner.states()[exercise.id],
                    learner.attempts(exercise),
                    self._title,
                    learner.due_dates.all().get(exercise.id),
                    learner.clock(),
                )
        return markdown_cards.about(learner.course, learner.plan())

    def _title(self, id: str) -> str:
        try:
            return self.course_app.learner.course.exercise(id).title
        except UnknownExercise:
            return id

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        return not (action == "done" and self.is_mounted and not isinstance(self.item, Material))

    @on(Tree.NodeSelected)
    def action_open(self) -> None:
        match self.item:
            case Exercise() as exercise:
                self.course_app.open_exercise(exercise)
            case Quiz() as quiz:
                self.course_app.open_quiz(quiz)
            case Material() as material:
                self._open_material(material)
            case HiddenItem():
                self.action_path()
            case ProjectsItem():
                self.course_app.action_start_project()
            case ProjectItem(name):
                self.course_app.open_project(name)
            case _ if self.course_tree.cursor_node is not None and self.course_tree.cursor_node.allow_expand:
                self.course_tree.cursor_node.toggle()

    def _open_material(self, material: Material) -> None:
        from tui.screens.dialogs import PageDialog

        if material.page is not None and material.page.name == "glossary.md":
            self.course_app.action_glossary()
        elif material.text is not None:
            self.app.push_screen(PageDialog(material.title, material.text))
        elif material.url:
            self._open_url(material.url)

    def _open_url(self, url: str) -> None:
        if self.app.is_web:
            self.app.open_url(url)
        if self.app.is_web or open_link(url):
            self.notify(f"Opened in your browser: {url}", markup=False)
        else:
            self.app.copy_to_clipboard(url)
            text = f"{url}\nNo browser found. The address is copied, if your terminal allows that."
            self.notify(text, markup=False, timeout=15)

    def on_markdown_link_clicked(self, event: Markdown.LinkClicked) -> None:
        if event.href.startswith(markdown_cards.GLOSSARY):
            self.course_app.action_look_up(unquote(event.href.removeprefix(markdown_cards.GLOSSARY)))
        else:
            self._open_url(event.href)

    def action_done(self) -> None:
        item = self.item
        if isinstance(item, Material):
            progress = self.course_app.learner.progress
            try:
                progress.set_material(item.id, not progress.material_done(item.id))
            except ProgressError as error:
                self.notify(str(error), severity="error", markup=False, timeout=20)
            self._show_progress()

    def action_path(self) -> None:
        learner = self.course_app.learner
        if problem := learner.change(audience="all" if learner.settings.audience == "beginners" else "beginners"):
            self.notify(problem, severity="warning", markup=False)
        self._show_progress()
        self.course_tree.show_audience()
        hidden = learner.settings.audience == "all"
        self.notify("The materials for beginners are hidden." if hidden else "All materials are shown.")
