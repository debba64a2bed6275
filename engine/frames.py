"""Exchanges data between two processes that do not trust each other, as JSON and raw tensor buffers.

A frame is an 8-byte header (two little-endian uint32: the sizes of the JSON and of all buffers), the JSON, and the
buffers in order. Nothing is pickled, so the receiver gets plain values and never an object with behaviour.
"""

from __future__ import annotations

import json
import math
import re
import select
import socket
import struct
import time
from typing import Any

import torch

MAX_JSON = 16 * 2**20
MAX_BUFFERS = 96 * 2**20
MAX_DEPTH = 64
READ_SIZE = 4096  # bytes; most frames are smaller
SURROGATE = re.compile("[\ud800-\udfff]")
HEADER = struct.Struct("<II")
DTYPES = {str(d).removeprefix("torch."): d for d in (
    torch.float32, torch.float64, torch.float16, torch.bfloat16, torch.int64, torch.int32, torch.int16,
    torch.int8, torch.uint8, torch.bool, torch.complex64, torch.complex128,
)}  # fmt: skip


class Unsendable(TypeError):
    """The value is no plain data or too large; the text describes it."""


class BadFrame(ValueError):
    """The received bytes are not a valid frame."""


class ChannelClosed(EOFError):
    """The other end of the channel is closed."""


class DeadlineExceeded(TimeoutError):
    """No complete frame arrived before the deadline."""


def pack(value: Any) -> bytes:
    """Encodes a value made of None, bool, int, float, str, bytes, list, tuple, set, dict and tensors as a frame."""
    buffers: list[bytes] = []
    text = json.dumps(_encode(value, buffers, 0), ensure_ascii=True, allow_nan=False).encode()
    data = b"".join(buffers)
    if len(text) > MAX_JSON or len(data) > MAX_BUFFERS:
        raise Unsendable(f"a result of {(len(text) + len(data)) / 2**20:.0f} MiB, which is too large")
    return HEADER.pack(len(text), len(data)) + text + data


def unpack(text: bytes, data: bytes) -> Any:
    """Decodes a frame's JSON and buffers. Raises BadFrame for anything that `pack` does not write."""
    try:
        return _decode(json.loads(text), data, [0])
    except BadFrame:
        raise
    except (ValueError, TypeError, KeyError, IndexError, RecursionError, RuntimeError, OverflowError) as error:
        raise BadFrame(str(error)) from None


def _encode(value: Any, buffers: list[bytes], depth: int) -> Any:
    if depth > MAX_DEPTH:
        raise Unsendable("a result nested too deeply")
    kind = type(value)
    if value is None or kind is bool:
        return value
    if kind is str:  # lone surrogates have no UTF-8 encoding
        return {"s": value.encode("utf-8", "surrogatepass").hex()} if SURROGATE.search(value) else value
    if kind is int:
        return value if abs(value) < 2**53 else {"i": str(value) if abs(value) < 2**4096 else "0"}
    if kind is float:
        return value if math.isfinite(value) else {"f": repr(value)}
    if isinstance(value, torch.Tensor):
        return _encode_tensor(value, buffers)
    if kind is list:
        return [_encode(item, buffers, depth + 1) for item in value]
    if kind in (tuple, set, frozenset):
        items = sorted(value, key=repr) if kind is not tuple else value
        return {"t" if kind is tuple else "e": [_encode(item, buffers, depth + 1) for item in items]}
    if isinstance(value, dict):  # Counter, defaultdict and OrderedDict too, which tests compare as dictionaries
        pairs = [[_encode(k, buffers, depth + 1), _encode(v, buffers, depth + 1)] for k, v in value.items()]
        return {"d": pairs}
    if kind is bytes or kind is bytearray:
        return {"b": bytes(value).hex()}
    if kind.__module__ == "numpy" and hasattr(value, "item") and getattr(value, "ndim", None) == 0:
        return {"n": [kind.__name__, _encode(value.item(), buffers, depth + 1)]}
    if isinstance(value, torch.Size):
        return {"t": [int(item) for item in value]}
    raise Unsendable(f"a {kind.__name__}")


def _encode_tensor(tensor: torch.Tensor, buffers: list[bytes]) -> dict[str, Any]:
    name = str(tensor.dtype).removeprefix("torch.")
    if name not in DTYPES or tensor.is_sparse or tensor.layout is not torch.strided:
        raise Unsendable(f"a tensor of {tensor.dtype} ({tensor.layout})")
    shape, device = list(tensor.shape), tensor.device.type
    if device == "meta":
        return {"x": [name, shape, device, 0]}
    if tensor.numel() * tensor.element_size() > MAX_BUFFERS:
        raise Unsendable(f"a tensor of shape {tuple(shape)}, which is too large")
    values = tensor.detach().cpu().resolve_conj().resolve_neg()
    flat = torch.empty(values.numel(), dtype=values.dtype)  # `contiguous` may keep other strides for a single element
    flat.copy_(values.reshape(-1))
    raw = flat.view(torch.uint8).numpy().tobytes() if flat.numel() else b""
    buffers.append(raw)
    return {"x": [name, shape, device, len(raw)]}


