"""Course: the map of the months, and about each thing in it what one needs to know."""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import unquote

from textual import getters, on
from textual.binding import Binding
from textual.containers import Horizontal, VerticalScroll
from textual.timer import Timer
from textual.widget import Widget
from textual.widgets import Markdown, Static, Tree

from exercises.course import Exercise, Material, Month, UnknownExercise
from exercises.quiz import Quiz
from learner.progress import ProgressError
from learner.quizzes import QuizStand
from tui import markdown_cards
from tui.browser import open_link
from tui.formatting import hours
from tui.screens.mode_screen import Room
from tui.widgets.coursetree import CourseTree, Hidden, Item, OwnProject, OwnProjects, Shelf
from tui.widgets.drawing import put


class CourseScreen(Room):
    """The course's data, and the learner's marks in it."""

    MODE = "course"
    CSS_PATH = "course.tcss"
    AUTO_FOCUS = "#map"
    BINDINGS = [
        # The tree takes Enter itself, and says so with a message.
        Binding(
            "o",
            "open",
            "Open",
            id="course.open",
            key_display="Enter",
            tooltip="Work on an exercise, read a page, open a link, unfold a month (o does it too)",
        ),
        Binding("x", "done", "Done", id="course.done", tooltip="Tick a material off, or take the tick back"),
        Binding(
            "b",
            "path",
            "Beginners",
            id="course.path",
            tooltip="Show or hide the materials for beginners; it is remembered",
        ),
    ]
    map = getters.query_one("#map", CourseTree)
    _due: Timer | None = None

    def body(self) -> Iterable[Widget]:
        course = self.desk_app.desk.course
        yield Horizontal(
            Static(course.title, classes="title", markup=False),
            Static(id="aside", classes="aside", markup=False),
            classes="title-line",
        )
        yield Static(id="strip")
        yield Static(self.desk_app.banner, id="welcome", markup=False)
        yield Horizontal(
            CourseTree(course),
            VerticalScroll(Markdown(id="text", open_links=False), id="detail"),
            id="panes",
        )

    def on_mount(self) -> None:
        exercise = self.desk_app.exercise
        assert exercise is not None
        self.map.fill(exercise, self.desk_app.desk.plan())
        self.desk_app.checker.changed.subscribe(self, lambda state: self._mark())

    def on_screen_resume(self) -> None:
        self.map.show_projects(self.desk_app.desk.look_at_projects())
        self._mark()

    def _mark(self) -> None:
        desk = self.desk_app.desk
        states = desk.states()
        plan = desk.plan(states)
        self.map.mark(states, plan, desk.quiz_stands())
        passed = sum(state == "passed" for state in states.values())
        months = desk.course.months
        materials = [one.id for month in months for one in month.materials_for(plan.audience)]
        ticked = sum(id in plan.materials for id in materials)
        left = hours(plan.left(*months).total)
        aside = f"{passed} of {len(states)} exercises · {ticked} of {len(materials)} materials · {left} left"
        self.query_one("#aside", Static).update(aside)
        self._describe()

    @property
    def item(self) -> Item | None:
        """What the cursor is on."""
        return self.map.cursor_node.data if self.map.cursor_node is not None else None

    @on(Tree.NodeHighlighted)
    def _moved(self) -> None:
        put(self.query_one("#strip", Static), self._invitation())
        self._describe()
        self.refresh_bindings()

    def _invitation(self) -> str:
        """What Enter does for what the cursor is on."""
        match self.item:
            case Exercise() as exercise if exercise is self.desk_app.exercise:
                how = "begin with" if self.desk_app.desk.first_start else "go on with"
                return f"Press Enter to {how} {exercise.title}."
            case Exercise() as exercise:
                return f"Press Enter to work on {exercise.title}."
            case Quiz():
                return "Press Enter to take the quiz: ten questions, each answer explained."
            case Material() as material:
                return f"Press Enter to open {material.title}."
            case OwnProjects() if not self.map.projects:
                return "Press Enter to start a project of your own."
            case OwnProjects():
                return "Press Enter to start another project of your own."
            case OwnProject(name):
                return f"Press Enter to go on with {name}."
            case Hidden():
                return "Press Enter to show the materials for beginners, too."
        return "Press Enter to fold or unfold; 2 goes on with the exercise at hand."

    def _describe(self) -> None:
        """Shows the page of what the cursor is on; whoever runs through the list needs no page for each line."""
        if self._due is not None:
            self._due.stop()
        self._due = self.set_timer(0.02, self._write)

    async def _write(self) -> None:
        # In the screen's own turn, and not in a worker: cancelling an update halfway would leave widgets behind
        # that never end.
        await self.query_one("#text", Markdown).update(self._text())
        self.query_one("#detail").scroll_home(animate=False)

    def _text(self) -> str:
        desk = self.desk_app.desk
        match self.item:
            case Month() as month:
                return markdown_cards.month(month, desk.plan())
            case Shelf() as shelf:
                return markdown_cards.shelf(shelf.month, desk.plan())
            case OwnProjects() as own:
                return markdown_cards.own_projects(own.month, list(self.map.projects.values()))
            case OwnProject(name):
                return markdown_cards.own_project(desk.projects, name)
            case Hidden() as hidden:
                return markdown_cards.hidden(hidden.month)
            case Material() as material:
                return markdown_cards.material(material, material.id in desk.materials_done())
            case Quiz() as quiz:
                return markdown_cards.quiz(quiz, desk.quiz_stands().get(quiz.id, QuizStand()))
            case Exercise() as exercise:
                return markdown_cards.exercise(
                    exercise, desk.states()[exercise.id], desk.attempts(exercise), self._title
                )
        return markdown_cards.about(desk.course, desk.plan())

    def _title(self, id: str) -> str:
        try:
            return self.desk_app.desk.course.exercise(id).title
        except UnknownExercise:
            return id

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        return not (action == "done" and self.is_mounted and not isinstance(self.item, Material))

    @on(Tree.NodeSelected)
    def action_open(self) -> None:
        match self.item:
            case Exercise() as exercise:
                self.desk_app.open_exercise(exercise)
            case Quiz() as quiz:
                self.desk_app.open_quiz(quiz)
            case Material() as material:
                self._open_material(material)
            case Hidden():
                self.action_path()
            case OwnProjects():
                self.desk_app.action_start_project()
            case OwnProject(name):
                self.desk_app.open_project(name)
            case _ if self.map.cursor_node is not None and self.map.cursor_node.allow_expand:
                self.map.cursor_node.toggle()

    def _open_material(self, material: Material) -> None:
        from tui.screens.dialogs import PageSheet

        if material.page is not None and material.page.name == "glossary.md":
            self.desk_app.action_glossary()
        elif material.text is not None:
            self.app.push_screen(PageSheet(material.title, material.text))
        elif material.url:
            self._open_url(material.url)

    def _open_url(self, url: str) -> None:
        if self.app.is_web:
            self.app.open_url(url)
        if self.app.is_web or open_link(url):
            self.notify(f"Opened in your browser: {url}", markup=False)
        else:
            self.app.copy_to_clipboard(url)
            text = f"{url}\nThere is no browser here. The address is copied, if your terminal lets programs copy."
            self.notify(text, markup=False, timeout=15)

    @on(Markdown.LinkClicked)
    def _link(self, event: Markdown.LinkClicked) -> None:
        if event.href.startswith(markdown_cards.GLOSSARY):
            self.desk_app.action_look_up(unquote(event.href.removeprefix(markdown_cards.GLOSSARY)))
        else:
            self._open_url(event.href)

    def action_done(self) -> None:
        item = self.item
        if isinstance(item, Material):
            progress = self.desk_app.desk.progress
            try:
                progress.set_material(item.id, not progress.material_done(item.id))
            except ProgressError as error:
                self.notify(str(error), severity="error", markup=False, timeout=20)
            self._mark()

    def action_path(self) -> None:
        desk = self.desk_app.desk
        if trouble := desk.change(audience="all" if desk.settings.audience == "beginners" else "beginners"):
            self.notify(trouble, severity="warning", markup=False)
        self._mark()
        self.map.show_path()
        hides = desk.settings.audience == "all"
        self.notify("Materials for beginners are hidden. b shows them." if hides else "Every material is shown.")
