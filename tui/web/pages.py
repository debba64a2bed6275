"""The HTML pages around the app: the page that contains the terminal, and pages with a message instead of it."""

from __future__ import annotations

from functools import cache
from pathlib import Path

STATIC = Path(__file__).parent / "static"

MESSAGES = {
    "token": (
        "A token is required",
        "<p>Open the address that <code>fromscratch serve</code> printed in its terminal. It ends with "
        "<code>/?token=…</code></p><p>If you have opened that address already, <a href='/'>continue</a>.</p>",
    ),
    "foreign": (
        "Unknown address",
        "<p>The server does not accept requests for this address, or from the page that links to it.</p>"
        "<p>Type the address that <code>fromscratch serve</code> printed in its terminal. To use a different host "
        "name, start it with <code>--public-url</code>.</p>",
    ),
    "full": (
        "Too many open pages",
        "<p>Each page runs a separate app, and the maximum number of pages is open "
        "(<code>fromscratch serve --most</code> sets it).</p>"
        "<p>Close one of them. This page retries automatically.</p>",
    ),
}


@cache
def frame() -> str:
    """The page that contains the terminal with the app."""
    return (STATIC / "frame.html").read_text(encoding="utf-8")


@cache
def message_page(name: str) -> str:
    """A page with one of MESSAGES."""
    title, text = MESSAGES[name]
    page = (STATIC / "message.html").read_text(encoding="utf-8")
    refresh = '<meta http-equiv="refresh" content="3">' if name == "full" else ""
    return page.replace("TITLE", title).replace("TEXT", text).replace("REFRESH", refresh)
