"""What the faults share: a learner with an editor, the app as a process, and what there is to compare afterwards."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from exercises.course import Exercise
from exercises.load import load_course
from grader.source import reference_source
from learner.progress import Progress
from learner.workspace import Workspace

ID = "stable-softmax"
Line = dict[str, Any]


@dataclass
class Result:
    """One row of the table: a fault, how often it was tried, what was lost, seconds until all was as before."""

    fault: str
    tries: int = 0
    lost: list[str] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)
    says: str = ""
    bound: str = ""  # what nobody can bring back, where that is more than nothing

    def expect(self, so: bool, otherwise: str) -> None:
        """Notes a loss where something is not as it must be."""
        if not so:
            self.lost.append(otherwise)


class Learner:
    """A workspace with an editor. Every file is known, so that a change by anybody else is seen."""

    def __init__(self, root: Path) -> None:
        self.workspace = Workspace(root, load_course())
        self.workspace.create()
        self.exercise: Exercise = self.workspace.course.exercise(ID)
        self.path = self.workspace.path(self.exercise)
        self.right = reference_source.as_solution(self.exercise)
        self.saves = 0
        self.files = tree(root)

    def save(self, how: Callable[[Path, bytes], None] | None = None) -> str:
        """Saves the right solution once more, with a new last line; returns the digest of the content."""
        self.saves += 1
        content = f"{self.right}\n# save {self.saves} of {os.getpid()}\n".encode()
        (how or overwrite)(self.path, content)
        self.files[self.path.relative_to(self.workspace.root).as_posix()] = content
        return hashlib.sha256(content).hexdigest()

    def changed(self) -> list[str]:
        """The names of the learner's files that are not what the learner saved last."""
        now = tree(self.workspace.root)
        return [name for name in sorted(self.files | now) if self.files.get(name) != now.get(name)]

    def recorded(self) -> tuple[set[str], str | None]:
        """The digests of all attempts that are stored, and what became of the store."""
        with Progress(self.workspace.progress_path) as progress:
            sources = (attempt.source for attempt in progress.history(self.exercise.id))
            return {hashlib.sha256(source).hexdigest() for source in sources}, progress.message


class App:
    """The app in a process of its own; a context manager that leaves no process behind."""

    def __init__(self, learner: Learner, *, root: Path | None = None, before: str = "") -> None:
        self.lines: list[Line] = []
        self.heard = threading.Condition()
        folder = learner.workspace.root.parent
        home = {"FROMSCRATCH_CONFIG": str(folder / "config"), "FROMSCRATCH_WORKSPACE": str(learner.workspace.root)}
        code = f"import runpy, sys\n{before}\nrunpy.run_module('benchmarks.faults.driver', run_name='__main__')"
        self.process = subprocess.Popen(
            [sys.executable, "-c", code, str(root or learner.workspace.root)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=os.environ | home,
            cwd=Path(__file__).parents[2],
            start_new_session=True,
        )
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            with contextlib.suppress(ValueError), self.heard:
                self.lines.append(json.loads(line))
                self.heard.notify_all()

    def __enter__(self) -> App:
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()

    def wait(self, wanted: Callable[[Line], Any], since: int = 0, seconds: float = 60) -> Line:
        """The first line from number `since` on that is as wanted."""
        end = time.monotonic() + seconds
        with self.heard:
            while True:
                found = next((line for line in self.lines[since:] if wanted(line)), None)
                if found is not None:
                    return found
                self.heard.wait(max(0.0, min(1.0, end - time.monotonic())))
                if time.monotonic() >= end or (self.process.poll() is not None and not self.reader.is_alive()):
                    raise TimeoutError(f"the app ({self.process.poll()}) said only {self.lines[-5:]}")

    def ready(self) -> None:
        self.wait(lambda line: line.get("ready"), seconds=120)

    def shown(self) -> set[str]:
        """The digests of every source whose attempt was shown as recorded."""
        return {line["digest"] for line in self.lines if line.get("digest")}

    def kill(self) -> None:
        """SIGKILL, and everything that was said before it."""
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.process.pid, signal.SIGKILL)
        self.process.wait()
        self.reader.join(10)


def overwrite(path: Path, content: bytes) -> None:
    """As nano and most editors save: the file is emptied and written."""
    path.write_bytes(content)


def tree(root: Path) -> dict[str, bytes]:
    """Every file of the learner's, with its content; what the program keeps for itself is left out."""
    found = (path for path in root.rglob("*") if ".fromscratch" not in path.parts and "__pycache__" not in path.parts)
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in found if path.is_file()}


def children(pid: int) -> list[int]:
    """The processes that a process has started, the oldest first."""
    found = []
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        with contextlib.suppress(OSError):
            found += [int(word) for word in task.read_text().split()]
    return sorted(found)


def generations(pid: int) -> Iterator[list[int]]:
    """The children, the grandchildren and so on of a process."""
    now = children(pid)
    while now:
        yield now
        now = [one for parent in now for one in children(parent)]


def gone(pids: list[int], seconds: float = 10) -> bool:
    """Whether all these processes end within a time; a zombie has ended."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if not any(_alive(pid) for pid in pids):
            return True
        time.sleep(0.05)
    return False


def _alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False
