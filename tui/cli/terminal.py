"""The commands' input and output. All that they print goes through here and is cleaned."""

from __future__ import annotations

import codecs
import errno
import json
import os
import shutil
import sys
import unicodedata
from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from learner.plain_text import plain

if TYPE_CHECKING:
    from exercises.drawings import AnyDrawing

DEFAULT_WIDTH, MAX_WIDTH = 78, 110  # columns of drawings, where output is no terminal and where it is a wide one

# for output whose encoding lacks these characters
LOOK_ALIKES = {
    "✓": "+", "✗": "x", "○": "o", "◐": "o", "●": "*", "↻": "~", "·": ".", "★": "*", "•": "*", "…": "...", "–": "-",
    "—": "-", "−": "-", "→": "->", "←": "<-", "↵": "|", "⇥": ">", "“": '"', "”": '"', "‘": "'", "’": "'", "×": "x",
    "√": "sqrt ", "≤": "<=", "≥": ">=", "≠": "!=", "≈": "~", "∈": "in", "∞": "inf", "∅": "-", "⊤": "^T", "⋅": "*",
    "Σ": "sum", "α": "alpha", "β": "beta", "γ": "gamma", "ε": "epsilon", "θ": "theta", "μ": "mu", "π": "pi",
    "σ": "sigma", "│": "|", "─": "-", "█": "#",
}  # fmt: skip
ERRORS = "fromscratch.look-alikes"
WRITE_ERRORS = {errno.ENOSPC, errno.EIO, errno.EFBIG, errno.EBADF, getattr(errno, "EDQUOT", errno.ENOSPC)}


def echo(text: object = "", *, err: bool = False, nl: bool = True, bold: bool = False) -> None:
    """Prints text to standard output or error, without what would control the terminal."""
    cleaned = plain(str(text))
    click.echo(click.style(cleaned, bold=True) if bold else cleaned, err=err, nl=nl)


def echo_status(text: str) -> None:
    """Writes a text over the last one on the current line of stderr, if that is a terminal; "" removes it."""
    if sys.stderr.isatty():
        click.echo(f"\r\033[K{plain(text)}", err=True, nl=False)


def echo_json(data: object) -> None:
    """Prints one JSON object on one line, in ASCII, so that no terminal codes get through."""
    click.echo(json.dumps(data))


def echo_file(data: bytes) -> None:
    """Prints a file's bytes unchanged. Its texts must be clean already."""
    click.echo(data, nl=False)


def echo_drawings(drawings: Sequence[AnyDrawing]) -> None:
    """Prints a try's drawings in the terminal's width and colours. Their texts must be clean already."""
    from rich.console import Console

    from tui.drawings.palette import TERMINAL
    from tui.drawings.render import group

    width = min(shutil.get_terminal_size((DEFAULT_WIDTH, 24)).columns, MAX_WIDTH)
    console = Console(file=sys.stdout, width=width, highlight=False, markup=False, emoji=False)
    console.print(group(drawings, TERMINAL))


def confirm(question: str, *, err: bool = False) -> bool:
    """Asks a question that is answered with y or n."""
    return click.confirm(plain(question), err=err)


def prompt(text: str, default: str | None = None) -> str:
    """Asks for a line of text."""
    return str(click.prompt(plain(text), default=default))


def read_input() -> str:
    """Returns the text of standard input. Raises UsageError if its bytes are no text."""
    encoding = "utf-8" if sys.stdin.encoding == "ascii" else sys.stdin.encoding
    try:
        return sys.stdin.buffer.read().decode(encoding).replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        raise click.UsageError(
            f"Standard input cannot be read as text: byte {error.object[error.start]:#04x} at position {error.start} "
            f"is not {error.encoding.upper()}. Save the text as UTF-8."
        ) from None


def configure_output() -> None:
    """Makes standard output and error replace the characters that their encoding lacks, instead of failing."""
    codecs.register_error(ERRORS, _replace)
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors=ERRORS)


def output_failure(error: Exception | None = None) -> str:
    """Returns why standard output cannot be written, or "". If it cannot, later output is discarded. `error` is an
    exception that a write to it may have raised."""
    if sys.stdout is None:  # closed by the caller, who wants no output
        return ""
    try:
        if isinstance(error, OSError) and error.errno in WRITE_ERRORS and error.filename is None:
            raise error
        sys.stdout.flush()
    except OSError as failure:
        null = os.open(os.devnull, os.O_WRONLY)
        os.dup2(null, sys.stdout.fileno())  # else Python prints a traceback when it flushes at its end
        os.close(null)
        return failure.strerror or str(failure)
    return ""


def _replace(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    return "".join(map(_look_alike, error.object[error.start : error.end])), error.end


def _look_alike(character: str) -> str:
    """Returns ASCII that looks like the character, else "?"."""
    decomposed = unicodedata.normalize("NFKD", character).encode("ascii", "ignore").decode()
    return LOOK_ALIKES.get(character) or decomposed or "?"
