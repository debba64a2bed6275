"""Names the known mistake, or the pair of mistakes, whose results equal the learner's in every probe call."""

from __future__ import annotations

import itertools
import math
import re
import time
import types
from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import Any, Literal, NamedTuple

import torch
from torch.utils._pytree import tree_flatten

from exercises.exercise import Exercise, Mistake
from exercises.kit import compare
from grader.child import side_effects
from grader.judge.run import ProbeCall, Run, call_probe
from grader.source import reference_source
from grader.verdict import MatchedMistake

SLOW_CALL = 0.05  # seconds of the reference; a slower call is not precomputed
# of the search among pairs, which the verdict waits for
MAX_FILTER_CALLS, MAX_RULING_CALLS, MAX_PARTS, MAX_PAIRS = 2, 6, 16, 500
MAX_PAIR_SECONDS = 4.0  # of CPU time: the calls of an exercise that trains are slow
MAX_PAIR_SECONDS_BESIDE_RULE = 1.0  # where a general rule explains the results already
MAX_NUMBERS = 10_000  # of a result, by which pairs are sorted

# the kind of side effect with several causes, such as a seed and disabled gradients
GLOBAL = "global_state"

# of a mistake alone, on a part that the learner has wrong (the first three) or right
Effect = Literal["none", "learner's", "different", "kept", "broken"]
IMPOSSIBLE = ({"none"}, {"none", "different"}, {"kept", "broken"})  # the effects of two mistakes on one part


class OutOfTime(Exception):
    """A search has used its time."""


class Suspect(NamedTuple):
    """The module of one or more mistakes."""

    mistakes: tuple[Mistake, ...]
    module: types.ModuleType

    def match(self) -> MatchedMistake:
        ids = "+".join(mistake.id for mistake in self.mistakes)
        if len(self.mistakes) == 1:
            return MatchedMistake(ids, self.mistakes[0].says)
        sentences = " ".join(f"{number}. {mistake.says}" for number, mistake in enumerate(self.mistakes, 1))
        return MatchedMistake(ids, f"Two mistakes together: {sentences}")


