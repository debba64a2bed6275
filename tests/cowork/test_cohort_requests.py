"""Requests about the cohort over the network, which only organisers may send."""

from __future__ import annotations

import msgspec
import pytest
from test_similarity import disguise, styles

from cowork import frames
from cowork.cohort.similarity_report import SimilarityReport
from cowork.cohort.statistics import Cohort
from cowork.hub import cohort_requests
from cowork.permissions import HUB
from cowork.rooms.chat import SendMessage
from cowork.rooms.submissions import Graded, HandIn, RecordVerdict, Submissions
from exercises.course import Course
from tests.support.cohort_csv import from_csv
from tests.support.hub import HubServer, Peer

EXERCISE = "multi-head-attention"


async def hand_in(server: HubServer, peer: Peer, source: bytes, outcome: str = "passed") -> str:
    """Hands in a submission to the lobby and records a verdict; returns its id."""
    await peer.enter("lobby")
    assert isinstance(await peer.do("lobby", HandIn(EXERCISE, source)), frames.Ack)
    room = await server.hub.ledger.room("lobby")
    id = room[Submissions].of(peer.member.id, EXERCISE)[-1].id
    await server.hub.ledger.execute(HUB, "lobby", f"judge-{id}", RecordVerdict(Graded(id, outcome)))
    return id


async def test_an_organiser_sees_exports_and_compares(
    server: HubServer, course: Course, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cohort_requests, "PIECE_SIZE", 1_000)
    source = next(iter(styles(course.exercise("gpt-model")).values()))
    async with (
        server.join("Ada") as ada,
        server.join("Bo") as bo,
        server.join("Orga", "organiser") as orga,
    ):
        theirs = {await hand_in(server, ada, source), await hand_in(server, bo, disguise(source))}
        seen = msgspec.convert(await orga.request("cohort"), Cohort)
        assert [(row.name, row.passed) for row in seen.members] == [("Ada", 1), ("Bo", 1), ("Orga", 0)]

        first = await orga.request("export", kind="csv")
        assert first["pieces"] > 3
        pieces = [first["text"]]
        for piece in range(1, first["pieces"]):
            pieces.append((await orga.request("export", id=first["id"], piece=piece))["text"])
        assert len(from_csv("".join(pieces))) == 1 + 3 * len(course.exercises)

        report = msgspec.convert(await orga.request("similar", exercise=EXERCISE), SimilarityReport)
        (pair,) = report.pairs
        assert {pair.left.submission, pair.right.submission} == theirs
        assert {pair.left.name, pair.right.name} == {"Ada", "Bo"}
        assert (report.compared, report.of) == (2, 2)


async def test_messages_are_sent_while_sources_are_compared(server: HubServer, course: Course) -> None:
    source = next(iter(styles(course.exercise("gpt-model")).values()))
    async with server.join("Ada") as ada, server.join("Orga", "organiser") as orga:
        for peer in (ada, orga):
            await hand_in(server, peer, source)
        await orga.send(frames.Request("report", "similar", {"exercise": EXERCISE}))
        assert isinstance(await orga.do("lobby", SendMessage("Meanwhile")), frames.Ack)
        assert not [frame for frame in orga.received if isinstance(frame, frames.Answer)]
        assert (await orga.until(frames.Answer)).id == "report"


async def test_refusals(server: HubServer) -> None:
    async with server.join("Ada") as ada, server.join("Orga", "organiser") as orga:
        for what, data in [("cohort", {}), ("export", {}), ("similar", {"exercise": EXERCISE})]:
            refused = await ada.request(what, **data)
            assert isinstance(refused, frames.Refused)
            assert refused.code == "not allowed"
        wrong: list[tuple[str, dict[str, object]]] = [
            ("export", {"id": "none"}), ("export", {"piece": 9}), ("export", {"kind": "xlsx"}), ("cohort", {"x": 1}),
            ("similar", {"exercise": "none"}), ("similar", {"exercise": EXERCISE, "threshold": 0.0}), ("similar", {}),
        ]  # fmt: skip
        for what, data in wrong:
            assert isinstance(await orga.request(what, **data), frames.Refused), (what, data)


def test_a_piece_fits_into_a_frame() -> None:
    assert 4 * cohort_requests.PIECE_SIZE < frames.MAX_FRAME
