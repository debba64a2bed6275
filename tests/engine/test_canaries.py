"""Canaries see what each layer keeps in, and notice one that keeps nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine import canaries, landlock, limits, namespaces, sandbox, seccomp
from grader.isolation import SECRET
from grader.learner_process import hidden


@pytest.fixture(autouse=True)
def _nothing_is_known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(canaries, "_proofs", {})


@pytest.mark.parametrize("layer", sandbox.LAYERS)
def test_each_layer_holds_alone(layer: str) -> None:
    proof = canaries.prove(layer, hidden(), SECRET)
    assert (proof.holds, proof.escaped, proof.why) == (True, (), "")


def test_a_layer_that_does_nothing_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(landlock, "impose", lambda *_: True)
    monkeypatch.setattr(seccomp, "impose", lambda: True)
    monkeypatch.setattr(namespaces, "enter", lambda *_: None)
    monkeypatch.setattr(limits.Limits, "impose", lambda self: None)
    escaped = {layer: canaries.prove(layer, hidden(), SECRET).escaped for layer in sandbox.LAYERS}
    assert {"write a larger file", "open more files"} <= set(escaped["limits"])
    assert {"read attention.py", "read secret.txt", "write outside"} <= set(escaped["landlock"])
    assert {"connect by TCP", "send by UDP", "connect to a unix socket", "fork"} <= set(escaped["seccomp"])
    assert {"read attention.py", "connect by TCP", "signal another process"} <= set(escaped["namespaces"])
    assert canaries.level(sandbox.LAYERS) == "limits"


def test_the_level_is_what_was_seen_to_hold() -> None:
    assert canaries.level(("limits", "landlock", "seccomp")) == "kernel"  # nothing has been tried yet
    canaries._proofs["seccomp"] = canaries.Proof("seccomp", False, ("fork",))
    assert canaries.level(("limits", "landlock", "seccomp", "namespaces")) == "limits"
    assert canaries.level(()) == "limits"


def test_nothing_is_left_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    for layer in sandbox.LAYERS:
        canaries.prove(layer, hidden(), SECRET)
    assert not list(tmp_path.iterdir())
