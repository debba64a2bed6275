"""A device's key, and what is signed with it: a hub's challenge, for that hub over that connection and nothing else."""

from __future__ import annotations

import base64
import binascii
from pathlib import Path
from typing import Literal

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from cowork.refusal import Refusal
from learner import files

CONTEXT = "fromscratch co-work"
VERSION = 1  # of what is signed

Purpose = Literal["enrol", "sign in"]


class DeviceKey:
    """An Ed25519 key. `public` is its public half: 32 bytes, base64."""

    def __init__(self, secret: bytes) -> None:
        self._key = Ed25519PrivateKey.from_private_bytes(secret)
        self.public = base64.b64encode(self._key.public_key().public_bytes_raw()).decode()

    @classmethod
    def generate(cls) -> DeviceKey:
        """A new key that is stored nowhere."""
        return cls(Ed25519PrivateKey.generate().private_bytes_raw())

    @classmethod
    def load_or_create(cls, path: Path) -> DeviceKey:
        """The key in a file that only its owner can read; made once and never written over. Raises OSError, and
        Refusal where the file holds no key."""
        path.parent.mkdir(0o700, parents=True, exist_ok=True)
        new = Ed25519PrivateKey.generate().private_bytes_raw()
        # of two programs that start at once, both go on with the key of the first
        files.write_new(path, base64.b64encode(new) + b"\n", 0o600)
        try:
            return cls(base64.b64decode(path.read_bytes().strip(), validate=True))
        except (ValueError, binascii.Error) as error:
            says = f"{path} holds no key. Move it away, and ask each hub's organiser for a new invite."
            raise Refusal("key", says) from error

    def sign(self, statement: bytes) -> str:
        """The signature: 64 bytes, base64."""
        return base64.b64encode(self._key.sign(statement)).decode()


def channel(address: str, fingerprint: str) -> str:
    """What a connection is bound to: the certificate that the client pinned, else the address that it asked the
    system's authorities about. One in the middle has another certificate, or another address."""
    return f"sha256:{fingerprint}" if fingerprint else address.rstrip("/").casefold()


def statement(purpose: Purpose, hub: str, nonce: str, channel: str, invite: str = "", name: str = "") -> bytes:
    """The bytes to sign. `hub`, `nonce`: from the challenge; `invite`: the digest of its secret, and `name`, as they
    are sent, when enrolling. A list in JSON: no two lists of texts have the same bytes."""
    return msgspec.json.encode([CONTEXT, VERSION, purpose, hub, nonce, channel, invite, name])


def verify(public: str, signature: str, statement: bytes) -> bool:
    """Whether the key's owner signed the statement; False also for what is no key or no signature."""
    try:
        key = Ed25519PublicKey.from_public_bytes(_bytes(public, 32))
        key.verify(_bytes(signature, 64), statement)
    except (InvalidSignature, ValueError):
        return False
    return True


def _bytes(text: str, size: int) -> bytes:
    """Decodes base64 that is written in the one right way, so that a key has one spelling. Raises ValueError."""
    data = base64.b64decode(text, validate=True)
    if len(data) != size or base64.b64encode(data).decode() != text:
        raise ValueError("not as it must be")
    return data
