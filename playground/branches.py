"""The branches of a text: where a different token is taken, the text forks, and both ways are kept. No torch."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from playground.xray_messages import TokenView


@dataclass(eq=False)
class Branch:
    """A text that shares its first `fork` tokens with `parent`; `own` are the tokens after them.

    Tokens are only added at the end, so a child's shared tokens never change.
    """

    parent: Branch | None
    fork: int
    own: list[TokenView]
    children: list[Branch] = field(default_factory=list)

    @property
    def tokens(self) -> list[TokenView]:
        """All tokens of the text, those shared with the parent first."""
        return [*self.parent.tokens[: self.fork], *self.own] if self.parent is not None else list(self.own)

    def walk(self) -> Iterator[Branch]:
        """Yields the branch and all that descend from it, parents first."""
        yield self
        for child in self.children:
            yield from child.walk()


class BranchTree:
    """The texts that were begun, with their branches, the one that is open, and the token at the cursor.

    `cursor` is the index of a token of `current`; the next token that the model would choose is the one after it.
    """

    def __init__(self) -> None:
        self.roots: list[Branch] = []
        self.current: Branch | None = None
        self.cursor = 0

    @property
    def tokens(self) -> list[TokenView]:
        """The tokens of the open branch."""
        return self.current.tokens if self.current is not None else []

    @property
    def following(self) -> TokenView | None:
        """The token after the cursor, None at the end."""
        tokens = self.tokens
        return tokens[self.cursor + 1] if self.cursor + 1 < len(tokens) else None

    def begin(self, tokens: Sequence[TokenView]) -> Branch:
        """Opens a new text, or the one that begins with the same tokens if there is one. Its last token is current."""
        ids = [token.id for token in tokens]
        same = (root for root in self.roots if [token.id for token in root.own] == ids)
        branch = next(same, None)
        if branch is None:
            branch = Branch(None, 0, list(tokens))
            self.roots.append(branch)
        self.open(branch)
        return branch

    def open(self, branch: Branch) -> None:
        """Opens a branch with its last token current."""
        self.current = branch
        self.cursor = max(len(branch.tokens) - 1, 0)

    def move(self, position: int) -> None:
        """Makes the token at `position` current, or the nearest that exists."""
        self.cursor = min(max(position, 0), max(len(self.tokens) - 1, 0))

    def take(self, token: TokenView) -> Branch:
        """Goes on with a token after the cursor: along the text, at its end, or in a branch that begins with it.

        The token is current afterwards. Raises ValueError if no text is open.
        """
        branch, position = self.current, self.cursor + 1
        if branch is None:
            raise ValueError("No text is open.")
        if position == len(branch.tokens):
            branch.own.append(token)
        elif branch.tokens[position].id != token.id:
            branch = self._fork(branch, position, token)
        self.current, self.cursor = branch, position
        return branch

    def _fork(self, branch: Branch, position: int, token: TokenView) -> Branch:
        """Returns the branch of the first `position` tokens and then `token`, a new one if there is none."""
        while branch.parent is not None and position < branch.fork:
            branch = branch.parent  # that is where the tokens before the fork are its own
        if branch.parent is not None and position == branch.fork and branch.parent.tokens[position].id == token.id:
            return branch.parent
        family = branch.parent if branch.parent is not None and position == branch.fork else branch
        for child in family.children:
            if child.fork == position and child.own[0].id == token.id:
                return child
        child = Branch(family, position, [token])
        family.children.append(child)
        return child

    def remove(self, branch: Branch) -> None:
        """Removes a branch and all that descend from it; if the open one is among them, opens the parent."""
        siblings = branch.parent.children if branch.parent is not None else self.roots
        siblings.remove(branch)
        if self.current in list(branch.walk()):
            self.current = None
            if branch.parent is not None:
                self.current, self.cursor = branch.parent, branch.fork - 1
            elif self.roots:
                self.open(self.roots[-1])
            else:
                self.cursor = 0


def without_start(tokens: list[TokenView]) -> list[TokenView]:
    """Returns the tokens without a special one, such as <|endoftext|>, that begins the model's texts."""
    begins = tokens[:1] and tokens[0].text.startswith("<|") and tokens[0].text.endswith("|>")
    return tokens[1:] if begins else tokens


def text_of(tokens: Sequence[TokenView]) -> str:
    """Returns the tokens' bytes as text; incomplete characters become U+FFFD."""
    return b"".join(token.data for token in tokens).decode("utf-8", errors="replace")
