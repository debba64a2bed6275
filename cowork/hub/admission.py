"""A hub's listening socket, which counts connections by address as it accepts them, before TLS and any request."""

from __future__ import annotations

import errno
import ipaddress
import logging
import os
import socket
import struct
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from cowork.hub.limits import MAX_PER_ADDRESS, MAX_UNSIGNED_PER_ADDRESS

log = logging.getLogger("cowork.hub")
RESERVED_FILES = 256  # for the store, the grader and the webhooks
BUSY_UNSIGNED = 1_024  # unsigned connections of all addresses, from which on an address may have only a few
BUSY_UNSIGNED_PER_ADDRESS = 32
REPORT_INTERVAL = 60.0  # seconds between two lines in the log about refused connections
OUT_OF_FILES = (errno.EMFILE, errno.ENFILE)
RESET = struct.pack("ii", 1, 0)  # SO_LINGER: closing resets the connection and leaves nothing behind

Peer = tuple[Any, ...]  # (address, port) or, for IPv6, (address, port, flow, scope)


class AcceptedSocket(socket.socket):
    """A connection that calls `on_close` once when it is closed."""

    on_close: Callable[[], None] | None = None

    def close(self) -> None:
        on_close, self.on_close = self.on_close, None
        super().close()
        if on_close is not None:
            on_close()


class Admission:
    """Decides which connections a hub accepts. `by_address` is false behind a proxy, whose connections all have its
    address."""

    def __init__(self, by_address: bool, max_files: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._by_address, self._clock = by_address, clock
        self._max = max(1, max_files - RESERVED_FILES)
        self._unsigned: dict[Peer, str] = {}
        self._unsigned_by_address: Counter[str] = Counter()
        self._open: Counter[str] = Counter()
        self._refused: Counter[str] = Counter()  # since the last report
        self._reported = float("-inf")

    def admit(self, peer: Peer) -> bool:
        """Counts a new connection, or returns False if it must be refused."""
        address = network(str(peer[0]))
        busy = len(self._unsigned) >= BUSY_UNSIGNED
        unsigned_limit = BUSY_UNSIGNED_PER_ADDRESS if busy else MAX_UNSIGNED_PER_ADDRESS
        full = self._open.total() >= self._max
        if full or (
            self._by_address
            and (self._open[address] >= MAX_PER_ADDRESS or self._unsigned_by_address[address] >= unsigned_limit)
        ):
            self._report(address)
            return False
        self._open[address] += 1
        self._unsigned[peer] = address
        self._unsigned_by_address[address] += 1
        return True

    def signed_in(self, peer: Peer) -> None:
        """Removes a connection from those that have not signed in."""
        if (address := self._unsigned.pop(peer, None)) is not None:
            _decrease(self._unsigned_by_address, address)

    def closed(self, peer: Peer) -> None:
        self.signed_in(peer)
        _decrease(self._open, network(str(peer[0])))

    def _report(self, address: str) -> None:
        """Logs refused connections at most once a minute."""
        self._refused[address] += 1
        now = self._clock()
        if now - self._reported >= REPORT_INTERVAL:
            (most, _), count = self._refused.most_common(1)[0], self._refused.total()
            log.warning("%d connections refused since the last such line, most of them from %s", count, most)
            self._refused.clear()
            self._reported = now


class Listener(socket.socket):
    """A listening socket whose `accept` closes connections that `admission` refuses."""

    admission: Admission | None = None
    _spare = -1  # a descriptor that is given up to accept and close a connection when no other is left

    @classmethod
    def of(cls, listener: socket.socket, admission: Admission) -> Listener:
        """Takes over a bound socket."""
        made = cls(listener.family, listener.type, listener.proto, fileno=listener.detach())
        made.admission = admission
        made._spare = os.open(os.devnull, os.O_RDONLY)
        return made

    def accept(self) -> tuple[socket.socket, Peer]:
        """Returns the next connection that is admitted. Raises BlockingIOError if there is none."""
        assert self.admission is not None
        while True:
            try:
                accepted, peer = super().accept()
            except OSError as error:
                if error.errno not in OUT_OF_FILES:
                    raise
                self._refuse_without_descriptors()
                continue
            if self.admission.admit(peer):
                connection = AcceptedSocket(accepted.family, accepted.type, accepted.proto, fileno=accepted.detach())
                connection.on_close = lambda admission=self.admission, peer=peer: admission.closed(peer)
                return connection, peer
            _reset(accepted)

    def close(self) -> None:
        spare, self._spare = self._spare, -1
        if spare >= 0:
            os.close(spare)
        super().close()

    def _refuse_without_descriptors(self) -> None:
        """Accepts and closes one connection; otherwise the loop would try again without end."""
        if self._spare < 0:
            raise BlockingIOError
        os.close(self._spare)
        self._spare = -1
        try:
            accepted, peer = super().accept()
            assert self.admission is not None
            self.admission._report(network(str(peer[0])))
            _reset(accepted)
        finally:
            with suppress(OSError):
                self._spare = os.open(os.devnull, os.O_RDONLY)


def network(address: str) -> str:
    """Returns what stands for one machine: an IPv4 address, or the /64 network of an IPv6 address."""
    try:
        ip = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if isinstance(ip, ipaddress.IPv6Address):
        return str(ip.ipv4_mapped or ipaddress.ip_network((ip, 64), strict=False))
    return str(ip)


def _reset(connection: socket.socket) -> None:
    with suppress(OSError):
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
    connection.close()


def _decrease(counts: Counter[str], key: str) -> None:
    counts[key] -= 1
    if counts[key] <= 0:
        del counts[key]
