"""What a browser shows beside the app: its frame, and notes that say why the app is not there."""

from __future__ import annotations

from functools import cache
from pathlib import Path

STATIC = Path(__file__).parent / "static"

NOTES = {
    "token": (
        "This page has a key",
        "<p>Open the address that <code>fromscratch serve</code> printed in its terminal. It ends with "
        "<code>/?token=…</code></p><p>You came by that address? <a href='/'>Go on</a>.</p>",
    ),
    "foreign": (
        "Not from here",
        "<p>This address, or the page that sent you, is not one that this server was started for.</p>"
        "<p>Type the address that <code>fromscratch serve</code> printed in its terminal. For another name, "
        "serve with <code>--public-url</code>.</p>",
    ),
    "full": (
        "All places are taken",
        "<p>Each page with the app in it is an app of its own, and as many as are allowed are open "
        "(<code>fromscratch serve --most</code> says how many).</p>"
        "<p>Close one of them. This page tries again by itself.</p>",
    ),
}


@cache
def frame() -> str:
    """The page that the app is drawn in."""
    return (STATIC / "frame.html").read_text(encoding="utf-8")


@cache
def note(which: str) -> str:
    """A page that says one thing."""
    title, text = NOTES[which]
    page = (STATIC / "note.html").read_text(encoding="utf-8")
    again = '<meta http-equiv="refresh" content="3">' if which == "full" else ""
    return page.replace("TITLE", title).replace("TEXT", text).replace("AGAIN", again)
