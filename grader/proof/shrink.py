"""Makes an input that breaks something as small as it goes: shorter, nearer to nought, plainer, one step at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from exercises.inputs import Argument, Arguments, Probe, Text, Value, Whole, Wholes

NEAR = 16  # numbers that are tried one by one
PLAIN = "a0 "  # characters that say the least


def shrunk(probe: Probe, arguments: Arguments, breaks: Callable[[Arguments], bool]) -> Arguments:
    """The smallest arguments found that `breaks` still holds for, within the probe's bounds. It decides itself when
    enough was tried: it says False from then on."""
    best = arguments
    least = {one.name: _least(one) for one in probe.arguments}
    if best != least and breaks(least):
        return least
    improved = True
    while improved:
        improved = False
        for argument in probe.arguments:
            for value in candidates(argument, best[argument.name]):
                if breaks(best | {argument.name: value}):
                    best, improved = best | {argument.name: value}, True
                    break
    return best


def candidates(argument: Argument, value: Value) -> Iterator[Value]:
    """Smaller values of an argument, the smallest first; each is one that it takes."""
    if isinstance(argument, Whole) and isinstance(value, int):
        yield from _numbers(value, _least_number(argument.low, argument.high))
    elif isinstance(argument, Text) and isinstance(value, str):
        yield from (value[:a] + value[b:] for a, b in _pieces(len(value), argument.least))
        for place, letter in enumerate(value):
            plainer = PLAIN[: PLAIN.index(letter)] if letter in PLAIN else PLAIN
            yield from (value[:place] + other + value[place + 1 :] for other in plainer)
    elif isinstance(argument, Wholes) and isinstance(value, list):
        yield from (value[:a] + value[b:] for a, b in _pieces(len(value), argument.least))
        target = _least_number(argument.low, argument.high)
        for place, number in enumerate(value):
            yield from ([*value[:place], other, *value[place + 1 :]] for other in _numbers(number, target))


def _numbers(value: int, target: int) -> Iterator[int]:
    """From the target towards the value: each where they are near, else in halves of what is left."""
    away, step = abs(value - target), 1 if value > target else -1
    if away <= NEAR:
        yield from range(target, value, step)
        return
    while away:
        yield value - step * away
        away //= 2


def _pieces(length: int, least: int) -> Iterator[tuple[int, int]]:
    """What may be left out of a sequence, as (from, to): large pieces first."""
    size = length
    while size:
        if length - size >= least:
            yield from ((at, at + size) for at in range(0, length - size + 1, size))
        size //= 2


def _least_number(low: int, high: int) -> int:
    return min(max(0, low), high)


def _least(argument: Argument) -> Value:
    if isinstance(argument, Whole):
        return _least_number(argument.low, argument.high)
    if isinstance(argument, Text):
        return PLAIN[0] * argument.least
    return [_least_number(argument.low, argument.high)] * argument.least
