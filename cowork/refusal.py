"""What the hub says instead of doing what it was asked."""

from __future__ import annotations

from typing import Any


class Refusal(Exception):
    """Something is not done. `code` is for programs and never changes; `says` is a sentence for people, which says
    what to do instead. `data`: what it takes to do that, where it is more than the sentence."""

    def __init__(self, code: str, says: str, data: Any = None) -> None:
        super().__init__(says)
        self.code = code
        self.says = says
        self.data = data
