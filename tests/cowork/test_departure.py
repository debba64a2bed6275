"""Members who leave: their claims fall back, and their data is deleted where that is wanted."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import msgspec
import pytest
from sqlalchemy import select

from cowork import frames
from cowork.frames import Refused, Welcome
from cowork.hub.departures import LEAVING
from cowork.permissions import HUB
from cowork.rooms.base import FORGOTTEN, Command, Event
from cowork.rooms.chat import Chat, SendMessage
from cowork.rooms.live_meeting import AskQuestion, NoteInsight, StartMeeting
from cowork.rooms.meeting_notes import RemoveNotes, WriteNotes
from cowork.rooms.meeting_state import Participant
from cowork.rooms.meetings import ClaimPresenterSlot, Meetings, PlanMeeting
from cowork.rooms.mentoring import AskForChanges, ClaimReview, HandInForReview
from cowork.rooms.registry import REGISTRY
from cowork.rooms.review import AddComment
from cowork.rooms.review_state import Reviews
from cowork.rooms.submissions import Graded, HandIn, RecordVerdict, Submissions
from cowork.store.tables import meta
from tests.support.enrolment import enrolling, offered, signing, stored
from tests.support.hub import HubServer, Peer, serve
from tests.support.rooms import ANNA, BEN, RoomPair
from tests.support.waiting import until

EXERCISE, SECRET = "causal-attention", "swordfish"


async def done(peer: Peer, command: Command) -> None:
    answer = await peer.do("lobby", command)
    assert isinstance(answer, frames.Ack), answer


async def write_everything(server: HubServer, peer: Peer, other: Peer) -> None:
    """`peer` (an organiser) leaves texts everywhere, with the secret in each."""
    await done(peer, SendMessage(SECRET))
    for private in (False, True):
        await done(other, HandInForReview(EXERCISE, b"x = 1" if private else b"y = 2", "Help", private))
        await done(peer, HandInForReview(EXERCISE, f"# {SECRET} {private}".encode(), SECRET, private))
    room = await server.hub.ledger.room("lobby")
    for submission in list(room[Submissions].all.values()):
        verdict = Graded(
            submission.id, "failed", f"In the line `# {SECRET}`" if submission.by == peer.member.id else ""
        )
        await server.hub.ledger.execute(HUB, "lobby", f"verdict {submission.id}", RecordVerdict(verdict))
        by, reviewer = (peer, other) if submission.by == peer.member.id else (other, peer)
        await done(reviewer, ClaimReview(submission.id))
        for author in (by, reviewer):
            await done(author, AddComment(submission.id, SECRET if author is peer else "mine", 1))
    mine = [each.id for each in room[Submissions].all.values() if each.by == other.member.id]
    await done(peer, AskForChanges(mine[0], SECRET))
    await done(peer, PlanMeeting(time.time() + 3_600, 60, SECRET, SECRET, (SECRET,)))
    meeting = next(iter((await server.hub.ledger.room("lobby"))[Meetings].all))
    await done(peer, ClaimPresenterSlot(meeting))
    await done(other, WriteNotes(meeting, 0, "theirs"))
    await done(peer, WriteNotes(meeting, 1, f"theirs\n{SECRET}"))
    await done(peer, AskQuestion(meeting, SECRET))
    await done(peer, NoteInsight(meeting, SECRET))
    await done(peer, StartMeeting(meeting, (Participant(peer.member.id, peer.member.name),)))


def everything(folder: Path) -> str:
    """All bytes of the hub's files, as text."""
    return "".join(path.read_bytes().decode("latin-1") for path in folder.glob("hub.db*"))


async def dump(server: HubServer, folder: Path) -> str:
    """All rows of the hub's tables, and all bytes of its files."""
    async with server.hub.store._connected() as connection:
        tables = [(await connection.execute(select(table))).rows for table in meta.sorted_tables]
    return str(tables) + everything(folder)


