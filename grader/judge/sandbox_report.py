"""Reports which sandbox layers hold on this machine, according to the self-tests."""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import partial
from typing import Any

from engine import sandbox_selftest
from engine.platform import can_fork
from engine.sandbox import landlock, policy
from grader.judge.learner_process import hidden_paths
from grader.source.slicing import ROOT

PROTECTED_FILE = ROOT / "reference" / "attention.py"
DESCRIPTIONS = {
    "limits": "Limits: a check has bounded time, memory, output and files",
    "landlock": "Landlock: a check cannot read your files, and can write only in its scratch folder",
    "seccomp": "seccomp: a check cannot open connections, start processes or reach other processes",
    "namespaces": "Namespaces: --sandbox strict isolates a check from your files and the network",
}
CONSEQUENCES = {
    "limits": "a check can use more resources than it should. Check only code that you trust",
    "landlock": "a check can read and write your files. Landlock needs Linux 5.13 or newer",
    "seccomp": "a check can open connections and start processes. seccomp needs Linux on x86-64 or 64-bit ARM",
    "namespaces": "--sandbox strict is not available here",
}

WITHOUT_FORK = "Limits: a check has bounded time and output. Without fork, no other layer is tested"


def selftest_steps() -> list[Callable[[], object]]:
    """Returns the self-tests of the requested layers, which the fork server runs one at a time when idle."""
    if not can_fork():  # the self-tests are forked
        return []
    return [
        partial(sandbox_selftest.check_layer, layer, hidden_paths(), PROTECTED_FILE)
        for layer in policy.requested_layers()
    ]


def report(request: dict[str, Any], emit: Callable[[dict[str, Any]], None]) -> None:
    """Emits {"level", "layers": [{"layer", "holds", "says"}]} for `doctor` and the app. Runs the self-tests that have
    not run yet."""
    if not can_fork():
        bounded = {"layer": "limits", "holds": True, "says": WITHOUT_FORK}
        emit({"level": "limits", "layers": [bounded], "version": 0, "pid": os.getpid()})
        return
    tested = {result.layer for result in sandbox_selftest.results()}
    for layer in policy.LAYERS:
        if layer not in tested and (layer in policy.requested_layers() or request.get("all")):
            sandbox_selftest.check_layer(layer, hidden_paths(), PROTECTED_FILE)
    results = {result.layer: result for result in sandbox_selftest.results()}
    layers = [{"layer": name, "holds": results[name].holds, "says": _describe(results[name])}
              for name in policy.LAYERS if name in results]  # fmt: skip
    holding = [
        result.layer for result in results.values() if result.holds and result.layer in policy.requested_layers()
    ]
    emit({"level": policy.level(holding), "layers": layers, "version": landlock.version(), "pid": os.getpid()})


def _describe(result: sandbox_selftest.LayerResult) -> str:
    if result.holds:
        return DESCRIPTIONS[result.layer]
    name = DESCRIPTIONS[result.layer].partition(":")[0]
    if result.allowed:
        return f"{name} failed its self-test ({', '.join(result.allowed)}): {CONSEQUENCES[result.layer]}."
    if result.layer == "namespaces":
        return f"{name}: {result.reason}"
    return f"{name}: {result.reason}, so {CONSEQUENCES[result.layer]}."
