"""Webhooks, against a real HTTP server: what is posted, how often, and that nobody waits for it."""

from __future__ import annotations

import asyncio
import contextlib
import json
import ssl
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import h11
import pytest

from cowork import certificates, frames, time_zones
from cowork.frames import RoomCard
from cowork.hub import http_post, webhook
from cowork.hub.http_post import PostFailed, post
from cowork.hub.ledger import Ledger
from cowork.hub.webhook import Webhook, Webhooks, signature
from cowork.permissions import HUB
from cowork.rooms.assignments import AssignExercises, WithdrawAssignments
from cowork.rooms.chat import SendMessage
from cowork.rooms.submissions import Graded, HandIn, RecordVerdict, Submissions
from tests.support.hub import HubServer
from tests.support.rooms import ANNA
from tests.support.stores import room_store
from tests.support.waiting import TIMEOUT, until


@dataclass
class Other:
    """The other side: answers with what `answers` has next, else 204. `got`: (headers, body) of each request."""

    url: str = ""
    answers: list[tuple[int, dict[str, str]]] = field(default_factory=list)
    got: asyncio.Queue[tuple[dict[str, str], bytes]] = field(default_factory=asyncio.Queue)
    silent: bool = False

    async def next(self) -> tuple[dict[str, str], bytes]:
        return await asyncio.wait_for(self.got.get(), TIMEOUT)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        wire, body, headers = h11.Connection(h11.SERVER), b"", {}
        with contextlib.suppress(ConnectionError, asyncio.CancelledError, h11.ProtocolError):
            while True:
                event = wire.next_event()
                if event is h11.NEED_DATA:
                    wire.receive_data(await reader.read(65_536))
                elif isinstance(event, h11.Request):
                    headers = {name.decode(): value.decode() for name, value in event.headers}
                elif isinstance(event, h11.Data):
                    body += bytes(event.data)
                else:
                    break
            if body:
                await self.got.put((headers, body))
            if self.silent:
                await reader.read()
            elif body:
                status, more = self.answers.pop(0) if self.answers else (204, {})
                answer = h11.Response(status_code=status, headers=[("Content-Length", "0"), *more.items()])
                writer.write((wire.send(answer) or b"") + (wire.send(h11.EndOfMessage()) or b""))
                await writer.drain()
        writer.close()


@contextlib.asynccontextmanager
async def listening(tls: ssl.SSLContext | None = None) -> AsyncIterator[Other]:
    other = Other()
    server = await asyncio.start_server(other.serve, "127.0.0.1", 0, ssl=tls)
    other.url = f"http{'s' if tls else ''}://127.0.0.1:{server.sockets[0].getsockname()[1]}/hook?x=1"
    try:
        yield other
    finally:
        server.close()


@pytest.fixture
async def server(server: HubServer) -> HubServer:
    """The hub under test, which may reach the other side on this machine."""
    await server.hub.webhooks.allow(["127.0.0.1"])
    return server


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(webhook, "POST_INTERVAL", 0.01)
    monkeypatch.setattr(webhook, "FIRST_DELAY", 0.01)


async def test_chosen_events_are_posted_and_signed(server: HubServer) -> None:
    async with listening() as other, server.join("Orga", "organiser") as orga:
        await orga.enter("lobby")
        added = await orga.request("add webhook", url=other.url)
        await orga.do("lobby", SendMessage("this stays here"))
        await orga.do("lobby", HandIn("causal-attention", b"1"))
        (one,) = (await server.hub.ledger.room("lobby"))[Submissions].all
        await server.hub.ledger.execute(HUB, "lobby", "judged", RecordVerdict(Graded(one, "passed")))
        headers, body = await other.next()
        posted = json.loads(body)
        assert (posted["version"], posted["hub"]) == (1, "a hub under test")
        (event,) = posted["events"]
        assert (event["kind"], event["says"], event["about"]) == (
            "pass", "Orga has passed Causal attention.", "causal-attention",
        )  # fmt: skip
        assert headers["x-fromscratch-signature"] == signature(
            added["secret"], headers["x-fromscratch-timestamp"], body
        )
        (listed,) = await orga.request("webhooks")
        assert other.url not in json.dumps(listed) and added["secret"] not in json.dumps(listed)
        await orga.request("remove webhook", id=added["id"])
        assert await orga.request("webhooks") == []


async def test_assignments_are_posted_like_other_events(server: HubServer) -> None:
    async with listening() as other, server.join("Orga", "organiser") as orga:
        await orga.enter("lobby")
        await orga.request("add webhook", url=other.url)
        due = (time_zones.day_at("UTC", time.time()) + timedelta(days=7)).isoformat()
        await orga.do("lobby", AssignExercises(("word-split", "build-vocab"), due))
        await orga.do("lobby", WithdrawAssignments(("word-split",)))
        events: list[dict[str, Any]] = []
        while len(events) < 2:
            events += json.loads((await other.next())[1])["events"]
        assigned, withdrawn = events
        assert (assigned["kind"], assigned["room"], assigned["exercises"], assigned["due"]) == (
            "assignment", "lobby", ["word-split", "build-vocab"], due,
        )  # fmt: skip
        assert withdrawn["kind"] == "assignment" and withdrawn["exercises"] == ["word-split"]


