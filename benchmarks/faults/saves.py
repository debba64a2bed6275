"""Faults: the ways in which editors save, and a folder or pipe in the file's place; the app checks the last content."""

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
    """vim: renames the file to a backup, writes a new file, and deletes the backup."""
    backup = path.with_name(path.name + "~")
    path.rename(backup)
    path.write_bytes(content)
    backup.unlink()


def emacs(path: Path, content: bytes) -> None:
    """emacs: writes a copy and renames it over the file."""
    copy = path.with_name(f"#{path.name}#")
    copy.write_bytes(content)
    os.replace(copy, path)


def vs_code(path: Path, content: bytes) -> None:
    """VS Code: truncates the file, then writes it."""
    with path.open("r+b") as file:
        file.truncate(0)
        os.fsync(file.fileno())
        time.sleep(0.005)
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def recreate(path: Path, content: bytes) -> None:
    """Deletes the file and creates it again."""
    path.unlink()
    time.sleep(0.02)
    path.write_bytes(content)


def in_halves(path: Path, content: bytes) -> None:
    """Writes the file in two halves with a pause between them, as over a slow network."""
    with path.open("wb") as file:
        file.write(content[: len(content) // 2])
        file.flush()
        time.sleep(0.1)
        file.write(content[len(content) // 2 :])


def after_folder(path: Path, content: bytes) -> None:
    """Replaces the file by a folder for half a second."""
    path.unlink()
    path.mkdir()
    time.sleep(0.5)
    path.rmdir()
    path.write_bytes(content)


def after_pipe(path: Path, content: bytes) -> None:
    """Replaces the file by a named pipe, which blocks readers, for half a second."""
    path.unlink()
    os.mkfifo(path)
    time.sleep(0.5)
    path.unlink()
    path.write_bytes(content)


def real_vim(path: Path, content: bytes) -> None:
    """Saves with vim."""
    text_file = path.with_name("text")
    text_file.write_bytes(content)
    subprocess.run(["vim", "-es", "-u", "NONE", "-c", f"%d|0r {text_file}|$d|wq", str(path)], check=False, timeout=20)
    text_file.unlink()


def real_emacs(path: Path, content: bytes) -> None:
    """Saves with emacs."""
    text_file = path.with_name("text")
    text_file.write_bytes(content)
    commands = f'(progn (find-file "{path}") (erase-buffer) (insert-file-contents "{text_file}") (save-buffer))'
    subprocess.run(["emacs", "-Q", "--batch", "--eval", commands], check=True, timeout=60, capture_output=True)
    text_file.unlink()


def real_nano(path: Path, content: bytes) -> None:
    """Types the last line of the content in nano and saves."""
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
    ("saved as nano and others do (truncate, write)", overwrite, ""),
    ("saved as vim does (move away, write)", vim, ""),
    ("saved as emacs does (write a copy, rename it)", emacs, ""),
    ("saved as VS Code does (truncate, pause, write)", vs_code, ""),
    ("deleted and created again", recreate, ""),
    ("written in two halves", in_halves, ""),
    ("a folder in the file's place, then the file", after_folder, ""),
    ("a pipe in the file's place, then the file", after_pipe, ""),
    ("saved by vim", real_vim, "vim"),
    ("saved by emacs", real_emacs, "emacs"),
    ("saved by nano", real_nano, "nano"),
]


def styles(rounds: int) -> list[Result]:
    """Saves in all styles in turn, in one app."""
    results = [Result(fault) for fault, _, _ in STYLES]
    with tempfile.TemporaryDirectory() as folder:
        learner = Learner(Path(folder) / "work")
        with App(learner) as app:
            app.wait_ready()
            warm_up(app, learner)
            for result, (_, save, program) in zip(results, STYLES, strict=True):
                if program and shutil.which(program) is None:
                    result.outcome = f"not tried: {program} is not installed"
                    continue
                for _ in range(rounds):
                    _save_and_wait(result, app, learner, save)
            shown = app.shown()
        recorded, message = learner.recorded()
        for result in results:
            result.expect(shown <= recorded and message is None, f"attempts: {shown - recorded} {message}")
    return results


def _save_and_wait(result: Result, app: App, learner: Learner, save: Save) -> None:
    learner.save(save)
    # The editor may end the last line differently.
    name = learner.path.relative_to(learner.workspace.root).as_posix()
    learner.files[name] = learner.path.read_bytes()
    digest = hashlib.sha256(learner.files[name]).hexdigest()
    started = time.perf_counter()
    try:
        app.wait(lambda report: report.get("digest") == digest, timeout=20)
    except TimeoutError as error:
        result.expect(False, f"no verdict on the last content: {error}")
    result.recovery_seconds.append(time.perf_counter() - started)
    result.tries += 1
    result.outcome = "the last content is checked and recorded"
    result.expect(not learner.changed(), f"changed: {learner.changed()}")
