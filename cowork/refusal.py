"""Refusal: the exception for everything that the hub refuses to do."""

from __future__ import annotations

from typing import Any


class Refusal(Exception):
    """A request was refused. `code` is stable and meant for programs; `says` tells people what is wrong and what to
    do instead; `data` holds what a program needs to do that."""

    def __init__(self, code: str, says: str, data: Any = None) -> None:
        super().__init__(says)
        self.code = code
        self.says = says
        self.data = data
