"""A hub behind a proxy: the system's authorities vouch for its certificate, and its address takes the pin's place."""

from __future__ import annotations

import datetime
import ipaddress
import socket
import ssl
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from cowork import invites
from cowork.client.connection import join
from cowork.hub.hosting import serving
from cowork.hub.hub import Hub
from cowork.refusal import Refusal
from cowork.store.open_store import open_store

PEM, DAY = serialization.Encoding.PEM, datetime.timedelta(days=1)


class Authority:
    """Vouches for certificates; `path` is its own."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.path = folder, folder / "authority.pem"
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "an authority")])
        self.path.write_bytes(self.vouch(self.key, self.name, None).public_bytes(PEM))

    def vouch(
        self, key: ec.EllipticCurvePrivateKey, subject: x509.Name, address: str | None, ends: int = 1
    ) -> x509.Certificate:
        now = datetime.datetime.now(datetime.UTC)
        made = (
            x509.CertificateBuilder().subject_name(subject).issuer_name(self.name).public_key(key.public_key())
            .serial_number(x509.random_serial_number()).not_valid_before(now - 2 * DAY)
            .not_valid_after(now + ends * DAY)
            .add_extension(x509.BasicConstraints(address is None, None), critical=True)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(self.key.public_key()), False)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), False)
        )  # fmt: skip
        if address is not None:
            names = [x509.IPAddress(ipaddress.ip_address(address))]
            made = made.add_extension(x509.SubjectAlternativeName(names), False)
        return made.sign(self.key, hashes.SHA256())

    def context(self, address: str, ends: int = 1) -> ssl.SSLContext:
        """For a server at an address."""
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "a proxy")])
        secret = key.private_bytes(PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        path = self.folder / "proxy.pem"
        path.write_bytes(self.vouch(key, name, address, ends).public_bytes(PEM) + secret)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(path)
        return context


@pytest.fixture
def authority(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Authority:
    """One that this system trusts."""
    authority = Authority(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.path))
    return authority


@pytest.fixture
async def hub(tmp_path: Path) -> AsyncIterator[tuple[Hub, socket.socket]]:
    """A hub that knows no certificate, as behind a proxy, and the socket that it is reached at."""
    listener = socket.create_server(("127.0.0.1", 0))
    hub = Hub(open_store(tmp_path / "hub.db"), f"wss://127.0.0.1:{listener.getsockname()[1]}", "")
    await hub.start()
    yield hub, listener
    await hub.close()


async def invited(hub: Hub) -> str:
    made, stored = invites.create(hub.address, "", "member", time.time())
    await hub.store.add_invite(stored)
    return made.text()


async def test_a_certificate_that_is_vouched_for_is_enough(
    authority: Authority, hub: tuple[Hub, socket.socket], tmp_path: Path
) -> None:
    async with serving(*hub, authority.context("127.0.0.1")):
        known = await join(await invited(hub[0]), "Ada", tmp_path / "ada")
        assert (known.fingerprint, known.address) == ("", hub[0].address)


@pytest.mark.parametrize(("address", "ends"), [("127.0.0.2", 1), ("127.0.0.1", -1)], ids=["other name", "expired"])
async def test_one_for_another_address_or_time_is_not(
    authority: Authority, hub: tuple[Hub, socket.socket], tmp_path: Path, address: str, ends: int
) -> None:
    async with serving(*hub, authority.context(address, ends)):
        with pytest.raises(Refusal, match="Nothing was sent") as refused:
            await join(await invited(hub[0]), "Ada", tmp_path / "ada")
        assert refused.value.code == "certificate"


async def test_a_relay_at_another_address_gets_nowhere(
    authority: Authority, hub: tuple[Hub, socket.socket], tmp_path: Path
) -> None:
    """It has a certificate that is vouched for, for an address of its own: what is signed names that address."""
    async with serving(*hub, authority.context("127.0.0.1")):
        text = await invited(hub[0])
        hub[0].own_addresses = ["wss://the-true-hub.example.org"]
        with pytest.raises(Refusal) as refused:
            await join(text, "Ada", tmp_path / "ada")
        assert refused.value.code == "key"
