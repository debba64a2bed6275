"""The tree of the course: months with their exercises, quizzes, projects and materials."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from rich.style import Style
from rich.text import Text
from textual.binding import Binding
from textual.widgets import Tree
from textual.widgets.tree import TreeNode

from exercises.course import Course, Material, Month
from exercises.exercise import Exercise
from exercises.quiz import Quiz
from learner.progress import State
from learner.project import ProjectStatus
from learner.quizzes import QuizProgress
from learner.workload import LearningPath
from tui.formatting import STATE_MARKS, due_in, hours

SOON = 2  # days before a date from which it is coloured
PASSED = ("passed", "again")  # states in which an assigned exercise is done
COLOURS = {"passed": "success", "started": "warning", "failed": "warning", "again": "warning"}


@dataclass(frozen=True)
class MaterialsItem:
    """The node of a month's materials."""

    month: Month


@dataclass(frozen=True)
class HiddenItem:
    """The node that stands for hidden materials for beginners."""

    month: Month
    count: int


@dataclass(frozen=True)
class ProjectsItem:
    """The node of the learner's projects."""

    month: Month


@dataclass(frozen=True)
class ProjectItem:
    """The node of a project."""

    name: str


@dataclass(frozen=True)
class OverviewItem:
    """The node of the course overview."""


Item = OverviewItem | Month | MaterialsItem | HiddenItem | ProjectsItem | ProjectItem | Exercise | Material | Quiz