async def test_who_leaves_has_everything_deleted_and_the_others_keep_theirs(location: str, tmp_path: Path) -> None:
    async with (
        serve(tmp_path, location=location) as server,
        server.join("Olga", "organiser"), server.join("Zoe", "organiser") as zoe, server.join("Bo") as bo,
    ):  # fmt: skip
        await bo.enter("lobby")
        await write_everything(server, zoe, bo)
        before = await server.hub.store.events("lobby", 0, 1_000)
        assert SECRET in await dump(server, tmp_path) and "Zoe" in await dump(server, tmp_path)
        assert await zoe.request("leave", forget=True) is None
        gone = await zoe.until(Refused, lambda frame: frame.code == "gone")
        assert "You have left" in gone.says
        after = await server.hub.store.events("lobby", 0, 1_000)
        assert [event.seq for event in after] == [*range(1, len(after) + 1)] and len(after) >= len(before)
        assert {event.by for event in after} == {event.by for event in before} | {"hub"}
        assert SECRET not in await dump(server, tmp_path) and "Zoe" not in await dump(server, tmp_path)
        room = await server.hub.ledger.room("lobby")
        assert SECRET not in str(room) and "Zoe" not in str(room) and FORGOTTEN in str(room)
        [meeting] = room[Meetings].all.values()
        assert meeting.notes == "theirs" and meeting.presenter is None and meeting.attended == {}
        assert all(not review.reviewer for review in room[Reviews].all.values() if review.waits)
        await bo.events_until("lobby", lambda events: len(events) >= len(after))
        async with server.join("Cy") as cy:
            await cy.enter("lobby")
            assert SECRET not in str(cy.events) and "Zoe" not in str(cy.events)
            again = await offered(server, signing(server, zoe.key))
            assert isinstance(again, Refused) and "Join with an invite" in again.says
            back = await offered(server, enrolling(server, zoe.key, await stored(server), "Zoe"))
            assert isinstance(back, Welcome) and back.member.id != zoe.member.id


async def test_a_client_that_is_connected_builds_the_room_again(server: HubServer, tmp_path: Path) -> None:
    from tests.support.cowork_clients import chat_texts, join_hub, running_session

    known = await join_hub(server, tmp_path / "bo", "Bo")
    async with server.join("Zoe") as zoe, running_session(known, tmp_path / "bo", "lobby") as session:
        await zoe.do("lobby", SendMessage(SECRET))
        await until(lambda: chat_texts(session) == [SECRET])
        await zoe.request("leave", forget=True)
        await until(lambda: chat_texts(session) == [""])
        [message] = session.rooms["lobby"][Chat].messages.values()
        assert message.name == FORGOTTEN and message.taken_back
        assert session.rooms["lobby"] == await server.hub.ledger.room("lobby")


async def test_who_leaves_without_deletion_returns_as_the_same_member(server: HubServer) -> None:
    async with server.join("Olga", "organiser") as olga, server.join("Zoe") as zoe:
        await zoe.do("lobby", SendMessage("I was here"))
        await zoe.request("leave")
        assert [entry["left"] for entry in await olga.request("members") if entry["member"]["name"] == "Zoe"] == [True]
        refused = await offered(server, signing(server, zoe.key))
        assert isinstance(refused, Refused) and "You have left" in refused.says
        name = await offered(server, enrolling(server, zoe.key.generate(), await stored(server), "Zoe"))
        assert isinstance(name, Refused) and "belongs to somebody who left" in name.says
        back = await offered(server, enrolling(server, zoe.key, await stored(server), "Zoe"))
        assert isinstance(back, Welcome) and back.member == zoe.member


async def test_a_member_who_is_removed_with_their_data_stays_shut_out(server: HubServer, tmp_path: Path) -> None:
    async with server.join("Olga", "organiser") as olga, server.join("Mal") as mal, server.join("Bo") as bo:
        await bo.do("lobby", HandIn(EXERCISE, b"x = 1"))
        await mal.do("lobby", SendMessage(SECRET))
        refused = await olga.request("change member", member=mal.member.id, forget=True)
        assert isinstance(refused, Refused) and refused.code == "data"
        await olga.request("change member", member=mal.member.id, gone=True, forget=True)
        assert SECRET not in everything(tmp_path) and "Mal" not in everything(tmp_path)
        for key, name in ((mal.key, "Anyone"), (mal.key.generate(), "MaI")):
            again = await offered(server, enrolling(server, key, await stored(server), name))
            assert isinstance(again, Refused) and again.code == "gone"


