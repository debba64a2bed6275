"""Finds out whether a solution is right for a batch of one only: a rule that many checks see, and none measures."""

from __future__ import annotations

from collections.abc import Mapping

from grader.judge.counterexamples import find_counterexample
from grader.judge.learner_process import LearnerProcess, Stopped
from grader.judge.mistakes import differs
from grader.judge.run import ProbeFunction, Run
from grader.verdict import RULE, MatchedMistake

ID = f"{RULE}batch-size"
ARGUMENT = "batch"  # of probes: the number of sequences or examples
MAX_CALLS = 2


def only_for_one(run: Run, learner: LearnerProcess, probes: Mapping[str, ProbeFunction]) -> MatchedMistake | None:
    """Returns the broken rule if a probe that gives a wrong result for a batch gives the right one for a batch of one
    with otherwise equal arguments, else None."""
    tried = 0
    for call in list(run.calls.values()):
        declared = run.declared.get(call.probe)
        batch = next((each for each in declared.arguments if each.name == ARGUMENT), None) if declared else None
        if batch is None or not batch.accepts(1) or tried == MAX_CALLS:
            continue
        size = call.arguments.get(ARGUMENT, batch.default)
        if size == 1 or not differs(call, run):
            continue
        alone, tried = call.arguments | {ARGUMENT: 1}, tried + 1
        try:
            expected = run.reference(call.probe, **alone)
            reply = learner.call(call.probe, alone)
        except (Stopped, RuntimeError, AssertionError):  # it does not end, or the reference has no answer
            return None
        if find_counterexample(probes[call.probe], reply, expected, {}, {}) is None:
            return MatchedMistake(
                ID,
                f"Your code gives the right result for a batch of 1, but not for a batch of {size} with otherwise "
                "equal arguments; it should work for any batch size.",
            )
    return None
