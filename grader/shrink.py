"""Shrinks the arguments of a failing probe call: shorter texts and lists, numbers nearer to zero."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from exercises.inputs import (
    PLAIN_CHARACTERS,
    Argument,
    Arguments,
    IntArgument,
    IntListArgument,
    Probe,
    TextArgument,
    Value,
    nearest_to_zero,
)

MAX_CONSECUTIVE = 16  # a number this near to its target is tried one by one


def shrink(probe: Probe, arguments: Arguments, fails: Callable[[Arguments], bool]) -> Arguments:
    """The smallest arguments found for which `fails` holds, within the probe's bounds. To stop the search, `fails`
    returns False from then on."""
    best, smallest = arguments, probe.smallest()
    if best != smallest and fails(smallest):
        return smallest
    improved = True
    while improved:
        improved = False
        for argument in probe.arguments:
            for value in candidates(argument, best[argument.name]):
                if fails(best | {argument.name: value}):
                    best, improved = best | {argument.name: value}, True
                    break
    return best


def candidates(argument: Argument, value: Value) -> Iterator[Value]:
    """Yields smaller values that the argument accepts, the smallest first."""
    if isinstance(argument, IntArgument) and isinstance(value, int):
        yield from _smaller_numbers(value, nearest_to_zero(argument.low, argument.high))
    elif isinstance(argument, TextArgument) and isinstance(value, str):
        yield from (value[:start] + value[end:] for start, end in _removable(len(value), argument.shortest))
        for index, character in enumerate(value):
            plainer = PLAIN_CHARACTERS.partition(character)[0]
            yield from (value[:index] + other + value[index + 1 :] for other in plainer)
    elif isinstance(argument, IntListArgument) and isinstance(value, list):
        yield from (value[:start] + value[end:] for start, end in _removable(len(value), argument.shortest))
        target = nearest_to_zero(argument.low, argument.high)
        for index, number in enumerate(value):
            yield from ([*value[:index], other, *value[index + 1 :]] for other in _smaller_numbers(number, target))


def _smaller_numbers(value: int, target: int) -> Iterator[int]:
    """Yields numbers from the target towards the value: all of them, or by bisection where they are many."""
    distance, step = abs(value - target), 1 if value > target else -1
    if distance <= MAX_CONSECUTIVE:
        yield from range(target, value, step)
        return
    while distance:
        yield value - step * distance
        distance //= 2


def _removable(length: int, shortest: int) -> Iterator[tuple[int, int]]:
    """Yields the (start, end) of slices that can be removed from a sequence, long slices first."""
    size = length
    while size:
        if length - size >= shortest:
            yield from ((start, start + size) for start in range(0, length - size + 1, size))
        size //= 2
