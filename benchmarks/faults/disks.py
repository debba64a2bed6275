"""Faults: a full disk, a limit on the size of files, and a read-only workspace."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.faults.harness import App, Learner, Result
from benchmarks.faults.kills import is_check_end, wait_until_passed, warm_up
from learner.progress import Progress

RECORD = """
import json, os, resource, signal, sys
from pathlib import Path
from learner.progress import Progress
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
limit = int(sys.argv[2])
resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
with Progress(Path(sys.argv[1])) as progress:
    while True:
        print(progress.record("norm", "v", os.urandom(1500), {"outcome": "failed"}), flush=True)
"""


def full(rounds: int, seed: int = 3) -> Result:
    """Fills a small disk to the last bytes while the app runs, then frees space."""
    result = Result("a full disk")
    rng = random.Random(seed)
    refused = 0
    with small_disk("16m") as folder:
        if folder is None:
            return Result("a full disk", outcome="not tried: mounting a small disk needs root")
        learner = Learner(folder / "work")
        with App(learner) as app:
            app.wait_ready()
            warm_up(app, learner)
            for _ in range(rounds):
                filler = folder / "filler"
                fill(filler, rng.randrange(0, 40_000))
                since = len(app.reports)
                with learner.path.open("r+b") as file:  # the new content has the same size, so it fits
                    content = file.read()
                    changed = content.replace(b"# save", b"# SAVE", 1)
                    file.seek(0)
                    file.write(changed if changed != content else content.replace(b"# SAVE", b"# save", 1))
                learner.files[learner.path.relative_to(learner.workspace.root).as_posix()] = learner.path.read_bytes()
                report = app.wait(is_check_end, since)
                refused += "disk is full" in str(report.get("message", "")) + str(report.get("fault", ""))
                result.tries += 1
                filler.unlink()
                started = time.perf_counter()
                wait_until_passed(app, learner)
                result.recovery_seconds.append(time.perf_counter() - started)
                result.expect(not learner.changed(), f"changed: {learner.changed()}")
            shown = app.shown()
        recorded, _ = learner.recorded()
        result.expect(shown <= recorded, f"attempts: {shown - recorded}")
        result.outcome = f"{refused} verdicts came with a message why they were not stored; the others were stored"
    return result


def limited(rounds: int, seed: int = 4) -> Result:
    """Limits the size of files, so that the store fails at a random byte; this fault needs no root."""
    result = Result("no space left for the store, at any byte", outcome="an error message; earlier attempts are intact")
    rng = random.Random(seed)
    with tempfile.TemporaryDirectory() as folder:
        for number in range(rounds):
            path = Path(folder) / str(number) / "progress.db"
            with Progress(path):
                pass
            limit = path.stat().st_size + rng.randrange(0, 120_000)
            command = [sys.executable, "-c", RECORD, str(path), str(limit)]
            completed = subprocess.run(command, capture_output=True, text=True, cwd=Path(__file__).parents[2])
            shown = {int(line) for line in completed.stdout.split()}
            started = time.perf_counter()
            with Progress(path) as progress:
                recorded = {attempt.id for attempt in progress.history("norm")}
            result.recovery_seconds.append(time.perf_counter() - started)
            result.tries += 1
            result.expect(shown <= recorded, f"attempts {sorted(shown - recorded)}")
            result.expect("ProgressError" in completed.stderr, f"no message: {completed.stderr[-200:]}")
    return result


def read_only(rounds: int) -> Result:
    """Starts the app and a command in a read-only workspace, then makes it writable again."""
    result = Result("a read-only workspace", outcome="the history, and a message that nothing new is stored")
    with tempfile.TemporaryDirectory() as folder:
        learner = Learner(Path(folder) / "work")
        with Progress(learner.workspace.progress_path) as progress:
            for _ in range(3):
                progress.record(learner.exercise.id, "v", learner.correct.encode(), {"outcome": "failed"})
        for _ in range(rounds):
            with read_only_folder(learner.workspace.root) as method:
                if method is None:
                    return Result(result.fault, outcome="not tried: mounting is not permitted")
                with App(learner) as app:
                    message = " ".join(app.wait_ready()["startup_errors"])
                    result.expect("nothing new is stored" in message, f"the app's message: {message!r}")
                environment = os.environ | {"FROMSCRATCH_WORKSPACE": str(learner.workspace.root)}
                code = "from tui.main import main; main()"
                command = [sys.executable, "-c", code, "history", learner.exercise.id]
                completed = subprocess.run(command, capture_output=True, text=True, env=environment)
                result.expect(
                    completed.stdout.count("failed") == 3, f"history: {completed.stdout!r} {completed.stderr!r}"
                )
            started = time.perf_counter()
            recorded, message = learner.recorded()
            result.recovery_seconds.append(time.perf_counter() - started)
            result.tries += 1
            result.expect(len(recorded) == 1 and message is None, f"the store afterwards: {message}")
            result.expect(not learner.changed(), f"changed: {learner.changed()}")
    return result


@contextmanager
def small_disk(size: str) -> Iterator[Path | None]:
    """Mounts a small disk; yields None if mounting fails."""
    with tempfile.TemporaryDirectory() as folder:
        mount = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "none", folder], capture_output=True)
        if mount.returncode:
            yield None
            return
        try:
            yield Path(folder)
        finally:
            subprocess.run(["umount", "-l", folder], check=True)


@contextmanager
def read_only_folder(root: Path) -> Iterator[str | None]:
    """Makes a folder read-only: by permissions, or by a mount for root, which ignores permissions."""
    if os.geteuid():
        paths = [root, *root.rglob("*")]
        for path in paths:
            path.chmod(path.stat().st_mode & ~0o222)
        try:
            yield "permissions"
        finally:
            for path in paths:
                path.chmod(path.stat().st_mode | 0o200)
        return
    if subprocess.run(["mount", "--bind", root, root], capture_output=True).returncode:
        yield None
        return
    try:
        subprocess.run(["mount", "-o", "remount,ro,bind", root], check=True)
        yield "mount"
    finally:
        subprocess.run(["umount", "-l", root], check=True)


def fill(filler: Path, bytes_left: int) -> None:
    """Writes a file that leaves `bytes_left` bytes of free space."""
    with filler.open("wb") as file:
        disk = os.statvfs(filler.parent)
        try:
            file.write(b"\0" * max(0, disk.f_bavail * disk.f_frsize - bytes_left))
            file.flush()
        except OSError:
            pass
