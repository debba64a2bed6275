"""Notifications outside the app: clean, as arguments, at most one in some seconds."""

from __future__ import annotations

import sys
from pathlib import Path

from tui.desktop_notification import (
    INTERVAL,
    NotificationLimit,
    desktop_command,
    run_desktop_command,
    terminal_sequence,
)

EVIL = "4;1;50 \x1b]0;title\x07 <b>bold</b> \u202e; $(reboot)\nsecond line" + "x" * 300


def test_the_terminals_sequence_holds_one_clean_line() -> None:
    for environ in ({"TERM": "xterm"}, {"TERM": "foot"}, {"VTE_VERSION": "7600"}):
        sequence = terminal_sequence(EVIL, environ)
        assert sequence.startswith("\x1b]") and sequence.endswith("\x07")
        text = sequence[2:-1]
        assert text.isprintable() and len(text) < 240
        assert text.startswith(("9;fromscratch: 4;1", "777;notify;fromscratch;4,1,50"))
        assert text.count(";") == 3 or text.startswith("9;")
    inside = terminal_sequence("hello", {"TERM": "xterm", "TMUX": "/tmp/tmux"})
    assert inside == "\x1bPtmux;\x1b\x1b]9;fromscratch: hello\x07\x1b\\"


def test_the_desktops_program_gets_the_text_as_an_argument() -> None:
    command = desktop_command(EVIL, {"notify-send": "/usr/bin/notify-send"}.get)
    assert command is not None and command[:4] == ["/usr/bin/notify-send", "--app-name", "fromscratch", "--"]
    assert "&lt;b&gt;bold&lt;/b&gt;" in command[5] and command[5].isprintable()
    command = desktop_command(EVIL, {"osascript": "/usr/bin/osascript"}.get)
    assert command is not None and "reboot" not in command[2] and "$(reboot)" in command[4]
    assert desktop_command(EVIL, {}.get) is None


async def test_a_program_that_fails_is_noticed(tmp_path: Path) -> None:
    shown = tmp_path / "shown"
    assert await run_desktop_command([sys.executable, "-c", f"open({str(shown)!r}, 'w')"]) and shown.exists()
    assert not await run_desktop_command([sys.executable, "-c", "raise SystemExit(3)"])
    assert not await run_desktop_command([str(tmp_path / "missing")])


def test_at_most_one_in_some_seconds() -> None:
    limit = NotificationLimit()
    assert limit.offer("first", 1, 100.0) == "first"
    assert limit.offer("second", 1, 101.0) is None and limit.wait(101.0) == INTERVAL - 1
    assert limit.offer("third", 2, 102.0) is None
    assert limit.release(105.0) is None
    assert limit.release(100.0 + INTERVAL) == "3 more items for you"
    assert limit.release(101.0 + INTERVAL) is None, "nothing is held back any more"
    assert limit.offer("later", 1, 101.0 + INTERVAL) is None
    assert limit.offer("later", 1, 200.0) == "later"
