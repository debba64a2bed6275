"""Benchmarks a hub with 200 clients over TLS while it grades: the hub on one core, the clients on another.

Latencies are from sending a command to receiving its event, for each client in the room. They include the hub's work
(read, check, store with a commit to disk, send) and that of the clients, which share one thread.
"""

from __future__ import annotations

import itertools
import os
import statistics
import time
from collections.abc import Callable
from contextlib import AbstractContextManager

from benchmarks.cowork_hubs import CLIENTS_CORE, Host, one_hub, pin, sync_seconds, two_hubs, waited_seconds
from benchmarks.cowork_peers import Peer, Swarm
from cowork import frames, invites, keys
from cowork.rooms.submissions import HandIn
from exercises.load import load_course
from grader.source import reference_source

CLIENTS, ROOMS = 200, 10
ROOM_RATE, MEETING_RATE = 5.0, 10.0  # messages per second, in each room and in the meeting
STATUS_INTERVAL = 10.0  # seconds between two status reports of a client
WARMUP_SECONDS, SECONDS = 3.0, float(os.environ.get("COWORK_SECONDS", "20"))
MISSED = 100  # messages sent while all clients are disconnected
GRADING_CLIENTS = 4  # clients that keep four gradings in progress: two run, two wait
GRADING_TIMEOUT = 180.0  # seconds for the gradings that are in progress at the end, on a busy machine
EXERCISE = "causal-attention"
MESSAGE = "why is the mask applied before the softmax, and what would happen if we did it after?"
Row = tuple[str, str, str]


def percentile(values: list[float], fraction: float) -> float:
    return sorted(values)[min(len(values) - 1, int(fraction * len(values)))]


