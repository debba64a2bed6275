"""A restrained process keeps to its scratch folder, on every layer that this machine has."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.child import Child
from engine.frames import Channel
from engine.sandbox import landlock, namespaces, policy
from engine.sandbox.limits import Limits


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


@pytest.mark.parametrize("layers", [policy.LAYERS, policy.LAYERS[:3]], ids=["strict", "kernel"])
def test_the_child_is_restrained(tmp_path: Path, layers: tuple[str, ...]) -> None:
    assert landlock.version() > 0, "this kernel offers no Landlock, so this test can prove nothing"
    secret = tmp_path / "secret.txt"
    secret.write_text("hidden")
    child = Child(report, [], layers=layers)
    child.begin(Limits(seconds=10))
    child.channel.send(str(secret))
    answer = child.receive()
    allowed = {"write in the scratch", "read the library", "import"}
    assert {name for name, outcome in answer["found"].items() if outcome == "done"} == allowed
    assert sorted(child.layers) == sorted(layers)
    assert policy.level(child.layers) == ("strict" if "namespaces" in layers else "kernel")
    assert answer["directory"] == str(child.scratch)
    assert "HOME" in answer["environment"]
    assert not {"FROMSCRATCH_WORKSPACE", "EDITOR", "SHELL"} & set(answer["environment"])
    child.close()
    assert not child.scratch.exists()


def test_reading_is_allowed_around_what_is_hidden(tmp_path: Path) -> None:
    for name in ("a/b/hidden", "a/b/open", "a/other", "c"):
        (tmp_path / name).mkdir(parents=True)
    found = set(policy._without(tmp_path, {tmp_path / "a/b/hidden"}))
    assert found == {tmp_path / "a/b/open", tmp_path / "a/other", tmp_path / "c"}


def world(channel: Channel) -> None:
    """In the child: what there is to be seen, and an end that must be told as it was."""
    import os
    import signal

    home = channel.receive()
    listing = [*(os.listdir(home) if os.path.exists(home) else []), *(n for n in ("/home", "/var") if Path(n).exists())]
    network = Path("/proc/net/dev").read_text().count(":") if Path("/proc/net/dev").exists() else 1
    channel.send({"pid": os.getpid(), "listing": listing, "network": network})
    os.kill(os.getpid(), signal.SIGSEGV)
    os.abort()


def test_the_strict_world_is_empty_and_its_end_is_told() -> None:
    child = Child(world, [], layers=("limits", "namespaces"))
    child.begin(Limits(seconds=10))
    home = Path.home()
    child.channel.send(str(home))
    answer = child.receive()
    assert answer["pid"] == 2
    assert answer["network"] == 1  # the loopback alone
    # of the home only what leads to the interpreter
    leading = {str(path.relative_to(home)).split("/")[0] for path in policy.readable_paths(()) if home in path.parents}
    assert {name for name in answer["listing"] if not str(home).startswith(name)} <= leading
    assert child.wait_exit() == -11
    child.close()
    assert not child.scratch.exists()


def test_no_world_no_check(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(namespaces, "ALL", 1)  # a flag that no kernel knows
    child = Child(world, [], layers=policy.LAYERS)
    with pytest.raises(namespaces.SandboxUnavailable, match="strict sandbox cannot be built"):
        child.begin(Limits())
    child.close()


def test_no_alias_shows_what_is_hidden(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "real/hidden").mkdir(parents=True)
    (tmp_path / "real/open").mkdir()
    (tmp_path / "alias").symlink_to(tmp_path / "real")
    monkeypatch.syspath_prepend(str(tmp_path / "alias"))
    shown = set(policy.readable_paths((tmp_path / "real/hidden",)))
    assert tmp_path / "real/open" in shown
    assert not {tmp_path / "real", tmp_path / "alias", tmp_path / "real/hidden"} & shown
