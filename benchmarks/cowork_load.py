"""A hub under load: 200 clients over TLS, its process on one core, the clients on another, while it grades.

Times are from sending a `do` to receiving the event, by each client in the room, the sender too; they hold the
clients' own work, which is on one thread. The hub validates, decides, stores in SQLite (a commit waits for the disk),
and sends.
"""

from __future__ import annotations

import itertools
import os
import re
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.cowork_peers import Peer, Swarm
from cowork import frames, invites, keys
from exercises.load import load_course

CLIENTS, ROOMS = 200, 10
ROOM_RATE = 5.0  # messages a second in each of the rooms
MEETING_RATE = 10.0
HERE_EVERY = 10.0  # seconds between two changes of where a client is
SECONDS = float(os.environ.get("COWORK_SECONDS", "20"))
WORDS = "why is the mask applied before the softmax, and what would happen if we did it after?"
GRADED = "causal-attention"


class Server:
    """A process `fromscratch host`, on core 0."""

    def __init__(self, data: Path, database: str | None = None) -> None:
        self.data = data
        extra = ["--database", database] if database else []
        command = [sys.executable, *(["-m", "cProfile", "-o", "/tmp/hub.prof"] if os.environ.get("PROFILE") else []), "-m", "tui", "host", "--port", "0", "--data", str(data), "--invite", "1000", *extra]
        self.process = subprocess.Popen(
            command, stdout=subprocess.PIPE, text=True, bufsize=1, preexec_fn=lambda: _pin(0), start_new_session=True
        )
        texts = []
        assert self.process.stdout is not None
        for line in self.process.stdout:
            texts += re.findall(r"join (fromscratch\S+)", line)
            if line.startswith("Organisers"):
                break
        self.invites = [invites.read(text) for text in texts]
        self.address, self.fingerprint = self.invites[-1].address, self.invites[-1].fingerprint

    def cpu(self) -> float:
        """Seconds of processor time that the hub's process has used, its children's not."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def stop(self) -> None:
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(30)


def _pin(core: int) -> None:
    cores = sorted(os.sched_getaffinity(0))
    os.sched_setaffinity(0, {cores[min(core, len(cores) - 1)]})


def _percentile(values: list[float], share: float) -> float:
    return sorted(values)[min(len(values) - 1, int(share * len(values)))]


class Load:
    def __init__(self, servers: list[Server]) -> None:
        self.servers = servers
        self.swarm = Swarm()
        self.organiser = self._join("organiser", servers[0].invites[0], servers[0])
        self.rooms: list[str] = []
        for index in range(ROOMS + 1):
            self.organiser.send(frames.Request(f"room{index}", "add room", {"title": f"Load {index}"}))
        self._until(lambda: len(self.organiser.answers) == ROOMS + 1)
        self.rooms = [self.organiser.answers[f"room{index}"]["room"] for index in range(ROOMS + 1)]
        self.meeting = self.rooms.pop()
        self.peers = []
        for index in range(CLIENTS):
            self.peers.append(self._join(f"member {index}", servers[0].invites[-1], servers[index % len(servers)]))
            if index % 20 == 19:
                self._until(lambda: all(peer.state == "welcome" for peer in self.peers))
        self.graders = self.peers[:4]
        self.handed_in = itertools.count()
        self.source = load_course().exercise(GRADED).reference_source() if False else _reference()

    def _join(self, name: str, invite: invites.Invitation, server: Server) -> Peer:
        peer = Peer(self.swarm, keys.DeviceKey.make(), name)
        peer.invite = (invite.secret, invite.digest)
        peer.connect(server.address, server.fingerprint)
        self._until(lambda: peer.state == "welcome")
        return peer

    def _until(self, done, patience: float = 60.0) -> None:  # type: ignore[no-untyped-def]
        self.swarm.run(done, patience)

    def enter(self, rooms: list[str]) -> None:
        for index, peer in enumerate(self.peers):
            for room in peer.rooms:
                peer.send(frames.Leave(room))
            peer.rooms, peer.caught = [rooms[index % len(rooms)]], set()
            peer.send(frames.Enter(peer.rooms[0], peer.last.get(peer.rooms[0], 0)))
        self._until(lambda: all(peer.caught for peer in self.peers))

    def talk(self, rooms: list[str], rate: float, seconds: float, grade: bool = True) -> dict[str, float]:
        """Messages at a rate in each room, in turn by its members."""
        swarm = self.swarm
        swarm.late.clear()
        swarm.acks.clear()
        cpu, own = [server.cpu() for server in self.servers], time.process_time()
        start = time.perf_counter() + 0.2
        sent = 0
        for place, room in enumerate(rooms):
            members = itertools.cycle([peer for peer in self.peers if peer.rooms == [room]])
            count = int(seconds * rate)
            for index in range(count):
                when = start + (index + place / len(rooms)) / rate
                swarm.at(when, lambda peer=next(members), room=room: peer.say(room, swarm.stamp() + WORDS))
            sent += count
        for index, peer in enumerate(self.peers):
            for turn in range(int(seconds / HERE_EVERY)):
                when = start + (turn + index / len(self.peers)) * HERE_EVERY
                here = frames.Here(GRADED, turn, 10)
                swarm.at(when, lambda peer=peer, here=here: peer.send(frames.IAm(peer.rooms[0], here)))
        if grade:
            for turn in range(int(seconds * 2)):
                swarm.at(start + turn / 2, lambda peer=self.graders[turn % 4]: self._hand_in(peer))
        expected = sum(int(seconds * rate) * sum(peer.rooms == [room] for peer in self.peers) for room in rooms)
        self._until(lambda: len(swarm.late) >= expected, seconds + 60)
        wall = time.perf_counter() - start
        used = sum(server.cpu() for server in self.servers) - sum(cpu)
        return {
            "sent": sent, "received": len(swarm.late), "p50": statistics.median(swarm.late),
            "p99": _percentile(swarm.late, 0.99), "most": max(swarm.late), "wall": wall, "server": used / wall,
            "server each": used / len(swarm.late), "own": (time.process_time() - own) / wall,
            "own each": (time.process_time() - own) / len(swarm.late),
        }  # fmt: skip

    def _hand_in(self, peer: Peer) -> None:
        source = self.source + f"\n# {next(self.handed_in)}\n".encode()
        peer.send(frames.Do(f"h{next(self.handed_in)}", peer.rooms[0], HandIn(GRADED, source)))

    def reconnect(self) -> float:
        for peer in self.peers:
            peer.drop()
        self.organiser.rooms = []
        talkers = self.rooms
        for index in range(100):  # what they miss
            self.organiser.say(talkers[index % len(talkers)], "while you were away")
        self._until(lambda: True)
        start = time.perf_counter()
        for index, peer in enumerate(self.peers):
            server = self.servers[index % len(self.servers)]
            peer.connect(server.address, server.fingerprint)
        self._until(lambda: all(peer.caught for peer in self.peers))
        return time.perf_counter() - start

    @property
    def faults(self) -> tuple[int, int]:
        return sum(peer.gaps for peer in self.peers), sum(peer.doubles for peer in self.peers)


def _reference() -> bytes:
    from grader import oracle

    text = oracle.text(load_course().exercise(GRADED))
    return text.encode() if isinstance(text, str) else text


from cowork.rooms.work import HandIn  # noqa: E402


def run() -> list[tuple[str, str, str]]:
    """Rows of (what, figure, against)."""
    _pin(1)
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        server = Server(Path(folder))
        try:
            load = Load([server])
            load.enter(load.rooms)
            for name, rooms, rate, bound in (
                (f"{CLIENTS} clients, {ROOMS} rooms at {ROOM_RATE:.0f}/s", load.rooms, ROOM_RATE, 50),
                (f"a meeting of {CLIENTS} at {MEETING_RATE:.0f}/s", [load.meeting], MEETING_RATE, 100),
            ):
                load.enter(rooms)
                found = load.talk(rooms, rate, SECONDS)
                figure = f"p50 {found['p50'] * 1e3:.1f} ms, p99 {found['p99'] * 1e3:.1f} ms, most {found['most'] * 1e3:.0f} ms"
                rows.append((name, figure, f"p99 at most {bound} ms"))
                print(name, {k: round(v, 6) for k, v in found.items()}, load.faults, load.swarm.refused[:2])
            print("reconnect", load.reconnect(), load.faults)
        finally:
            server.stop()
    return rows
