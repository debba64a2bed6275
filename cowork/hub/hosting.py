"""Runs a hub with its certificate, store, grader and first invites, until a signal stops it."""

from __future__ import annotations

import asyncio
import gc
import json
import logging
import signal
import socket
import ssl
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from functools import partial
from http import HTTPStatus
from pathlib import Path

from websockets.http11 import Request, Response
from websockets.server import ServerProtocol

from cowork import certificates, invites
from cowork.frames import PATH, VERSION, RoomCard
from cowork.hub import reachability
from cowork.hub.admission import Admission, Listener
from cowork.hub.connection import RESTART, Connection
from cowork.hub.grading_jobs import JobQueue, LocalQueue, hub_grader, run_job
from cowork.hub.hub import Hub, registered_addresses
from cowork.hub.limits import HANDSHAKE_TIMEOUT
from cowork.hub.websocket_protocol import WebSocketProtocol
from cowork.permissions import Role
from cowork.refusal import Refusal
from cowork.store.open_store import open_store
from exercises.load import load_course
from playground import lock

log = logging.getLogger("cowork.hub")
MAX_OPEN_FILES = 4_096
DATABASE = "hub.db"
STOP_TIMEOUT = 5.0  # seconds that connections have to end when the hub stops


@dataclass(frozen=True)
class HostOptions:
    """The options of a hub. `database`: a PostgreSQL URL, else a SQLite file in `data` is used; `public`: host:port
    where clients reach the hub, besides `address` and `port`, and instead of them behind a proxy; `members`: the uses
    of the invite that is printed, if any; `webhook_hosts`: what webhooks may reach besides public addresses, () for
    what was allowed before; `trusting`: runs members' code even without a sandbox."""

    data: Path
    address: str = "127.0.0.1"
    port: int = 8765
    database: str | None = None
    title: str | None = None
    behind_proxy: bool = False
    public: tuple[str, ...] = ()
    members: int = 0
    grade: bool = True
    webhook_hosts: tuple[str, ...] = ()
    trusting: bool = False


async def host(hosting: HostOptions, echo: Callable[[str], None]) -> None:
    """Runs a hub until SIGINT or SIGTERM, and prints its address and invites with `echo`. Raises Refusal and
    StoreProblem if it cannot run."""
    if hosting.behind_proxy and not (invites.is_loopback(hosting.address) and hosting.public):
        raise Refusal("address", "Behind a proxy, the hub listens on this machine only (--address 127.0.0.1) and needs "
                      "the proxy's address (--public-address hub.example.org:443).")  # fmt: skip
    try:
        hosting.data.mkdir(0o700, parents=True, exist_ok=True)
        (hosting.data / DATABASE).touch(0o600)  # contains sources, and the URLs of webhooks
        certificate = None if hosting.behind_proxy else certificates.load_or_create(hosting.data)
    except OSError as error:
        raise Refusal(
            "data", f"{hosting.data} cannot be used: {error.strerror}. Choose a different folder with --data."
        ) from error
    stop = asyncio.Event()
    async with AsyncExitStack() as cleanup:
        if hosting.database is None:
            cleanup.enter_context(lock.file_lock(hosting.data / "hub.lock", partial(_in_use, hosting.data)))
        listener = cleanup.enter_context(_listener(hosting))
        port = listener.getsockname()[1]
        first, *others = [f"wss://{address}" for address in _addresses(hosting, port)]
        fingerprint = certificate.fingerprint if certificate else ""
        hub = Hub(open_store(hosting.database or hosting.data / DATABASE), first, fingerprint, others)
        await hub.start(hosting.title)
        if hosting.webhook_hosts:
            await hub.webhooks.allow(hosting.webhook_hosts)
        cleanup.push_async_callback(hub.close)
        known = {room.id for room in await hub.store.rooms()}
        for room in course_rooms():
            if room.id not in known:
                await hub.add_room(room)
        if hosting.grade:
            await hub.use_queue(await _queue(hub, hosting, cleanup))
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: loop.call_soon_threadsafe(stop.set))
        # what is loaded by now stays alive, so the garbage collector need not scan it
        gc.collect()
        gc.freeze()
        await cleanup.enter_async_context(serving(hub, listener, certificate.context() if certificate else None))
        echo(f"{hub.title}: {hub.address}")
        echo("\nWho can probably reach this hub (nobody outside of this machine was asked):\n")
        for line in await reachability.report(
            hosting.address, port, fingerprint, hosting.public, not hosting.behind_proxy
        ):
            echo(line)
        await _print_invites(hub, hosting, echo)
        await stop.wait()
        echo("The hub stops. All messages are stored.")


