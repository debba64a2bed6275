"""The tree of a text's branches."""

from __future__ import annotations

from dataclasses import dataclass

from rich.text import Text
from textual.binding import Binding
from textual.message import Message
from textual.widgets import Tree
from textual.widgets.tree import TreeNode

from playground.branches import Branch, BranchTree, text_of, without_start
from tui.formatting import visible_token
from tui.widgets.token_text import STEP_BINDINGS, StepKeys

LABEL_WIDTH = 60


class BranchList(StepKeys, Tree[Branch]):
    """Each branch with the number of the token at which it forks, and its text from there. Enter opens a branch."""

    DEFAULT_CSS = """
    BranchList { height: 1fr; background: $background; padding: 0; overflow-x: hidden; scrollbar-size-vertical: 1; }
    BranchList:focus { background-tint: $foreground 0%; }
    """
    BINDINGS = [
        *STEP_BINDINGS,
        Binding("enter", "select_cursor", "Open", id="branches.open", tooltip="Open the branch at the cursor"),
        Binding("delete,d", "remove", "Remove", id="branches.remove", tooltip="Remove the branch and those from it"),
    ]

    @dataclass
    class Opened(Message):
        """Posted when a branch is chosen."""

        branch: Branch

    @dataclass
    class Removed(Message):
        """Posted when a branch shall be removed."""

        branch: Branch

    def __init__(self, id: str | None = None) -> None:
        super().__init__("texts", id=id)
        self.show_root = False
        self.guide_depth = 2
        self.auto_expand = False
        self._drawn: object = None

    def show(self, tree: BranchTree) -> None:
        """Shows all texts and branches; the cursor is on the open one."""
        branches = [branch for root in tree.roots for branch in root.walk()]
        drawn = [(id(branch), id(branch.parent), _label(branch), branch is tree.current) for branch in branches]
        if drawn == self._drawn:
            return
        self._drawn = drawn
        self.clear()
        nodes: dict[Branch, TreeNode[Branch]] = {}
        for branch in branches:
            parent = nodes[branch.parent] if branch.parent is not None else self.root
            label = Text.assemble(("● ", "bold") if branch is tree.current else "", _label(branch))
            nodes[branch] = parent.add(label, branch, expand=True)
        for branch, node in nodes.items():
            node.allow_expand = bool(branch.children)
        if tree.current is not None:
            self.call_after_refresh(self.move_cursor, nodes[tree.current])

    def action_remove(self) -> None:
        if self.cursor_node is not None and self.cursor_node.data is not None:
            self.post_message(self.Removed(self.cursor_node.data))

    def on_tree_node_selected(self, event: Tree.NodeSelected[Branch]) -> None:
        event.stop()
        if event.node.data is not None:
            self.post_message(self.Opened(event.node.data))


def _label(branch: Branch) -> str:
    """Returns "↳5 ·dragon·flew" for a branch that forks after 5 tokens, and the text of one that forks nowhere."""
    text = visible_token(text_of(without_start(branch.own)[:LABEL_WIDTH]))[:LABEL_WIDTH]
    return f"↳{branch.fork} {text}" if branch.parent is not None else text