async def test_the_last_organiser_stays_and_what_was_claimed_falls_back(server: HubServer) -> None:
    async with server.join("Olga", "organiser") as olga, server.join("Zoe") as zoe, server.join("Bo") as bo:
        refused = await olga.request("leave")
        assert isinstance(refused, Refused) and refused.code == "last"
        await bo.do("lobby", HandInForReview(EXERCISE, b"x = 1"))
        room = await server.hub.ledger.room("lobby")
        [id] = room[Reviews].all
        await server.hub.ledger.execute(HUB, "lobby", "verdict", RecordVerdict(Graded(id, "failed")))
        assert isinstance(await zoe.do("lobby", ClaimReview(id)), frames.Ack)
        await olga.request("change member", member=zoe.member.id, role="guest", rooms=["lobby"])
        assert not room[Reviews].all[id].reviewer, "a guest reviews nothing"


async def test_a_hub_that_was_killed_finishes_the_deletion(tmp_path: Path) -> None:
    async with serve(tmp_path) as server, server.join("Zoe") as zoe:
        await zoe.do("lobby", SendMessage(SECRET))
        await server.hub.store.put(f"{LEAVING}{zoe.member.id}", "10")
        await server.hub.store.change_member(zoe.member.id, gone=True, left=True)
    async with serve(tmp_path) as server:
        await until(lambda: SECRET not in everything(tmp_path))
        await until(lambda: not server.hub._background)
        assert await server.hub.store.get_all(LEAVING) == {} and await server.hub.store.members() == []


@pytest.mark.parametrize("both", [False, True])
def test_notes_are_taken_back_by_version(both: bool) -> None:
    pair = RoomPair()
    meeting = pair.plan()
    for number, (by, text) in enumerate([(ANNA, "one"), (BEN, f"one {SECRET}"), (ANNA, "three")]):
        pair.do(by, WriteNotes(meeting.id, number, text))
    (removed,) = pair.do(BEN, RemoveNotes(meeting.id, 2))
    assert removed.erases() == (meeting.versions[1].seq,)
    assert (meeting.notes, [version.text for version in meeting.versions]) == ("three", ["one", "one", "three"])
    if both:
        pair.do(ANNA, RemoveNotes(meeting.id, 3))
        assert (meeting.notes, meeting.version) == ("one", 3)
    assert pair.hub == pair.client


# fields of facts that hold no text of a person: ids, numbers of events, times, and choices from a list
IDS = {
    "submission", "exercise", "exercises", "meeting", "meetings", "series", "attempt", "probe", "sign", "to", "outcome",
    "verdict", "member", "due", "zone", "rule", "comes", "follows", "quantity",
}  # fmt: skip
WORDS: dict[Any, Any] = {str: SECRET}


def texts_in(value: Any) -> bool:
    return SECRET in msgspec.json.encode(value).decode()


@pytest.mark.parametrize(
    "fact", [fact for feature in REGISTRY.features for fact in feature.facts], ids=lambda f: f.__name__
)
def test_every_fact_that_holds_a_text_can_be_erased(fact: Any) -> None:
    """A new fact with a text fails here until it has `erased`."""
    values: dict[str, Any] = {}
    for field in msgspec.structs.fields(fact):
        if field.name in IDS and field.required:
            values[field.name] = () if "tuple" in str(field.type) else "id"
        elif field.name not in IDS and field.type is str:
            values[field.name] = SECRET
        elif field.name not in IDS and field.type in (tuple[str, ...], "tuple[str, ...]"):
            values[field.name] = (SECRET,)
        elif field.required:
            values[field.name] = () if "tuple" in str(field.type) else 0
    event = Event(1, 0.0, "m", "Zoe", "c", fact(**values))
    assert not texts_in(event.erased()), f"{fact.__name__}.erased() keeps a text"
