"""Shared by all faults: a learner with an editor, the app as a process, and comparisons before and after a fault."""

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

from exercises.exercise import Exercise
from exercises.load import load_course
from grader.source import reference_source
from learner.progress import Progress
from learner.workspace import Workspace

ID = "stable-softmax"
Report = dict[str, Any]  # a line of benchmarks.faults.driver


@dataclass
class Result:
    """A row of the table: how often a fault was injected, what was lost, and how long recovery took."""

    fault: str
    tries: int = 0
    lost: list[str] = field(default_factory=list)
    recovery_seconds: list[float] = field(default_factory=list)
    outcome: str = ""  # what the learner sees
    unavoidable_loss: str = ""

    def expect(self, condition: bool, loss: str) -> None:
        """Records a loss unless the condition holds."""
        if not condition:
            self.lost.append(loss)


class Learner:
    """A learner with a workspace and an editor, who knows the content of every file and so notices any change."""

    def __init__(self, root: Path) -> None:
        self.workspace = Workspace(root, load_course())
        self.workspace.create()
        self.exercise: Exercise = self.workspace.course.exercise(ID)
        self.path = self.workspace.path(self.exercise)
        self.correct = reference_source.as_solution(self.exercise)
        self.saves = 0
        self.files = read_files(root)

    def save(self, write: Callable[[Path, bytes], None] | None = None) -> str:
        """Saves the correct solution with a new last line and returns the digest of the content."""
        self.saves += 1
        content = f"{self.correct}\n# save {self.saves} of {os.getpid()}\n".encode()
        (write or overwrite)(self.path, content)
        self.files[self.path.relative_to(self.workspace.root).as_posix()] = content
        return hashlib.sha256(content).hexdigest()

    def changed(self) -> list[str]:
        """The names of files that differ from what the learner saved last."""
        now = read_files(self.workspace.root)
        return [name for name in sorted(self.files | now) if self.files.get(name) != now.get(name)]

    def recorded(self) -> tuple[set[str], str | None]:
        """The digests of all stored attempts, and the store's message about repairs."""
        with Progress(self.workspace.progress_path) as progress:
            sources = (attempt.source for attempt in progress.history(self.exercise.id))
            return {hashlib.sha256(source).hexdigest() for source in sources}, progress.message


class App:
    """The app in a separate process; leaving the context kills it."""

    def __init__(self, learner: Learner, *, root: Path | None = None, prelude: str = "") -> None:
        self.reports: list[Report] = []
        self.received = threading.Condition()
        folder = learner.workspace.root.parent
        settings = {"FROMSCRATCH_CONFIG": str(folder / "config"), "FROMSCRATCH_WORKSPACE": str(learner.workspace.root)}
        code = f"import runpy, sys\n{prelude}\nrunpy.run_module('benchmarks.faults.driver', run_name='__main__')"
        self.process = subprocess.Popen(
            [sys.executable, "-c", code, str(root or learner.workspace.root)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=os.environ | settings,
            cwd=Path(__file__).parents[2],
            start_new_session=True,
        )
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            with contextlib.suppress(ValueError), self.received:
                self.reports.append(json.loads(line))
                self.received.notify_all()

    def __enter__(self) -> App:
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()

    def wait(self, matches: Callable[[Report], Any], since: int = 0, timeout: float = 60) -> Report:
        """Waits for the first report from index `since` on that matches."""
        end = time.monotonic() + timeout
        with self.received:
            while True:
                report = next((report for report in self.reports[since:] if matches(report)), None)
                if report is not None:
                    return report
                self.received.wait(max(0.0, min(1.0, end - time.monotonic())))
                if time.monotonic() >= end or (self.process.poll() is not None and not self.reader.is_alive()):
                    raise TimeoutError(f"no such report (exit code {self.process.poll()}): {self.reports[-5:]}")

    def wait_ready(self) -> Report:
        return self.wait(lambda report: report.get("ready"), timeout=120)

    def shown(self) -> set[str]:
        """The digests of the sources whose attempts were shown as recorded."""
        return {report["digest"] for report in self.reports if report.get("digest")}

    def kill(self) -> None:
        """Sends SIGKILL and reads the remaining reports."""
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.process.pid, signal.SIGKILL)
        self.process.wait()
        self.reader.join(10)


def overwrite(path: Path, content: bytes) -> None:
    """Truncates and writes the file, as nano and most editors do."""
    path.write_bytes(content)


def read_files(root: Path) -> dict[str, bytes]:
    """The content of every file of the learner's, without the program's own files."""
    paths = (path for path in root.rglob("*") if ".fromscratch" not in path.parts and "__pycache__" not in path.parts)
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in paths if path.is_file()}


def children(pid: int) -> list[int]:
    """The child processes of a process, the oldest first."""
    pids = []
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        with contextlib.suppress(OSError):
            pids += [int(word) for word in task.read_text().split()]
    return sorted(pids)


def generations(pid: int) -> Iterator[list[int]]:
    """The children of a process, then the grandchildren, and so on."""
    generation = children(pid)
    while generation:
        yield generation
        generation = [child for parent in generation for child in children(parent)]


def all_exited(pids: list[int], timeout: float = 10) -> bool:
    """Whether all processes exit within the timeout; a zombie counts as exited."""
    end = time.monotonic() + timeout
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
