"""Decodes the bytes of tokens into text that can be shown at once and never changes later.

Bytes of an incomplete character, and text that may be the beginning of a stop string, are kept until they are decided.
"""

import codecs
from collections.abc import Sequence


class TextStream:
    """Decodes bytes incrementally until a stop string; `stopped` is true once one was found.

    The returned texts together are the decoded bytes up to the stop string that is completed first, or, with `flush`,
    to the end. Invalid UTF-8 becomes U+FFFD, as with the "replace" of bytes.decode.
    """

    def __init__(self, stops: Sequence[str] = ()) -> None:
        self.stops = tuple(stops)
        self.stopped = False
        self._decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")
        self._pending = ""

    def feed(self, data: bytes) -> str:
        """Returns the text that is now certain."""
        return self._release(self._decoder.decode(data))

    def flush(self) -> str:
        """Returns the remaining text at the end of the input."""
        released = self._release(self._decoder.decode(b"", final=True))
        pending, self._pending = self._pending, ""
        return released if self.stopped else released + pending

    def _release(self, text: str) -> str:
        if self.stopped:
            return ""
        text = self._pending + text
        matches = [(at + len(stop), at) for stop in self.stops if (at := text.find(stop)) >= 0]
        if matches:
            _, start = min(matches)  # the one that ends first, so that the boundaries of tokens do not matter
            self.stopped, self._pending = True, ""
            return text[:start]
        keep = max((_overlap(text, stop) for stop in self.stops), default=0)
        self._pending = text[len(text) - keep :]
        return text[: len(text) - keep]


def _overlap(text: str, stop: str) -> int:
    """Returns the number of characters at the end of text that begin the stop string."""
    for length in range(min(len(text), len(stop) - 1), 0, -1):
        if text.endswith(stop[:length]):
            return length
    return 0
