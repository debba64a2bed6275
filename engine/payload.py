"""Payloads: the bodies of messages to the fork server, kept in anonymous files instead of its memory.

Learners' code runs in processes that are forked from the server and could search the memory that they inherit. The
server therefore passes on other learners' sources and an exercise's known mistakes without reading them.
"""

from __future__ import annotations

import contextlib
import json
import os
import struct
import tempfile
from typing import Any

BUFFER_SIZE = 2**20
MESSAGE_SIZE = struct.Struct("<I")  # precedes each message in a session's input pipe
HEADER = struct.Struct("<II")  # the sizes of a message's head, JSON that the server reads, and of its body


def encode_message(head: dict[str, Any], body: Any = None) -> bytes:
    """Returns the bytes of a message to the server: header, head and body."""
    head_bytes, body_bytes = json.dumps(head).encode(), b"" if body is None else json.dumps(body).encode()
    return HEADER.pack(len(head_bytes), len(body_bytes)) + head_bytes + body_bytes


class Buffer:
    """A reusable buffer, overwritten with zeros after each use."""

    def __init__(self) -> None:
        self.data = bytearray(BUFFER_SIZE)
        self.view = memoryview(self.data)
        self.used = 0

    def fill(self, fd: int, limit: int = BUFFER_SIZE, offset: int | None = None) -> int:
        """Reads available bytes from a descriptor, at its position or at an offset; returns their number."""
        target = [self.view[:limit]]
        self.used = os.readv(fd, target) if offset is None else os.preadv(fd, target, offset)
        return self.used

    def wipe(self) -> None:
        self.view[: self.used] = bytes(self.used)
        self.used = 0


class Payload:
    """JSON in an anonymous file, which a forked process inherits as a descriptor."""

    def __init__(self) -> None:
        if hasattr(os, "memfd_create"):
            self.fd = os.memfd_create("payload")
        else:
            with tempfile.TemporaryFile() as file:
                self.fd = os.dup(file.fileno())

    def append(self, data: memoryview) -> None:
        while data:
            data = data[os.write(self.fd, data) :]

    def copy_to(self, fd: int, buffer: Buffer) -> None:
        """Copies the content to a pipe. Raises BrokenPipeError if its reader is gone."""
        offset = 0
        while count := buffer.fill(self.fd, BUFFER_SIZE, offset):
            offset += count
            rest = buffer.view[:count]
            try:
                while rest:
                    rest = rest[os.write(fd, rest) :]
            finally:
                buffer.wipe()

    def size(self) -> int:
        return os.fstat(self.fd).st_size

    def read(self) -> Any:
        """Returns the decoded content; only the process that the payload is meant for calls this."""
        data = bytearray()
        while chunk := os.pread(self.fd, BUFFER_SIZE, len(data)):
            data += chunk
        return json.loads(data)

    def close(self) -> None:
        with contextlib.suppress(OSError):
            os.close(self.fd)
