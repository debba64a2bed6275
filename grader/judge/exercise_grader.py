"""What it takes to examine solutions of one exercise: its reference, probes, collected tests and known mistakes.

Made once in a judge's process, for one solution or for many. What the reference and the mistakes answer does not
depend on the solution, so it is worked out ahead where there is time, and kept.
"""

from __future__ import annotations

import types
from collections.abc import Callable, Iterator
from typing import Any

import msgspec

from exercises.course import Exercise, Mistake
from exercises.kit import common_probes
from grader import messages
from grader.child import gpt2_vocabulary, solution
from grader.judge import mistakes, stages
from grader.judge.counterexamples import Expected
from grader.judge.learner_process import LearnerProcess, ProbeResponder, Stopped
from grader.judge.pytest_collection import CollectedTests
from grader.judge.run import ProbeCall, ReferenceResult, Run, call_probe, roundtrip
from grader.judge.test_run import PytestPlugin, TestRun
from grader.source import forbidden_calls, reference_source, static_guard
from grader.source.text import line_of, text_of
from grader.verdict import MatchedMistake, Stage, Verdict

Emit = Callable[[dict[str, Any]], None]
SLOW = 0.03  # seconds that the reference takes for a call which is watched only if there is no other
Listed = tuple[list[tuple[str, bool]], str | None]


def answers(exercise: Exercise, text: str) -> tuple[types.ModuleType, types.ModuleType]:
    """(the reference, of this text; the probes) as modules of this process."""
    gpt2_vocabulary.offer()  # the reference asks for "gpt2" as the learner's code does
    reference, probes = reference_source.module(text), types.ModuleType("probes")
    exec(compile(exercise.probes_path.read_bytes(), str(exercise.probes_path), "exec"), probes.__dict__)
    common_probes.add_common_probes(vars(probes))
    return reference, probes


