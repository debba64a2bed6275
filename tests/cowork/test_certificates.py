"""Real TLS: the client talks to the one certificate it knows, and says nothing to another."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from cowork.certificates import Certificate, WrongFingerprint, client_context, load_or_create
from cowork.refusal import Refusal


class Server:
    def __init__(self) -> None:
        self.port = 0
        self.heard: list[bytes] = []
        self.ended = asyncio.Event()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            self.heard.append(await reader.read(100))
            writer.write(b"hello")
            await writer.drain()
        except (ConnectionError, ssl.SSLError):
            self.heard.append(b"")
        finally:
            self.ended.set()
            writer.close()


@pytest.fixture
def certificate(tmp_path: Path) -> Certificate:
    return load_or_create(tmp_path / "hub")


@pytest.fixture
async def server(certificate: Certificate) -> AsyncIterator[Server]:
    server = Server()
    listening = await asyncio.start_server(server.serve, "127.0.0.1", 0, ssl=certificate.context())
    server.port = listening.sockets[0].getsockname()[1]
    yield server
    listening.close()


def test_a_certificate_is_made_once_and_only_its_owner_reads_it(tmp_path: Path) -> None:
    first = load_or_create(tmp_path)
    assert first.path.stat().st_mode & 0o777 == 0o600
    assert load_or_create(tmp_path) == first
    assert len(bytes.fromhex(first.fingerprint)) == 32


def test_a_broken_certificate_is_left_alone(tmp_path: Path) -> None:
    path = load_or_create(tmp_path).path
    path.write_bytes(b"broken")
    with pytest.raises(Refusal, match="contains no certificate"):
        load_or_create(tmp_path)
    assert path.read_bytes() == b"broken"


async def test_the_pinned_certificate_is_talked_to(server: Server, certificate: Certificate) -> None:
    context = client_context(certificate.fingerprint)
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port, ssl=context)
    writer.write(b"hi")
    assert await reader.read(10) == b"hello"
    writer.close()


async def test_another_certificate_hears_nothing(server: Server, certificate: Certificate, tmp_path: Path) -> None:
    other = load_or_create(tmp_path / "other")
    with pytest.raises(WrongFingerprint):
        await asyncio.open_connection("127.0.0.1", server.port, ssl=client_context(other.fingerprint))
    _, writer = await asyncio.open_connection("127.0.0.1", server.port, ssl=client_context(certificate.fingerprint))
    writer.write(b"hi")
    while b"hi" not in server.heard:
        await asyncio.sleep(0.001)
    assert b"".join(server.heard) == b"hi"
    writer.close()


async def test_without_a_fingerprint_a_certificate_that_nobody_vouches_for_is_refused(server: Server) -> None:
    with pytest.raises(ssl.SSLCertVerificationError):
        await asyncio.open_connection("127.0.0.1", server.port, ssl=client_context(""))


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion")
async def test_old_tls_is_refused(server: Server, certificate: Certificate) -> None:
    old = client_context(certificate.fingerprint)
    old.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED
    old.maximum_version = ssl.TLSVersion.TLSv1_1
    with pytest.raises((ssl.SSLError, ConnectionError)):
        await asyncio.open_connection("127.0.0.1", server.port, ssl=old)
