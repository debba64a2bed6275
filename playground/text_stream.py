"""Turns the bytes of tokens into text that can be shown at once and never has to be taken back.

Two things are held back: bytes that are only the beginning of a character, and text that may turn out to be
the beginning of a stop string.
"""

import codecs
from collections.abc import Sequence


class TextStream:
    """Feed it bytes; it gives the text that is certain. `stopped` says that a stop string was found.

    The texts given out are together the decoded bytes up to the stop string that is complete first; where no
    stop string comes, `flush` gives the rest. Broken UTF-8 becomes U+FFFD, as bytes.decode's "replace" does it.
    """

    def __init__(self, stops: Sequence[str] = ()) -> None:
        self.stops = tuple(stops)
        self.stopped = False
        self._decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")
        self._held = ""

    def feed(self, data: bytes) -> str:
        return self._release(self._decoder.decode(data))

    def flush(self) -> str:
        """What is left at the end, when nothing more can come."""
        released = self._release(self._decoder.decode(b"", final=True))
        held, self._held = self._held, ""
        return released if self.stopped else released + held

    def _release(self, text: str) -> str:
        if self.stopped:
            return ""
        text = self._held + text
        found = [(at + len(stop), at) for stop in self.stops if (at := text.find(stop)) >= 0]
        if found:
            _, start = min(found)  # the one that ends first, wherever the tokens' borders lie
            self.stopped, self._held = True, ""
            return text[:start]
        keep = max((_overlap(text, stop) for stop in self.stops), default=0)
        self._held = text[len(text) - keep :]
        return text[: len(text) - keep]


def _overlap(text: str, stop: str) -> int:
    """How many characters at the end of text are the beginning of stop."""
    for length in range(min(len(text), len(stop) - 1), 0, -1):
        if text.endswith(stop[:length]):
            return length
    return 0
