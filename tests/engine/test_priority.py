"""Tests that an engine's nice value applies to all its processes, including children in sessions of their own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from engine.sandbox import policy

NICE = 7
HAS_AUTOGROUPS = Path("/proc/self/autogroup").exists()

PROGRAM = """
import json, os, sys
from pathlib import Path
from engine import priority, reap
from engine.child import Child
from engine.sandbox.limits import Limits

def serve(channel):
    channel.receive()
    channel.send("started")
    channel.receive()

priority.set_nice(os.getpid(), int(sys.argv[1]))
child = Child(serve, [], layers=sys.argv[2:])
child.begin(Limits(seconds=10))
child.channel.send("go")
child.receive()
priorities = []
for pid in [os.getpid(), *reap.descendants(os.getpid())]:
    group = Path(f"/proc/{pid}/autogroup")
    priorities.append([os.getpriority(os.PRIO_PROCESS, pid), group.read_text().split()[-1] if group.exists() else ""])
print(json.dumps([child.layers, priorities]))
child.close()
"""


@pytest.mark.parametrize("layers", [policy.LAYERS, policy.LAYERS[:3]], ids=["strict", "kernel"])
def test_a_child_has_the_nice_value_of_its_engine(layers: tuple[str, ...]) -> None:
    result = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(NICE), *layers], start_new_session=True, capture_output=True, text=True,
        check=True, timeout=60, env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
    )  # fmt: skip
    active, priorities = json.loads(result.stdout)
    assert sorted(active) == sorted(layers)
    assert len(priorities) >= 2
    expected = [NICE, str(NICE) if HAS_AUTOGROUPS else ""]
    assert all(priority == expected for priority in priorities), priorities
