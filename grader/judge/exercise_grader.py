"""Grades solutions of one exercise: holds its reference, probes, collected tests and known mistakes.

A judge's process creates it once, for one solution or many. The answers of the reference and of the mistakes do not
depend on the solution, so they are computed ahead where time allows, and kept.
"""

from __future__ import annotations

import time
import types
from collections.abc import Callable, Iterator
from typing import Any

import msgspec

import fromscratch
from exercises.checks import probes_source
from exercises.exercise import Exercise
from exercises.inputs import Probe
from exercises.kit import common_probes
from exercises.location import reference_folder
from grader import messages
from grader.child import gpt2_vocabulary, solution
from grader.judge import batch_size, declared_checks, divergence, kept, mistakes, precision, rules
from grader.judge.counterexamples import ReferenceAnswers
from grader.judge.edit_search import EditSearch
from grader.judge.learner_process import LearnerProcess, ProbeResponder, Stopped
from grader.judge.pytest_collection import CollectedTests
from grader.judge.run import ProbeCall, ReferenceResult, Run, call_probe, roundtrip
from grader.judge.test_run import ALLOWED_CALLS, PytestPlugin, TestRun
from grader.source import forbidden_calls, reference_source, static_guard
from grader.source.text import line_of, text_of
from grader.verdict import MEASURED, Check, Depth, MatchedMistake, Stage, Verdict

Emit = Callable[[dict[str, Any]], None]
SLOW_CALL = 0.03  # seconds of the reference; tracing takes ten times as long, so quicker calls are preferred
MAX_TRACED_CALLS = 4
SEARCH_SECONDS = 5.0  # beyond the learner's limit, on a busy machine; less than grade.EXTRA_SECONDS


def load_reference(exercise: Exercise, source: str) -> tuple[types.ModuleType, types.ModuleType]:
    """Returns the reference and the probes as modules of this process."""
    fromscratch.use_reference(reference_folder().parent)
    gpt2_vocabulary.offer()  # the reference asks tiktoken for "gpt2", as learners' code does
    reference, probes = reference_source.module(source), types.ModuleType("probes")
    exec(compile(probes_source(exercise), str(exercise.probes_path), "exec"), probes.__dict__)
    common_probes.add_common_probes(vars(probes))
    return reference, probes


