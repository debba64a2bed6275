"""A restrained process keeps to its scratch folder, on every layer that this machine has."""

from __future__ import annotations

from pathlib import Path

from engine import sandbox
from engine.child import Child
from engine.frames import Channel
from engine.limits import Limits


def report(channel: Channel) -> None:
    """In the child: tries what must not work, and what must."""
    import os
    import socket

    def outcome(call: object, *arguments: object) -> str:
        try:
            call(*arguments)  # type: ignore[operator]
            return "done"
        except OSError:
            return "refused"

    secret = channel.receive()
    found = {
        "read a hidden file": outcome(open, secret),
        "write beside it": outcome(open, secret + ".new", "w"),
        "connect": outcome(socket.create_connection, ("127.0.0.1", 9), 0.1),
        "listen": outcome(socket.socket, socket.AF_INET),
        "fork": outcome(os.fork),
        "signal the parent": outcome(os.kill, os.getppid(), 0),
        "trace": outcome(os.unshare, 0) if hasattr(os, "unshare") else "refused",
        "write in the scratch": outcome(open, "file.txt", "w"),
        "read the library": outcome(open, os.__file__),
        "import": outcome(__import__, "csv"),
    }
    channel.send({"found": found, "environment": dict(os.environ), "directory": os.getcwd()})


def test_the_child_is_restrained(tmp_path: Path) -> None:
    assert sandbox.landlock_version() > 0, "this kernel offers no Landlock, so this test can prove nothing"
    secret = tmp_path / "secret.txt"
    secret.write_text("hidden")
    child = Child(report, [])
    child.begin(Limits(seconds=10))
    child.channel.send(str(secret))
    answer = child.channel.receive(child.deadline, child.watch)
    allowed = {"write in the scratch", "read the library", "import"}
    assert {name for name, outcome in answer["found"].items() if outcome == "done"} == allowed
    assert answer["directory"] == str(child.scratch)
    assert "HOME" in answer["environment"]
    assert not {"FROMSCRATCH_WORKSPACE", "EDITOR", "SHELL"} & set(answer["environment"])
    child.close()
    assert not child.scratch.exists()


def test_reading_is_allowed_around_what_is_hidden(tmp_path: Path) -> None:
    for name in ("a/b/hidden", "a/b/open", "a/other", "c"):
        (tmp_path / name).mkdir(parents=True)
    found = set(sandbox._without(tmp_path, {tmp_path / "a/b/hidden"}))
    assert found == {tmp_path / "a/b/open", tmp_path / "a/other", tmp_path / "c"}
