"""What crosses between processes comes out as it went in, and nothing else comes out."""

from __future__ import annotations

import math
import os
import random
import socket
import time
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.frames import HEADER, BadFrame, Channel, ChannelClosed, DeadlineExceeded, Unsendable, pack, unpack

SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary(max_size=20)
KEYS = st.text() | st.integers() | st.tuples(st.integers(), st.integers())
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.tuples(inner, inner) | st.dictionaries(KEYS, inner, max_size=4),
)


def crossed(value: Any) -> Any:
    frame = pack(value)
    size, _ = HEADER.unpack(frame[: HEADER.size])
    return unpack(frame[HEADER.size : HEADER.size + size], frame[HEADER.size + size :])


def equal(one: Any, other: Any) -> bool:
    if isinstance(one, float) and isinstance(other, float) and math.isnan(one):
        return math.isnan(other)
    if type(one) is not type(other):
        return False
    if isinstance(one, list | tuple):
        return len(one) == len(other) and all(equal(a, b) for a, b in zip(one, other, strict=True))
    if isinstance(one, dict):
        return list(one) == list(other) and all(equal(one[key], other[key]) for key in one)
    return bool(one == other)


@given(VALUES)
@settings(deadline=None)
def test_plain_data_crosses_unchanged(value: Any) -> None:
    assert equal(crossed(value), value)


@pytest.mark.parametrize(
    "dtype", [torch.float32, torch.float64, torch.float16, torch.bfloat16, torch.int64, torch.bool]
)
@pytest.mark.parametrize("shape", [(), (0,), (3,), (2, 0, 4), (2, 3, 4)])
def test_tensors_cross_unchanged(dtype: torch.dtype, shape: tuple[int, ...]) -> None:
    tensor = (torch.rand(shape) * 5).to(dtype)
    found = crossed({"x": [tensor, tensor.unsqueeze(-1).expand(*shape, 2), torch.empty(shape, device="meta")]})["x"]
    assert torch.equal(found[0], tensor)
    assert torch.equal(found[1], tensor.unsqueeze(-1).expand(*shape, 2))
    assert found[2].device.type == "meta"
    assert found[0].dtype == dtype


def test_views_cross_whatever_their_strides() -> None:
    for view in (torch.zeros(1, 4)[:, 0], torch.arange(12).reshape(3, 4).T[1:, ::2], torch.ones(1).expand(3)):
        assert torch.equal(crossed(view), view)


def test_a_parameter_crosses_as_a_plain_tensor() -> None:
    found = crossed(torch.nn.Parameter(torch.ones(2, requires_grad=True)))
    assert type(found) is torch.Tensor
    assert not found.requires_grad


@pytest.mark.parametrize("value", [object(), print, torch.nn.Linear(1, 1), [lambda: 1], 1j, torch.ones(1).to_sparse()])
def test_objects_do_not_cross(value: Any) -> None:
    with pytest.raises(Unsendable):
        pack(value)


def test_what_is_nested_in_itself_does_not_cross() -> None:
    endless: list[Any] = []
    endless.append(endless)
    with pytest.raises(Unsendable):
        pack(endless)


@given(st.binary(max_size=200), st.binary(max_size=50))
@settings(deadline=None)
def test_noise_is_refused_or_read_as_data(text: bytes, data: bytes) -> None:
    try:
        unpack(text, data)
    except BadFrame:
        return


@given(VALUES, st.randoms(use_true_random=False))
@settings(deadline=None)
def test_damaged_frames_never_escape_as_other_errors(value: Any, chance: random.Random) -> None:
    frame = bytearray(pack({"value": value, "x": torch.ones(2, 2)}))
    for _ in range(3):
        frame[chance.randrange(HEADER.size, len(frame))] = chance.randrange(256)
    size, _ = HEADER.unpack(frame[: HEADER.size])
    try:
        unpack(bytes(frame[HEADER.size : HEADER.size + size]), bytes(frame[HEADER.size + size :]))
    except BadFrame:
        return


def test_the_deadline_is_kept_and_a_closed_end_is_told() -> None:
    ours, theirs = socket.socketpair()
    channel = Channel(ours)
    with pytest.raises(DeadlineExceeded):
        channel.receive(time.monotonic() + 0.05)
    theirs.sendall(HEADER.pack(2**31, 0))
    with pytest.raises(BadFrame):
        channel.receive(time.monotonic() + 5)
    theirs.close()
    with pytest.raises(ChannelClosed):
        channel.receive(time.monotonic() + 5)
    channel.close()


def test_waiting_keeps_another_descriptor_empty() -> None:
    ours, theirs = socket.socketpair()
    read, write = os.pipe()
    os.write(write, b"output")
    seen: list[bytes] = []

    def take() -> bool:
        seen.append(os.read(read, 100))
        Channel(theirs).send("answer")
        return False

    assert Channel(ours).receive(time.monotonic() + 5, {read: take}) == "answer"
    assert seen == [b"output"]
    for fd in (read, write):
        os.close(fd)
    ours.close()
    theirs.close()
