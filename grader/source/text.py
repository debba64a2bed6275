"""Decodes Python source and splits it into lines exactly as Python does."""

from __future__ import annotations

import importlib.util
import re


def text_of(source: bytes) -> str:
    """The text of a file's bytes as Python reads it, or as best it can be read."""
    try:
        return importlib.util.decode_source(source)
    except (SyntaxError, UnicodeDecodeError):
        return source.decode("utf-8", "replace")


def lines_of(text: str) -> list[str]:
    """The lines as Python counts them: a form feed does not end one, as it does for str.splitlines."""
    return re.split("\r\n|\r|\n", text)


def line_of(text: str, number: int) -> str:
    """The text of one line, from 1; empty where there is none."""
    lines = lines_of(text)
    return lines[number - 1].strip() if 0 < number <= len(lines) else ""
