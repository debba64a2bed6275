"""Two people, one hub, and whatever may happen between them: in the end all that each said is there, once, in order."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from cowork.client import backoff
from cowork.client.known_hubs import KnownHub
from cowork.client.session import Session
from cowork.rooms.chat import Chat, SendMessage
from tests.support.cowork_clients import join_hub
from tests.support.hub import HubServer
from tests.support.relay import Relay, running_relay
from tests.support.waiting import until

Serve = Callable[..., AbstractAsyncContextManager[HubServer]]
folders = itertools.count()
EVENTS = ["say", "say twice", "cut", "deaf", "hear", "unplug", "plug", "program ends", "hub ends", "pause"]


class Person:
    """Somebody at a relay of their own, whose program may end and begin again."""

    def __init__(self, name: str, known: KnownHub, relay: Relay, home: Path) -> None:
        self.name, self.relay, self.home = name, relay, home
        self.known = relay.route_to(known)
        self.wanted: list[str] = []
        self.asked: list[asyncio.Task[object]] = []

    async def start(self) -> None:
        self.session = Session(self.known, self.home)
        self.running = asyncio.create_task(self.session.run())
        await until(lambda: self.session.state != "connecting")
        await self.session.enter("lobby")

    async def stop(self) -> None:
        # what was said is kept before the program ends: that much a screen waits for
        await asyncio.gather(*self.asked)
        await self.session.close()
        await asyncio.wait([self.running])

    async def say(self) -> None:
        text = f"{self.name} {len(self.wanted)}"
        before = self.session.waiting
        self.asked.append(asyncio.create_task(self.session.do("lobby", SendMessage(text))))  # type: ignore[arg-type]
        self.wanted.append(text)
        await until(lambda: self.asked[-1].done() or self.session.waiting > before)


class Trouble:
    """A hub, two people, and what befalls them."""

    def __init__(self, folder: Path, serve: Serve) -> None:
        self.folder, self.serve = folder, serve

    async def run(self, events: list[tuple[str, int]]) -> None:
        async with AsyncExitStack() as stack:
            await self.host(0)
            self.port = int(self.running.address.rpartition(":")[2])
            self.people = []
            for name in ("Ada", "Ben"):
                home = self.folder / name
                relay = await stack.enter_async_context(running_relay(self.running))
                self.people.append(Person(name, await join_hub(self.running, home, name), relay, home))
            for person in self.people:
                await person.start()
            for what, who in events:
                await self.befall(what, self.people[who])
            await self.settle()
            for person in self.people:
                await person.stop()
            await self.hub.aclose()

    async def host(self, port: int) -> None:
        self.hub = AsyncExitStack()
        self.running = await self.hub.enter_async_context(self.serve(self.folder / "hub", port=port))

    async def befall(self, what: str, person: Person) -> None:
        match what:
            case "say" | "say twice":
                for _ in range(1 if what == "say" else 2):
                    await person.say()
            case "cut":
                person.relay.cut()
            case "deaf" | "hear":
                person.relay.drops_replies = what == "deaf"
            case "unplug" | "plug":
                person.relay.accepts = what == "plug"
                person.relay.cut()
            case "program ends":
                person.relay.drops_replies = False
                person.relay.cut()
                await person.stop()
                await person.start()
            case "hub ends":
                for one in self.people:
                    one.relay.cut()
                await self.hub.aclose()
                await self.host(self.port)
            case "pause":
                await asyncio.sleep(0.02)

    async def settle(self) -> None:
        for person in self.people:
            person.relay.accepts, person.relay.drops_replies = True, False
            person.relay.cut()
            person.session.reconnect()
        all_said = sum(len(person.wanted) for person in self.people)
        for person in self.people:
            await until(lambda person=person: person.session.waiting == 0)  # type: ignore[misc]
            await until(lambda person=person: person.session.rooms["lobby"].seq == all_said)  # type: ignore[misc]
        stored = await self.running.hub.store.events("lobby", 0, 10_000)
        for person in self.people:
            messages = list(person.session.rooms["lobby"][Chat].messages.values())
            assert [one.text for one in messages] == [event.fact.text for event in stored]
            assert [one.text for one in messages if one.name == person.name] == person.wanted


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(backoff, "FIRST_DELAY", 0.01)
    monkeypatch.setattr(backoff, "MAX_DELAY", 0.05)


@given(st.lists(st.tuples(st.sampled_from(EVENTS), st.integers(0, 1)), max_size=12))
@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@example([("deaf", 0), ("say twice", 0), ("program ends", 0), ("say", 0), ("say", 1)])
@example([("unplug", 0), ("say twice", 0), ("hub ends", 0), ("say", 1), ("plug", 0), ("say", 0)])
def test_all_is_said_once_and_in_order(tmp_path: Path, serve_hub: Serve, events: list[tuple[str, int]]) -> None:
    asyncio.run(Trouble(tmp_path / str(next(folders)), serve_hub).run(events))
