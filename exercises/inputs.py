"""The inputs that an exercise's probes take from people, parsed from annotations without running any code."""

from __future__ import annotations

import ast
import random
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from exercises.checks import probes_source
from exercises.exercise import Exercise

Value = int | str | list[int]
Arguments = dict[str, Value]
# characters that tokenizers often get wrong: several scripts, joiners, combining characters, unusual whitespace
RANDOM_CHARACTERS = "aaabcdeiknorst  ,.!?'\"-_()\n\t0123ABZÄéßñ€中文かд\u0301\u00a0\u2003\U0001f642\u200d\x00"
PLAIN_CHARACTERS = "a0 "  # a shrunk text prefers these, the first most

ESCAPE = re.compile(r"\\(?:([nrt\\])|x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U(000[0-9a-fA-F]{5}|0010[0-9a-fA-F]{4}))")
ESCAPED_CHARACTERS = {"n": "\n", "r": "\r", "t": "\t", "\\": "\\"}


class InvalidInput(ValueError):
    """The probe does not take these arguments. The message says which arguments it takes."""


@dataclass(frozen=True)
class IntArgument:
    """`Int[low, high]`: an integer between two bounds, both included."""

    name: str
    default: int
    low: int
    high: int

    def description(self) -> str:
        return f"an integer from {self.low} to {self.high}"

    def accepts(self, value: Any) -> bool:
        return type(value) is int and self.low <= value <= self.high

    def smallest(self) -> Value:
        return nearest_to_zero(self.low, self.high)

    def largest(self) -> Value:
        return self.high

    def random_value(self, generator: random.Random) -> Value:
        return generator.randint(self.low, self.high)


@dataclass(frozen=True)
class TextArgument:
    """`Text[shortest, longest]`: a text whose length is between two bounds."""

    name: str
    default: str
    shortest: int
    longest: int

    def description(self) -> str:
        return f"a text of {self.shortest} to {self.longest} characters"

    def accepts(self, value: Any) -> bool:
        return type(value) is str and self.shortest <= len(value) <= self.longest and _is_encodable(value)

    def smallest(self) -> Value:
        return PLAIN_CHARACTERS[0] * self.shortest

    def largest(self) -> Value:
        return PLAIN_CHARACTERS[0] * self.longest

    def random_value(self, generator: random.Random) -> Value:
        words = [word for word in re.split(r"(<\|\w+\|>|\s|\W)", self.default) if word]
        pools = (words or RANDOM_CHARACTERS, RANDOM_CHARACTERS, " ")
        text = "".join(generator.choice(generator.choice(pools)) for _ in range(generator.randint(0, 16)))
        missing = max(0, self.shortest - len(text))
        return text[: self.longest] + "".join(generator.choices(RANDOM_CHARACTERS, k=missing))


@dataclass(frozen=True)
class IntListArgument:
    """`Ints[shortest, longest, low, high]`: a list of integers; its length and each integer are bounded."""

    name: str
    default: tuple[int, ...]
    shortest: int
    longest: int
    low: int
    high: int

    def description(self) -> str:
        return f"a list of {self.shortest} to {self.longest} integers from {self.low} to {self.high}"

    def accepts(self, value: Any) -> bool:
        return (
            type(value) is list
            and self.shortest <= len(value) <= self.longest
            and all(type(number) is int and self.low <= number <= self.high for number in value)
        )

    def smallest(self) -> Value:
        return [nearest_to_zero(self.low, self.high)] * self.shortest

    def largest(self) -> Value:
        return [self.high] * self.longest

    def random_value(self, generator: random.Random) -> Value:
        center, spread = nearest_to_zero(self.low, self.high), generator.choice((1, 5, 100, self.high - self.low))
        low, high = max(self.low, center - spread), min(self.high, center + spread)
        return [generator.randint(low, high) for _ in range(generator.randint(self.shortest, self.longest))]


Argument = IntArgument | TextArgument | IntListArgument
ARGUMENT_TYPES: dict[str, type[Argument]] = {"Int": IntArgument, "Text": TextArgument, "Ints": IntListArgument}


