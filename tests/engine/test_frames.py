"""Tests of frames and channels: values arrive unchanged, objects are refused, and damaged frames are errors."""

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


def round_trip(value: Any) -> Any:
    frame = pack(value)
    size, _ = HEADER.unpack(frame[: HEADER.size])
    return unpack(frame[HEADER.size : HEADER.size + size], frame[HEADER.size + size :])


def equal(a: Any, b: Any) -> bool:
    if isinstance(a, float) and isinstance(b, float) and math.isnan(a):
        return math.isnan(b)
    if type(a) is not type(b):
        return False
    if isinstance(a, list | tuple):
        return len(a) == len(b) and all(equal(x, y) for x, y in zip(a, b, strict=True))
    if isinstance(a, dict):
        return list(a) == list(b) and all(equal(a[key], b[key]) for key in a)
    return bool(a == b)


@given(VALUES)
@settings(deadline=None)
def test_plain_data_arrives_unchanged(value: Any) -> None:
    assert equal(round_trip(value), value)


@pytest.mark.parametrize(
    "dtype", [torch.float32, torch.float64, torch.float16, torch.bfloat16, torch.int64, torch.bool]
)
@pytest.mark.parametrize("shape", [(), (0,), (3,), (2, 0, 4), (2, 3, 4)])
def test_tensors_arrive_unchanged(dtype: torch.dtype, shape: tuple[int, ...]) -> None:
    tensor = (torch.rand(shape) * 5).to(dtype)
    sent = [tensor, tensor.unsqueeze(-1).expand(*shape, 2), torch.empty(shape, device="meta")]
    received = round_trip(sent)
    assert torch.equal(received[0], tensor)
    assert torch.equal(received[1], sent[1])
    assert received[2].device.type == "meta"
    assert received[0].dtype == dtype


def test_views_arrive_whatever_their_strides() -> None:
    for view in (torch.zeros(1, 4)[:, 0], torch.arange(12).reshape(3, 4).T[1:, ::2], torch.ones(1).expand(3)):
        assert torch.equal(round_trip(view), view)


def test_a_parameter_arrives_as_a_plain_tensor() -> None:
    received = round_trip(torch.nn.Parameter(torch.ones(2, requires_grad=True)))
    assert type(received) is torch.Tensor
    assert not received.requires_grad


@pytest.mark.parametrize("value", [object(), print, torch.nn.Linear(1, 1), [lambda: 1], 1j, torch.ones(1).to_sparse()])
def test_objects_are_refused(value: Any) -> None:
    with pytest.raises(Unsendable):
        pack(value)


def test_a_list_that_contains_itself_is_refused() -> None:
    recursive: list[Any] = []
    recursive.append(recursive)
    with pytest.raises(Unsendable):
        pack(recursive)


@given(st.binary(max_size=200), st.binary(max_size=50))
@settings(deadline=None)
def test_random_bytes_are_refused_or_decoded_as_data(text: bytes, data: bytes) -> None:
    try:
        unpack(text, data)
    except BadFrame:
        return


@given(VALUES, st.randoms(use_true_random=False))
@settings(deadline=None)
def test_damaged_frames_raise_no_other_error(value: Any, rng: random.Random) -> None:
    frame = bytearray(pack({"value": value, "x": torch.ones(2, 2)}))
    for _ in range(3):
        frame[rng.randrange(HEADER.size, len(frame))] = rng.randrange(256)
    size, _ = HEADER.unpack(frame[: HEADER.size])
    try:
        unpack(bytes(frame[HEADER.size : HEADER.size + size]), bytes(frame[HEADER.size + size :]))
    except BadFrame:
        return


def test_deadlines_invalid_headers_and_closed_ends_raise_their_errors() -> None:
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


def test_receiving_reads_the_watched_descriptors() -> None:
    ours, theirs = socket.socketpair()
    read, write = os.pipe()
    os.write(write, b"output")
    chunks: list[bytes] = []

    def drain() -> bool:
        chunks.append(os.read(read, 100))
        Channel(theirs).send("answer")
        return False

    assert Channel(ours).receive(time.monotonic() + 5, {read: drain}) == "answer"
    assert chunks == [b"output"]
    for fd in (read, write):
        os.close(fd)
    ours.close()
    theirs.close()
