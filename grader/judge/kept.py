"""Names what is kept between calls where wrong results are right once the solution is loaded anew."""

from __future__ import annotations

from typing import Any

from exercises.kit import compare
from exercises.kit.probes import summarized
from grader.judge.learner_process import LearnerProcess, Stopped
from grader.judge.mistakes import SLOW_CALL, differs
from grader.judge.run import ProbeCall, Run
from grader.verdict import RULE, MatchedMistake

MAX_CALLS = 3  # of the solution loaded anew
SAYS = (
    "Your code keeps something between calls, such as a global variable or a default argument that it changes: a "
    "result that is wrong after other calls is right after your file is loaded anew. It should compute each result "
    "from the arguments alone."
)


def match(run: Run, learner: LearnerProcess, probes: dict[str, Any]) -> MatchedMistake | None:
    """Returns the rule that nothing is kept between calls, where a wrong result is right in a first call."""
    wrong = [call for call in run.calls.values() if call.outcome[0] == "data" and differs(call, run)]
    quick = [
        call for call in wrong if call.seconds < SLOW_CALL and not getattr(probes[call.probe], "stochastic", False)
    ]
    quick.sort(key=lambda call: call.seconds)  # a probe that calls the solution once comes before those that repeat it
    try:
        is_kept = any(_is_right_afresh(call, run, learner, probes) for call in quick[:MAX_CALLS])
    except Stopped:
        return None
    return MatchedMistake(RULE + "kept-between-calls", SAYS) if is_kept else None


def _is_right_afresh(call: ProbeCall, run: Run, learner: LearnerProcess, probes: dict[str, Any]) -> bool:
    learner.send(call.probe, call.arguments, afresh=True)
    reply = learner.receive()
    if "result" not in reply or reply["side_effects"]:
        return False
    try:
        data = summarized(probes[call.probe], reply["result"])
    except Stopped:
        raise
    except Exception:  # data of the wrong type or shape
        return False
    return compare.difference(data, run.reference(call.probe, **call.arguments)) is None
