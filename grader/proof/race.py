"""Races a solution against the reference: the same random work for both, side by side, several times.

Both are solutions in sandboxed processes of their own, forked before either source is read. In each round both get
the same new random seed, in a random order, and each runs while the other is suspended. The judge measures CPU time and
peak memory from outside (`process_clock`), and compares the results in every round.
"""

from __future__ import annotations

import base64
import random
import secrets
import time
from collections.abc import Callable
from typing import Any

import msgspec

from engine import reap
from engine.sandbox.namespaces import SandboxUnavailable
from exercises.exercise import Exercise
from grader import messages
from grader.child.tamper_guard import probes_of
from grader.exercise_context import ExerciseContext, context_for
from grader.judge import grade, watchdog
from grader.judge.counterexamples import find_counterexample
from grader.judge.learner_process import LearnerProcess, Stopped
from grader.proof.process_clock import ProcessGroup, is_supported
from grader.race_result import Figure, RaceResult, figure
from grader.source import reference_source

prepare = grade.prepare

# glibc returns blocks from this size on to the system when they are freed, so that peak memory is that of one call.
MALLOC = """
import ctypes as _ctypes
try:
    _ctypes.CDLL(None).mallopt(-3, 1 << 20)
except (AttributeError, OSError):
    pass
"""
PROBE = "race"
MIN_MEMORY = 4 * 2**20  # bytes; smaller peaks are not compared
SMALLEST = 1e-6  # seconds, so that no ratio divides by 0


def race(request: dict[str, Any], emit: Callable[[dict[str, Any]], None]) -> None:
    """Emits {"round": number} after each round, and one {"race": RaceResult}."""
    watchdog.limit_memory()
    exercise = grade.exercise_from(request["context"])
    try:
        result = _Race(exercise, request).run(lambda number: emit({"round": number}))
        emit({"race": msgspec.to_builtins(result)})
    except SandboxUnavailable as error:
        emit({"refused": str(error)})
    finally:
        for learner in grade.standby:
            learner.close()
        reap.kill_strays(set())


class Racer:
    """A solution in its process, which runs only during `turn`."""

    def __init__(self, context: ExerciseContext, source: bytes, seconds: float) -> None:
        self.learner = grade.standby.pop() if grade.standby else LearnerProcess(lambda: None)
        self.group = ProcessGroup(self.learner.child.pid)
        self.seconds: list[float] = []
        self.bytes: list[float] = []
        self.learner.begin(context, source, seconds)
        reply = self.learner.receive()
        if report := reply.get("broken"):
            raise Stopped("error", messages.exception(report, {}, {}))
        self.group.suspend()

    def turn(self, probe: str, arguments: dict[str, Any], is_counted: bool = True) -> dict[str, Any]:
        """Calls a function of race.py and returns the reply. Raises Stopped."""
        before = self.group.reset_peak()
        self.group.resume()
        started, wall = self.group.cpu_seconds(), time.perf_counter()
        reply = self.learner.call(probe, arguments)
        self.group.suspend()  # threads that go on after the reply count up to here
        spent = self.group.cpu_seconds() - started if is_supported() else time.perf_counter() - wall
        if is_counted:
            self.seconds.append(max(spent, SMALLEST))
            if before is not None:
                self.bytes.append(float(max(self.group.peak_bytes() - before, 0)))
        return reply

    def close(self) -> None:
        self.learner.close()


def racing_context(exercise: Exercise, request: dict[str, Any], text: str) -> ExerciseContext:
    """Returns the context of a racer, whose probes are the functions of race.py."""
    return context_for(exercise, request["context"]["parts"]) | {"probes": text + MALLOC}


class _Race:
    def __init__(self, exercise: Exercise, request: dict[str, Any]) -> None:
        self.exercise = exercise
        text = exercise.race_path.read_text(encoding="utf-8")
        self.task = exercise.race_task
        self.context = racing_context(exercise, request, text)
        self.work = getattr(probes_of(text), PROBE)
        self.source = base64.b64decode(request["source"])
        self.rounds: int = request["rounds"]
        self.seconds: float = request["seconds"]

    def run(self, on_round: Callable[[int], None]) -> RaceResult:
        """Returns the result; an entry that raises, runs too long or computes something else does not count."""
        racers: list[Racer] = []
        try:
            for source in (reference_source.as_solution(self.exercise).encode(), self.source):
                racers.append(Racer(self.context, source, self.seconds))
            reference, own = racers
            for number in range(self.rounds + 1):  # the first round loads libraries and is not counted
                if (problem := self._round(reference, own, number > 0)) is not None:
                    return self._result([], problem)
                on_round(number)
        except Stopped as stopped:
            return self._result([], messages.impersonal(str(stopped)))
        finally:
            for racer in racers:
                racer.close()
        return self._result(list(_figures(reference, own)))

    def _round(self, reference: Racer, own: Racer, is_counted: bool) -> str | None:
        """Gives both the same new work in a random order; returns how the results differ, if they do."""
        seed = secrets.randbelow(2**31)
        replies: dict[Racer, dict[str, Any]] = {}
        for racer in random.sample((reference, own), 2):
            with watchdog.time_limit(self.seconds, racer.learner):
                replies[racer] = racer.turn(PROBE, {"seed": seed}, is_counted)
        difference = find_counterexample(self.work, replies[own], replies[reference].get("result"), {}, {})
        return None if difference is None else difference.says

    def _result(self, figures: list[Figure], invalid: str = "") -> RaceResult:
        clock = "cpu" if is_supported() else "wall"
        return RaceResult(self.exercise.id, self.task, self.rounds, figures, invalid, clock)


def _figures(reference: Racer, own: Racer) -> list[Figure]:
    figures = [figure("time", own.seconds, reference.seconds)]
    measured = len(own.bytes) == len(reference.bytes) == len(own.seconds)
    if measured and max(min(own.bytes), min(reference.bytes)) >= MIN_MEMORY:
        # The allocator's own blocks make small peaks uncertain, so both get the same minimum.
        own_bytes, reference_bytes = ([max(size, MIN_MEMORY) for size in racer.bytes] for racer in (own, reference))
        figures.append(figure("memory", own_bytes, reference_bytes))
    return figures