async def check_running(hosting: HostOptions, echo: Callable[[str], None]) -> bool:
    """Prints at which addresses the hub of this folder answers; returns whether it answers at any. Raises Refusal."""
    if not hosting.behind_proxy and not (hosting.data / certificates.FILE_NAME).exists():
        raise Refusal("data", f"There is no hub in {hosting.data}. Name its folder with --data.")
    fingerprint = "" if hosting.behind_proxy else certificates.load_or_create(hosting.data).fingerprint
    with_tls = not hosting.behind_proxy
    lines = await reachability.report(hosting.address, hosting.port, fingerprint, hosting.public, with_tls)
    checked = [line for line in lines if line.lstrip().startswith(("✓", "✗"))]
    for line in checked:
        echo(line)
    return any(line.lstrip().startswith("✓") for line in checked)


async def new_organiser(hosting: HostOptions, echo: Callable[[str], None]) -> None:
    """Prints an invite for an organiser of a hub that has run before, whether it runs now or not. Raises Refusal and
    StoreProblem."""
    if hosting.database is None and not (hosting.data / DATABASE).exists():
        raise Refusal("data", f"There is no hub in {hosting.data}. Name its folder with --data.")
    store = open_store(hosting.database or hosting.data / DATABASE)
    try:
        await store.open()
        certificate = None if hosting.behind_proxy else certificates.load_or_create(hosting.data)
        fingerprint = certificate.fingerprint if certificate else ""
        addresses = await registered_addresses(store, fingerprint)
        if not addresses:
            raise Refusal("data", f"The hub in {hosting.data} has not run for a day: start it first.")
        invitation, stored = invites.create(addresses, fingerprint, "organiser", time.time(), label="a new organiser")
        await store.add_invite(stored)
        echo("An invite for an organiser (for one use within 7 days):\n")
        echo(f"  fromscratch join {invitation.text()}\n")
    finally:
        await store.close()


def _in_use(data: Path) -> None:
    """Hubs over one SQLite file would not notify each other of presence and of changes of members."""
    raise Refusal("data", f"A hub is already running over {data}. Stop it, choose a different folder with --data, or "
                  "run several hubs over one PostgreSQL with --database.")  # fmt: skip


def _max_open_files() -> int:
    """Raises the limit of open files, which is 256 on some systems, and returns it."""
    with suppress(ImportError, OSError, ValueError):
        import resource

        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        limit = MAX_OPEN_FILES if hard == resource.RLIM_INFINITY else min(MAX_OPEN_FILES, hard)
        if soft == resource.RLIM_INFINITY or soft >= limit:
            return limit
        resource.setrlimit(resource.RLIMIT_NOFILE, (limit, hard))
        return limit
    return MAX_OPEN_FILES


