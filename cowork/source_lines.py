"""The lines of a source that somebody else wrote, as a screen may show them and comments may number them."""

from __future__ import annotations

import importlib.util

from cowork.sanitize import plain


def lines_of(source: bytes) -> list[str]:
    """The lines, decoded as Python would, without what a terminal would obey; never empty. A last line end begins no
    line of its own."""
    try:
        decoded = importlib.util.decode_source(source)
    except (SyntaxError, UnicodeError, LookupError):  # LookupError: a coding line that names no text's coding
        decoded = source.decode("utf-8", "replace")
    return plain(decoded).removesuffix("\n").split("\n")
