"""Splits a source into the lines that screens show and comments refer to."""

from __future__ import annotations

import importlib.util

from learner.plain_text import plain


def lines_of(source: bytes) -> list[str]:
    """Returns the lines, decoded as Python does and without control characters. There is at least one line; a final
    line end does not start another."""
    try:
        decoded = importlib.util.decode_source(source)
    except (SyntaxError, UnicodeError, LookupError):  # LookupError: the coding line names no text encoding
        decoded = source.decode("utf-8", "replace")
    return plain(decoded).removesuffix("\n").split("\n")