@dataclass(frozen=True)
class Probe:
    """A probe that takes inputs. `summary` is the first line of its docstring."""

    name: str
    summary: str
    arguments: tuple[Argument, ...]

    def complete(self, given: Mapping[str, Any]) -> Arguments:
        """Returns the arguments with defaults for those left out. Raises InvalidInput."""
        known = {argument.name for argument in self.arguments}
        if unknown := sorted(set(given) - known):
            raise InvalidInput(f"{self.name} takes no `{unknown[0][:40]}`; it takes {', '.join(sorted(known))}.")
        for argument in self.arguments:
            if argument.name in given and not argument.accepts(given[argument.name]):
                raise InvalidInput(f"`{argument.name}` of {self.name} must be {argument.description()}.")
        return {argument.name: given.get(argument.name, _as_value(argument.default)) for argument in self.arguments}

    def smallest(self) -> Arguments:
        return {argument.name: argument.smallest() for argument in self.arguments}

    def random_arguments(self, generator: random.Random) -> Arguments:
        return {argument.name: argument.random_value(generator) for argument in self.arguments}

    def cases(self, count: int, generator: random.Random) -> Iterator[Arguments]:
        """Yields the smallest arguments, the largest, and random ones between them: `count` in total."""
        yield self.smallest()
        yield {argument.name: argument.largest() for argument in self.arguments}
        for _ in range(count - 2):
            yield self.random_arguments(generator)


def nearest_to_zero(low: int, high: int) -> int:
    """The integer within the bounds that is nearest to zero."""
    return min(max(0, low), high)


def format_value(value: Value) -> str:
    """A value as a person types it: a number, numbers with commas, or a text with escapes."""
    if isinstance(value, str):
        return "".join(c if c.isprintable() and c != "\\" else _escape(c) for c in value)
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def parse_value(argument: Argument, text: str) -> Value:
    """The inverse of `format_value`; a text can contain escapes such as \\n, \\x1b or \\u0301. Raises InvalidInput."""
    value: Value | None
    try:
        if isinstance(argument, IntArgument):
            value = int(text)
        elif isinstance(argument, IntListArgument):
            value = [int(number) for number in text.strip().strip("[]()").split(",") if number.strip()]
        else:
            value = ESCAPE.sub(_unescape, text)
    except ValueError:
        value = None
    if value is None or not argument.accepts(value):
        raise InvalidInput(f"`{argument.name}` must be {argument.description()}.")
    return value


def _unescape(match: re.Match[str]) -> str:
    return ESCAPED_CHARACTERS.get(match[1]) or chr(int(match[2] or match[3] or match[4], 16))


def _escape(character: str) -> str:
    code = ord(character)
    short = {"\n": "\\n", "\r": "\\r", "\t": "\\t", "\\": "\\\\"}.get(character)
    return short or (f"\\x{code:02x}" if code < 256 else f"\\u{code:04x}" if code < 65_536 else f"\\U{code:08x}")


def probes(exercise: Exercise) -> dict[str, Probe]:
    """The probes of an exercise that take inputs, by name, in the order of the file."""
    return _parse(probes_source(exercise))


def probe(exercise: Exercise, name: str) -> Probe:
    """The probe of this name. Raises InvalidInput where the exercise has none that takes inputs."""
    available = probes(exercise)
    if name not in available:
        names = ", ".join(available) or "none"
        raise InvalidInput(f"{exercise.id} has no probe {name[:40]!r} that takes an input; it has: {names}.")
    return available[name]


@lru_cache(maxsize=256)
def _parse(source: str) -> dict[str, Probe]:
    tree = ast.parse(source)
    functions = [node for node in tree.body if isinstance(node, ast.FunctionDef)]
    parsed = (_parse_probe(node) for node in functions if not node.name.startswith("_"))
    return {probe.name: probe for probe in parsed if probe is not None}


def _parse_probe(node: ast.FunctionDef) -> Probe | None:
    """None where the function takes no bounded argument, or requires an argument without a default."""
    parameters, defaults = node.args.args, node.args.defaults
    if not parameters or parameters[0].arg != "impl" or node.args.posonlyargs or node.args.kwonlyargs:
        return None
    if len(defaults) != len(parameters) - 1:
        return None
    parsed = (_parse_argument(*pair) for pair in zip(parameters[1:], defaults, strict=True))
    arguments = tuple(argument for argument in parsed if argument is not None)
    summary = (ast.get_docstring(node) or "").partition("\n\n")[0].replace("\n", " ")
    return Probe(node.name, summary, arguments) if arguments else None


def _parse_argument(parameter: ast.arg, default: ast.expr) -> Argument | None:
    match parameter.annotation:
        case ast.Subscript(value=ast.Name(id=name), slice=bounds) if name in ARGUMENT_TYPES:
            return ARGUMENT_TYPES[name](parameter.arg, ast.literal_eval(default), *ast.literal_eval(bounds))
    return None


def _as_value(default: int | str | tuple[int, ...]) -> Value:
    return list(default) if isinstance(default, tuple) else default


def _is_encodable(text: str) -> bool:
    """Whether the text can be encoded as UTF-8; unpaired surrogates cannot."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
