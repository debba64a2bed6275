"""Break it, in a room: inputs for each other's submissions, the hub's answers, and the table of who broke what."""

from typing import Any

import pytest
from rooms_kit import ANNA, BEN, CLEO, GUEST, ORGA, Table

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
from grader.source import reference_source

SOFTMAX = "stable-softmax"


@pytest.fixture
def table() -> Table:
    return Table()


def answer(table: Table, attempt: str, outcome: Any, **more: Any) -> None:
    table.do(HUB, RecordAttempt(AttemptFinished(attempt, outcome, **more)))


def broken(table: Table, by: Any, submission: str, outcome: str = "broke", **arguments: Any) -> None:
    (fact,) = table.do(by, TryInput(submission, "output", arguments))
    answer(table, fact.attempt, outcome)


def refused(table: Table, by: Any, command: Any) -> str:
    with pytest.raises(Refusal) as caught:
        table.do(by, command)
    return caught.value.code


def test_an_input_becomes_a_job_with_all_its_arguments(table: Table) -> None:
    submission = table.hand_in(ANNA, SOFTMAX, b"x")
    (fact,) = table.do(BEN, TryInput(submission, "output", {"rows": 2}))
    assert fact.arguments == {"rows": 2, **{k: v for k, v in fact.arguments.items() if k != "rows"}}
    assert table.hub.jobs() == [Job("break", "r", fact.attempt)] == [fact.job("r")]
    answer(table, fact.attempt, "broke", says="The\nresult \x1b[31mis", smallest={"rows": 1}, theirs="x" * 999, tried=4)
    one = table.client[Attempts].all[fact.attempt]
    assert (one.outcome, one.says, one.smallest, one.tried) == ("broke", "The result is", {"rows": 1}, 4)
    assert len(one.theirs) == 200
    assert table.hub.jobs() == []
    answer(table, fact.attempt, "survived")  # once more: nothing changes
    assert one.outcome == "broke"


def test_the_same_input_is_answered_from_memory(table: Table) -> None:
    submission = table.hand_in(ANNA, SOFTMAX, b"x")
    (fact,) = table.do(BEN, TryInput(submission, "output", {"rows": 2}))
    answer(table, fact.attempt, "survived")
    assert table.do(CLEO, TryInput(submission, "output", {"rows": 2, "columns": fact.arguments["columns"]})) == []
    known = table.hub[Attempts].find_same(submission, "output", fact.arguments)
    assert known is not None and known.outcome == "survived"
    assert table.do(CLEO, TryInput(submission, "output", {"rows": 3}))


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
def test_what_is_no_input_is_refused(table: Table, command: Any) -> None:
    assert refused(table, BEN, command(table.hand_in(ANNA, SOFTMAX, b"x"))) == "input"
    assert not table.hub[Attempts].all


def test_only_what_has_a_verdict_is_broken_and_not_by_guests(table: Table) -> None:
    waiting = table.hand_in(ANNA, SOFTMAX, b"x", None)
    assert refused(table, BEN, TryInput(waiting, "output")) == "wait"
    assert refused(table, BEN, TryInput("other", "output")) == "unknown"
    judged = table.hand_in(BEN, SOFTMAX, b"x", "failed")
    assert refused(table, GUEST, TryInput(judged, "output")) == "not allowed"
    assert refused(table, ORGA, RecordAttempt(AttemptFinished("x", "broke"))) == "not allowed"
    assert refused(table, HUB, TryInput(judged, "output")) == "not allowed"


def test_few_inputs_of_one_person_wait(table: Table) -> None:
    submission = table.hand_in(ANNA, SOFTMAX, b"x")
    facts = [table.do(BEN, TryRandomInputs(submission, "output"))[0] for _ in range(MAX_PENDING)]
    assert refused(table, BEN, TryInput(submission, "output")) == "wait"
    assert table.do(CLEO, TryInput(submission, "output"))
    answer(table, facts[0].attempt, "invalid")
    assert table.do(BEN, TryInput(submission, "along"))


def test_the_table_counts_what_others_broke(table: Table) -> None:
    of_anna = table.hand_in(ANNA, SOFTMAX, b"x")
    of_ben = table.hand_in(BEN, SOFTMAX, b"y")
    broken(table, BEN, of_anna, rows=1)
    broken(table, BEN, of_anna, rows=2)  # the same submission once more
    broken(table, BEN, of_ben, rows=2)  # his own: practice
    broken(table, CLEO, of_ben, "survived", rows=1)
    broken(table, CLEO, of_ben, "invalid", rows=3)
    rows = {row.member: row for row in table.client[Attempts].scores(table.client[Submissions].all)}
    assert [(rows["ben"].broke, rows["ben"].survived, rows["ben"].stood, rows["ben"].fell)] == [(1, 0, 1, 0)]
    assert (rows["anna"].fell, rows["anna"].stood) == (1, 0)
    assert (rows["cleo"].broke, rows["cleo"].survived) == (0, 1)
    assert next(iter(rows)) == "ben"
    assert table.hub[Attempts].survival(of_ben) == (1, 1)
    assert table.hub[Attempts].survival(of_anna) == (0, 2)


def test_an_input_is_shown_without_harm() -> None:
    assert format_call("output", {"text": "a\x1b[31m\u202e", "n": 2}) == "output(text='a\\x1b[31m\\u202e', n=2)"


async def read_nothing(key: str) -> None:
    return None


def test_the_hub_runs_it_in_its_sandbox(table: Table, service: Any, course: Any) -> None:
    exercise = next(one for one in course.exercises if one.id == SOFTMAX)
    mistake = next(one for one in exercise.mistakes if one.id == "neither-keepdim")
    wrong = reference_source.as_solution(exercise, reference_source.edited(exercise, mistake)).encode()
    right = reference_source.as_solution(exercise).encode()

    async def read(key: str) -> bytes:
        return table.blobs[key]

    for source, outcome in ((wrong, "broke"), (right, "survived")):
        submission = table.hand_in(ANNA, SOFTMAX, source, "failed")
        table.do(BEN, TryInput(submission, "output", {"rows": 4, "columns": 4}))
        table.do(BEN, TryRandomInputs(submission, "output", 10))
        for job in table.hub.jobs():
            table.do(HUB, service.run(grading_jobs.perform(job, table.hub, read, service.grader)))
        assert [one.outcome for one in table.client[Attempts].on(submission)] == [outcome] * 2
    assert next(iter(table.client[Attempts].all.values())).smallest == {"rows": 2, "columns": 1}
    table.do(BEN, TryInput(submission, "along"))
    (job,) = table.hub.jobs()
    table.do(HUB, service.run(grading_jobs.perform(job, table.hub, read_nothing, service.grader)))
    assert table.hub[Attempts].all[job.id].outcome == "invalid"
