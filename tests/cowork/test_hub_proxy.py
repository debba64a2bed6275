"""A hub behind a proxy: without TLS itself, on this machine only; addresses are those that the proxy tells."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest
import websockets

from cowork import frames, invites, keys
from cowork.hub.hosting import serving
from cowork.hub.hub import Hub
from cowork.store.open_store import open_store

PUBLIC, ALIAS = "wss://hub.example.org:443", "wss://other.example.org"


@pytest.mark.parametrize("address", [PUBLIC, ALIAS])
async def test_clients_of_a_proxy_sign_for_the_address_they_know(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    listener = socket.create_server(("127.0.0.1", 0))
    hub = Hub(open_store(tmp_path / "hub.db"), PUBLIC, "", [ALIAS])
    await hub.start()
    monkeypatch.setattr(hub.unsigned_limit, "_limit", 1)
    here = f"ws://127.0.0.1:{listener.getsockname()[1]}{frames.PATH}"

    def connect(client: str) -> websockets.connect:
        return websockets.connect(here, additional_headers={"X-Forwarded-For": client}, proxy=None)

    async with (
        serving(hub, listener, None),
        connect("203.0.113.1") as first, connect("203.0.113.2") as second,
        connect("203.0.113.2, 203.0.113.1:4711, 127.0.0.1") as third,
    ):  # fmt: skip
        challenge = frames.from_hub.decode(await first.recv())
        assert isinstance(challenge, frames.Challenge)
        assert isinstance(frames.from_hub.decode(await second.recv()), frames.Challenge)  # of another address
        full = frames.from_hub.decode(await third.recv())
        assert isinstance(full, frames.Refused) and full.code == "full"

        invitation, stored = invites.create(hub.addresses, "", "member", 2e9)
        await hub.store.add_invite(stored)
        key, digest = keys.DeviceKey.generate(), invitation.digest
        signed = keys.statement("enrol", challenge.hub, challenge.nonce, keys.channel(address, ""), digest, "Ada")
        await first.send(frames.encode(frames.Enrol(invitation.secret, "Ada", key.public, key.sign(signed))))
        assert isinstance(frames.from_hub.decode(await first.recv()), frames.Welcome)
    await hub.close()