def _decode(value: Any, data: bytes, at: list[int]) -> Any:
    if isinstance(value, list):
        return [_decode(item, data, at) for item in value]
    if not isinstance(value, dict):
        return value
    if len(value) != 1:
        raise BadFrame("an object with several keys")
    ((tag, body),) = value.items()
    if tag == "x":
        return _decode_tensor(body, data, at)
    if tag == "d":
        return {_key(_decode(k, data, at)): _decode(v, data, at) for k, v in body}
    if tag == "t":
        return tuple(_decode(item, data, at) for item in body)
    if tag == "e":
        return {_key(_decode(item, data, at)) for item in body}
    if tag == "n":
        return _decode(body[1], data, at)
    if tag == "s":
        return bytes.fromhex(body).decode("utf-8", "surrogatepass")
    if tag == "b":
        return bytes.fromhex(body)
    if tag == "i":
        return int(body)
    if tag == "f" and body in ("nan", "inf", "-inf"):
        return float(body)
    raise BadFrame(f"an unknown tag {tag!r}")


def _key(value: Any) -> Any:
    return value if not isinstance(value, list | dict | set | torch.Tensor) else repr(value)


def _decode_tensor(body: Any, data: bytes, at: list[int]) -> torch.Tensor:
    name, shape, device, size = body
    dtype = DTYPES[name]
    if device == "meta":
        return torch.empty(shape, dtype=dtype, device="meta")
    count = math.prod(shape)
    if any(n < 0 for n in shape) or count * dtype.itemsize != size or at[0] + size > len(data):
        raise BadFrame("a tensor whose size does not match its shape")
    raw = bytearray(data[at[0] : at[0] + size])
    at[0] += size
    if not count:
        return torch.empty(shape, dtype=dtype)
    return torch.frombuffer(raw, dtype=torch.uint8).view(dtype).reshape(shape)


class Channel:
    """One end of a socket pair that carries frames."""

    def __init__(self, sock: socket.socket) -> None:
        self.sock = sock
        self.pending = bytearray()  # received bytes of the next frames

    def send(self, value: Any) -> None:
        """Blocks until the frame is written. Raises ChannelClosed."""
        try:
            self.sock.sendall(pack(value))
        except (BrokenPipeError, ConnectionResetError):
            raise ChannelClosed from None

    def receive(self, deadline: float | None = None, watched: dict[int, Any] | None = None) -> Any:
        """Returns the next value. Raises ChannelClosed, BadFrame and, at `deadline`, DeadlineExceeded.

        `watched` maps other descriptors to functions that are called when they are readable, because a child that
        blocks on its full output pipe would never answer. A descriptor whose function returns False is removed."""
        head = self._read(HEADER.size, deadline, watched)
        text_size, data_size = HEADER.unpack(head)
        if text_size > MAX_JSON or data_size > MAX_BUFFERS:
            raise BadFrame("a frame that is too large")
        text = self._read(text_size, deadline, watched)
        return unpack(text, self._read(data_size, deadline, watched))

    def _read(self, size: int, deadline: float | None, watched: dict[int, Any] | None) -> bytes:
        while len(self.pending) < size:
            if (deadline is None and not watched) or self._wait_readable(deadline, watched):
                try:
                    chunk = self.sock.recv(min(max(size - len(self.pending), READ_SIZE), 2**20))
                except ConnectionResetError:
                    raise ChannelClosed from None
                if not chunk:
                    raise ChannelClosed
                self.pending += chunk
        data = bytes(self.pending[:size])
        del self.pending[:size]
        return data

    def _wait_readable(self, deadline: float | None, watched: dict[int, Any] | None) -> bool:
        """Waits until a descriptor is readable and returns whether the channel is."""
        timeout = None if deadline in (None, math.inf) else deadline - time.monotonic()
        if timeout is not None and timeout <= 0:
            raise DeadlineExceeded
        descriptors: list[Any] = [self.sock, *(watched or {})]
        ready, _, _ = select.select(descriptors, [], [], timeout)
        for fd in ready:
            if isinstance(fd, int) and watched and not watched[fd]():
                del watched[fd]
        return self.sock in ready

    def close(self) -> None:
        self.sock.close()
