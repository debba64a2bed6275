"""A hub under load: 200 clients over TLS, the hub on one core and the clients on another, while it grades.

Times are from sending a command to receiving its event, by every client in the room: what the hub takes to read,
check, decide, store (a commit waits for the disk) and send, and what the clients take, all 200 in one thread.
"""

from __future__ import annotations

import itertools
import os
import statistics
import time
from collections.abc import Callable
from contextlib import AbstractContextManager

from benchmarks.cowork_hubs import CLIENTS_CORE, Host, disk_waits, one_hub, pin, two_hubs
from benchmarks.cowork_peers import Peer, Swarm
from cowork import frames, invites, keys
from cowork.rooms.submissions import HandIn
from exercises.load import load_course
from grader.source import reference_source

CLIENTS, ROOMS = 200, 10
ROOM_RATE, MEETING_RATE = 5.0, 10.0  # messages a second in each of the rooms; in the meeting
HERE_EVERY = 10.0  # seconds after which each client tells anew where it is
WARM, SECONDS = 3.0, float(os.environ.get("COWORK_SECONDS", "20"))
MISSED = 100  # messages while all are away
GRADERS = 4  # clients who hand in again as soon as one of them has a verdict: two gradings run, two wait
EXERCISE = "causal-attention"
WORDS = "why is the mask applied before the softmax, and what would happen if we did it after?"
Row = tuple[str, str, str]


def percentile(values: list[float], share: float) -> float:
    return sorted(values)[min(len(values) - 1, int(share * len(values)))]


