"""A device's key: stored once and for its owner only; a signature holds for one hub, connection, nonce and purpose."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest

from cowork.keys import DeviceKey, channel, statement, verify
from cowork.refusal import Refusal

SIGNED = {
    "purpose": "enrol", "hub": "h1", "nonce": "n1", "channel": channel("wss://a:1", "ab" * 32),
    "invite": "d1", "name": "Ada",
}  # fmt: skip


def test_a_key_is_made_once_and_only_its_owner_reads_it(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "device.key"
    first = DeviceKey.load_or_create(path)
    assert path.stat().st_mode & 0o777 == 0o600
    before = path.read_bytes()
    assert DeviceKey.load_or_create(path).public == first.public
    assert path.read_bytes() == before


def test_a_file_that_holds_no_key_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "device.key"
    path.write_bytes(b"my notes")
    with pytest.raises(Refusal, match="contains no key"):
        DeviceKey.load_or_create(path)
    assert path.read_bytes() == b"my notes"


def test_a_signature_holds_for_what_was_signed() -> None:
    key = DeviceKey.generate()
    signed = statement(**SIGNED)  # type: ignore[arg-type]
    assert verify(key.public, key.sign(signed), signed)


@pytest.mark.parametrize(
    "other",
    [
        {"purpose": "sign in"},
        {"hub": "h2"},
        {"nonce": "n2"},
        {"channel": channel("wss://a:1", "cd" * 32)},
        {"channel": channel("wss://a:1", "")},
        {"invite": "d2"},
        {"name": "Eve"},
        {"hub": "h1n", "nonce": "1"},
        {"invite": "", "name": "d1Ada"},
    ],
)
def test_a_signature_holds_for_nothing_else(other: dict[str, str]) -> None:
    key = DeviceKey.generate()
    signature = key.sign(statement(**SIGNED))  # type: ignore[arg-type]
    assert not verify(key.public, signature, statement(**SIGNED | other))  # type: ignore[arg-type]


def test_a_foreign_key_verifies_nothing() -> None:
    signed = statement(**SIGNED)  # type: ignore[arg-type]
    assert not verify(DeviceKey.generate().public, DeviceKey.generate().sign(signed), signed)


@pytest.mark.parametrize("bad", ["", "?", "é", "AAAA", base64.b64encode(bytes(33)).decode(), "A" * 10_000])
def test_what_is_no_key_or_no_signature_is_false_and_no_crash(bad: str) -> None:
    key = DeviceKey.generate()
    assert not verify(bad, key.sign(b"x"), b"x")
    assert not verify(key.public, bad, b"x")


def test_a_key_has_one_spelling() -> None:
    key = DeviceKey.generate()
    signature = key.sign(b"x")
    last = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    other = key.public[:-2] + last[last.index(key.public[-2]) ^ 1] + "="
    assert base64.b64decode(other) == base64.b64decode(key.public)
    assert not verify(other, signature, b"x")
