"""Keeps garbage collections short: a key waits for one that has begun."""

from __future__ import annotations

import gc

from textual.message_pump import MessagePump

FREEZE_DELAY = 1.0  # seconds in which a new screen loads what it shows


def freeze_soon(new: MessagePump) -> None:
    """Exempts a new screen's objects from garbage collection, which would look at all of them each time.

    Only for screens and views that stay until the app ends: what is frozen and has cycles is never freed.
    """
    new.set_timer(FREEZE_DELAY, gc.freeze)
