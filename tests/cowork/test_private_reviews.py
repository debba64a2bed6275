"""Nobody but the author and the reviewer receives anything of a private review, over real TLS."""

from __future__ import annotations

from typing import Any

import pytest

from cowork import frames
from cowork.frames import Ack, Answer, AskQuery, Refused
from cowork.hub.webhook_payloads import webhook_event
from cowork.permissions import HUB
from cowork.rooms.base import Command, Query
from cowork.rooms.mentoring import AskForChanges, ClaimReview, HandInForReview, ReleaseReview
from cowork.rooms.review import AddComment, ReviewTextsQuery, VerdictQuery
from cowork.rooms.review_state import Reviews
from cowork.rooms.submissions import Graded, HandIn, RecordVerdict, SourceQuery, Submissions
from tests.support.hub import HubServer, Peer

EXERCISE, SECRET = "causal-attention", "swordfish"


async def do(peer: Peer, command: Command) -> None:
    answer = await peer.do("lobby", command)
    assert isinstance(answer, Ack), answer


async def ask(peer: Peer, query: Query) -> Answer | Refused:
    id = f"q{next(peer.ids)}"
    await peer.send(AskQuery(id, "lobby", query))  # type: ignore[arg-type]
    kinds: Any = Answer | Refused
    answer: Answer | Refused = await peer.until(kinds, lambda frame: frame.id == id)
    return answer


async def judge(server: HubServer) -> str:
    """Records a verdict on the submission that waits for one; returns its id."""
    (submission,) = (await server.hub.ledger.room("lobby"))[Submissions].waiting()
    verdict = Graded(submission.id, "failed", f"Line `{SECRET}`", f"Not {SECRET}", "no-mask", SECRET)
    await server.hub.ledger.execute(HUB, "lobby", f"verdict {submission.id}", RecordVerdict(verdict))
    return submission.id


@pytest.mark.parametrize("role", ["member", "organiser"])
async def test_nobody_else_receives_anything(server: HubServer, role: Any) -> None:
    async with server.join("Ada") as ada, server.join("Bo") as bo, server.join("Eve", role) as eve:
        await eve.enter("lobby")
        await do(ada, HandInForReview(EXERCISE, f"# {SECRET}".encode(), f"{SECRET}?", private=True))
        first = await judge(server)
        await do(bo, ClaimReview(first))
        for peer in (bo, ada):
            await do(peer, AddComment(first, f"{SECRET} here", 1))
        await do(bo, AskForChanges(first, f"Less {SECRET}"))
        await do(ada, HandIn(EXERCISE, f"# more {SECRET}".encode()))
        second = await judge(server)
        for id in (first, second):
            for query in (SourceQuery(id), VerdictQuery(id), ReviewTextsQuery(id)):
                refused = await ask(eve, query)
                assert isinstance(refused, Refused) and refused.code == "private", query
                assert isinstance(await ask(bo, query), Answer) and isinstance(await ask(ada, query), Answer)
            refused_comment = await eve.do("lobby", AddComment(id, "Hm", 1))
            assert isinstance(refused_comment, Refused) and refused_comment.code in ("private", "closed")
        room = await server.hub.ledger.room("lobby")
        events = await eve.events_until("lobby", lambda events: len(events) == room.seq)
        assert SECRET not in str(eve.received) + str(events)
        assert {event.fact.outcome for event in events if isinstance(event.fact, Graded)} == {"failed"}, (
            "the outcome is"
        )
        assert SECRET not in str([webhook_event(room, event) for event in events])
        async with server.join("Late", role) as late:
            await late.enter("lobby")
            assert SECRET not in str(late.events)
        await do(bo, ReleaseReview(second))
        assert isinstance(await ask(bo, SourceQuery(second)), Refused), "who gives it back no longer sees it"
        assert room[Reviews].all[second].waits
        cohort = await eve.request("export", kind="json")
        assert SECRET not in str(cohort) and (role == "member" or "causal-attention" in cohort["text"])
        assert frames.encode(room[Submissions].all[first]).find(SECRET.encode()) < 0
