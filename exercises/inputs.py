"""What a person may ask an exercise's probes with: read off their annotations, without running any of it."""

from __future__ import annotations

import ast
import random
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from exercises.course import Exercise

Value = int | str | list[int]
Arguments = dict[str, Value]
# what a tokenizer stumbles over, for inputs by chance: several scripts, joined and combining characters, odd spaces
LETTERS = "aaabcdeiknorst  ,.!?'\"-_()\n\t0123ABZÄéßñ€中文かд\u0301\u00a0\u2003\U0001f642\u200d\x00"


ESCAPED = re.compile(r"\\(?:([nrt\\])|x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U(000[0-9a-fA-F]{5}|0010[0-9a-fA-F]{4}))")
NAMED = {"n": "\n", "r": "\r", "t": "\t", "\\": "\\"}


class BadInput(ValueError):
    """The arguments are none that the probe takes; the text says which, and what it takes."""


@dataclass(frozen=True)
class Whole:
    """`Int[low, high]`: a whole number within bounds, both included."""

    name: str
    default: int
    low: int
    high: int

    def says(self) -> str:
        return f"a whole number from {self.low} to {self.high}"

    def holds(self, value: Any) -> bool:
        return type(value) is int and self.low <= value <= self.high

    def by_chance(self, chance: random.Random) -> Value:
        return chance.randint(self.low, self.high)


@dataclass(frozen=True)
class Text:
    """`Text[least, most]`: any text of so many characters."""

    name: str
    default: str
    least: int
    most: int

    def says(self) -> str:
        return f"a text of {self.least} to {self.most} characters"

    def holds(self, value: Any) -> bool:
        return type(value) is str and self.least <= len(value) <= self.most and _encodes(value)

    def by_chance(self, chance: random.Random) -> Value:
        words = [word for word in re.split(r"(<\|\w+\|>|\s|\W)", self.default) if word]
        pieces = [chance.choice(chance.choice((words or LETTERS, LETTERS, " "))) for _ in range(chance.randint(0, 16))]
        text = "".join(pieces)[: self.most]
        return text + "".join(chance.choices(LETTERS, k=max(0, self.least - len(text))))


@dataclass(frozen=True)
class Wholes:
    """`Ints[least, most, low, high]`: a list of so many whole numbers, each within bounds."""

    name: str
    default: tuple[int, ...]
    least: int
    most: int
    low: int
    high: int

    def says(self) -> str:
        return f"a list of {self.least} to {self.most} whole numbers from {self.low} to {self.high}"

    def holds(self, value: Any) -> bool:
        return (
            type(value) is list
            and self.least <= len(value) <= self.most
            and all(type(one) is int and self.low <= one <= self.high for one in value)
        )

    def by_chance(self, chance: random.Random) -> Value:
        near, size = min(max(0, self.low), self.high), chance.choice((1, 5, 100, self.high - self.low))
        low, high = max(self.low, near - size), min(self.high, near + size)
        return [chance.randint(low, high) for _ in range(chance.randint(self.least, self.most))]


Argument = Whole | Text | Wholes


def typed(value: Value) -> str:
    """A value as a person may type it: a number, numbers with commas, or text with escapes for what has no key."""
    if isinstance(value, str):
        return "".join(c if c.isprintable() and c != "\\" else _escape(c) for c in value)
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def read(argument: Argument, words: str) -> Value:
    """What `typed` writes, or a person: text may have \\n, \\t, \\\\, \\x1b, \\u0301. Raises BadInput."""
    value: Any = words
    try:
        if isinstance(argument, Whole):
            value = int(words)
        elif isinstance(argument, Wholes):
            value = [int(one) for one in words.strip().strip("[]()").split(",") if one.strip()]
        else:
            value = ESCAPED.sub(
                lambda found: NAMED.get(found[1]) or chr(int(found[2] or found[3] or found[4], 16)), words
            )
    except ValueError:
        value = None
    if not argument.holds(value):
        raise BadInput(f"`{argument.name}` is {argument.says()}.")
    found: Value = value
    return found


def _escape(character: str) -> str:
    code = ord(character)
    short = {"\n": "\\n", "\r": "\\r", "\t": "\\t", "\\": "\\\\"}.get(character)
    return short or (f"\\x{code:02x}" if code < 256 else f"\\u{code:04x}" if code < 65_536 else f"\\U{code:08x}")


KINDS: dict[str, type[Argument]] = {"Int": Whole, "Text": Text, "Ints": Wholes}


@dataclass(frozen=True)
class Probe:
    """A probe that can be asked: `says` is its docstring's first line, for people."""

    name: str
    says: str
    arguments: tuple[Argument, ...]

    def whole(self, given: Mapping[str, Any]) -> Arguments:
        """The arguments, those left out with their defaults. Raises BadInput."""
        known = {argument.name for argument in self.arguments}
        if unknown := sorted(set(given) - known):
            raise BadInput(f"{self.name} takes no `{unknown[0][:40]}`; it takes {', '.join(sorted(known))}.")
        for argument in self.arguments:
            if argument.name in given and not argument.holds(given[argument.name]):
                raise BadInput(f"`{argument.name}` of {self.name} is {argument.says()}.")
        return {one.name: given.get(one.name, _plain(one.default)) for one in self.arguments}

    def by_chance(self, chance: random.Random) -> Arguments:
        """Arguments within the bounds."""
        return {one.name: one.by_chance(chance) for one in self.arguments}


def probes(exercise: Exercise) -> dict[str, Probe]:
    """The probes of an exercise that take arguments from people, by name, in the order of the file."""
    return _read(exercise.probes_path)


def probe(exercise: Exercise, name: str) -> Probe:
    """Raises BadInput where there is none of this name."""
    found = probes(exercise)
    if name not in found:
        offered = ", ".join(found) or "none"
        raise BadInput(f"{exercise.id} has no probe {name[:40]!r} that takes an input; it has: {offered}.")
    return found[name]


@lru_cache(maxsize=256)
def _read(path: Path) -> dict[str, Probe]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    functions = [node for node in tree.body if isinstance(node, ast.FunctionDef)]
    read = (_probe(node) for node in functions if not node.name.startswith("_"))
    return {one.name: one for one in read if one is not None}


def _probe(node: ast.FunctionDef) -> Probe | None:
    """None for what takes no argument of these kinds, or needs one of another."""
    takes = node.args
    if not takes.args or takes.args[0].arg != "impl" or takes.posonlyargs or takes.kwonlyargs:
        return None
    defaults = takes.defaults
    if len(defaults) != len(takes.args) - 1:
        return None
    given = zip(takes.args[1:], defaults, strict=True)
    arguments = tuple(one for one in (_argument(arg, default) for arg, default in given) if one is not None)
    says = (ast.get_docstring(node) or "").partition("\n\n")[0].replace("\n", " ")
    return Probe(node.name, says, arguments) if arguments else None


def _argument(arg: ast.arg, default: ast.expr) -> Argument | None:
    match arg.annotation:
        case ast.Subscript(value=ast.Name(id=kind), slice=bounds) if kind in KINDS:
            return KINDS[kind](arg.arg, ast.literal_eval(default), *ast.literal_eval(bounds))
    return None


def _plain(value: int | str | tuple[int, ...]) -> Value:
    return list(value) if isinstance(value, tuple) else value


def _encodes(text: str) -> bool:
    """Whether it can be written as UTF-8: half a surrogate pair is no text."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