class ExerciseGrader:
    """Loads the exercise's answers: never in a process that a learner's is forked from afterwards."""

    def __init__(self, exercise: Exercise) -> None:
        self.exercise = exercise
        self.text = reference_source.text(exercise)
        self.reference, self.probes = answers(exercise, self.text)
        self.expected = solution.signatures(self.reference, list(exercise.symbols))
        self.known: dict[str, ReferenceResult] = {}
        self.right = Expected(self.reference)  # to inputs by chance
        self.traced: dict[str, list[stages.Step]] = {}
        self.suspects = mistakes.Suspects(exercise, vars(self.probes))
        self.bench = PytestPlugin()
        self.tests = CollectedTests(exercise.tests_path, self.bench)

    def work_ahead(self) -> Iterator[None]:
        """Asks the reference all that the tests ask, then each mistake, a little at a step."""
        itself = _Itself(self)
        run = self._run(itself)
        exam = TestRun(run, itself, lambda event: None, lambda: None, self.text, self.exercise.symbols)
        exam.hold(self.bench, self.tests)
        yield
        yield from self.suspects.work_ahead(list(run.calls.values()))

    def examine(self, source: bytes, learner: LearnerProcess, emit: Emit, steps: bool = True) -> Verdict:
        """The verdict on one solution, which `learner` has begun to load; `emit` hears of each check. `steps`:
        whether to look for the first that is missing."""
        run = self._run(learner)
        learner.hear = lambda step, of, loss: emit({"progress": [step, of, loss]})
        text = text_of(source)
        exam = TestRun(run, learner, emit, lambda: self._forbidden(text), text, self.exercise.symbols)
        if not self.bench.fault:
            exam.hold(self.bench, self.tests)
        if fault := self.bench.fault or exam.fault:
            raise RuntimeError(f"{self.exercise.tests_path}: {fault}")
        if not exam.checks:
            raise RuntimeError(f"{self.exercise.tests_path} holds no test")
        failed = [check for check in exam.checks if check.outcome == "failed"]
        passed = all(check.outcome == "passed" for check in exam.checks)
        verdict = Verdict(self.exercise.id, "passed" if passed else exam.outcome, exam.checks, notes=exam.notes)
        return self._diagnosed(verdict, exam, run, learner, steps) if failed else verdict

    def _run(self, learner: ProbeResponder) -> Run:
        run = Run(learner, self.exercise, vars(self.probes), self.reference, self.known)
        run.expected = self.expected
        return run

    def _diagnosed(self, verdict: Verdict, exam: TestRun, run: Run, learner: LearnerProcess, steps: bool) -> Verdict:
        failed = [check for check in exam.checks if check.outcome == "failed"]
        found: tuple[Mistake, bool] | None = None
        listed: list[tuple[str, bool]] = []
        missing: str | None = None
        line, code = exam.place(failed[0].name)
        if learner.stopped is None and not exam.unwritten and not exam.broken:
            names = [check.name for check in failed]
            found = self.suspects.named(run, names)
            listed, missing = self._stages(run, names, learner) if steps else ([], None)
        confusing = run.side_effects("inputs", "global_state")  # these confuse other checks
        return msgspec.structs.replace(
            verdict,
            message=_headline(confusing[0][1] if confusing else failed[0].message, found),
            mistake=MatchedMistake(found[0].id, found[0].says, found[1]) if found else None,
            missing_stage=missing,
            stages=[Stage(name, present) for name, present in listed],
            line=line,
            line_text=code,
        )

    def _forbidden(self, text: str) -> tuple[str, int, str] | None:
        """(the sentence, the line, its text) for code that does not count as a solution."""
        exercise = self.exercise
        for sentence, hit in (
            (messages.REACHES, static_guard.first_hit(text)),
            (messages.FORBIDDEN, forbidden_calls.first_hit(text, exercise.forbids, exercise.symbols)),
        ):
            if hit:
                name, line = hit
                return sentence.format(line=line, name=name), line, line_of(text, line)
        return None

    def _stages(
        self, run: Run, failed: list[str], learner: LearnerProcess
    ) -> tuple[list[tuple[str, bool]], str | None]:
        """The steps of the first telling probe call for which one is missing."""
        best: tuple[list[tuple[str, bool]], str | None] = ([], None)
        for call in _telling(run, failed):
            if getattr(getattr(self.probes, call.probe), "stochastic", False):
                continue
            learner.send(call.probe, call.arguments, trace=True)  # it works while the reference does
            steps = self._steps(call)
            try:
                reply = learner.receive()
            except Stopped:
                return best
            if not steps:
                continue
            listed, missing = stages.compare(steps, reply.get("made", []), set(reply.get("seen", [])))
            if missing:
                return listed, missing
            best = best if best[0] else (listed, None)
        return best

    def _steps(self, call: ProbeCall) -> list[stages.Step]:
        """The steps of the reference in a call."""
        if call.key not in self.traced:
            tracer = stages.Tracer(
                reference_source.FILENAME, self.text, reference_source.spans(self.text, self.exercise.symbols)
            )
            tracer.run(lambda: call_probe(getattr(self.probes, call.probe), self.reference, call.arguments))
            self.traced[call.key] = tracer.steps
        return self.traced[call.key]


class _Itself:
    """Stands where a learner's process would: the reference answers, so that what it says is known."""

    stopped = None
    rehearses = True

    def __init__(self, examiner: ExerciseGrader) -> None:
        self.examiner = examiner
        self.asked: tuple[str, dict[str, Any]] | None = None

    def send(self, probe: str, arguments: dict[str, Any]) -> None:
        self.asked = (probe, arguments)

    def receive(self) -> dict[str, Any]:
        if self.asked is None:
            return {"loaded": self.examiner.expected}
        probe, arguments = self.asked
        right = self.examiner._run(self).reference(probe, **arguments)
        return {"summary": roundtrip(right)}  # a copy: a test may change what it gets


def _headline(message: str, found: tuple[Mistake, bool] | None) -> str:
    if found is None:
        return message
    mistake, exact = found
    how = "Your result is exactly what that gives." if exact else "In one check your result is what that gives."
    return f"{mistake.says} ({how})"


def _telling(run: Run, failed: list[str]) -> list[ProbeCall]:
    calls = [call for call in run.calls.values() if any(test in call.tests for test in failed)]
    quick = [call for call in calls if call.seconds < SLOW] or calls  # watching takes ten times as long
    return [call for call in quick if mistakes.differs(call, run)][:4] or quick[:2]
