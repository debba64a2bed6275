"""Hosting: a hub with its certificate, its store, its grader and its first invites, until it is told to stop."""

from __future__ import annotations

import asyncio
import gc
import logging
import signal
import socket
import time
from collections.abc import Callable
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from cowork import certificates, invites
from cowork.hub.grading_jobs import carry_out, hub_grader
from cowork.hub.hub import Hub
from cowork.hub.local_queue import LocalQueue, Queue
from cowork.hub.server import serving
from cowork.permissions import Role
from cowork.refusal import Refusal
from cowork.rooms.base import Job
from cowork.store.contract import RoomRow
from cowork.store.sql import open_store
from exercises.load import load_course
from playground import lock

log = logging.getLogger("cowork.hub")
FILES = 4_096
DATABASE = "hub.db"


@dataclass(frozen=True)
class Hosting:
    """How a hub is to be run. `database`: a PostgreSQL address, else a SQLite file in `data`; `public`: host:port
    where clients reach it, where that is not `address` and `port`; `members`: how many an invite is printed for;
    `trusting`: members' code is run also where no sandbox holds it."""

    data: Path
    address: str = "127.0.0.1"
    port: int = 8765
    database: str | None = None
    title: str | None = None
    behind_proxy: bool = False
    public: str | None = None
    members: int = 0
    grade: bool = True
    trusting: bool = False


async def host(hosting: Hosting, say: Callable[[str], None]) -> None:
    """Runs a hub until SIGINT or SIGTERM; `say` is told what people need to read. Raises Refusal and StoreProblem
    with what is in the way."""
    if hosting.behind_proxy and not (invites.is_loopback(hosting.address) and hosting.public):
        raise Refusal("address", "Behind a proxy, the hub listens on this machine alone (--address 127.0.0.1) and has "
                      "to know where people reach the proxy (--public-address hub.example.org:443).")  # fmt: skip
    try:
        hosting.data.mkdir(0o700, parents=True, exist_ok=True)
        (hosting.data / DATABASE).touch(0o600)  # sources, and addresses that are passwords, are in it
        certificate = None if hosting.behind_proxy else certificates.load_or_create(hosting.data)
    except OSError as error:
        raise Refusal("data", f"{hosting.data} cannot be used: {error.strerror}. Name another with --data.") from error
    _allow_many_connections()
    stop = asyncio.Event()
    async with AsyncExitStack() as ends:
        if hosting.database is None:
            ends.enter_context(lock.file_lock(hosting.data / "hub.lock", partial(_in_use, hosting.data)))
        listener = ends.enter_context(_listener(hosting))
        port = listener.getsockname()[1]
        hub = Hub(
            open_store(hosting.database or hosting.data / DATABASE),
            f"wss://{hosting.public or _bracketed(_reached(hosting.address), port)}",
            certificate.fingerprint if certificate else "",
        )
        await hub.start(hosting.title)
        ends.push_async_callback(hub.close)
        await _make_rooms(hub)
        if hosting.grade:
            await hub.take_up(await _queue(hub, hosting, ends))
        _on_signals(stop.set)
        # what is loaded by now stays: the collector need not look at it again and again, which takes its time
        gc.collect()
        gc.freeze()
        await ends.enter_async_context(serving(hub, listener, certificate.context() if certificate else None))
        await _welcome(hub, hosting, say)
        await stop.wait()
        say("The hub stops; what was said is stored.")


def _in_use(data: Path) -> None:
    """Two hubs over one file would not tell each other who is there and who was shut out: PostgreSQL is for that."""
    raise Refusal("data", f"Another hub runs over {data}. Stop it first, name another folder with --data, or run "
                  "several hubs over one PostgreSQL with --database.")  # fmt: skip


def _allow_many_connections() -> None:
    """Each is an open file, of which some systems allow a process 256 unless it asks for more."""
    with suppress(ImportError, OSError, ValueError):
        import resource

        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        wanted = FILES if hard == resource.RLIM_INFINITY else min(FILES, hard)
        if soft != resource.RLIM_INFINITY and soft < wanted:
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def _listener(hosting: Hosting) -> socket.socket:
    try:
        family = socket.AF_INET6 if ":" in hosting.address else socket.AF_INET
        return socket.create_server((hosting.address, hosting.port), family=family, backlog=512)
    except (OSError, OverflowError) as error:
        why = getattr(error, "strerror", None) or str(error)
        raise Refusal("port", f"The hub cannot listen on {_bracketed(hosting.address, hosting.port)}: {why}. Another "
                      "program may use that port: name another with --port.") from error  # fmt: skip


def _bracketed(host: str, port: int) -> str:
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def _reached(address: str) -> str:
    """Where others reach a hub that listens on an address: for one that means "all", this machine's own."""
    if address not in ("0.0.0.0", "::"):
        return address
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))  # nothing is sent: the system only says which of its addresses it would use
            return str(probe.getsockname()[0])
        except OSError:
            return "127.0.0.1"


def course_rooms() -> list[RoomRow]:
    """A lobby, and a room for each of the course's months."""
    return [RoomRow("lobby", "Lobby"), *(RoomRow(month.id, month.title, month.id) for month in load_course().months)]


async def _make_rooms(hub: Hub) -> None:
    known = {room.id for room in await hub.store.rooms()}
    for room in course_rooms():
        if room.id not in known:
            await hub.add_room(room)


async def _queue(hub: Hub, hosting: Hosting, ends: AsyncExitStack) -> Queue:
    """Over PostgreSQL, where `fromscratch worker` takes jobs from; else this process does them."""
    if hub.store.shared:
        from cowork.hub.shared_queue import SharedQueue

        shared = SharedQueue(hub.store)
        await shared.start()
        ends.push_async_callback(shared.close)
        return shared
    grader = await ends.enter_async_context(hub_grader(hosting.trusting))

    async def work(job: Job) -> None:
        await carry_out(job, hub.ledger, hub.store, grader)

    queue = LocalQueue(work)
    await queue.start()
    ends.push_async_callback(queue.close)
    return queue


async def _invite(hub: Hub, role: Role, uses: int) -> str:
    made, stored = invites.create(hub.address, hub.fingerprint, role, time.time(), uses=uses)
    await hub.store.add_invite(stored)
    return made.text()


async def _welcome(hub: Hub, hosting: Hosting, say: Callable[[str], None]) -> None:
    say(f"{hub.title}: {hub.address}")
    if not any(one.member.role == "organiser" and not one.gone for one in await hub.store.members()):
        say("\nYour own invite, as organiser (once, for 7 days). In another terminal:\n")
        say(f"  fromscratch join {await _invite(hub, 'organiser', 1)}\n")
    if hosting.members:
        say(f"\nAn invite for {hosting.members} members (for 7 days):\n")
        say(f"  fromscratch join {await _invite(hub, 'member', hosting.members)}\n")
    if hub.store.shared:
        say("What is handed in waits for a `fromscratch worker` with the same --database: start one or more.")
    say("Organisers invite others in the app, or with `fromscratch cowork invite`. Ctrl-C stops the hub.")


def _on_signals(stop: Callable[[], object]) -> None:
    loop = asyncio.get_running_loop()
    for one in (signal.SIGINT, signal.SIGTERM):
        signal.signal(one, lambda *_: loop.call_soon_threadsafe(stop))
