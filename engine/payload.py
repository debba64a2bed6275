"""What a job is about, kept where a fork does not take it along: in a file without a name, never in memory.

The warm parent forks the processes in which learners' code runs. Whatever it had ever held in its memory (other
learners' sources, an exercise's known mistakes) could be found there, so it passes on what it does not read.
"""

from __future__ import annotations

import contextlib
import json
import os
import struct
import tempfile
from typing import Any

SIZE = 2**20
SIZES = struct.Struct("<II")  # before each request: bytes of its head, JSON that is read, and of its body, which is not


def request(head: dict[str, Any], body: Any = None) -> bytes:
    """A request as it is sent to the warm parent."""
    first, rest = json.dumps(head).encode(), b"" if body is None else json.dumps(body).encode()
    return SIZES.pack(len(first), len(rest)) + first + rest


class Buffer:
    """A piece of memory for bytes on their way, which is wiped after each use."""

    def __init__(self) -> None:
        self.room = bytearray(SIZE)
        self.view = memoryview(self.room)
        self.used = 0

    def fill(self, fd: int, most: int = SIZE, offset: int | None = None) -> int:
        """Reads what there is from a descriptor, at an offset or where it stands; how many bytes."""
        room = [self.view[:most]]
        self.used = os.readv(fd, room) if offset is None else os.preadv(fd, room, offset)
        return self.used

    def wipe(self) -> None:
        self.view[: self.used] = bytes(self.used)
        self.used = 0


class Letter:
    """Bytes in a file without a name. It is handed to a process by its descriptor."""

    def __init__(self) -> None:
        if hasattr(os, "memfd_create"):
            self.fd = os.memfd_create("letter")
        else:
            with tempfile.TemporaryFile() as file:
                self.fd = os.dup(file.fileno())

    def add(self, piece: memoryview) -> None:
        while piece:
            piece = piece[os.write(self.fd, piece) :]

    def copy_to(self, fd: int, buffer: Buffer) -> None:
        """Writes it into a pipe; raises BrokenPipeError where nobody reads."""
        offset = 0
        while count := buffer.fill(self.fd, SIZE, offset):
            offset += count
            piece = buffer.view[:count]
            try:
                while piece:
                    piece = piece[os.write(fd, piece) :]
            finally:
                buffer.wipe()

    def read(self) -> Any:
        """Its JSON, for the process that it is for."""
        data = bytearray()
        while chunk := os.pread(self.fd, SIZE, len(data)):
            data += chunk
        return json.loads(data)

    def close(self) -> None:
        with contextlib.suppress(OSError):
            os.close(self.fd)