class MistakeMatcher:
    """An exercise's known mistakes, and their outcomes for the probe calls compared so far."""

    def __init__(self, exercise: Exercise, probes: dict[str, Any]) -> None:
        self.exercise = exercise
        self.probes = probes
        self._outcomes: dict[tuple[int, str], tuple[Any, ...]] = {}
        self._pairs: dict[tuple[str, ...], Suspect | None] = {}
        self._deadline = math.inf  # of the search among pairs, in this process's CPU time
        self._end = math.inf  # of all searches, in time.monotonic()

    @cached_property
    def suspects(self) -> list[Suspect]:
        """The single mistakes, each variant of one by itself."""
        made = (_suspect(self.exercise, (mistake,)) for mistake in self.exercise.mistake_variants)
        return [suspect for suspect in made if suspect is not None]

    def outcome(self, suspect: Suspect, call: ProbeCall) -> tuple[Any, ...]:
        """Returns the outcome of a call on a mistake; computed once. Raises OutOfTime after the deadline."""
        key = (id(suspect.module), call.key)
        if key not in self._outcomes:
            if time.process_time() > self._deadline or time.monotonic() > self._end:
                raise OutOfTime
            self._outcomes[key] = call_probe(self.probes[call.probe], suspect.module, call.arguments)
        return self._outcomes[key]

    def precompute(self, calls: list[ProbeCall]) -> Iterator[None]:
        """Computes one outcome per step, those of the first call first: they rule out most mistakes."""
        for call in calls:
            for suspect in self.suspects if call.seconds < SLOW_CALL else ():
                self.outcome(suspect, call)
                yield

    def match(self, run: Run, with_pairs: bool = True, has_rule: bool = False) -> MatchedMistake | None:
        """Returns the mistake that agrees with the learner's code in all calls, else the first such pair, else None;
        None too where the time is over (`run.searches_end`). has_rule: a general rule explains the results already."""
        self._end = run.searches_end
        try:
            return self._match(run, with_pairs, MAX_PAIR_SECONDS_BESIDE_RULE if has_rule else MAX_PAIR_SECONDS)
        except OutOfTime:
            return None
        finally:
            self._deadline = self._end = math.inf

    def _match(self, run: Run, with_pairs: bool, pair_seconds: float) -> MatchedMistake | None:
        calls = list(run.calls.values())  # in order, since a mistake can be to keep state between calls
        differing = [call for call in calls if differs(call, run)]
        if not differing:
            return None
        quick_first = sorted([*differing, *calls], key=lambda call: call.seconds >= SLOW_CALL)  # few need the slow ones
        for suspect in self.suspects:
            if self._explains(suspect, quick_first):
                return suspect.match()
        if not with_pairs:
            return None
        self._deadline = time.process_time() + pair_seconds
        return self._match_pair(run, differing, calls)

    def is_match(self, run: Run, mistake: str) -> bool:
        """Whether `match` returns this mistake. It looks at the mistake's own outcomes first, which rule it out for
        less than all others' outcomes would."""
        calls = list(run.calls.values())
        own = [suspect for suspect in self.suspects if suspect.mistakes[0].id == mistake]
        if not any(self._explains(suspect, calls) for suspect in own):
            return False
        match = self.match(run, with_pairs=False)
        return match is not None and match.id == mistake

    def _explains(self, suspect: Suspect, calls: Sequence[ProbeCall]) -> bool:
        return all(outcomes_equal(call.outcome, self.outcome(suspect, call)) for call in calls)

    def _match_pair(self, run: Run, differing: list[ProbeCall], calls: list[ProbeCall]) -> MatchedMistake | None:
        """Returns the pair of mistakes that agrees in all calls; both leave the learner's correct calls correct."""
        quick = sorted((call for call in calls if call not in differing), key=lambda call: call.seconds)
        candidates = [
            suspect
            for suspect in self.suspects
            if all(self._is_correct(suspect, call, run) for call in quick[:MAX_FILTER_CALLS])
        ]
        ordered = [*sorted(differing, key=lambda call: call.seconds), *calls]
        ruling = ordered[: min(len(differing), MAX_RULING_CALLS)]
        for first, second in self._pairs_by_likelihood(candidates, ruling, run):
            pair = self._pair(first.mistakes + second.mistakes)
            if pair is not None and self._explains(pair, ordered):
                return pair.match()
        return None

    def _pairs_by_likelihood(
        self, candidates: list[Suspect], calls: list[ProbeCall], run: Run
    ) -> list[tuple[Suspect, Suspect]]:
        """Returns the pairs to try: by turns the next plausible one, and the next one whose changes of the results add
        up to the learner's, since a mistake that has no effect alone can have one beside another."""
        if len(candidates) < 2:
            return []
        undecided, rest = self._plausible_pairs(candidates, calls, run), self._unexplained(candidates, calls, run)
        orders = (
            sorted(undecided, key=lambda pair: (undecided[pair], rest[pair])),
            sorted(rest, key=rest.__getitem__),
        )
        by_turns = itertools.chain.from_iterable(itertools.zip_longest(*orders))
        pairs = ((candidates[pair[0]], candidates[pair[1]]) for pair in dict.fromkeys(by_turns) if pair is not None)
        different = (pair for pair in pairs if pair[0].mistakes[0].id != pair[1].mistakes[0].id)
        return list(itertools.islice(different, MAX_PAIRS))

    def _plausible_pairs(
        self, candidates: list[Suspect], calls: list[ProbeCall], run: Run
    ) -> dict[tuple[int, int], int]:
        """Returns the pairs in which one mistake alone gives the learner's outcome wherever the other has no effect,
        each with the number of parts for which this decides nothing."""
        effects = [[effect for call in calls for effect in self._effects(suspect, call, run)] for suspect in candidates]
        undecided: dict[tuple[int, int], int] = {}
        for first, second in itertools.combinations(range(len(candidates)), 2):
            number = 0
            for pair in zip(effects[first], effects[second], strict=True):
                if {*pair} in IMPOSSIBLE:
                    break
                number += pair == ("different", "different")
            else:
                undecided[first, second] = number
        return undecided

    def _unexplained(self, candidates: list[Suspect], calls: list[ProbeCall], run: Run) -> dict[tuple[int, int], float]:
        """Returns how much of the learner's change of the results the sum of two mistakes' changes leaves, by pair:
        the squared norm of the rest as a fraction, summed over the calls; 1 for a call in which one has no numbers."""
        total = torch.zeros(len(candidates), len(candidates))
        for call in calls:
            expected = run.reference(call.probe, **call.arguments)
            learners = _change(call.outcome, expected)
            changes = [_change(self.outcome(suspect, call), expected) for suspect in candidates]
            if learners is None or not learners.any():
                continue
            known = torch.tensor([change is not None for change in changes])
            matrix = torch.stack([torch.zeros_like(learners) if change is None else change for change in changes])
            rests = learners - matrix  # of each mistake alone; a pair leaves learners - first - second
            squares = rests.square().sum(1)[:, None] + matrix.square().sum(1) - 2 * rests @ matrix.T
            fraction = (squares / learners.square().sum()).clamp(max=1e6)
            total += torch.where(known[:, None] & known, fraction, 1.0)
        pairs = itertools.combinations(range(len(candidates)), 2)
        return {(first, second): float(total[first, second]) for first, second in pairs}

    def _effects(self, suspect: Suspect, call: ProbeCall, run: Run) -> list[Effect]:
        """Returns what a mistake alone does to each part of a call's data, or to the outcome as a whole."""
        outcome, expected = self.outcome(suspect, call), run.reference(call.probe, **call.arguments)
        right, structure = tree_flatten(expected)
        comparable = call.outcome[0] == "data" and tree_flatten(call.outcome[1])[1] == structure
        number = len(right) if comparable and len(right) <= MAX_PARTS else 1
        if self._is_correct(suspect, call, run):
            return ["none"] * number
        if outcomes_equal(call.outcome, outcome):
            return ["learner's"] * number
        if number == 1 or outcome[0] != "data" or tree_flatten(outcome[1])[1] != structure:
            return ["different"] * number
        parts = zip(tree_flatten(outcome[1])[0], right, tree_flatten(call.outcome[1])[0], strict=True)
        return [_effect(*part) for part in parts]

    def _pair(self, mistakes: tuple[Mistake, ...]) -> Suspect | None:
        key = tuple(text for mistake in mistakes for text in (mistake.id, mistake.says))
        if key not in self._pairs:
            self._pairs[key] = _suspect(self.exercise, mistakes)
        return self._pairs[key]

    def _is_correct(self, suspect: Suspect, call: ProbeCall, run: Run) -> bool:
        outcome = self.outcome(suspect, call)
        if outcome[0] != "data" or outcome[2]:
            return False
        return compare.difference(outcome[1], run.reference(call.probe, **call.arguments)) is None


