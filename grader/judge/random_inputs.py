"""Compares a solution that passes with the reference on random inputs, as "break it" does."""

from __future__ import annotations

import random

import msgspec

from exercises import inputs
from grader.judge.counterexamples import Counterexample, RefusedInput, find_counterexample
from grader.judge.exercise_grader import ExerciseGrader
from grader.judge.learner_process import LearnerProcess, Stopped
from grader.verdict import RANDOM_INPUTS, Check, Verdict


def check_random_inputs(grader: ExerciseGrader, learner: LearnerProcess, verdict: Verdict, count: int) -> Verdict:
    """Returns the verdict, with a failed check where the solution differs from the reference on one of `count`
    random inputs of a probe."""
    for name, probe in inputs.probes(grader.exercise).items():
        generator, function = random.Random(0), getattr(grader.probes, name)
        refusals = []
        for _ in range(count):
            case = probe.random_arguments(generator)
            try:
                expected = grader.reference_answers.answer(name, function, case)
                reply = learner.call(name, case)
                counterexample = find_counterexample(function, reply, expected, {}, grader.signatures)
            except RefusedInput as error:
                refusals.append(str(error))
                continue
            except Stopped as stopped:
                counterexample = Counterexample(str(stopped), "", "")
            if counterexample is not None:
                return _failed(verdict, name, f"{name}, called with {case}: {counterexample.says}")
        if len(refusals) == count:
            return _failed(verdict, name, f"{name}: {refusals[0]}")
    return verdict


def _failed(verdict: Verdict, probe: str, message: str) -> Verdict:
    check = Check(RANDOM_INPUTS + probe, "failed", message, 0.0, "It agrees with the reference on random inputs")
    return msgspec.structs.replace(verdict, outcome="failed", checks=[*verdict.checks, check], message=message)
