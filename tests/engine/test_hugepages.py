"""Tests that huge pages change no memory content, in this process and in a fork."""

from __future__ import annotations

import os

from engine import hugepages


def test_memory_is_unchanged() -> None:
    blocks = [bytes([number % 256]) * 100_000 for number in range(200)]
    hugepages.use_huge_pages()
    hugepages.use_huge_pages()
    assert all(block == bytes([number % 256]) * 100_000 for number, block in enumerate(blocks))
    pid = os.fork()
    if pid == 0:
        blocks[7] = b"changed"
        os._exit(blocks[8] != bytes([8]) * 100_000)
    assert os.waitpid(pid, 0)[1] == 0
    assert blocks[7] == bytes([7]) * 100_000
