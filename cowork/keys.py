"""A device's key, which signs a hub's challenges; a signature is valid for one hub and one connection only."""

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
VERSION = 1  # of the signed statement

Purpose = Literal["enrol", "sign in"]


class DeviceKey:
    """An Ed25519 key. `public`: the public key, 32 bytes in base64."""

    def __init__(self, secret: bytes) -> None:
        self._key = Ed25519PrivateKey.from_private_bytes(secret)
        self.public = base64.b64encode(self._key.public_key().public_bytes_raw()).decode()

    @classmethod
    def generate(cls) -> DeviceKey:
        """Creates a key without storing it."""
        return cls(Ed25519PrivateKey.generate().private_bytes_raw())

    @classmethod
    def load_or_create(cls, path: Path) -> DeviceKey:
        """Loads the key from a file, which is created once, readable by its owner only, and never overwritten. Raises
        OSError, and Refusal if the file holds no key."""
        path.parent.mkdir(0o700, parents=True, exist_ok=True)
        new = Ed25519PrivateKey.generate().private_bytes_raw()
        # if two programs start at the same time, both use the key of the first
        files.write_new(path, base64.b64encode(new) + b"\n", 0o600)
        try:
            return cls(base64.b64decode(path.read_bytes().strip(), validate=True))
        except (ValueError, binascii.Error) as error:
            says = f"{path} contains no key. Move it away, and ask each hub's organiser for a new invite."
            raise Refusal("key", says) from error

    def sign(self, statement: bytes) -> str:
        """Returns the signature: 64 bytes in base64."""
        return base64.b64encode(self._key.sign(statement)).decode()


def channel(address: str, fingerprint: str) -> str:
    """Identifies a connection: by the certificate that the client pinned, or else by the address that certificate
    authorities verified. An attacker in the middle has a different certificate or address."""
    return f"sha256:{fingerprint}" if fingerprint else address.rstrip("/").casefold()


def statement(purpose: Purpose, hub: str, nonce: str, channel: str, invite: str = "", name: str = "") -> bytes:
    """Returns the bytes to sign. `hub` and `nonce` come from the challenge; `invite` (the digest of its secret) and
    `name` are only used to enrol. The bytes are a JSON list, so different values never give the same bytes."""
    return msgspec.json.encode([CONTEXT, VERSION, purpose, hub, nonce, channel, invite, name])


def verify(public: str, signature: str, statement: bytes) -> bool:
    """Whether the key's owner signed the statement; False for invalid keys and signatures too."""
    try:
        key = Ed25519PublicKey.from_public_bytes(_bytes(public, 32))
        key.verify(_bytes(signature, 64), statement)
    except (InvalidSignature, ValueError):
        return False
    return True


def _bytes(text: str, size: int) -> bytes:
    """Decodes canonical base64 of `size` bytes, so that a key has only one spelling. Raises ValueError."""
    data = base64.b64decode(text, validate=True)
    if len(data) != size or base64.b64encode(data).decode() != text:
        raise ValueError("not canonical base64")
    return data
