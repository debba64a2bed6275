"""The lock, the checkpoints and the log in the folder of a training.

    checkpoint-00000120.safetensors    all that step 121 depends on; the last two are kept
    log.jsonl                          the events (playground/training_messages.py), one a line
    .lock                              locked while a training runs here

A folder without checkpoint is a training that begins at step 0.
"""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec
from torch import Tensor

from playground.host.tensor_file import PART, DamagedFile, read_checked, sync_folder, write_checked
from playground.lock import file_lock
from playground.training_messages import TrainingEvent, encode

LOG, LOCK = "log.jsonl", ".lock"
CHECKPOINT = re.compile(r"checkpoint-(\d{8})\.safetensors")
KEPT = 2  # checkpoints: if the last one is damaged, the one before it is used


class FolderError(Exception):
    """The folder cannot be used for this training; the message says why and what to do."""


class CheckpointFolder:
    """The folder of a training, which this process has locked."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.log_failed = False

    def checkpoints(self) -> list[tuple[int, Path]]:
        """Returns the checkpoints as (step, file), the last first."""
        found = [(int(match[1]), path) for path in self.path.iterdir() if (match := CHECKPOINT.fullmatch(path.name))]
        return sorted(found, reverse=True)

    def write_checkpoint(self, step: int, state: dict[str, Tensor], metadata: dict[str, str]) -> None:
        """Writes a checkpoint and removes older ones.

        Raises OSError, for example when the disk is full; the last good checkpoint is still there then.
        """
        target = self.path / f"checkpoint-{step:08}.safetensors"
        try:
            write_checked(target, state, metadata)
        except OSError:
            older = [path for _, path in self.checkpoints() if path != target][KEPT - 1 :]
            if not older:
                raise
            for path in older:  # makes room for the new one, and keeps the last good one
                path.unlink()
            write_checked(target, state, metadata)
        for _, path in self.checkpoints()[KEPT:]:
            path.unlink()

    def load(self) -> tuple[int, dict[str, Tensor], dict[str, str], list[str]]:
        """Returns (step, state, metadata, notes) of the last good checkpoint; step 0 and empty ones if there is none.

        A damaged checkpoint is renamed and becomes a note. Raises FolderError if all checkpoints are damaged.
        """
        notes: list[str] = []
        for step, path in self.checkpoints():
            try:
                state, metadata = read_checked(path)
                return step, state, metadata, notes
            except DamagedFile as error:
                notes.append(f"The checkpoint of step {step:,} is lost: {error}.")
                with contextlib.suppress(OSError):
                    os.replace(path, path.with_suffix(".damaged"))
        if notes:
            notes.append("The training starts again at step 0, because no good checkpoint is left.")
        return 0, {}, {}, notes

    def log(self, event: TrainingEvent) -> None:
        """Appends a line. A failure is ignored: a full disk must not end the training."""
        try:
            with (self.path / LOG).open("ab") as file:
                file.write(encode(event) + b"\n")
        except OSError:
            self.log_failed = True

    def cut_log(self, step: int) -> None:
        """Removes lines of later steps, which will be trained again, and a line that was cut short."""
        path = self.path / LOG
        if not path.exists():
            return
        kept = []
        for line in path.read_bytes().splitlines(keepends=True):
            with contextlib.suppress(msgspec.MsgspecError, UnicodeDecodeError, AttributeError, TypeError):
                if line.endswith(b"\n") and msgspec.json.decode(line).get("step", 0) <= step:
                    kept.append(line)
        part = path.with_name(LOG + PART)
        part.write_bytes(b"".join(kept))
        os.replace(part, path)


@contextmanager
def new_folder(path: Path, config: str, begun: set[str], command: str) -> Iterator[None]:
    """Creates the folder of a new training and locks it. Raises FolderError if something is in it.

    `config` is the file whose presence makes it a training's, and `begun` are files that may be there before. `command`
    continues a training.
    """
    try:
        entries = {entry.name for entry in path.iterdir()} if path.exists() else set()
        if config in entries:
            raise FolderError(
                f"{path} has a training already. Continue it with `{command} --resume {path}`, or choose a new folder."
            )
        others = entries - begun if LOCK in entries else entries  # a killed process may have left these
        if others:
            raise FolderError(f"{path} has other files in it, for example {min(others)}. Choose a new folder.")
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise FolderError(f"{path} cannot be used as a folder: {error.strerror}.") from error
    with locked(path):
        try:
            yield
        finally:
            if not (path / config).exists():  # the training never began
                for name in begun:
                    (path / name).unlink(missing_ok=True)
                with contextlib.suppress(OSError):
                    path.rmdir()


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Locks a training's folder. Raises FolderError if a different process has locked it."""

    def refuse() -> None:
        raise FolderError(f"A training runs in {path} already. Stop it first, or choose a new folder.")

    try:
        with file_lock(path / LOCK, refuse):
            sync_folder(path)
            yield
    except PermissionError as error:
        raise FolderError(f"{path} cannot be written: {error.strerror}.") from error


@contextmanager
def existing_folder(path: Path) -> Iterator[None]:
    """Locks the folder of a training that continues. Raises FolderError."""
    with locked(path):
        for leftover in path.glob(f"*{PART}"):  # of a process that was killed while it wrote
            leftover.unlink()
        yield
