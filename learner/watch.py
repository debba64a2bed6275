"""Watches the workspace and yields the exercises whose files have new content."""

from __future__ import annotations

import asyncio
import hashlib
import os
import platform
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import aclosing
from pathlib import Path
from typing import Protocol

from exercises.exercise import Exercise
from learner.source_file import UnreadableFile, read_file
from learner.workspace import Workspace

# A burst of events ends after a pause of STEP_MS, or after MAX_BURST_MS.
STEP_MS = 2
MAX_BURST_MS = 200
# The files are checked this often even without events, because events can get lost or miss symbolic links.
CHECK_INTERVAL_MS = 1000
POLL_SECONDS = 0.25
# An editor can leave a file empty or missing for this long while it saves.
SAVE_SECONDS = 0.03
# After a change, a file's content is compared this often even if its size, time and inode stay the same.
EXTRA_CHECKS = 12
# File systems that report no events for changes made on a different machine or by Windows.
REMOTE = ("nfs", "cifs", "smb", "9p", "afs", "drvfs", "fuse", "vboxsf", "vmhgfs", "prl_fs", "virtiofs")

Signature = tuple[int, int, int]


class StopEvent(Protocol):
    """An asyncio or anyio event."""

    def is_set(self) -> bool: ...


def watch_saves(
    workspace: Workspace, stop: StopEvent | None = None, poll: bool | None = None
) -> AsyncIterator[set[Exercise]]:
    """Yields the exercises whose files in the workspace were saved, as `watch_files` does."""
    paths = {exercise: workspace.path(exercise) for exercise in workspace.course.exercises}
    return watch_files(workspace.root, paths, stop, poll)


def watch_files(
    root: Path, paths: Mapping[Exercise, Path], stop: StopEvent | None = None, poll: bool | None = None
) -> AsyncIterator[set[Exercise]]:
    """Yields the exercises whose files, below the folder `root`, were saved with new content since the last yield,
    until `stop` is set.

    Only saves after the call count. Deleting a file is not a save; restoring it is. With `poll`, checks the files
    four times a second in place of waiting for events; the default is the result of `needs_polling`.
    """
    files = _WatchedFiles(paths)
    use_polling = needs_polling(root) if poll is None else poll
    return _watch_saves(root, files, _Stop(stop), use_polling)


def needs_polling(root: Path) -> bool:
    """Whether events are unreliable: with FROMSCRATCH_POLL=1, on a network disk, and on a Windows disk in WSL."""
    override = os.environ.get("FROMSCRATCH_POLL", "")
    if override:
        return override != "0"
    kind = file_system(root)
    wsl = "microsoft" in platform.uname().release.lower() and str(root).startswith("/mnt/")
    return wsl or kind.startswith(REMOTE)


def file_system(root: Path, mounts: Path = Path("/proc/mounts")) -> str:
    """Returns the type of the file system of a folder, such as "ext4", or "" if it is unknown."""
    try:
        lines = mounts.read_text(encoding="utf-8", errors="surrogateescape").splitlines()
    except OSError:
        return ""
    real, longest, kind = os.path.realpath(root), "", ""
    for fields in (line.split(" ") for line in lines):
        if len(fields) < 3:
            continue
        point = fields[1].replace("\\040", " ").replace("\\011", "\t").replace("\\134", "\\")
        inside = real == point or real.startswith(point.rstrip("/") + "/")
        if inside and len(point) >= len(longest):
            longest, kind = point, fields[2]
    return kind


class _Stop:
    """The stop event of watchfiles, which also sets it; setting it does not affect the caller's event."""

    def __init__(self, event: StopEvent | None) -> None:
        self._event = event
        self._is_set = False

    def is_set(self) -> bool:
        return self._is_set or (self._event is not None and self._event.is_set())

    def set(self) -> None:
        self._is_set = True


class _WatchedFiles:
    """The exercises' files and their last known content."""

    def __init__(self, paths: Mapping[Exercise, Path]) -> None:
        self._paths = dict(paths)
        self._signatures: dict[Exercise, Signature | None] = {}
        self._digests: dict[Exercise, bytes] = {}
        self._extra_checks: dict[Exercise, int] = {}
        for exercise, path in self._paths.items():
            self._signatures[exercise] = _signature(path)
            self._digests[exercise] = _digest(_content(path) or b"")

    def candidates(self, names: set[str] | None = None) -> dict[Exercise, bytes | None]:
        """Returns the exercises whose files differ from their last known content, with the content (None: missing).

        Checks files with one of the names, files with a different size, time or inode, and files that changed
        recently, because on a disk with coarse timestamps a second save can leave all three the same.
        """
        candidates: dict[Exercise, bytes | None] = {}
        for exercise, path in self._paths.items():
            signature = _signature(path)
            changed = signature != self._signatures[exercise]
            if changed:
                self._extra_checks[exercise] = EXTRA_CHECKS
            if not (changed or self._extra_checks.get(exercise) or (names and path.name in names)):
                continue
            self._extra_checks[exercise] = max(self._extra_checks.get(exercise, 0) - 1, 0)
            self._signatures[exercise] = signature
            content = _content(path)
            if content is None or _digest(content) != self._digests[exercise]:
                candidates[exercise] = content
        return candidates

    async def changed(self, names: set[str] | None = None) -> set[Exercise]:
        """Returns the exercises with new content, after waiting a moment if a save is incomplete."""
        candidates = await asyncio.to_thread(self.candidates, names)
        incomplete = [exercise for exercise, content in candidates.items() if not content]
        if incomplete:
            await asyncio.sleep(SAVE_SECONDS)
            candidates |= {exercise: _content(self._paths[exercise]) for exercise in incomplete}
        changed: set[Exercise] = set()
        for exercise, content in candidates.items():
            if content is not None and (digest := _digest(content)) != self._digests[exercise]:
                self._digests[exercise] = digest
                changed.add(exercise)
        return changed


async def _watch_saves(
    root: Path, files: _WatchedFiles, stop: _Stop, poll: bool
) -> AsyncGenerator[set[Exercise], None]:
    if not poll:
        async with aclosing(_events(root, stop)) as events:
            async for names in events:
                if changed := await files.changed(names):
                    yield changed
    # Polling is also the fallback where events are not available.
    while not stop.is_set():
        if changed := await files.changed():
            yield changed
        else:
            await asyncio.sleep(POLL_SECONDS)


async def _events(root: Path, stop: _Stop) -> AsyncGenerator[set[str], None]:
    """Yields the names of changed files, or an empty set every second; ends if events are not available."""
    from watchfiles import awatch

    changes = awatch(
        root,
        watch_filter=None,
        debounce=MAX_BURST_MS,
        step=STEP_MS,
        stop_event=stop,
        rust_timeout=CHECK_INTERVAL_MS,
        yield_on_timeout=True,
        force_polling=False,
        ignore_permission_denied=True,
    )
    try:
        async with aclosing(changes):
            async for batch in changes:
                yield {os.path.basename(path) for _, path in batch}
    except (OSError, RuntimeError):
        # For example, the system's limit of watches has been reached.
        return


def _signature(path: Path) -> Signature | None:
    try:
        status = os.stat(path)
    except OSError:
        return None
    return (status.st_mtime_ns, status.st_size, status.st_ino)


def _content(path: Path) -> bytes | None:
    """Returns a file's content, or None if it cannot be read at this moment."""
    try:
        return read_file(path, attempts=1)  # the next check reads an incomplete file again
    except UnreadableFile:
        return None


def _digest(content: bytes) -> bytes:
    return hashlib.sha256(content).digest()
