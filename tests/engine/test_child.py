"""Tests of the sandboxed child: what it can and cannot do, and how its exit is reported."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.child import Child
from engine.frames import Channel
from engine.sandbox import landlock, namespaces, policy
from engine.sandbox.limits import Limits


def attempt_everything(channel: Channel) -> None:
    """In the child: attempts what the sandbox must refuse and what it must allow."""
    import os
    import socket

    def outcome(call: object, *arguments: object) -> str:
        try:
            call(*arguments)  # type: ignore[operator]
            return "done"
        except OSError:
            return "refused"

    secret = channel.receive()
    outcomes = {
        "read a hidden file": outcome(open, secret),
        "write next to it": outcome(open, secret + ".new", "w"),
        "connect": outcome(socket.create_connection, ("127.0.0.1", 9), 0.1),
        "listen": outcome(socket.socket, socket.AF_INET),
        "fork": outcome(os.fork),
        "signal the parent": outcome(os.kill, os.getppid(), 0),
        "trace": outcome(os.unshare, 0) if hasattr(os, "unshare") else "refused",
        "write in the scratch folder": outcome(open, "file.txt", "w"),
        "read the library": outcome(open, os.__file__),
        "import": outcome(__import__, "csv"),
    }
    channel.send({"outcomes": outcomes, "environment": dict(os.environ), "directory": os.getcwd()})


@pytest.mark.parametrize("layers", [policy.LAYERS, policy.LAYERS[:3]], ids=["strict", "kernel"])
def test_the_child_is_confined_to_its_scratch_folder(tmp_path: Path, layers: tuple[str, ...]) -> None:
    assert landlock.version() > 0, "this kernel has no Landlock, so the test would be meaningless"
    secret = tmp_path / "secret.txt"
    secret.write_text("hidden")
    child = Child(attempt_everything, [], layers=layers)
    child.begin(Limits(seconds=10))
    child.channel.send(str(secret))
    answer = child.receive()
    allowed = {"write in the scratch folder", "read the library", "import"}
    assert {name for name, outcome in answer["outcomes"].items() if outcome == "done"} == allowed
    assert sorted(child.layers) == sorted(layers)
    assert policy.level(child.layers) == ("strict" if "namespaces" in layers else "kernel")
    assert answer["directory"] == str(child.scratch)
    assert "HOME" in answer["environment"]
    assert not {"FROMSCRATCH_WORKSPACE", "EDITOR", "SHELL"} & set(answer["environment"])
    child.close()
    assert not child.scratch.exists()


def look_around_and_crash(channel: Channel) -> None:
    """In the child: sends what it can see, then crashes."""
    import os
    import signal

    home = channel.receive()
    listing = [*(os.listdir(home) if os.path.exists(home) else []), *(n for n in ("/home", "/var") if Path(n).exists())]
    network = Path("/proc/net/dev").read_text().count(":") if Path("/proc/net/dev").exists() else 1
    channel.send({"pid": os.getpid(), "listing": listing, "network": network})
    os.kill(os.getpid(), signal.SIGSEGV)
    os.abort()


def test_namespaces_hide_everything_else_and_the_exit_code_is_reported() -> None:
    child = Child(look_around_and_crash, [], layers=("limits", "namespaces"))
    child.begin(Limits(seconds=10))
    home = Path.home()
    child.channel.send(str(home))
    answer = child.receive()
    assert answer["pid"] == 2
    assert answer["network"] == 1  # only the loopback
    # of the home folder, only the folders on the way to the interpreter
    parents = {str(path.relative_to(home)).split("/")[0] for path in policy.readable_paths(()) if home in path.parents}
    assert {name for name in answer["listing"] if not str(home).startswith(name)} <= parents
    assert child.wait_exit() == -11
    child.close()
    assert not child.scratch.exists()


def test_without_namespaces_the_strict_sandbox_is_unavailable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(namespaces, "ALL", 1)  # a flag that no kernel knows
    child = Child(look_around_and_crash, [], layers=policy.LAYERS)
    with pytest.raises(namespaces.SandboxUnavailable, match="strict sandbox cannot be built"):
        child.begin(Limits())
    child.close()
