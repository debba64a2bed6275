"""Memory is what it was after it has been put into large pages, and so is that of a fork."""

from __future__ import annotations

import os

from engine import hugepages


def test_nothing_is_lost() -> None:
    held = [bytes([number % 256]) * 100_000 for number in range(200)]
    hugepages.use_huge_pages()
    hugepages.use_huge_pages()
    assert all(piece == bytes([number % 256]) * 100_000 for number, piece in enumerate(held))
    pid = os.fork()
    if pid == 0:
        held[7] = b"changed"
        os._exit(held[8] != bytes([8]) * 100_000)
    assert os.waitpid(pid, 0)[1] == 0
    assert held[7] == bytes([7]) * 100_000
