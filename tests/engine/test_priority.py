"""An engine that stands back does so with all its processes, the learners' in sessions of their own too."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from engine.sandbox import policy

NICE = 7
GROUPS = Path("/proc/self/autogroup").exists()  # whether this kernel shares processors out between sessions

STARTS = """
import json, os, sys
from pathlib import Path
from engine import priority, reap
from engine.child import Child
from engine.sandbox.limits import Limits

def serve(channel):
    channel.receive()
    channel.send("here")
    channel.receive()

priority.set_nice(os.getpid(), int(sys.argv[1]))
child = Child(serve, [], layers=sys.argv[2:])
child.begin(Limits(seconds=10))
child.channel.send("go")
child.receive()
found = []
for pid in [os.getpid(), *reap.descendants(os.getpid())]:
    group = Path(f"/proc/{pid}/autogroup")
    found.append([os.getpriority(os.PRIO_PROCESS, pid), group.read_text().split()[-1] if group.exists() else ""])
print(json.dumps([child.layers, found]))
child.close()
"""


@pytest.mark.parametrize("layers", [policy.LAYERS, policy.LAYERS[:3]], ids=["strict", "kernel"])
def test_a_learners_process_stands_back_as_its_engine_does(layers: tuple[str, ...]) -> None:
    done = subprocess.run(
        [sys.executable, "-c", STARTS, str(NICE), *layers], start_new_session=True, capture_output=True, text=True,
        check=True, timeout=60, env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
    )  # fmt: skip
    held, found = json.loads(done.stdout)
    assert sorted(held) == sorted(layers)
    assert len(found) >= 2
    assert all(one == [NICE, str(NICE) if GROUPS else ""] for one in found), found
