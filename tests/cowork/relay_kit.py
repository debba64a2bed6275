"""A wire that can be cut: TCP passed on unread between clients and a hub, so that TLS goes through it end to end."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator

import msgspec
from hub_kit import Running

from cowork.client.known_hubs import KnownHub


class Relay:
    """`open`: takes connections; `deaf`: what the hub says is lost; `most`: bytes that a connection may bring from the
    hub before it is cut."""

    def __init__(self, port: int) -> None:
        self._to = port
        self._wires: set[asyncio.StreamWriter] = set()
        self.port = 0
        self.open = True
        self.deaf = False
        self.most: int | None = None
        self.taken = 0

    def known(self, hub: KnownHub) -> KnownHub:
        """The hub, as it is reached through here."""
        return msgspec.structs.replace(hub, address=f"wss://127.0.0.1:{self.port}")

    def cut(self) -> None:
        """Ends all connections, as a pulled cable does."""
        for wire in list(self._wires):
            wire.transport.abort()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._wires.add(writer)
        self.taken += 1
        try:
            if not self.open:
                return
            hub_reader, hub_writer = await asyncio.open_connection("127.0.0.1", self._to)
            self._wires.add(hub_writer)
            try:
                there = asyncio.ensure_future(self._pass(reader, hub_writer, False))
                back = asyncio.ensure_future(self._pass(hub_reader, writer, True))
                await asyncio.wait([there, back], return_when=asyncio.FIRST_COMPLETED)
                for one in (there, back):
                    one.cancel()
            finally:
                self._wires.discard(hub_writer)
                hub_writer.transport.abort()
        except OSError:
            pass
        finally:
            self._wires.discard(writer)
            writer.transport.abort()

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, back: bool) -> None:
        passed = 0
        with contextlib.suppress(OSError):
            while data := await reader.read(65536):
                if back and self.deaf:
                    continue
                writer.write(data)
                await writer.drain()
                passed += len(data)
                if back and self.most is not None and passed > self.most:
                    return


@contextlib.asynccontextmanager
async def relayed(running: Running) -> AsyncIterator[Relay]:
    """A relay before a hub."""
    relay = Relay(int(running.address.rpartition(":")[2]))
    server = await asyncio.start_server(relay.serve, "127.0.0.1", 0)
    relay.port = server.sockets[0].getsockname()[1]
    try:
        yield relay
    finally:
        relay.open = False
        relay.cut()
        server.close()