def _listener(hosting: HostOptions) -> socket.socket:
    try:
        family = socket.AF_INET6 if ":" in hosting.address else socket.AF_INET
        dual = hosting.address == "::" and socket.has_dualstack_ipv6()
        return socket.create_server((hosting.address, hosting.port), family=family, backlog=512, dualstack_ipv6=dual)
    except (OSError, OverflowError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        where = reachability.host_port(hosting.address, hosting.port)
        raise Refusal("port", f"The hub cannot listen on {where}: {reason}. "
                      "If the port is in use, choose a different one with --port.") from error  # fmt: skip


def _addresses(hosting: HostOptions, port: int) -> list[str]:
    """Returns the addresses for invites, as host:port: the public ones, then those at which the hub listens."""
    for address in hosting.public:
        invites.check_address(f"wss://{address}")
    if hosting.behind_proxy:
        return list(hosting.public)
    if reachability.in_container() and hosting.public:
        return list(hosting.public)  # nobody outside reaches a container's own addresses
    listened = reachability.listened_addresses(hosting.address)
    own = reachability.offered(listened, port) or [reachability.host_port(hosting.address, port)]
    return list(dict.fromkeys([*hosting.public, *own]))


def course_rooms() -> list[RoomCard]:
    """Returns a lobby, and a room for each month of the course."""
    return [RoomCard("lobby", "Lobby"), *(RoomCard(month.id, month.title, month.id) for month in load_course().months)]


async def _queue(hub: Hub, hosting: HostOptions, cleanup: AsyncExitStack) -> JobQueue:
    """Returns the queue in PostgreSQL, for `fromscratch worker`, or one whose jobs this process runs."""
    if hub.store.shared:
        from cowork.hub.shared_queue import SharedQueue

        shared = SharedQueue(hub.store)
        await shared.start()
        cleanup.push_async_callback(shared.close)
        return shared
    grader = await cleanup.enter_async_context(hub_grader(hosting.trusting))
    queue = LocalQueue(lambda job: run_job(job, hub.ledger, hub.store, grader))
    await queue.start()
    cleanup.push_async_callback(queue.close)
    return queue


async def _invite(hub: Hub, role: Role, uses: int) -> str:
    invitation, stored = invites.create(hub.addresses, hub.fingerprint, role, time.time(), uses=uses)
    await hub.store.add_invite(stored)
    return invitation.text()


async def _print_invites(hub: Hub, hosting: HostOptions, echo: Callable[[str], None]) -> None:
    if not any(enrolled.member.role == "organiser" and not enrolled.gone for enrolled in await hub.store.members()):
        echo("\nYour own invite, as organiser (for one use within 7 days). In another terminal:\n")
        echo(f"  fromscratch join {await _invite(hub, 'organiser', 1)}")
    if hosting.members:
        echo(f"\nAn invite for {hosting.members} members (for 7 days):\n")
        echo(f"  fromscratch join {await _invite(hub, 'member', hosting.members)}")
    if hub.store.shared:
        echo("\nSubmissions are graded by `fromscratch worker --database-file FILE`: start one or more.")
    echo("\nOrganisers invite others in the app, or with `fromscratch cowork invite`.\nCtrl-C stops the hub.")


def respond(protocol: ServerProtocol, request: Request) -> Response:
    """Accepts a websocket, or answers the health check."""
    path = request.path.partition("?")[0]
    if path == PATH:
        return protocol.accept(request)
    if path == "/health":
        response = protocol.reject(HTTPStatus.OK, json.dumps({"hub": "fromscratch", "version": VERSION}))
        del response.headers["Content-Type"]
        response.headers["Content-Type"] = "application/json"
        return response
    return protocol.reject(HTTPStatus.NOT_FOUND, "Not Found")


@asynccontextmanager
async def serving(hub: Hub, listener: socket.socket, tls: ssl.SSLContext | None) -> AsyncIterator[None]:
    """Serves a started hub on a bound socket until the block ends, then tells its clients that it stops."""
    connections: set[WebSocketProtocol] = set()
    admission = Admission(by_address=tls is not None, max_files=_max_open_files())
    server = await asyncio.get_running_loop().create_server(
        lambda: WebSocketProtocol(respond, lambda socket: Connection(hub, socket).run(), connections, admission),
        sock=Listener.of(listener, admission),
        backlog=2048, ssl=tls, ssl_handshake_timeout=None if tls is None else HANDSHAKE_TIMEOUT,
    )  # fmt: skip
    try:
        yield
    finally:
        server.close()
        hub.stop()
        for connection in list(connections):
            connection.close(RESTART, "the hub stops")
        tasks = [connection.task for connection in connections if connection.task is not None]
        if tasks:
            _, running = await asyncio.wait(tasks, timeout=STOP_TIMEOUT)
            for task in running:
                task.cancel()
            await asyncio.gather(*running, return_exceptions=True)