class Load:
    """Clients that have joined, dealt out to the hubs."""

    def __init__(self, hosts: list[Host]) -> None:
        self.hosts = hosts
        self.swarm = Swarm()
        self.handed_in = 0
        self.source = str(reference_source.text(load_course().exercise(EXERCISE)))
        self.organiser = self._join("organiser", hosts[0].organiser, hosts[0])
        for index in range(ROOMS + 1):
            self.organiser.send(frames.Request(f"r{index}", "add room", {"title": f"Room {index}"}))
        self._until(lambda: len(self.organiser.answers) == ROOMS + 1)
        *self.rooms, self.meeting = (answer["room"] for answer in self.organiser.answers.values())
        self.peers: list[Peer] = []
        for index in range(CLIENTS):
            host = hosts[index % len(hosts)]
            self.peers.append(self._join(f"member {index}", hosts[0].members, host))
        self._until(lambda: all(peer.state == "welcome" for peer in self.peers))

    def _join(self, name: str, invite: invites.Invitation, host: Host) -> Peer:
        peer = Peer(self.swarm, keys.DeviceKey.generate(), name)
        peer.invite = (invite.secret, invite.digest)
        peer.connect(host.members.address, host.members.fingerprint)
        self._until(lambda: peer.state == "welcome")
        return peer

    def _until(self, done: Callable[[], bool], patience: float = 60.0) -> None:
        self.swarm.run(done, patience)

    def enter(self, rooms: list[str]) -> None:
        """Everybody leaves the room they are in; they are dealt out anew."""
        for index, peer in enumerate(self.peers):
            for room in peer.rooms:
                peer.send(frames.Leave(room))
            peer.rooms, peer.caught = [rooms[index // len(self.hosts) % len(rooms)]], set()
            peer.send(frames.Enter(peer.rooms[0], peer.last.get(peer.rooms[0], 0)))
        self._until(lambda: all(peer.caught for peer in self.peers))

    def talk(self, rooms: list[str], rate: float, seconds: float) -> str:
        """Messages at a rate in each room, by its members in turn, while others hand in. How long they took."""
        swarm = self.swarm
        swarm.late, judged, handed_in = [], len(swarm.judged), self.handed_in
        cpu, waited = self._sum(Host.cpu), self._sum(Host.waited)
        start = time.perf_counter() + 0.1
        expected = 0
        for place, room in enumerate(rooms):
            members = [peer for peer in self.peers if peer.rooms == [room]]
            for index in range(int(seconds * rate)):
                swarm.at(start + (index + place / len(rooms)) / rate, self._says(members[index % len(members)]))
                expected += len(members)
        for index, peer in enumerate(self.peers):
            for turn in range(int(seconds / HERE_EVERY)):
                swarm.at(start + (turn + index / len(self.peers)) * HERE_EVERY, self._is_at(peer, turn))
        graders = itertools.cycle(self.peers[:GRADERS])

        def all_heard() -> bool:
            while self.handed_in - handed_in < len(swarm.judged) - judged + GRADERS:
                self._hand_in(next(graders))
            return len(swarm.late) >= expected

        self._until(all_heard, seconds + 60)
        took = time.perf_counter() - start
        ms = [1e3 * late for late in swarm.late]
        return (
            f"p50 {statistics.median(ms):.1f} ms, p99 {percentile(ms, 0.99):.1f} ms, longest {max(ms):.0f} ms; "
            f"{len(ms)} received, {(len(swarm.judged) - judged) / took:.1f} gradings/s, "
            f"{(self._sum(Host.cpu) - cpu) / len(ms) * 1e6:.0f} µs of the core each; "
            f"{(self._sum(Host.waited) - waited) / took:.0%} of the time it waited for the core"
        )

    def _says(self, peer: Peer) -> Callable[[], object]:
        return lambda: peer.say(peer.rooms[0], self.swarm.stamp() + WORDS)

    def _is_at(self, peer: Peer, turn: int) -> Callable[[], object]:
        return lambda: peer.send(frames.ReportStatus(peer.rooms[0], frames.MemberStatus(EXERCISE, turn, 10)))

    def _hand_in(self, peer: Peer) -> None:
        self.handed_in += 1
        source = f"{self.source}\n# {self.handed_in}\n".encode()
        peer.send(frames.DoCommand(f"hand-in-{self.handed_in}", peer.rooms[0], HandIn(EXERCISE, source)))

    def _sum(self, what: Callable[[Host], float]) -> float:
        return sum(what(host) for host in self.hosts)

    def reconnect(self) -> float:
        """Seconds until all are back and have what they missed."""
        for peer in self.peers:
            peer.drop()
        self.organiser.rooms = self.rooms
        for index in range(MISSED):
            room = self.rooms[index % len(self.rooms)]
            self.swarm.at(time.perf_counter() + index / 8, lambda room=room: self.organiser.say(room, "you are away"))
        before = self.swarm.acks
        self._until(lambda: self.swarm.acks >= before + MISSED)
        start = time.perf_counter()
        for index, peer in enumerate(self.peers):
            host = self.hosts[index % len(self.hosts)]
            peer.connect(host.members.address, host.members.fingerprint)
        self._until(lambda: all(peer.caught for peer in self.peers))
        return time.perf_counter() - start

    def faults(self) -> str:
        return f"{sum(p.gaps for p in self.peers)} gaps, {sum(p.doubles for p in self.peers)} duplicates"


def measure(name: str, started: AbstractContextManager[list[Host]], rooms_bound: int, meeting_bound: int) -> list[Row]:
    with started as hosts:
        load = Load(hosts)
        rows: list[Row] = []
        in_rooms = f"{CLIENTS} clients in {ROOMS} rooms, {ROOM_RATE:.0f} messages/s in each"
        at_once = f"a meeting of {CLIENTS}, {MEETING_RATE:.0f} messages/s"
        for what, rooms, rate, bound in (
            (in_rooms, load.rooms, ROOM_RATE, rooms_bound),
            (at_once, [load.meeting], MEETING_RATE, meeting_bound),
        ):
            load.enter(rooms)
            load.talk(rooms, rate, WARM)
            rows.append((f"{name}: {what}", load.talk(rooms, rate, SECONDS), f"p99 ≤ {bound} ms"))
        load.enter(load.rooms)
        rows.append((f"{name}: {CLIENTS} come back, each having missed {MISSED // ROOMS}",
                     f"{load.reconnect():.2f} s", "≤ 5 s"))  # fmt: skip
        rows.append((f"{name}: of all that was received", load.faults(), "none"))
        return rows


def run() -> list[Row]:
    """Rows of (what, figure, against)."""
    pin(CLIENTS_CORE)
    waits = [1e3 * wait for wait in disk_waits()]
    disk = f"p50 {statistics.median(waits):.1f} ms, p99 {percentile(waits, 0.99):.1f} ms"
    return [
        ("one wait for this disk, which each commit has", disk, ""),
        *measure("SQLite", one_hub(), 50, 100),
        *measure("two hubs on PostgreSQL", two_hubs(), 100, 100),
    ]
