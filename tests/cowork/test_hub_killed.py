"""`fromscratch host` is killed in the middle of traffic, or stopped: what was acknowledged is there, once."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import subprocess
import sys
from pathlib import Path

from websockets.exceptions import ConnectionClosed

from cowork import frames, invites, keys
from cowork.rooms.chat import SendMessage
from playground import lock
from tests.support.hub import HubServer, Peer
from tests.support.hub_process import hub_process

WRITERS, EACH, KILLED_AFTER = 4, 30, 40


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return int(taken.getsockname()[1])


def reached(invitation: invites.Invitation) -> HubServer:
    return HubServer(None, invitation.address, invitation.fingerprint)  # type: ignore[arg-type]


class Writer:
    """Says one thing after the other, each until it is acknowledged; `acked`: seq by text."""

    def __init__(self, name: str, key: keys.DeviceKey) -> None:
        self.name, self.key = name, key
        self.acked: dict[str, int] = {}

    async def write(self, peer: Peer) -> None:
        for index in range(EACH):
            text = f"{self.name} {index}"
            if text not in self.acked:
                done = await peer.do(
                    "lobby", SendMessage(text), f"c{index}"
                )  # the same id as before the hub was killed
                assert isinstance(done, frames.Ack), done
                self.acked[text] = done.seq


async def test_what_a_killed_hub_had_acknowledged_is_there_once_when_it_runs_again(tmp_path: Path) -> None:
    port = str(free_port())
    writers = [Writer(f"w{index}", keys.DeviceKey.generate()) for index in range(WRITERS)]
    async with hub_process(tmp_path, "--port", port, "--invite", "10") as host, contextlib.AsyncExitStack() as ends:
        hub = reached(host.invitations[-1])
        peers = [await ends.enter_async_context(hub.enrol(one.name, one.key, host.invitations[-1])) for one in writers]
        writing = [asyncio.create_task(one.write(peer)) for one, peer in zip(writers, peers, strict=True)]
        while sum(len(one.acked) for one in writers) < KILLED_AFTER:
            await asyncio.sleep(0.001)
        assert not any(file.stat().st_mode & 0o077 for file in tmp_path.glob("hub.db*")), "others read no sources"
        await host.kill()
        for result in await asyncio.gather(*writing, return_exceptions=True):
            assert isinstance(result, ConnectionClosed | None), result
    before = {text: seq for one in writers for text, seq in one.acked.items()}
    assert KILLED_AFTER <= len(before) < WRITERS * EACH

    async with hub_process(tmp_path, "--port", port) as host, contextlib.AsyncExitStack() as ends:
        assert not host.invitations or len(host.invitations) == 1  # an organiser's, as none has joined
        peers = [await ends.enter_async_context(hub.sign_in(one.key)) for one in writers]  # the certificate is the same
        await asyncio.gather(*(one.write(peer) for one, peer in zip(writers, peers, strict=True)))
        await peers[0].enter("lobby")
        events = await peers[0].events_until("lobby", lambda events: len(events) >= WRITERS * EACH)
        code, rest = await host.stop()
        assert (code, "stored" in rest) == (0, True)
        for peer in peers:
            with contextlib.suppress(ConnectionClosed):
                while True:
                    await peer.next()
            assert peer.socket.close_code == 1012  # "service restart": they were told
    assert [event.seq for event in events] == [*range(1, WRITERS * EACH + 1)]
    there = {event.fact.text: event.seq for event in events}
    assert len(there) == len(events)
    assert there == {text: seq for one in writers for text, seq in one.acked.items()}
    assert before.items() <= there.items()


async def test_who_owns_the_hubs_folder_makes_an_organiser(tmp_path: Path) -> None:
    """Also while the hub runs; nobody else can, since it is done at the machine."""
    assert "no hub in" in refused("--data", str(tmp_path), "--new-organiser")
    async with hub_process(tmp_path, "--port", str(free_port())):
        command = [sys.executable, "-m", "tui", "host", "--data", str(tmp_path), "--new-organiser"]
        made = await asyncio.to_thread(subprocess.run, command, capture_output=True, text=True, timeout=60, check=True)
        invitation = invites.parse(made.stdout.partition("fromscratch join ")[2])
        async with reached(invitation).enrol("Olga", keys.DeviceKey.generate(), invitation) as olga:
            assert olga.member.role == "organiser"


def refused(*options: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "tui", "host", *options], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 1 and "Traceback" not in done.stderr, done.stderr
    return done.stderr


def test_what_is_in_the_way_of_a_hub_is_said_in_words(tmp_path: Path) -> None:
    with lock.file_lock(tmp_path / "hub.lock", lambda: None):
        assert "already running" in refused("--data", str(tmp_path), "--port", "0")
    with socket.create_server(("127.0.0.1", 0)) as taken:
        says = refused("--data", str(tmp_path), "--port", str(taken.getsockname()[1]))
    assert "cannot listen" in says and "--port" in says
    says = refused("--data", str(tmp_path), "--behind-proxy", "--address", "0.0.0.0", "--public-address", "h.org:443")
    assert "127.0.0.1" in says
    says = refused("--data", str(tmp_path), "--port", "0", "--database", f"postgresql://127.0.0.1:{free_port()}/none")
    assert "PostgreSQL" in says and "reached" in says
    (tmp_path / "file").touch()
    says = refused("--data", str(tmp_path / "file"), "--port", "0")
    assert "--data" in says
