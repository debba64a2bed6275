"""What keeps a learner's code in on this machine, as tried by canaries: for verdicts, and for people to read."""

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
SAYS = {
    "limits": "Limits: time, memory, output and files of a check are bounded",
    "landlock": "Landlock: a check reads no file of yours and writes only in its scratch folder",
    "seccomp": "seccomp: a check opens no connection, starts no process and reaches no other",
    "namespaces": "Namespaces: --sandbox strict gives a check a world of its own, without network or your files",
}
LACKS = {
    "limits": "a check may use more than it should. Check only code that you trust",
    "landlock": "a check could read and write what you can. Landlock comes with Linux 5.13 and newer",
    "seccomp": "a check could open connections and start processes. It comes with Linux on x86-64 and 64-bit ARM",
    "namespaces": "--sandbox strict refuses to run here",
}

UNTRIED = "Limits: time and output of a check are bounded. Without fork, nothing more is tried out here"


def steps() -> list[Callable[[], object]]:
    """What the warm parent does when idle: one canary at a time, of the layers that checks are to have."""
    if not can_fork():  # canaries are forked
        return []
    return [
        partial(sandbox_selftest.check_layer, layer, hidden_paths(), PROTECTED_FILE)
        for layer in policy.requested_layers()
    ]


def tell(job: dict[str, Any], emit: Callable[[dict[str, Any]], None]) -> None:
    """The engine's target for `doctor` and the app: {"level", "layers": [{"layer", "holds", "says"}]}; tries
    what has not been tried yet."""
    if not can_fork():
        bounded = {"layer": "limits", "holds": True, "says": UNTRIED}
        emit({"level": "limits", "layers": [bounded], "version": 0, "pid": os.getpid()})
        return
    tried = {proof.layer for proof in sandbox_selftest.results()}
    for layer in policy.LAYERS:
        if layer not in tried and (layer in policy.requested_layers() or job.get("all")):
            sandbox_selftest.check_layer(layer, hidden_paths(), PROTECTED_FILE)
    proofs = {proof.layer: proof for proof in sandbox_selftest.results()}
    layers = [{"layer": name, "holds": proofs[name].holds, "says": _says(proofs[name])}
              for name in policy.LAYERS if name in proofs]  # fmt: skip
    held = [proof.layer for proof in proofs.values() if proof.holds and proof.layer in policy.requested_layers()]
    emit({"level": policy.level(held), "layers": layers, "version": landlock.version(), "pid": os.getpid()})


def _says(proof: sandbox_selftest.LayerResult) -> str:
    if proof.holds:
        return SAYS[proof.layer]
    name = SAYS[proof.layer].partition(":")[0]
    if proof.allowed:
        return f"{name} did not hold when tried ({', '.join(proof.allowed)}): {LACKS[proof.layer]}."
    if proof.layer == "namespaces":
        return f"{name}: {proof.reason}"
    return f"{name}: {proof.reason}, so {LACKS[proof.layer]}."
