"""Canaries see what each layer keeps in, and notice one that keeps nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine import sandbox_selftest
from engine.sandbox import landlock, limits, namespaces, policy, seccomp
from grader.judge.learner_process import hidden_paths
from grader.judge.sandbox_report import PROTECTED_FILE


@pytest.fixture(autouse=True)
def _nothing_is_known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sandbox_selftest, "_results", {})


@pytest.mark.parametrize("layer", policy.LAYERS)
def test_each_layer_holds_alone(layer: str) -> None:
    proof = sandbox_selftest.check_layer(layer, hidden_paths(), PROTECTED_FILE)
    assert (proof.holds, proof.escaped, proof.reason) == (True, (), "")


def test_a_layer_that_does_nothing_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(landlock, "apply", lambda *_: True)
    monkeypatch.setattr(seccomp, "apply", lambda: True)
    monkeypatch.setattr(namespaces, "enter", lambda *_: None)
    monkeypatch.setattr(limits.Limits, "apply", lambda self: None)
    escaped = {
        layer: sandbox_selftest.check_layer(layer, hidden_paths(), PROTECTED_FILE).escaped for layer in policy.LAYERS
    }
    assert {"write a larger file", "open more files"} <= set(escaped["limits"])
    assert {"read attention.py", "read secret.txt", "write outside"} <= set(escaped["landlock"])
    assert {"connect by TCP", "send by UDP", "connect to a unix socket", "fork"} <= set(escaped["seccomp"])
    assert {"read attention.py", "connect by TCP", "signal another process"} <= set(escaped["namespaces"])
    assert sandbox_selftest.verified_level(policy.LAYERS) == "limits"


def test_the_level_is_what_was_seen_to_hold() -> None:
    assert sandbox_selftest.verified_level(("limits", "landlock", "seccomp")) == "kernel"  # nothing has been tried yet
    sandbox_selftest._results["seccomp"] = sandbox_selftest.LayerResult("seccomp", False, ("fork",))
    assert sandbox_selftest.verified_level(("limits", "landlock", "seccomp", "namespaces")) == "limits"
    assert sandbox_selftest.verified_level(()) == "limits"


def test_nothing_is_left_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    for layer in policy.LAYERS:
        sandbox_selftest.check_layer(layer, hidden_paths(), PROTECTED_FILE)
    assert not list(tmp_path.iterdir())
