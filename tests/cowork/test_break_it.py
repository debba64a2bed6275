"""Break it: inputs for other members' submissions, their results, and the scores."""

from typing import Any

import pytest

from cowork.hub import grading_jobs
from cowork.permissions import HUB
from cowork.refusal import Refusal
from cowork.rooms.base import Job
from cowork.rooms.break_it import (
    MAX_PENDING,
    MAX_RANDOM_INPUTS,
    AttemptFinished,
    Attempts,
    RecordAttempt,
    TryInput,
    TryRandomInputs,
    format_call,
)
from cowork.rooms.submissions import Submissions
from tests.support.rooms import ANNA, BEN, CLEO, GUEST, ORGA, RoomPair
from tests.support.solutions import correct, mistaken

SOFTMAX = "stable-softmax"


@pytest.fixture
def pair() -> RoomPair:
    return RoomPair()


def answer(pair: RoomPair, attempt: str, outcome: Any, **more: Any) -> None:
    pair.do(HUB, RecordAttempt(AttemptFinished(attempt, outcome, **more)))


def broken(pair: RoomPair, by: Any, submission: str, outcome: str = "broke", **arguments: Any) -> None:
    (fact,) = pair.do(by, TryInput(submission, "output", arguments))
    answer(pair, fact.attempt, outcome)


def refused(pair: RoomPair, by: Any, command: Any) -> str:
    with pytest.raises(Refusal) as caught:
        pair.do(by, command)
    return caught.value.code


def test_an_input_becomes_a_job_with_all_its_arguments(pair: RoomPair) -> None:
    submission = pair.hand_in(ANNA, SOFTMAX, b"x")
    (fact,) = pair.do(BEN, TryInput(submission, "output", {"rows": 2}))
    assert fact.arguments == {"rows": 2, **{k: v for k, v in fact.arguments.items() if k != "rows"}}
    assert pair.hub.jobs() == [Job("break", "r", fact.attempt)] == [fact.job("r")]
    answer(pair, fact.attempt, "broke", says="The\nresult \x1b[31mis", smallest={"rows": 1}, theirs="x" * 999, tried=4)
    attempt = pair.client[Attempts].all[fact.attempt]
    assert (attempt.outcome, attempt.says, attempt.smallest, attempt.tried) == (
        "broke",
        "The result is",
        {"rows": 1},
        4,
    )
    assert len(attempt.theirs) == 200
    assert pair.hub.jobs() == []
    answer(pair, fact.attempt, "survived")  # a second result is ignored
    assert attempt.outcome == "broke"


def test_a_repeated_input_is_not_run_again(pair: RoomPair) -> None:
    submission = pair.hand_in(ANNA, SOFTMAX, b"x")
    (fact,) = pair.do(BEN, TryInput(submission, "output", {"rows": 2}))
    answer(pair, fact.attempt, "survived")
    assert pair.do(CLEO, TryInput(submission, "output", {"rows": 2, "columns": fact.arguments["columns"]})) == []
    known = pair.hub[Attempts].find_same(submission, "output", fact.arguments)
    assert known is not None and known.outcome == "survived"
    assert pair.do(CLEO, TryInput(submission, "output", {"rows": 3}))


@pytest.mark.parametrize(
    "command",
    [
        lambda id: TryInput(id, "nothing", {}),
        lambda id: TryInput(id, "output", {"rows": 0}),
        lambda id: TryInput(id, "output", {"rows": "2"}),
        lambda id: TryInput(id, "output", {"impl": 2}),
        lambda id: TryInput(id, "output", {"rows": [2]}),
        lambda id: TryRandomInputs(id, "nothing"),
        lambda id: TryRandomInputs(id, "output", 0),
        lambda id: TryRandomInputs(id, "output", MAX_RANDOM_INPUTS + 1),
    ],
)
def test_invalid_inputs_are_refused(pair: RoomPair, command: Any) -> None:
    assert refused(pair, BEN, command(pair.hand_in(ANNA, SOFTMAX, b"x"))) == "input"
    assert not pair.hub[Attempts].all


