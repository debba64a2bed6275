"""What the hub says instead of doing what it was asked."""

from __future__ import annotations


class Refusal(Exception):
    """Something is not done. `code` is for programs and never changes; `says` is a sentence for people, which says
    what to do instead."""

    def __init__(self, code: str, says: str) -> None:
        super().__init__(says)
        self.code = code
        self.says = says
