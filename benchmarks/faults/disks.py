"""A disk that is full, a limit on the size of files, a workspace that cannot be written."""

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
from benchmarks.faults.kills import ended, wait_until_passed, warm_up
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
    """A small disk is filled to the last bytes while the app runs, and room is made again."""
    result = Result("a full disk", says="")
    chance = random.Random(seed)
    refused = 0
    with disk("16m") as folder:
        if folder is None:
            return Result("a full disk", says="not tried: to mount a small disk needs root")
        learner = Learner(folder / "work")
        with App(learner) as running:
            running.ready()
            warm_up(running, learner)
            for _ in range(rounds):
                filler = folder / "filler"
                fill(filler, chance.randrange(0, 40_000))
                since = len(running.lines)
                with learner.path.open("r+b") as file:  # the editor's own write finds room, being as long
                    content = file.read()
                    changed = content.replace(b"# save", b"# SAVE", 1)
                    file.seek(0)
                    file.write(changed if changed != content else content.replace(b"# SAVE", b"# save", 1))
                learner.files[learner.path.relative_to(learner.workspace.root).as_posix()] = learner.path.read_bytes()
                line = running.wait(ended, since)
                refused += "disk is full" in str(line.get("message", "")) + str(line.get("fault", ""))
                result.tries += 1
                filler.unlink()
                started = time.perf_counter()
                wait_until_passed(running, learner)
                result.seconds.append(time.perf_counter() - started)
                result.expect(not learner.changed(), f"changed: {learner.changed()}")
            shown = running.shown()
        recorded, _ = learner.recorded()
        result.expect(shown <= recorded, f"attempts: {shown - recorded}")
        result.says = f"{refused} verdicts came with the word that they could not be stored, and why; the others were"
    return result


def limited(rounds: int, seed: int = 4) -> Result:
    """Files may not grow beyond a random size: the store fails at any place in its writing. Needs no root."""
    result = Result("no room for the store, at any byte", says="told in words; what was recorded before is there")
    chance = random.Random(seed)
    with tempfile.TemporaryDirectory() as folder:
        for number in range(rounds):
            path = Path(folder) / str(number) / "progress.db"
            with Progress(path):
                pass
            limit = path.stat().st_size + chance.randrange(0, 120_000)
            command = [sys.executable, "-c", RECORD, str(path), str(limit)]
            done = subprocess.run(command, capture_output=True, text=True, cwd=Path(__file__).parents[2])
            shown = {int(line) for line in done.stdout.split()}
            started = time.perf_counter()
            with Progress(path) as progress:
                recorded = {attempt.id for attempt in progress.history("norm")}
            result.seconds.append(time.perf_counter() - started)
            result.tries += 1
            result.expect(shown <= recorded, f"attempts {sorted(shown - recorded)}")
            result.expect("ProgressError" in done.stderr, f"not told: {done.stderr[-200:]}")
    return result


def read_only(rounds: int) -> Result:
    """The app and the command line on a workspace that cannot be written, and then can again."""
    result = Result("a read-only workspace", says="history shown; says that nothing new is stored")
    with tempfile.TemporaryDirectory() as folder:
        learner = Learner(Path(folder) / "work")
        with Progress(learner.workspace.progress_path) as progress:
            for _ in range(3):
                progress.record(learner.exercise.id, "v", learner.right.encode(), {"outcome": "failed"})
        for _ in range(rounds):
            with unwritable(learner.workspace.root) as how:
                if how is None:
                    return Result(result.fault, says="not tried: this root may not mount")
                with App(learner) as running:
                    line = running.wait(lambda line: "created" in line)
                    says = " ".join(line["startup_errors"])
                    result.expect("nothing new is stored" in says, f"the app said {says!r}")
                where = os.environ | {"FROMSCRATCH_WORKSPACE": str(learner.workspace.root)}
                code = "from tui.main import main; main()"
                command = [sys.executable, "-c", code, "history", learner.exercise.id]
                done = subprocess.run(command, capture_output=True, text=True, env=where)
                result.expect(done.stdout.count("failed") == 3, f"history: {done.stdout!r} {done.stderr[-200:]!r}")
            started = time.perf_counter()
            recorded, message = learner.recorded()
            result.seconds.append(time.perf_counter() - started)
            result.tries += 1
            result.expect(len(recorded) == 1 and message is None, f"afterwards: {message}")
            result.expect(not learner.changed(), f"changed: {learner.changed()}")
    return result


@contextmanager
def disk(size: str) -> Iterator[Path | None]:
    """A small disk of its own; None where it cannot be mounted."""
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "none", folder], capture_output=True)
        if done.returncode:
            yield None
            return
        try:
            yield Path(folder)
        finally:
            subprocess.run(["umount", "-l", folder], check=True)


@contextmanager
def unwritable(root: Path) -> Iterator[str | None]:
    """Makes a folder read-only: by permissions, or for root, who stands above these, by a mount."""
    if os.geteuid():
        places = [root, *root.rglob("*")]
        for place in places:
            place.chmod(place.stat().st_mode & ~0o222)
        try:
            yield "permissions"
        finally:
            for place in places:
                place.chmod(place.stat().st_mode | 0o200)
        return
    if subprocess.run(["mount", "--bind", root, root], capture_output=True).returncode:
        yield None
        return
    try:
        subprocess.run(["mount", "-o", "remount,ro,bind", root], check=True)
        yield "mount"
    finally:
        subprocess.run(["umount", "-l", root], check=True)


def fill(filler: Path, left: int) -> None:
    """Writes a file until the disk has only so many bytes left."""
    with filler.open("wb") as file:
        free = os.statvfs(filler.parent)
        try:
            file.write(b"\0" * max(0, free.f_bavail * free.f_frsize - left))
            file.flush()
        except OSError:
            pass