def test_attempts_require_a_verdict_and_are_not_for_guests(pair: RoomPair) -> None:
    waiting = pair.hand_in(ANNA, SOFTMAX, b"x", None)
    assert refused(pair, BEN, TryInput(waiting, "output")) == "wait"
    assert refused(pair, BEN, TryInput("other", "output")) == "unknown"
    judged = pair.hand_in(BEN, SOFTMAX, b"x", "failed")
    assert refused(pair, GUEST, TryInput(judged, "output")) == "not allowed"
    assert refused(pair, ORGA, RecordAttempt(AttemptFinished("x", "broke"))) == "not allowed"
    assert refused(pair, HUB, TryInput(judged, "output")) == "not allowed"


def test_pending_attempts_of_one_member_are_limited(pair: RoomPair) -> None:
    submission = pair.hand_in(ANNA, SOFTMAX, b"x")
    facts = [pair.do(BEN, TryRandomInputs(submission, "output"))[0] for _ in range(MAX_PENDING)]
    assert refused(pair, BEN, TryInput(submission, "output")) == "wait"
    assert pair.do(CLEO, TryInput(submission, "output"))
    answer(pair, facts[0].attempt, "invalid")
    assert pair.do(BEN, TryInput(submission, "along"))


def test_only_attempts_on_others_score(pair: RoomPair) -> None:
    of_anna = pair.hand_in(ANNA, SOFTMAX, b"x")
    of_ben = pair.hand_in(BEN, SOFTMAX, b"y")
    broken(pair, BEN, of_anna, rows=1)
    broken(pair, BEN, of_anna, rows=2)  # the same submission again
    broken(pair, BEN, of_ben, rows=2)  # his own: practice
    broken(pair, CLEO, of_ben, "survived", rows=1)
    broken(pair, CLEO, of_ben, "invalid", rows=3)
    rows = {row.member: row for row in pair.client[Attempts].scores(pair.client[Submissions].all)}
    assert [(rows["ben"].broke, rows["ben"].survived, rows["ben"].stood, rows["ben"].fell)] == [(1, 0, 1, 0)]
    assert (rows["anna"].fell, rows["anna"].stood) == (1, 0)
    assert (rows["cleo"].broke, rows["cleo"].survived) == (0, 1)
    assert next(iter(rows)) == "ben"
    assert pair.hub[Attempts].survival(of_ben) == (1, 1)
    assert pair.hub[Attempts].survival(of_anna) == (0, 2)


def test_calls_are_shown_without_control_characters() -> None:
    assert format_call("output", {"text": "a\x1b[31m\u202e", "n": 2}) == "output(text='a\\x1b[31m\\u202e', n=2)"


async def read_nothing(key: str) -> None:
    return None


def test_the_hub_runs_inputs_in_its_sandbox(pair: RoomPair, service: Any, course: Any) -> None:
    exercise = next(each for each in course.exercises if each.id == SOFTMAX)
    wrong, right = mistaken(exercise, "neither-keepdim").encode(), correct(exercise).encode()

    async def read(key: str) -> bytes:
        return pair.blobs[key]

    for source, outcome in ((wrong, "broke"), (right, "survived")):
        submission = pair.hand_in(ANNA, SOFTMAX, source, "failed")
        pair.do(BEN, TryInput(submission, "output", {"rows": 4, "columns": 4}))
        pair.do(BEN, TryRandomInputs(submission, "output", 10))
        for job in pair.hub.jobs():
            pair.do(HUB, service.run(grading_jobs.challenge(job.id, pair.hub, read, service.grader)))
        assert [attempt.outcome for attempt in pair.client[Attempts].on(submission)] == [outcome] * 2
    assert next(iter(pair.client[Attempts].all.values())).smallest == {"rows": 2, "columns": 1}
    pair.do(BEN, TryInput(submission, "along"))
    (job,) = pair.hub.jobs()
    pair.do(HUB, service.run(grading_jobs.challenge(job.id, pair.hub, read_nothing, service.grader)))
    assert pair.hub[Attempts].all[job.id].outcome == "invalid"
