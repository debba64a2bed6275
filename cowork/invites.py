"""Invites: a text to send to somebody, which holds where the hub is, how to know it, and a secret that lets them in."""

from __future__ import annotations

import base64
import hashlib
import re
import secrets
from urllib.parse import urlsplit

import msgspec

from cowork.permissions import Role
from cowork.refusal import Refusal
from cowork.store.contract import Invite

MARK = "fromscratch+join:"
VERSION = 1
SECRET, FINGERPRINT, CHECK = 16, 32, 4  # bytes
DAY = 86_400.0  # seconds


class Invitation(msgspec.Struct, frozen=True):
    """What the text holds. `address`: "wss://host:port"; `fingerprint`: SHA-256 of the hub's certificate in hex,
    "" where the system's authorities vouch for it; `secret`: hex."""

    address: str
    fingerprint: str
    secret: str

    @property
    def digest(self) -> str:
        """What the hub stores of the secret."""
        return digest(self.secret)

    def text(self) -> str:
        """The invite as it is sent. Base 32, as chat programs make other things of "_" and "--"."""
        print_, address = bytes.fromhex(self.fingerprint), self.address.encode()
        body = bytes((VERSION, len(print_), len(address))) + bytes.fromhex(self.secret) + print_ + address
        return MARK + base64.b32encode(body + _check(body)).decode().rstrip("=").lower()


def digest(secret: str) -> str:
    """SHA-256 of an invite's secret, hex. The secret has 128 random bits, so that a plain digest is enough."""
    return hashlib.sha256(f"{MARK}{secret}".encode()).hexdigest()


def create(
    address: str, fingerprint: str, role: Role, now: float, *,
    rooms: tuple[str, ...] = (), uses: int = 1, lifetime: float = 7 * DAY, by: str = "",
) -> tuple[Invitation, Invite]:  # fmt: skip
    """An invite: what is sent, and what is stored. `lifetime`: seconds; `by`: the organiser's id."""
    check_address(address)
    invitation = Invitation(address, fingerprint, secrets.token_hex(SECRET))
    return invitation, Invite(invitation.digest, role, now + lifetime, uses, rooms, by)


def read(text: str) -> Invitation:
    """An invite from text that came through a chat: line breaks, quotes, marks of quotation and words around it do
    no harm. Raises Refusal("invite") with what is wrong."""
    kept = re.sub(r"[^a-z0-9:+]", "", text.casefold())
    _, found, rest = kept.partition(MARK)
    if not found:
        raise Refusal("invite", f"This is no invite: an invite begins with `{MARK}`.")
    # its end is known by its length: words that follow in the message are left out
    letters = re.sub(r"[^a-z2-7]", "", rest)
    head = _decode(letters[:8])
    if len(head) < 3:
        raise Refusal("invite", "The invite is cut short. Copy all of it.")
    if head[0] != VERSION:
        raise _mistyped(" Or it was made by a newer fromscratch: `pip install --upgrade fromscratch`.")
    size = 3 + SECRET + head[1] + head[2] + CHECK
    needed = -(-size * 8 // 5)
    if len(letters) < needed:
        raise Refusal("invite", "The invite is cut short, or mistyped. Copy all of it.")
    data = _decode(letters[:needed])
    body, check = data[:-CHECK], data[-CHECK:]
    if check != _check(body) or head[1] not in (0, FINGERPRINT):
        raise _mistyped()
    secret, rest_ = body[3 : 3 + SECRET], body[3 + SECRET :]
    try:
        address = rest_[head[1] :].decode()
    except UnicodeDecodeError:
        raise _mistyped() from None
    check_address(address)
    return Invitation(address, rest_[: head[1]].hex(), secret.hex())


def _decode(letters: str) -> bytes:
    """Bytes from base 32 without its padding; b"" where the number of letters cannot be."""
    if len(letters) % 8 in (1, 3, 6):
        return b""
    return base64.b32decode(letters.upper() + "=" * (-len(letters) % 8))


def _check(body: bytes) -> bytes:
    return hashlib.sha256(MARK.encode() + body).digest()[:CHECK]


def _mistyped(more: str = "") -> Refusal:
    return Refusal("invite", f"The invite is mistyped: a letter or more is wrong. Copy it whole.{more}")


def check_address(address: str) -> None:
    """Raises Refusal for what is no address of a hub: hubs are reached over TLS only."""
    try:
        parts = urlsplit(address)
        host, _ = parts.hostname, parts.port
    except ValueError:
        host, parts = None, urlsplit("")
    if parts.scheme != "wss" or not host or len(address) > 255 or not address.isascii() or not address.isprintable():
        raise Refusal("address", f"{address!r} is no address of a hub: one looks like wss://192.168.1.5:8765.")


def is_loopback(host: str) -> bool:
    """Whether a host's name or number means this machine."""
    return host in ("localhost", "::1") or re.fullmatch(r"127(\.\d{1,3}){3}", host) is not None