class ExerciseGrader:
    """Loads the exercise's answers, so no learner's process can be forked from this one afterwards."""

    def __init__(self, exercise: Exercise) -> None:
        self.exercise = exercise
        self.source = reference_source.text(exercise)
        self.reference, self.probes = load_reference(exercise, self.source)
        self.signatures = solution.signatures(self.reference, list(exercise.symbols))
        self.declared: dict[str, Probe] = {}
        self.reference_results: dict[str, ReferenceResult] = {}
        self.reference_answers = ReferenceAnswers(self.reference)
        self.reference_steps: dict[str, list[divergence.Step]] = {}
        self.mistakes = mistakes.MistakeMatcher(exercise, vars(self.probes))
        self.edits = EditSearch(exercise, self.source, self.reference, vars(self.probes))
        self.plugin = PytestPlugin()
        self.tests = CollectedTests(exercise.tests_path, self.plugin, *declared_checks.of(exercise))

    def precompute(self) -> Iterator[None]:
        """Computes the reference's answers to all probe calls of the tests, then each mistake's, one per step."""
        responder = ReferenceResponder(self)
        run = self.new_run(responder)
        test_run = TestRun(run, responder, lambda event: None, lambda: None, self.source, self.exercise.symbols)
        test_run.run(self.plugin, self.tests)
        yield
        calls = list(run.calls.values())
        yield from self.mistakes.precompute(calls[:1])
        for call in calls[:MAX_TRACED_CALLS]:
            if call.seconds < SLOW_CALL:
                self._steps(call)
                yield
        yield from self.mistakes.precompute(calls[1:])

    def grade(
        self, source: bytes, learner: LearnerProcess, emit: Emit, depth: Depth = "explained", expected: str = ""
    ) -> Verdict:
        """Returns the verdict on a solution that `learner` has begun to load, and emits each check as it ends.
        `expected` is the id of the mistake in it, where it is known."""
        run = self.new_run(learner)
        run.searches_end = time.monotonic() + self.exercise.time_limit + SEARCH_SECONDS
        run.shrinks = depth == "explained"
        learner.on_progress = lambda step, of, loss: emit({"progress": [step, of, loss]})
        text = text_of(source)
        test_run = TestRun(run, learner, emit, lambda: self._forbidden(text), text, self.exercise.symbols)
        if depth == "failed":
            test_run.is_enough = lambda: True
        elif depth == "named":
            test_run.is_enough = lambda: self.mistakes.is_match(run, expected)
        if not self.plugin.fault:
            test_run.run(self.plugin, self.tests)
        if fault := self.plugin.fault or test_run.fault:
            raise RuntimeError(f"{self.exercise.tests_path}: {fault}")
        if not test_run.checks:
            raise RuntimeError(f"{self.exercise.folder} contains no check")
        failed = [check for check in test_run.checks if check.outcome == "failed"]
        passed = all(check.outcome == "passed" for check in test_run.checks)
        outcome = "passed" if passed else test_run.outcome
        verdict = Verdict(self.exercise.id, outcome, test_run.checks, notes=test_run.notes if passed else [])
        return self._diagnosed(verdict, test_run, run, learner, depth) if failed else verdict

    def new_run(self, responder: ProbeResponder) -> Run:
        run = Run(responder, self.exercise, vars(self.probes), self.reference, self.reference_results)
        run.expected_signatures = self.signatures
        run.declared = self.declared
        return run

    def _diagnosed(
        self, verdict: Verdict, test_run: TestRun, run: Run, learner: LearnerProcess, depth: Depth
    ) -> Verdict:
        stages: list[tuple[str, bool]] = []
        first_divergence: str | None = None
        match = None
        rule, causes = self._broken_rule(test_run, run, depth)
        if learner.stopped is None and test_run.can_be_diagnosed and depth != "failed":
            match = self.mistakes.match(run, with_pairs=False)
            if match is None and depth == "explained":
                if rule is None or rule.is_error:  # an error says less than where it comes from
                    match = kept.match(run, learner, vars(self.probes))
                    rule = match or batch_size.only_for_one(run, learner, vars(self.probes)) or rule
                if match is None and not rules.ends_search(rule, test_run.failures, causes):
                    match = self.mistakes.match(run, has_rule=rule is not None)
            if depth == "explained":
                names = [failure.check for failure in test_run.failures]
                stages, first_divergence = self._find_divergence(run, names, learner)
                if match is None and (rule is None or rule.is_error):
                    match = precision.match(run) or self.edits.match(run, first_divergence)
        match = match or rule
        checks = test_run.with_waiting(is_explained=match is not None and match.explains_all)
        red = next(check for check in checks if check.outcome == "failed")
        line, line_text = test_run.location(red.name)
        # these confuse the messages of other checks, so they come first
        side_effects = run.side_effects("inputs", "global_state")
        return msgspec.structs.replace(
            verdict,
            checks=checks,
            message=_headline(side_effects[0][1] if side_effects else red.message, match),
            mistake=match,
            missing_stage=first_divergence,
            stages=[Stage(name, present) for name, present in stages],
            line=line,
            line_text=line_text,
        )

    def _broken_rule(self, test_run: TestRun, run: Run, depth: Depth) -> tuple[MatchedMistake | None, list[Check]]:
        """Returns the general rule that a solution breaks, or None, and the checks that are about a cause."""
        first = test_run.checks[0]
        if depth != "failed" and first.name == ALLOWED_CALLS and first.outcome == "failed":
            return MatchedMistake(f"{MEASURED}not-allowed", first.message), [first]
        if depth == "failed" or test_run.is_unwritten or test_run.tests_skipped:
            return None, []
        side_effects = [(kind, says) for call in run.calls.values() for kind, says in call.side_effects.items()]
        causes = [check for check in test_run.with_waiting(is_explained=False) if check.outcome == "failed"]
        return rules.broken_rule(test_run.failures, causes, rules.first_of_each(side_effects)), causes

    def _forbidden(self, text: str) -> tuple[str, int, str] | None:
        """Returns (message, line, its text) for code that does not count as a solution."""
        exercise = self.exercise
        for message, hit in (
            (messages.REACHES_GRADER, static_guard.first_hit(text)),
            (messages.FORBIDDEN_CALL, forbidden_calls.first_hit(text, exercise.forbids, exercise.symbols)),
        ):
            if hit:
                name, line = hit
                return message.format(line=line, name=name), line, line_of(text, line)
        return None

    def _find_divergence(self, run: Run, failed: list[str], learner: LearnerProcess) -> divergence.Comparison:
        """Compares the steps of the first probe call in which the learner's code diverges from the reference."""
        best: divergence.Comparison = ([], None)
        for call in _calls_to_trace(run, failed):
            if getattr(getattr(self.probes, call.probe), "stochastic", False):
                continue
            learner.send(call.probe, call.arguments, trace=True)  # runs while the reference does
            steps = self._steps(call)
            try:
                reply = learner.receive()
            except Stopped:
                return best
            if not steps:
                continue
            stages, first = divergence.compare(steps, reply.get("made", []), set(reply.get("seen", [])))
            if not reply.get("complete", True):  # a step that was not reached is not wrong
                return [(name, is_present) for name, is_present in stages if is_present], None
            if first:
                return stages, first
            best = best if best[0] else (stages, None)
        return best

    def _steps(self, call: ProbeCall) -> list[divergence.Step]:
        """Returns the reference's steps in a call."""
        if call.key not in self.reference_steps:
            spans = reference_source.spans(self.source, self.exercise.symbols)
            tracer = divergence.Tracer(reference_source.FILENAME, self.source, spans)
            tracer.run(lambda: call_probe(getattr(self.probes, call.probe), self.reference, call.arguments))
            self.reference_steps[call.key] = tracer.steps
        return self.reference_steps[call.key]


class ReferenceResponder:
    """Answers probe calls with the reference instead of a learner's process."""

    stopped = None
    is_reference = True

    def __init__(self, grader: ExerciseGrader) -> None:
        self.grader = grader
        self.call: tuple[str, dict[str, Any]] | None = None

    def send(self, probe: str, arguments: dict[str, Any]) -> None:
        self.call = (probe, arguments)

    def receive(self) -> dict[str, Any]:
        if self.call is None:
            return {"loaded": self.grader.signatures}
        probe, arguments = self.call
        data = self.grader.new_run(self).reference(probe, **arguments)
        return {"summary": roundtrip(data)}  # a copy, since a test can change its data


def _headline(message: str, match: MatchedMistake | None) -> str:
    if match is None:
        return message
    return match.says if match.is_rule or match.is_error else f"{match.says} ({match.evidence})"


def _calls_to_trace(run: Run, failed: list[str]) -> list[ProbeCall]:
    calls = [call for call in run.calls.values() if any(test in call.tests for test in failed)]
    quick = [call for call in calls if call.seconds < SLOW_CALL] or calls
    return [call for call in quick if mistakes.differs(call, run)][:MAX_TRACED_CALLS] or quick[:2]
