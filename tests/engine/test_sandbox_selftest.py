"""Tests of the sandbox's self-test: it confirms each layer and notices one that has no effect."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine import sandbox_selftest
from engine.sandbox import landlock, limits, namespaces, policy, seccomp
from grader.judge.learner_process import hidden_paths
from grader.judge.sandbox_report import PROTECTED_FILE


@pytest.fixture(autouse=True)
def _no_results(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sandbox_selftest, "_results", {})


@pytest.mark.parametrize("layer", policy.LAYERS)
def test_each_layer_holds_without_the_others(layer: str) -> None:
    result = sandbox_selftest.check_layer(layer, hidden_paths(), PROTECTED_FILE)
    assert (result.holds, result.allowed, result.reason) == (True, (), "")


def test_a_layer_without_effect_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(landlock, "restrict", lambda *_: True)
    monkeypatch.setattr(seccomp, "apply", lambda: True)
    monkeypatch.setattr(namespaces, "enter", lambda *_: None)
    monkeypatch.setattr(limits.Limits, "apply", lambda self: None)
    allowed = {
        layer: sandbox_selftest.check_layer(layer, hidden_paths(), PROTECTED_FILE).allowed for layer in policy.LAYERS
    }
    assert {"write a larger file", "open more files"} <= set(allowed["limits"])
    assert {"read attention.py", "read secret.txt", "write outside"} <= set(allowed["landlock"])
    assert {"connect by TCP", "send by UDP", "connect to a unix socket", "fork"} <= set(allowed["seccomp"])
    assert {"read attention.py", "connect by TCP", "signal another process"} <= set(allowed["namespaces"])
    assert sandbox_selftest.verified_level(policy.LAYERS) == "limits"


def test_the_level_leaves_out_layers_that_failed_their_test() -> None:
    assert sandbox_selftest.verified_level(("limits", "landlock", "seccomp")) == "kernel"  # not tested yet
    sandbox_selftest._results["seccomp"] = sandbox_selftest.LayerResult("seccomp", False, ("fork",))
    assert sandbox_selftest.verified_level(("limits", "landlock", "seccomp", "namespaces")) == "limits"
    assert sandbox_selftest.verified_level(()) == "limits"


def test_the_selftest_leaves_no_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    for layer in policy.LAYERS:
        sandbox_selftest.check_layer(layer, hidden_paths(), PROTECTED_FILE)
    assert not list(tmp_path.iterdir())
