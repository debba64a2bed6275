"""Notices when the learner saves: yields the exercises whose files really changed."""

from __future__ import annotations

import asyncio
import hashlib
import os
import platform
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from pathlib import Path
from typing import Protocol

from exercises.course import Exercise
from learner.source_file import UnreadableFile, read_file
from learner.workspace import Workspace

# Milliseconds: a burst of events is over when it is quiet for STEP, or after LONGEST_BURST.
STEP = 2
LONGEST_BURST = 200
# Without any event, files are looked at this often: events get lost, and none come through symbolic links.
LOOK = 1000
POLL_SECONDS = 0.25
# How long an empty or vanished file may be the middle of a save.
HALF_SAVED_SECONDS = 0.03
# File systems whose changes made on another machine (or by Windows) raise no event here.
REMOTE = ("nfs", "cifs", "smb", "9p", "afs", "drvfs", "fuse", "vboxsf", "vmhgfs", "prl_fs", "virtiofs")

Signature = tuple[int, int, int]


class Event(Protocol):
    """An asyncio or anyio event."""

    def is_set(self) -> bool: ...


def saves(workspace: Workspace, stop: Event | None = None, poll: bool | None = None) -> AsyncIterator[set[Exercise]]:
    """Yields the exercises that were saved with new content since the last yield, until `stop` is set.

    What is on the disk when this is called counts as seen. A deleted file is no save; it counts once it is
    back. `poll` looks at the files four times a second instead of waiting for events; without it, this is
    chosen by `needs_polling`.
    """
    files = _Files(workspace)
    chosen = needs_polling(workspace.root) if poll is None else poll
    return _saves(workspace.root, files, _Stop(stop), chosen)


def needs_polling(root: Path) -> bool:
    """Whether events cannot be relied upon: FROMSCRATCH_POLL=1, a network disk, Windows' disk in WSL."""
    wanted = os.environ.get("FROMSCRATCH_POLL", "")
    if wanted:
        return wanted != "0"
    kind = file_system(root)
    wsl = "microsoft" in platform.uname().release.lower() and str(root).startswith("/mnt/")
    return wsl or kind.startswith(REMOTE)


def file_system(root: Path, mounts: Path = Path("/proc/mounts")) -> str:
    """The type of the file system that holds a folder, as "ext4"; "" where Linux lists none."""
    try:
        lines = mounts.read_text(encoding="utf-8", errors="surrogateescape").splitlines()
    except OSError:
        return ""
    real, best, kind = os.path.realpath(root), "", ""
    for fields in (line.split(" ") for line in lines):
        if len(fields) < 3:
            continue
        point = fields[1].replace("\\040", " ").replace("\\011", "\t").replace("\\134", "\\")
        inside = real == point or real.startswith(point.rstrip("/") + "/")
        if inside and len(point) >= len(best):
            best, kind = point, fields[2]
    return kind


class _Stop:
    """What watchfiles asks whether to stop; it also sets it, which must not reach the caller's event."""

    def __init__(self, event: Event | None) -> None:
        self._event = event
        self._own = False

    def is_set(self) -> bool:
        return self._own or (self._event is not None and self._event.is_set())

    def set(self) -> None:
        self._own = True


class _Files:
    """The exercises' files as last seen."""

    def __init__(self, workspace: Workspace) -> None:
        self._paths = {exercise: workspace.path(exercise) for exercise in workspace.course.exercises}
        self._signatures: dict[Exercise, Signature | None] = {}
        self._digests: dict[Exercise, bytes] = {}
        self._restless: dict[Exercise, int] = {}
        for exercise, path in self._paths.items():
            self._signatures[exercise] = _signature(path)
            content = _content(path)
            self._digests[exercise] = _digest(content or b"")

    def suspects(self, named: set[str] | None = None) -> dict[Exercise, bytes | None]:
        """Files whose content differs from what was last seen, with it (None: it is not there).

        Looks at files named by events, at those whose size, time or inode differ, and for some looks more at
        these: on a disk with coarse times a second save can leave all three as they were.
        """
        found: dict[Exercise, bytes | None] = {}
        for exercise, path in self._paths.items():
            signature = _signature(path)
            moved = signature != self._signatures[exercise]
            if moved:
                self._restless[exercise] = 12
            if not (moved or self._restless.get(exercise) or (named and path.name in named)):
                continue
            self._restless[exercise] = max(self._restless.get(exercise, 0) - 1, 0)
            self._signatures[exercise] = signature
            content = _content(path)
            if content is None or _digest(content) != self._digests[exercise]:
                found[exercise] = content
        return found

    async def changed(self, named: set[str] | None = None) -> set[Exercise]:
        """Exercises with new content. Waits a moment for files that may be half saved."""
        found = await asyncio.to_thread(self.suspects, named)
        if any(not content for content in found.values()):
            await asyncio.sleep(HALF_SAVED_SECONDS)
            found |= {exercise: _content(self._paths[exercise]) for exercise, content in found.items() if not content}
        changed: set[Exercise] = set()
        for exercise, content in found.items():
            if content is not None and (digest := _digest(content)) != self._digests[exercise]:
                self._digests[exercise] = digest
                changed.add(exercise)
        return changed


async def _saves(root: Path, files: _Files, stop: _Stop, poll: bool) -> AsyncGenerator[set[Exercise], None]:
    if not poll:
        async with aclosing(_events(root, stop)) as events:
            async for named in events:
                if changed := await files.changed(named):
                    yield changed
    # Polling goes on where events could not be had, until the end.
    while not stop.is_set():
        if changed := await files.changed():
            yield changed
        else:
            await asyncio.sleep(POLL_SECONDS)


async def _events(root: Path, stop: _Stop) -> AsyncGenerator[set[str], None]:
    """The names of files touched, or an empty set every second; ends early where there are no events."""
    from watchfiles import awatch

    changes = awatch(
        root,
        watch_filter=None,
        debounce=LONGEST_BURST,
        step=STEP,
        stop_event=stop,
        rust_timeout=LOOK,
        yield_on_timeout=True,
        force_polling=False,
        ignore_permission_denied=True,
    )
    try:
        async with aclosing(changes):
            async for batch in changes:
                yield {os.path.basename(path) for _, path in batch}
    except (OSError, RuntimeError):
        # For example: the system's limit of watches is reached.
        return


def _signature(path: Path) -> Signature | None:
    try:
        found = os.stat(path)
    except OSError:
        return None
    return (found.st_mtime_ns, found.st_size, found.st_ino)


def _content(path: Path) -> bytes | None:
    """Returns a file's content; None where it cannot be read now."""
    try:
        return read_file(path, attempts=1)  # the next look reads a half-saved file again
    except UnreadableFile:
        return None


def _digest(content: bytes) -> bytes:
    return hashlib.sha256(content).digest()
