"""How data crosses between two processes that do not trust each other: JSON and raw tensor buffers.

A frame is an 8-byte header (two little-endian uint32: bytes of JSON, bytes of buffers), the JSON, the
buffers one after the other. Nothing is ever pickled, so the reader gets values and never an object.
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
PIECE = 4096  # bytes read at once: most frames are smaller
SURROGATE = re.compile("[\ud800-\udfff]")
HEADER = struct.Struct("<II")
DTYPES = {str(d).removeprefix("torch."): d for d in (
    torch.float32, torch.float64, torch.float16, torch.bfloat16, torch.int64, torch.int32, torch.int16,
    torch.int8, torch.uint8, torch.bool, torch.complex64, torch.complex128,
)}  # fmt: skip


class Unsendable(TypeError):
    """The value is of a type that cannot cross: it is not data."""


class BadFrame(ValueError):
    """The bytes received are not a frame."""


class ChannelClosed(EOFError):
    """The other side is gone."""


class DeadlineExceeded(TimeoutError):
    """No whole frame came before the deadline."""


def pack(value: Any) -> bytes:
    """The frame of a value made of None, bool, int, float, str, bytes, list, tuple, set, dict and tensors."""
    buffers: list[bytes] = []
    text = json.dumps(_encode(value, buffers, 0), ensure_ascii=True, allow_nan=False).encode()
    data = b"".join(buffers)
    if len(text) > MAX_JSON or len(data) > MAX_BUFFERS:
        raise Unsendable(f"a result of {(len(text) + len(data)) / 2**20:.0f} MiB, which is too large")
    return HEADER.pack(len(text), len(data)) + text + data


def unpack(text: bytes, data: bytes) -> Any:
    """The value of a frame's JSON and buffers; raises BadFrame on anything that `pack` does not write."""
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
    if kind is str:  # lone surrogates have no UTF-8, so they cross as bytes
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
    if isinstance(value, dict):  # Counter, defaultdict and OrderedDict are dictionaries to a test
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
    found = tensor.detach().cpu().resolve_conj().resolve_neg()
    plain = torch.empty(found.numel(), dtype=found.dtype)  # of stride 1, which `contiguous` need not make of one number
    plain.copy_(found.reshape(-1))
    raw = plain.view(torch.uint8).numpy().tobytes() if plain.numel() else b""
    buffers.append(raw)
    return {"x": [name, shape, device, len(raw)]}


def _decode(value: Any, data: bytes, at: list[int]) -> Any:
    if isinstance(value, list):
        return [_decode(item, data, at) for item in value]
    if not isinstance(value, dict):
        return value
    if len(value) != 1:
        raise BadFrame("an object of several keys")
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
        raise BadFrame("a tensor whose bytes do not fit its shape")
    raw = bytearray(data[at[0] : at[0] + size])
    at[0] += size
    if not count:
        return torch.empty(shape, dtype=dtype)
    return torch.frombuffer(raw, dtype=torch.uint8).view(dtype).reshape(shape)


class Channel:
    """One end of a socket pair that carries frames."""

    def __init__(self, sock: socket.socket) -> None:
        self.sock = sock
        self.rest = bytearray()  # what was read of frames that are still to come

    def send(self, value: Any) -> None:
        """Blocks until the frame is written; raises ChannelClosed when the other side is gone."""
        try:
            self.sock.sendall(pack(value))
        except (BrokenPipeError, ConnectionResetError):
            raise ChannelClosed from None

    def receive(self, deadline: float | None = None, watch: dict[int, Any] | None = None) -> Any:
        """The next value. deadline is on time.monotonic(); watch maps further descriptors to what to call
        when they can be read (a child that blocks on its full output pipe would never answer); one that
        returns False is watched no longer."""
        head = self._read(HEADER.size, deadline, watch)
        text_size, data_size = HEADER.unpack(head)
        if text_size > MAX_JSON or data_size > MAX_BUFFERS:
            raise BadFrame("a frame that is too large")
        text = self._read(text_size, deadline, watch)
        return unpack(text, self._read(data_size, deadline, watch))

    def _read(self, size: int, deadline: float | None, watch: dict[int, Any] | None) -> bytes:
        while len(self.rest) < size:
            if (deadline is None and not watch) or self._readable(deadline, watch):
                try:
                    chunk = self.sock.recv(min(max(size - len(self.rest), PIECE), 2**20))
                except ConnectionResetError:
                    raise ChannelClosed from None
                if not chunk:
                    raise ChannelClosed
                self.rest += chunk
        found = bytes(self.rest[:size])
        del self.rest[:size]
        return found

    def _readable(self, deadline: float | None, watch: dict[int, Any] | None) -> bool:
        """Waits until something can be read, and says whether it is the other side's."""
        left = None if deadline is None else deadline - time.monotonic()
        if left is not None and left <= 0:
            raise DeadlineExceeded
        waiting: list[Any] = [self.sock, *(watch or {})]
        ready, _, _ = select.select(waiting, [], [], left)
        for fd in ready:
            if isinstance(fd, int) and watch and not watch[fd]():
                del watch[fd]
        return self.sock in ready

    def close(self) -> None:
        self.sock.close()