class CourseTree(Tree[Item]):
    """Shows the course and the learner's progress. The screen handles the selection of a leaf."""

    DEFAULT_CSS = """
    CourseTree { background: $background; overflow-x: hidden; scrollbar-size-vertical: 1; scrollbar-gutter: stable; }
    """
    BINDINGS = [
        Binding("right", "unfold", "Expand", show=False),
        Binding("left", "fold", "Collapse", show=False),
    ]

    def __init__(self, course: Course) -> None:
        super().__init__(course.title, id="tree")
        self.course = course
        self.states: dict[str, State] = {}
        self.plan = LearningPath()
        self.stands: dict[str, QuizProgress] = {}
        self.projects: dict[str, ProjectStatus] = {}
        self.days_left: dict[str, int] = {}  # until assigned exercises that have not passed are due
        self.show_root = False
        self.guide_depth = 2
        self.auto_expand = False
        self.show_guides = False

    def fill(self, current: Exercise, plan: LearningPath) -> None:
        """Builds the tree and selects an exercise, with its month expanded."""
        self.clear()
        self.plan = plan
        self.root.add_leaf("About this course", OverviewItem())
        target: TreeNode[Item] | None = None
        for month in self.course.months:
            expand = current.month_id == month.id
            node = self.root.add(month.title, month, expand=expand)
            for exercise in month.exercises:
                leaf = node.add_leaf(exercise.title, exercise)
                target = leaf if exercise.id == current.id else target
            if month.quiz is not None:
                node.add_leaf("Terms quiz", month.quiz)
            if month.project is not None:
                node.add("Your project", ProjectsItem(month), allow_expand=False)
            if month.materials:
                self._add_materials(node.add("Read and watch", MaterialsItem(month)), month)
        self.root.expand()
        if target is not None:
            self.call_after_refresh(self.move_cursor, target)

    def show_audience(self) -> None:
        """Shows the materials for the plan's audience; keeps what is expanded, and the cursor if possible."""
        cursor = self.cursor_node
        for node in [node for month in self.root.children for node in month.children]:
            if isinstance(node.data, MaterialsItem):
                inside = cursor is not None and cursor.parent is node
                node.remove_children()
                self._add_materials(node, node.data.month)
                if cursor is not None and inside:
                    cursor = next((leaf for leaf in node.children if leaf.data == cursor.data), node)
        # The tree keeps the cursor's line number, which can belong to a different node now.
        self.call_after_refresh(self.move_cursor, cursor)

    def _add_materials(self, node: TreeNode[Item], month: Month) -> None:
        shown = month.materials_for(self.plan.audience)
        for material in shown:
            node.add_leaf(material.title, material)
        if len(shown) < len(month.materials):
            node.add_leaf("Hidden", HiddenItem(month, len(month.materials) - len(shown)))

    def go(self, item: Item) -> None:
        """Expands the tree down to an item and selects it; for a hidden material, selects the node that stands for
        it."""
        nodes: list[TreeNode[Item]] = list(self.root.children)
        for node in nodes:
            nodes += node.children
        target = next((node for node in nodes if node.data is item), None)
        if target is None and isinstance(item, Material):
            target = next(
                (node for node in nodes if isinstance(node.data, HiddenItem) and item in node.data.month.materials),
                None,
            )
        parent = target.parent if target is not None else None
        while parent is not None:
            parent.expand()
            parent = parent.parent
        self.call_after_refresh(self.move_cursor, target)

    def show_projects(self, marks: Iterable[ProjectStatus]) -> None:
        """Shows the learner's projects and their progress."""
        self.projects = {mark.name: mark for mark in marks}
        cursor = self.cursor_node
        for node in [node for month in self.root.children for node in month.children]:
            shown = [child.data.name for child in node.children if isinstance(child.data, ProjectItem)]
            if isinstance(node.data, ProjectsItem) and shown != list(self.projects):
                inside = cursor is not None and cursor.parent is node
                node.remove_children()
                for name in self.projects:
                    node.add_leaf(name, ProjectItem(name))
                node.expand()
                self.call_after_refresh(self.move_cursor, node if inside else cursor)
        self._invalidate()
        self.refresh()

    def show_progress(
        self,
        states: dict[str, State],
        plan: LearningPath,
        stands: dict[str, QuizProgress],
        days_left: dict[str, int] | None = None,
    ) -> None:
        """Shows the states of exercises by id, the completed items of the plan, the quiz results by id, and the days
        until assigned exercises are due."""
        self.states, self.plan, self.stands = states, plan, stands
        left = (days_left or {}).items()
        self.days_left = {id: days for id, days in left if states.get(id, "new") not in PASSED}
        self._invalidate()
        self.refresh()

    def render_label(self, node: TreeNode[Item], base_style: Style, style: Style) -> Text:
        item = node.data
        label = Text(style=style)
        tails = [""]  # texts for the end of the line; the first one that leaves room for the title is used
        tail_style = Style(dim=True)
        match item:
            case Month():
                passed = sum(self.states.get(exercise.id) == "passed" for exercise in item.exercises)
                label.append("▾ " if node.is_expanded else "▸ ", self._colour("primary"))
                label.append(f"{item.number or '·'} {item.title}", Style(bold=True))
                count = f" {passed}/{len(item.exercises)}" if item.exercises else ""
                workload = self.plan.left(item)
                left = f"  {hours(workload.stretch if item.is_optional else workload.total)} "
                tails = [f"  {item.when}{left}{count:>5}", f"{left}{count:>5}", count]
                days = [self.days_left[exercise.id] for exercise in item.exercises if exercise.id in self.days_left]
                if days and not node.is_expanded:  # else its exercises say so
                    tails = [f"  {due_in(min(days))}{tail}" for tail in tails]
            case MaterialsItem():
                shown = item.month.materials_for(self.plan.audience)
                done = sum(material.id in self.plan.materials for material in shown)
                label.append("▾ " if node.is_expanded else "▸ ", self._colour("secondary"))
                label.append("Read and watch")
                workload = self.plan.left(item.month)
                left = hours(workload.stretch_materials if item.month.is_optional else workload.materials)
                tails = [f"  {left} {f' {done}/{len(shown)}':>5}", f" {left} {done}/{len(shown)}"]
            case HiddenItem():
                label.append(f"+ {item.count} for beginners (b)", Style(dim=True, italic=True))
            case ProjectsItem():
                label.append("▾ " if self.projects else "○ ", self._colour("secondary"))
                label.append("Your project")
                left = hours(self.plan.left(item.month).project)
                tails = [f"  {left}     "]
            case ProjectItem():
                mark = self.projects[item.name]
                colour, sign = ("success", "✓ ") if mark.complete else ("warning", "◐ ")
                label.append(sign, self._colour(colour))
                label.append(item.name)
                tails = [f"{f' {mark.ticked}/{mark.total}':>5}" if mark.total else ""]
            case Exercise():
                state = self.states.get(item.id, "new")
                label.append(f"{STATE_MARKS[state]} ", self._colour(COLOURS.get(state, "")))
                label.append(item.title)
                if item.id in self.days_left:
                    days_left = self.days_left[item.id]
                    tails = [f"  {due_in(days_left)} "]
                    if days_left <= SOON:
                        tail_style = self._colour("error" if days_left < 0 else "warning")
            case Quiz():
                stand = self.stands.get(item.id, QuizProgress())
                label.append(f"{STATE_MARKS[stand.state]} ", self._colour(COLOURS.get(stand.state, "")))
                label.append("Terms quiz")
                tails = [f" {stand.best}/{stand.total}" if stand.runs else ""]
            case Material():
                done_mark = item.id in self.plan.materials
                label.append("✓ " if done_mark else "· ", self._colour("success" if done_mark else ""))
                label.append(item.title, Style(dim=done_mark))
            case _:
                label.append(str(node.label))
        room = self.content_size.width - self.scrollbar_size_vertical
        parent = node.parent
        while parent is not None and parent is not self.root:
            room -= self.guide_depth
            parent = parent.parent
        tail = next((tail for tail in tails if label.cell_len + len(tail) <= room), tails[-1])
        if room - len(tail) > 4:
            label.truncate(room - len(tail), overflow="ellipsis", pad=bool(tail))
        label.append(tail, tail_style)
        label.no_wrap = True
        return label

    def _colour(self, name: str) -> Style:
        if not name:
            return Style()
        return Style(color=self.app.theme_variables.get(name))

    def on_resize(self) -> None:
        # Labels are cut to the width.
        self._invalidate()

    def action_unfold(self) -> None:
        if self.cursor_node is not None and self.cursor_node.allow_expand:
            self.cursor_node.expand()

    def action_fold(self) -> None:
        node = self.cursor_node
        if node is None:
            return
        if node.is_expanded and node.allow_expand:
            node.collapse()
        elif node.parent is not None and node.parent is not self.root:
            self.move_cursor(node.parent)
