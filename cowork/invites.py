"""Invites: text with the hub's address, the fingerprint of its certificate, and a secret that admits its bearer."""

from __future__ import annotations

import base64
import hashlib
import re
import secrets
from collections.abc import Sequence
from urllib.parse import urlsplit

import msgspec

from cowork.permissions import Role
from cowork.refusal import Refusal
from cowork.store.contract import Invite

PREFIX = "fromscratch+join:"
VERSION = 1
SECRET_SIZE, FINGERPRINT_SIZE, CHECKSUM_SIZE = 16, 32, 4  # bytes
DAY = 86_400.0  # seconds
MAX_ADDRESSES = 255  # bytes of all addresses in an invite


class Invitation(msgspec.Struct, frozen=True):
    """The content of an invite. `address`: "wss://host:port"; `fingerprint`: SHA-256 of the hub's certificate in hex,
    or "" if the system's certificate authorities verify it; `secret`: hex; `others`: further addresses of the group,
    whose hubs have the same certificate."""

    address: str
    fingerprint: str
    secret: str
    others: tuple[str, ...] = ()

    @property
    def addresses(self) -> list[str]:
        """All addresses, in the order in which they are tried."""
        return [self.address, *self.others]

    @property
    def digest(self) -> str:
        """The digest of the secret, which the hub stores."""
        return digest(self.secret)

    def text(self) -> str:
        """The text to send, in base 32 because chat programs change "_" and "--"."""
        fingerprint, address = bytes.fromhex(self.fingerprint), _joined(self.addresses)
        body = bytes((VERSION, len(fingerprint), len(address))) + bytes.fromhex(self.secret) + fingerprint + address
        return PREFIX + base64.b32encode(body + _checksum(body)).decode().rstrip("=").lower()


def digest(secret: str) -> str:
    """SHA-256 of an invite's secret, in hex. The secret has 128 random bits, so a plain digest is enough."""
    return hashlib.sha256(f"{PREFIX}{secret}".encode()).hexdigest()


def _joined(addresses: Sequence[str]) -> bytes:
    """Returns as many of the addresses as fit into an invite, at least the first."""
    kept = addresses[0]
    for address in addresses[1:]:
        if len(kept) + 1 + len(address) <= MAX_ADDRESSES:
            kept += f" {address}"
    return kept.encode()


def create(
    addresses: str | Sequence[str], fingerprint: str, role: Role, now: float, *,
    rooms: tuple[str, ...] = (), uses: int = 1, lifetime: float = 7 * DAY, by: str = "", label: str = "",
    links: str = "",
) -> tuple[Invitation, Invite]:  # fmt: skip
    """Returns a new invite, as it is sent and as it is stored. `lifetime`: seconds; `by`: the organiser's id;
    `label`: for whom it is; `links`: the member whose device it adds."""
    first, *others = [addresses] if isinstance(addresses, str) else addresses
    for address in (first, *others):
        check_address(address)
    invitation = Invitation(first, fingerprint, secrets.token_hex(SECRET_SIZE), tuple(others))
    return invitation, Invite(invitation.digest, role, now + lifetime, uses, rooms, by, now, label, uses, links=links)


def parse(text: str) -> Invitation:
    """Parses an invite from text that came through a chat; line breaks, quotation marks and other words around it are
    ignored. Raises Refusal("invite")."""
    kept = re.sub(r"[^a-z0-9:+]", "", text.casefold())
    _, prefix, rest = kept.partition(PREFIX)
    if not prefix:
        raise Refusal("invite", f"This is not an invite: an invite starts with `{PREFIX}`.")
    # the length is in the header, so words that follow in the message are ignored
    letters = re.sub(r"[^a-z2-7]", "", rest)
    head = _decode(letters[:8])
    if len(head) < 3:
        raise Refusal("invite", "The invite is incomplete. Copy all of it.")
    if head[0] != VERSION:
        raise _mistyped(" Or it was made by a newer fromscratch: `pip install --upgrade fromscratch`.")
    size = 3 + SECRET_SIZE + head[1] + head[2] + CHECKSUM_SIZE
    needed = -(-size * 8 // 5)
    if len(letters) < needed:
        raise Refusal("invite", "The invite is incomplete or mistyped. Copy all of it.")
    data = _decode(letters[:needed])
    body, checksum = data[:-CHECKSUM_SIZE], data[-CHECKSUM_SIZE:]
    if checksum != _checksum(body) or head[1] not in (0, FINGERPRINT_SIZE):
        raise _mistyped()
    secret, payload = body[3 : 3 + SECRET_SIZE], body[3 + SECRET_SIZE :]
    try:
        first, *others = payload[head[1] :].decode().split(" ")
    except UnicodeDecodeError:
        raise _mistyped() from None
    for address in (first, *others):
        check_address(address)
    return Invitation(first, payload[: head[1]].hex(), secret.hex(), tuple(others))


def _decode(letters: str) -> bytes:
    """Decodes base 32 without padding; returns b"" if no bytes have that many letters."""
    if len(letters) % 8 in (1, 3, 6):
        return b""
    return base64.b32decode(letters.upper() + "=" * (-len(letters) % 8))


def _checksum(body: bytes) -> bytes:
    return hashlib.sha256(PREFIX.encode() + body).digest()[:CHECKSUM_SIZE]


def _mistyped(hint: str = "") -> Refusal:
    return Refusal("invite", f"The invite is mistyped: some characters are wrong. Copy all of it.{hint}")


def check_address(address: str) -> None:
    """Raises Refusal unless `address` can be a hub's, which is always reached over TLS."""
    try:
        parts = urlsplit(address)
        host, _ = parts.hostname, parts.port
    except ValueError:
        host, parts = None, urlsplit("")
    if parts.scheme != "wss" or not host or len(address) > 255 or not address.isascii() or not address.isprintable():
        raise Refusal("address", f"{address!r} is not the address of a hub, such as wss://192.168.1.5:8765.")


def is_loopback(host: str) -> bool:
    """Whether a host name or IP address means this machine."""
    return host in ("localhost", "::1") or re.fullmatch(r"127(\.\d{1,3}){3}", host) is not None
