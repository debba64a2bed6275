"""Decodes Python source and splits it into lines exactly as Python does."""

from __future__ import annotations

import importlib.util
import re


def text_of(source: bytes) -> str:
    """Returns the text of a file's bytes as Python decodes it; undecodable bytes are replaced."""
    try:
        return importlib.util.decode_source(source)
    except (SyntaxError, UnicodeDecodeError):
        return source.decode("utf-8", "replace")


def lines_of(text: str) -> list[str]:
    """Returns the lines as Python counts them; unlike str.splitlines, a form feed does not end a line."""
    return re.split("\r\n|\r|\n", text)


def line_of(text: str, number: int) -> str:
    """Returns the stripped text of a line, counted from 1; empty where the line does not exist."""
    lines = lines_of(text)
    return lines[number - 1].strip() if 0 < number <= len(lines) else ""
