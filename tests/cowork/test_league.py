"""The league: the hub races what has passed, entries that fail do not count, and ties share a rank."""

from __future__ import annotations

from typing import Any

import pytest

from cowork.hub import grading_jobs
from cowork.permissions import HUB
from cowork.refusal import Refusal
from cowork.rooms.base import Job
from cowork.rooms.league import ChooseListing, League, Raced, RecordRace
from cowork.rooms.submissions import HandIn, RemoveSource
from grader.race_result import Ratio
from tests.support.grading import Service, ServiceGrader
from tests.support.rooms import ANNA, BEN, CLEO, GUEST, ORGA, RoomPair
from tests.support.solutions import correct

GQA = "gqa"


@pytest.fixture
def pair() -> RoomPair:
    return RoomPair()


def raced(pair: RoomPair, by: Any, median: float, spread: float = 0.02, source: bytes = b"x") -> str:
    """Hands in a submission whose race the hub records."""
    id = pair.hand_in(by, GQA, source)
    pair.do(HUB, RecordRace(Raced(id, Ratio(median, median - spread, median + spread), Ratio(0.5, 0.4, 0.6))))
    return id


def test_a_pass_becomes_a_race_where_the_exercise_has_one(pair: RoomPair) -> None:
    passed = pair.hand_in(ANNA, GQA, b"x")
    pair.hand_in(ANNA, "stable-softmax", b"x")
    pair.hand_in(BEN, GQA, b"y", outcome="failed")
    (private,) = pair.do(CLEO, HandIn(GQA, b"z", private=True))
    pair.hand_in(CLEO, "kv-cache", b"z", outcome=None)
    assert [job for job in pair.hub.jobs() if job.kind == "race"] == [Job("race", "r", passed)]
    assert grading_jobs.owner(Job("race", "r", passed), pair.hub) == ANNA.id
    pair.do(ANNA, RemoveSource(passed))
    assert [job for job in pair.hub.jobs() if job.kind == "race"] == [] and private.private


def test_only_the_hub_records_a_race_and_each_once(pair: RoomPair) -> None:
    id = pair.hand_in(ANNA, GQA, b"x")
    for member in (ANNA, ORGA):
        with pytest.raises(Refusal):
            pair.do(member, RecordRace(Raced(id, Ratio(0.1, 0.1, 0.1))))
    assert pair.do(HUB, RecordRace(Raced(id))) and not pair.do(HUB, RecordRace(Raced(id, Ratio(0.1, 0.1, 0.1))))
    assert pair.client[League].table(pair.client, GQA) == [], "an entry without a ratio does not count"


def test_the_table_has_the_best_entry_of_each_member_and_ties_share_a_rank(pair: RoomPair) -> None:
    raced(pair, ANNA, 0.80)
    raced(pair, BEN, 0.83)
    best = raced(pair, BEN, 0.82, source=b"y")
    raced(pair, CLEO, 0.95)
    rows = pair.client[League].table(pair.client, GQA)
    assert [(row.rank, row.member, row.entry.ratio.median) for row in rows] == [
        (1, ANNA.id, 0.80), (1, BEN.id, 0.82), (3, CLEO.id, 0.95)
    ]  # fmt: skip
    assert rows[1].entry.submission == best and pair.client[League].exercises(pair.client) == [GQA]


def test_who_is_not_listed_is_neither_shown_nor_raced_until_they_want_to_be(pair: RoomPair) -> None:
    raced(pair, ANNA, 0.80)
    raced(pair, BEN, 0.83)
    assert pair.do(ANNA, ChooseListing(False)) and not pair.do(ANNA, ChooseListing(False))
    assert [row.member for row in pair.client[League].table(pair.client, GQA)] == [BEN.id]
    pair.do(BEN, ChooseListing(False))
    assert pair.client[League].exercises(pair.client) == []
    later = pair.hand_in(ANNA, GQA, b"better")
    assert [job for job in pair.hub.jobs() if job.kind == "race"] == []
    assert pair.do(ANNA, ChooseListing(True)) and pair.hub.jobs() == [Job("race", "r", later)]
    assert [row.member for row in pair.client[League].table(pair.client, GQA)] == [ANNA.id]
    with pytest.raises(Refusal):
        pair.do(GUEST, ChooseListing(False))


async def test_the_hub_races_in_its_sandbox(
    pair: RoomPair, service: Service, course: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(grading_jobs, "RACE_ROUNDS", 6)
    source = correct(course.exercise(GQA)).encode()
    right, wrong = pair.hand_in(ANNA, GQA, source), pair.hand_in(BEN, GQA, b"def GroupedQueryAttention(): ...")
    blobs = {right: source, wrong: b"class GroupedQueryAttention: ..."}

    async def read(key: str) -> bytes | None:
        return blobs.get(key)

    for id in (right, wrong):
        pair.do(HUB, await grading_jobs.race(id, pair.hub, read, ServiceGrader(service)))
    [row] = pair.client[League].table(pair.client, GQA)
    assert row.member == ANNA.id and 0.5 < row.entry.ratio.median < 2 and row.entry.memory is not None
    assert pair.hub.jobs() == []
