"""Every way in which editors save, and what is no file at all: the verdict must be the one on the last content."""

from __future__ import annotations

import hashlib
import os
import pty
import select
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from benchmarks.faults.harness import App, Learner, Result, overwrite
from benchmarks.faults.kills import warm_up

Save = Callable[[Path, bytes], None]


def vim(path: Path, content: bytes) -> None:
    """The file becomes a backup, a new one is written, the backup goes."""
    backup = path.with_name(path.name + "~")
    path.rename(backup)
    path.write_bytes(content)
    backup.unlink()


def emacs(path: Path, content: bytes) -> None:
    """Written beside, and renamed over the file."""
    beside = path.with_name(f"#{path.name}#")
    beside.write_bytes(content)
    os.replace(beside, path)


def code(path: Path, content: bytes) -> None:
    """VS Code: emptied, and written in a second step."""
    with path.open("r+b") as file:
        file.truncate(0)
        os.fsync(file.fileno())
        time.sleep(0.005)
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def anew(path: Path, content: bytes) -> None:
    """Deleted, and made again a moment later."""
    path.unlink()
    time.sleep(0.02)
    path.write_bytes(content)


def halves(path: Path, content: bytes) -> None:
    """Written in two halves with a pause between them, as over a slow network."""
    with path.open("wb") as file:
        file.write(content[: len(content) // 2])
        file.flush()
        time.sleep(0.1)
        file.write(content[len(content) // 2 :])


def folder(path: Path, content: bytes) -> None:
    """For half a second a folder has the file's name."""
    path.unlink()
    path.mkdir()
    time.sleep(0.5)
    path.rmdir()
    path.write_bytes(content)


def pipe(path: Path, content: bytes) -> None:
    """For half a second a pipe has the file's name, which a reader would wait at."""
    path.unlink()
    os.mkfifo(path)
    time.sleep(0.5)
    path.unlink()
    path.write_bytes(content)


def real_vim(path: Path, content: bytes) -> None:
    """vim itself."""
    beside = path.with_name("text")
    beside.write_bytes(content)
    subprocess.run(["vim", "-es", "-u", "NONE", "-c", f"%d|0r {beside}|$d|wq", str(path)], check=False, timeout=20)
    beside.unlink()


def real_emacs(path: Path, content: bytes) -> None:
    """emacs itself."""
    beside = path.with_name("text")
    beside.write_bytes(content)
    do = f'(progn (find-file "{path}") (erase-buffer) (insert-file-contents "{beside}") (save-buffer))'
    subprocess.run(["emacs", "-Q", "--batch", "--eval", do], check=True, timeout=60, capture_output=True)
    beside.unlink()


def real_nano(path: Path, content: bytes) -> None:
    """nano itself, with keys: one line more at the end of what is there."""
    last = content.splitlines()[-1]
    pid, terminal = pty.fork()
    if pid == 0:
        os.environ["TERM"] = "xterm"
        os.execvp("nano", ["nano", "--ignorercfiles", str(path)])
    for keys in (b"", b"\x1b/", last + b"\r", b"\x0f", b"\r", b"\x18"):
        os.write(terminal, keys)
        end = time.monotonic() + 0.4
        while time.monotonic() < end and select.select([terminal], [], [], 0.1)[0]:
            with suppress(OSError):
                os.read(terminal, 65536)
    os.waitpid(pid, 0)
    os.close(terminal)


STYLES: list[tuple[str, Save, str]] = [
    ("saved as nano and others do (emptied, written)", overwrite, ""),
    ("saved as vim does (moved away, written)", vim, ""),
    ("saved as emacs does (renamed over)", emacs, ""),
    ("saved as VS Code does (emptied, pause, written)", code, ""),
    ("deleted and made again", anew, ""),
    ("saved half-way, then whole", halves, ""),
    ("a folder in the file's place, then the file", folder, ""),
    ("a pipe in the file's place, then the file", pipe, ""),
    ("saved by vim itself", real_vim, "vim"),
    ("saved by emacs itself", real_emacs, "emacs"),
    ("saved by nano itself", real_nano, "nano"),
]


def styles(rounds: int) -> list[Result]:
    """One app, and all styles in turn."""
    results = [Result(fault) for fault, _, _ in STYLES]
    with tempfile.TemporaryDirectory() as place:
        learner = Learner(Path(place) / "work")
        with App(learner) as running:
            running.ready()
            warm_up(running, learner)
            for result, (_, save, program) in zip(results, STYLES, strict=True):
                if program and shutil.which(program) is None:
                    result.says = f"not tried: {program} is not here"
                    continue
                for _ in range(rounds):
                    _try(result, running, learner, save)
            shown = running.shown()
        recorded, message = learner.recorded()
        for result in results:
            result.expect(shown <= recorded and message is None, f"attempts: {shown - recorded} {message}")
    return results


def _try(result: Result, running: App, learner: Learner, save: Save) -> None:
    learner.save(save)
    # What an editor has written is what counts, with its own last line end.
    name = learner.path.relative_to(learner.workspace.root).as_posix()
    learner.files[name] = learner.path.read_bytes()
    digest = hashlib.sha256(learner.files[name]).hexdigest()
    started = time.perf_counter()
    try:
        running.wait(lambda line: line.get("digest") == digest, seconds=20)
    except TimeoutError as error:
        result.expect(False, f"no verdict on the last content: {error}")
    result.seconds.append(time.perf_counter() - started)
    result.tries += 1
    result.says = "the last content is checked and recorded"
    result.expect(not learner.changed(), f"changed: {learner.changed()}")
