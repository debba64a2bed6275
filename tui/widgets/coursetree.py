"""The map of the course: months, their exercises, and what there is to read and watch."""

from __future__ import annotations

from dataclasses import dataclass

from rich.style import Style
from rich.text import Text
from textual.binding import Binding
from textual.widgets import Tree
from textual.widgets.tree import TreeNode

from exercises.course import Course, Exercise, Material, Month
from learner.progress import State
from tui.words import STATE_MARKS

COLOURS = {"passed": "success", "started": "warning", "failed": "warning", "again": "warning"}


@dataclass(frozen=True)
class Shelf:
    """The materials of a month, as one node."""

    month: Month


@dataclass(frozen=True)
class About:
    """The course itself."""


Item = About | Month | Shelf | Exercise | Material


class CourseTree(Tree[Item]):
    """Shows where one stands. Selecting a leaf is for the screen to act on."""

    DEFAULT_CSS = """
    CourseTree { background: $background; overflow-x: hidden; scrollbar-size-vertical: 1; }
    """
    BINDINGS = [
        Binding("right", "unfold", "Unfold", show=False),
        Binding("left", "fold", "Fold", show=False),
    ]

    def __init__(self, course: Course) -> None:
        super().__init__(course.title, id="map")
        self.course = course
        self.states: dict[str, State] = {}
        self.done: set[str] = set()
        self.show_root = False
        self.guide_depth = 2
        self.auto_expand = False
        self.show_guides = False

    def fill(self, here: Exercise) -> None:
        """Builds the map, unfolded where `here` is, with the cursor on it."""
        self.clear()
        self.root.add_leaf("About this course", About())
        target: TreeNode[Item] | None = None
        for month in self.course.months:
            inside = here.month_id == month.id
            node = self.root.add(month.title, month, expand=inside)
            for exercise in month.exercises:
                leaf = node.add_leaf(exercise.title, exercise)
                target = leaf if exercise.id == here.id else target
            if month.materials:
                shelf = node.add("Read and watch", Shelf(month))
                for material in month.materials:
                    shelf.add_leaf(material.title, material)
        self.root.expand()
        if target is not None:
            self.call_after_refresh(self.move_cursor, target)

    def mark(self, states: dict[str, State], done: set[str]) -> None:
        """Sets the marks: states by exercise id, and the ids of the materials that are done."""
        self.states, self.done = states, done
        self._invalidate()
        self.refresh()

    def render_label(self, node: TreeNode[Item], base_style: Style, style: Style) -> Text:
        item = node.data
        label = Text(style=style)
        count = ""
        match item:
            case Month():
                passed = sum(self.states.get(exercise.id) == "passed" for exercise in item.exercises)
                label.append("▾ " if node.is_expanded else "▸ ", self._colour("primary"))
                label.append(f"{item.number or '·'} {item.title}", Style(bold=True))
                count = f" {passed}/{len(item.exercises)}" if item.exercises else ""
                if len(label) + len(count) + len(item.when) + 4 < self.content_size.width:
                    count = f"  {item.when}{count}"
            case Shelf():
                done = sum(material.id in self.done for material in item.month.materials)
                label.append("▾ " if node.is_expanded else "▸ ", self._colour("secondary"))
                label.append("Read and watch")
                count = f" {done}/{len(item.month.materials)}"
            case Exercise():
                state = self.states.get(item.id, "new")
                label.append(f"{STATE_MARKS[state]} ", self._colour(COLOURS.get(state, "")))
                label.append(item.title)
            case Material():
                done_mark = item.id in self.done
                label.append("✓ " if done_mark else "· ", self._colour("success" if done_mark else ""))
                label.append(item.title, Style(dim=done_mark))
            case _:
                label.append(str(node.label))
        depth = 0
        parent = node.parent
        while parent is not None:
            depth += self.guide_depth
            parent = parent.parent
        room = self.content_size.width - depth - len(count)
        if room > 4:
            label.truncate(room, overflow="ellipsis")
        label.append(count, Style(dim=True))
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