@pytest.mark.xdist_group("postgres")
async def test_of_several_hubs_the_one_that_stored_an_event_posts_it(database: str) -> None:
    async with (
        listening() as other,
        room_store(database) as one,
        room_store(database) as two,
        contextlib.AsyncExitStack() as s,
    ):
        hooks = [Webhooks(one), Webhooks(two)]
        for each in hooks:
            await each.start()
            s.push_async_callback(each.close)
        await hooks[0].allow(["127.0.0.1"])
        ledgers = [Ledger(store, each.on_events) for store, each in zip((one, two), hooks, strict=True)]
        await one.add_room(RoomCard("r", "Room"))
        await hooks[0].change(lambda there: (*there, Webhook("h", other.url, "json", ("message",), "secret")))
        await until(lambda: hooks[1].queues)  # it was told of it
        for n, ledger in enumerate(ledgers * 2):
            await ledger.execute(ANNA, "r", f"c{n}", SendMessage(str(n)))
        for ledger in ledgers:
            await ledger.catch_up("r")
        for n, ledger in enumerate(ledgers, 4):  # what a hub posts comes in order: after these, all has come
            await ledger.execute(ANNA, "r", f"c{n}", SendMessage(str(n)))
        posted: list[str] = []
        while not {"Anna: 4", "Anna: 5"} <= set(posted):
            posted += [event["says"] for event in json.loads((await other.next())[1])["events"]]
        assert sorted(posted) == [f"Anna: {n}" for n in range(6)]


async def test_another_try_when_it_may_help_and_none_when_not(server: HubServer) -> None:
    async with listening() as other, server.join("Orga", "organiser") as orga:
        added = await orga.request("add webhook", url=other.url)
        line = server.hub.webhooks.queues[added["id"]]
        other.answers = [(500, {}), (429, {"Retry-After": "0.02"}), (204, {})]
        await orga.request("test webhook", id=added["id"])
        bodies = {json.dumps(json.loads((await other.next())[1])["events"]) for _ in range(3)}
        assert len(bodies) == 1
        await until(lambda: line.posted == 1)
        assert (line.problem, line.dropped) == ("", 0)
        other.answers = [(404, {})]
        await orga.request("test webhook", id=added["id"])
        await until(lambda: line.dropped == 1)
        assert (await orga.request("webhooks"))[0]["problem"] == "answered 404"
        assert other.got.qsize() == 1


async def test_who_does_not_answer_delays_nobody(server: HubServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(webhook, "MAX_QUEUED", 20)
    async with listening() as other, server.join("Orga", "organiser") as orga:
        other.silent = True
        await orga.enter("lobby")
        added = await orga.request("add webhook", url=other.url, kinds=["message"])
        await orga.do("lobby", SendMessage("0"))
        await other.next()
        for n in range(1, 30):
            assert isinstance(await orga.do("lobby", SendMessage(str(n))), frames.Ack)
        line = server.hub.webhooks.queues[added["id"]]
        await until(lambda: line.dropped == 9)
        assert line.posted == 0


async def test_nothing_there_is_a_problem_that_is_told(server: HubServer) -> None:
    async with listening() as other:
        gone = other.url
    async with server.join("Orga", "organiser") as orga:
        added = await orga.request("add webhook", url=gone)
        await orga.request("test webhook", id=added["id"])
        await until(lambda: server.hub.webhooks.queues[added["id"]].dropped == 1)
        assert (await orga.request("webhooks"))[0]["problem"].startswith("not reached")


async def test_a_certificate_that_nobody_vouches_for_is_not_posted_to(tmp_path: Path) -> None:
    certificate = certificates.load_or_create(tmp_path)
    async with listening(certificate.context()) as other:
        with pytest.raises(PostFailed):
            await post(other.url, b"{}", {}, allowed=["127.0.0.1"])
        answer = await post(other.url, b"{}", {}, certificates.client_context(certificate.fingerprint), ["127.0.0.1"])
        assert answer.status == 204


async def test_silence_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http_post, "POST_TIMEOUT", 0.2)
    async with listening() as other:
        other.silent = True
        with pytest.raises(PostFailed):
            await post(other.url, b"{}", {}, allowed=["127.0.0.1"])


async def test_only_organisers_and_only_what_makes_sense(server: HubServer) -> None:
    async with server.join("Ada") as ada, server.join("Orga", "organiser") as orga:
        url = "https://example.org/hook"
        for what, data in [("webhooks", {}), ("add webhook", {"url": url}), ("remove webhook", {"id": "x"}),
                           ("test webhook", {"id": "x"})]:  # fmt: skip
            refused = await ada.request(what, **data)
            assert isinstance(refused, frames.Refused) and refused.code == "not allowed"
        for wrong in ({"url": url, "kinds": []}, {"url": url, "kinds": ["test"]}, {"url": url, "rooms": ["none"]},
                      {"url": url, "format": "xml"}, {"url": "http://example.org"}):  # fmt: skip
            assert isinstance(await orga.request("add webhook", **wrong), frames.Refused), wrong
        assert isinstance(await orga.request("remove webhook", id="none"), frames.Refused)
        for _ in range(5):
            await orga.request("add webhook", url=url)
        assert (await orga.request("add webhook", url=url)).code == "too many"
