"""A solution that passes, asked with inputs that chance thinks of: what people may ask of it in "break it"."""

from __future__ import annotations

import random

import msgspec

from exercises import inputs
from grader.judge.counterexamples import Found, Invalid, found
from grader.judge.exercise_grader import ExerciseGrader
from grader.judge.learner_process import LearnerProcess, Stopped
from grader.verdict import BY_CHANCE, Check, Verdict


def held(examiner: ExerciseGrader, learner: LearnerProcess, verdict: Verdict, tries: int) -> Verdict:
    """The verdict as it is where the process that was examined answers so many inputs of each probe as the reference
    does, or with a failed check, BY_CHANCE with the probe's name, of the first that it does not."""
    for name, asked in inputs.probes(examiner.exercise).items():
        chance, probe = random.Random(0), getattr(examiner.probes, name)
        refused = []
        for _ in range(tries):
            case = asked.random_arguments(chance)
            try:
                expected = examiner.right.answer(name, probe, case)
                how = found(probe, learner.ask(name, case), expected, {}, examiner.expected)
            except Invalid as error:
                refused.append(str(error))
                continue
            except Stopped as stopped:
                how = Found(str(stopped), "", "")
            if how is not None:
                return _broken(verdict, name, f"{name}, asked with {case}: {how.says}")
        if len(refused) == tries:
            return _broken(verdict, name, f"{name}: {refused[0]}")
    return verdict


def _broken(verdict: Verdict, probe: str, says: str) -> Verdict:
    check = Check(BY_CHANCE + probe, "failed", says, 0.0, "It holds for inputs by chance")
    return msgspec.structs.replace(verdict, outcome="failed", checks=[*verdict.checks, check], message=says)