class Load:
    """The clients, spread over the hubs, and the rooms they are in; the last of the rooms is for a meeting of all."""

    def __init__(self, hosts: list[Host], clients: int = CLIENTS, rooms: int = ROOMS) -> None:
        self.hosts = hosts
        self.swarm = Swarm()
        self.handed_in = 0
        self.source = str(reference_source.text(load_course().exercise(EXERCISE)))
        self.organiser = self._join("organiser", hosts[0].organiser, hosts[0])
        for index in range(rooms + 1):
            self.organiser.send(frames.Request(f"r{index}", "add room", {"title": f"Room {index}"}))
        self.swarm.run_until(lambda: len(self.organiser.answers) == rooms + 1)
        *self.rooms, self.meeting = (answer["room"] for answer in self.organiser.answers.values())
        self.peers: list[Peer] = []
        for index in range(clients):
            host = hosts[index % len(hosts)]
            self.peers.append(self._join(f"member {index}", hosts[0].members, host))
        self.swarm.run_until(lambda: all(peer.state == "welcome" for peer in self.peers))

    def _join(self, name: str, invite: invites.Invitation, host: Host) -> Peer:
        peer = Peer(self.swarm, keys.DeviceKey.generate(), name)
        peer.invite = (invite.secret, invite.digest)
        peer.connect(host.members.address, host.members.fingerprint)
        self.swarm.run_until(lambda: peer.state == "welcome")
        return peer

    def move_to(self, rooms: list[str]) -> None:
        """Spreads the clients evenly over these rooms."""
        for index, peer in enumerate(self.peers):
            for room in peer.rooms:
                peer.send(frames.Leave(room))
            peer.rooms, peer.caught_up = [rooms[index // len(self.hosts) % len(rooms)]], set()
            peer.send(frames.Enter(peer.rooms[0], peer.last.get(peer.rooms[0], 0)))
        self.swarm.run_until(lambda: all(peer.caught_up for peer in self.peers))

    def chat(self, rooms: list[str], rate: float, seconds: float) -> str:
        """Sends messages at a rate in each room while some clients hand in; describes the latencies."""
        swarm = self.swarm
        swarm.latencies, judged = [], len(swarm.judged)
        cpu_before, wait_before = self._total(Host.cpu_seconds), self._total(Host.wait_seconds)
        own_wait_before = waited_seconds()
        start = time.perf_counter() + 0.1
        expected = 0
        for position, room in enumerate(rooms):
            members = [peer for peer in self.peers if peer.rooms == [room]]
            for index in range(int(seconds * rate)):
                swarm.at(
                    start + (index + position / len(rooms)) / rate, self.chat_action(members[index % len(members)])
                )
                expected += len(members)
        for index, peer in enumerate(self.peers):
            for turn in range(int(seconds / STATUS_INTERVAL)):
                swarm.at(start + (turn + index / len(self.peers)) * STATUS_INTERVAL, self._status_action(peer, turn))
        grading_clients = itertools.cycle(self.peers[:GRADING_CLIENTS])

        def all_received() -> bool:
            while self.handed_in < len(swarm.judged) + GRADING_CLIENTS:
                self._hand_in(next(grading_clients))
            return len(swarm.latencies) >= expected

        swarm.run_until(all_received, seconds + 60)
        elapsed = time.perf_counter() - start
        ms = [1e3 * latency for latency in swarm.latencies]
        result = (
            f"p50 {statistics.median(ms):.1f} ms, p99 {percentile(ms, 0.99):.1f} ms, max {max(ms):.0f} ms; "
            f"{len(ms)} received, {(len(swarm.judged) - judged) / elapsed:.1f} gradings/s, "
            f"{(self._total(Host.cpu_seconds) - cpu_before) / len(ms) * 1e6:.0f} µs of CPU each; "
            f"the hub waited for its core {(self._total(Host.wait_seconds) - wait_before) / elapsed:.0%} of the time, "
            f"the clients {(waited_seconds() - own_wait_before) / elapsed:.0%}"
        )
        # the clients that leave a room miss its verdicts
        swarm.run_until(lambda: len(swarm.judged) == self.handed_in, GRADING_TIMEOUT)
        return result

    def chat_action(self, peer: Peer) -> Callable[[], object]:
        return lambda: peer.say(peer.rooms[0], self.swarm.stamp() + MESSAGE)

    def _status_action(self, peer: Peer, turn: int) -> Callable[[], object]:
        return lambda: peer.send(frames.ReportStatus(peer.rooms[0], frames.MemberStatus(EXERCISE, turn, 10)))

    def _hand_in(self, peer: Peer) -> None:
        self.handed_in += 1
        source = f"{self.source}\n# {self.handed_in}\n".encode()
        peer.send(frames.DoCommand(f"hand-in-{self.handed_in}", peer.rooms[0], HandIn(EXERCISE, source)))

    def _total(self, seconds: Callable[[Host], float]) -> float:
        return sum(seconds(host) for host in self.hosts)

    def reconnect(self) -> float:
        """Seconds until all clients have reconnected and received the messages they missed."""
        for peer in self.peers:
            peer.disconnect()
        self.organiser.rooms = self.rooms
        for index in range(MISSED):
            room = self.rooms[index % len(self.rooms)]
            self.swarm.at(
                time.perf_counter() + index / 8, lambda room=room: self.organiser.say(room, "you missed this")
            )
        before = self.swarm.acks
        self.swarm.run_until(lambda: self.swarm.acks >= before + MISSED)
        start = time.perf_counter()
        for index, peer in enumerate(self.peers):
            host = self.hosts[index % len(self.hosts)]
            peer.connect(host.members.address, host.members.fingerprint)
        self.swarm.run_until(lambda: all(peer.caught_up for peer in self.peers))
        return time.perf_counter() - start

    def delivery_errors(self) -> str:
        return f"{sum(p.gaps for p in self.peers)} gaps, {sum(p.duplicates for p in self.peers)} duplicates"


def measure(
    name: str, hub_context: AbstractContextManager[list[Host]], rooms_limit: int, meeting_limit: int
) -> list[Row]:
    with hub_context as hosts:
        load = Load(hosts)
        rows: list[Row] = []
        rooms_title = f"{CLIENTS} clients in {ROOMS} rooms, {ROOM_RATE:.0f} messages/s each"
        meeting_title = f"a meeting of {CLIENTS} clients, {MEETING_RATE:.0f} messages/s"
        for title, rooms, rate, limit in (
            (rooms_title, load.rooms, ROOM_RATE, rooms_limit),
            (meeting_title, [load.meeting], MEETING_RATE, meeting_limit),
        ):
            load.move_to(rooms)
            load.chat(rooms, rate, WARMUP_SECONDS)
            rows.append((f"{name}: {title}", load.chat(rooms, rate, SECONDS), f"p99 ≤ {limit} ms"))
        load.move_to(load.rooms)
        rows.append((f"{name}: {CLIENTS} clients reconnect and catch up on {MISSED // ROOMS} messages",
                     f"{load.reconnect():.2f} s", "≤ 5 s"))  # fmt: skip
        rows.append((f"{name}: delivery errors", load.delivery_errors(), "none"))
        return rows


def run() -> list[Row]:
    """Rows of (measurement, result, comparison)."""
    pin(CLIENTS_CORE)
    syncs = [1e3 * seconds for seconds in sync_seconds()]
    disk = f"p50 {statistics.median(syncs):.1f} ms, p99 {percentile(syncs, 0.99):.1f} ms"
    return [
        ("fdatasync on this disk, which each commit waits for", disk, ""),
        *measure("SQLite", one_hub(), 50, 100),
        *measure("two hubs on PostgreSQL", two_hubs(), 100, 100),
    ]