def _effect(part: Any, right: Any, learners: Any) -> Effect:
    """Returns what a mistake does to a part of a call's data, compared with the right one and the learner's."""
    is_right = compare.difference(part, right) is None
    if compare.difference(learners, right) is None:
        return "kept" if is_right else "broken"
    return "none" if is_right else "learner's" if compare.difference(part, learners) is None else "different"


def _change(outcome: tuple[Any, ...], expected: Any) -> torch.Tensor | None:
    """Returns the first numbers of a call's data minus the expected ones, (n,), or None where the shapes differ."""
    if outcome[0] != "data":
        return None
    (parts, structure), (right, expected_structure) = tree_flatten(outcome[1]), tree_flatten(expected)
    tensors, expected_tensors = _numbers(parts), _numbers(right)
    shapes = [x.shape for x in tensors]
    if structure != expected_structure or not shapes or shapes != [x.shape for x in expected_tensors]:
        return None
    change = torch.cat([(a - b).flatten() for a, b in zip(tensors, expected_tensors, strict=True)])
    return change[:MAX_NUMBERS].float().nan_to_num(0.0, 1e6, -1e6)


def _numbers(parts: Sequence[Any]) -> list[torch.Tensor]:
    """Returns the tensors and floats among the parts of a call's data, in float64."""
    tensors = [torch.as_tensor(part) for part in parts if isinstance(part, torch.Tensor | float)]
    return [x.detach().double() for x in tensors if x.device.type == "cpu" and not x.is_complex()]


def outcomes_equal(first: tuple[Any, ...], second: tuple[Any, ...]) -> bool:
    """Whether two outcomes are equal: data and side effects, or the type and the message of an exception."""
    if first[0] != second[0]:
        return False
    if first[0] == "data":
        same_effects = first[2].keys() == second[2].keys() and first[2].get(GLOBAL) == second[2].get(GLOBAL)
        return same_effects and compare.difference(first[1], second[1]) is None
    return first[1] == second[1] and _unqualified(first[2]) == _unqualified(second[2])


def _unqualified(text: str) -> str:
    """Returns an exception's message without the modules of classes, which differ for the learner's file."""
    return re.sub(r"\b(?:\w+\.)+(?=[A-Z])", "", text)


def differs(call: ProbeCall, run: Run) -> bool:
    """Whether the learner's answer to a call differs from the reference's."""
    try:
        expected = run.reference(call.probe, **call.arguments)
    except (RuntimeError, AssertionError):  # the reference has no answer
        return False
    if call.outcome[0] != "data" or call.outcome[2]:
        return True
    return compare.difference(call.outcome[1], expected) is not None


def _suspect(exercise: Exercise, mistakes: tuple[Mistake, ...]) -> Suspect | None:
    """Returns the reference with these mistakes made, in the order in which their edits fit; None where they do not fit
    together."""
    name = "_".join(mistake.id.replace("-", "_") for mistake in mistakes)
    for ordered in itertools.islice((mistakes, mistakes[::-1]), len(mistakes)):
        try:
            source = reference_source.edited(exercise, *ordered)
            module = reference_source.module(source, f"mistake_{name}", "<mistake>")
        except Exception:  # `verify` reports a single mistake; the edits of two may leave what is not Python
            continue
        return Suspect(mistakes, side_effects.SideEffectRecorder(module, exercise.symbols, exercise.changes).impl)
    return None
