"""Watching: notices a save by any editor exactly once, and ignores everything else."""

from __future__ import annotations

import asyncio
import os
import shutil
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import anyio
import pytest

from learner import watch
from learner.watch import watch_saves
from learner.workspace import Workspace
from tests.support.waiting import TIMEOUT

MODES = pytest.mark.parametrize("poll", [False, True], ids=["events", "polling"])


@pytest.fixture(autouse=True)
def short_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    """Shortens the intervals of the watcher."""
    monkeypatch.setattr(watch, "CHECK_INTERVAL_MS", 200)
    monkeypatch.setattr(watch, "POLL_SECONDS", 0.05)


class Watcher:
    """Runs a watcher in the background and collects its results."""

    def __init__(self, workspace: Workspace, poll: bool) -> None:
        self.stop = asyncio.Event()
        self.yields: asyncio.Queue[set[str]] = asyncio.Queue()
        self._changes = watch_saves(workspace, self.stop, poll)

    async def run(self) -> None:
        async for exercises in self._changes:
            self.yields.put_nowait({exercise.id for exercise in exercises})

    async def next(self) -> set[str]:
        return await asyncio.wait_for(self.yields.get(), TIMEOUT)

    async def assert_quiet(self, seconds: float = 0.3) -> None:
        await asyncio.sleep(seconds)
        assert self.yields.empty(), self.yields.get_nowait()


@asynccontextmanager
async def watching(workspace: Workspace, poll: bool) -> AsyncIterator[Watcher]:
    watcher = Watcher(workspace, poll)
    task = asyncio.create_task(watcher.run())
    try:
        yield watcher
    finally:
        watcher.stop.set()
        await asyncio.wait_for(task, TIMEOUT)


def nano(path: Path, text: str) -> None:
    """Truncates and writes."""
    path.write_text(text)


def vim(path: Path, text: str) -> None:
    """Moves the file to a backup, writes a new one, removes the backup."""
    backup = path.with_name(path.name + "~")
    path.with_name("4913").write_text("")
    path.with_name("4913").unlink()
    path.rename(backup)
    path.write_text(text)
    backup.unlink()


def emacs(path: Path, text: str) -> None:
    """Writes a temporary file and renames it."""
    temporary = path.with_name(f"#{path.name}#")
    temporary.write_text(text)
    os.replace(temporary, path)


def code(path: Path, text: str) -> None:
    """Empties the file, then writes and syncs it."""
    with path.open("r+") as file:
        file.truncate(0)
        os.fsync(file.fileno())
        time.sleep(0.005)
        file.write(text)
        file.flush()
        os.fsync(file.fileno())


@MODES
@pytest.mark.parametrize("save", [nano, vim, emacs, code])
async def test_a_save_is_noticed_once(workspace: Workspace, save: Callable[[Path, str], None], poll: bool) -> None:
    path = workspace.path(workspace.course.exercise("norm"))
    async with watching(workspace, poll) as watcher:
        for number in range(3):
            save(path, f"# {number}\n")
            assert await watcher.next() == {"norm"}
        await watcher.assert_quiet()


@MODES
async def test_only_new_content_counts_as_a_save(workspace: Workspace, poll: bool) -> None:
    norm = workspace.course.exercise("norm")
    path = workspace.path(norm)
    async with watching(workspace, poll) as watcher:
        nano(path, norm.stub)
        vim(path, norm.stub)
        os.utime(path)
        path.chmod(0o600)
        path.with_name(".norm.py.swp").write_text("swap")
        path.with_name("parts.py").write_text("# other")
        (workspace.root / "notes.py").write_text("notes")
        (workspace.state_folder / "progress.db").write_text("")
        await watcher.assert_quiet(0.5)
        nano(path, "# new\n")
        assert await watcher.next() == {"norm"}


@MODES
async def test_a_deleted_file_counts_when_it_is_restored(workspace: Workspace, poll: bool) -> None:
    norm = workspace.course.exercise("norm")
    path = workspace.path(norm)
    async with watching(workspace, poll) as watcher:
        path.unlink()
        await watcher.assert_quiet()
        path.write_text(norm.stub)
        await watcher.assert_quiet()
        path.unlink()
        path.write_text("# new\n")
        assert await watcher.next() == {"norm"}


@MODES
async def test_saves_of_several_files_are_all_noticed(workspace: Workspace, poll: bool) -> None:
    async with watching(workspace, poll) as watcher:
        for exercise in workspace.course.exercises:
            nano(workspace.path(exercise), "# new\n")
        noticed: set[str] = set()
        while noticed != {"norm", "big-block", "late-norm"}:
            noticed |= await watcher.next()


@MODES
async def test_a_reset_counts_as_a_save(workspace: Workspace, poll: bool) -> None:
    norm = workspace.course.exercise("norm")
    workspace.path(norm).write_text("# mine\n")
    async with watching(workspace, poll) as watcher:
        workspace.reset(norm)
        assert await watcher.next() == {"norm"}


@MODES
async def test_a_save_with_the_same_size_and_time_is_noticed(workspace: Workspace, poll: bool) -> None:
    """Simulates a disk that stores times in whole seconds."""
    path = workspace.path(workspace.course.exercise("norm"))
    async with watching(workspace, poll) as watcher:
        path.write_text("# 1\n")
        os.utime(path, (1_700_000_000, 1_700_000_000))
        assert await watcher.next() == {"norm"}
        await asyncio.sleep(0.3)
        path.write_text("# 2\n")
        os.utime(path, (1_700_000_000, 1_700_000_000))
        assert await watcher.next() == {"norm"}


async def test_saves_count_from_the_call_on(workspace: Workspace) -> None:
    path = workspace.path(workspace.course.exercise("norm"))
    path.write_text("# before\n")
    watcher = Watcher(workspace, False)
    path.write_text("# between the call and the first wait\n")
    task = asyncio.create_task(watcher.run())
    assert await watcher.next() == {"norm"}
    watcher.stop.set()
    await asyncio.wait_for(task, TIMEOUT)


async def test_an_incomplete_save_is_waited_for(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watch, "SAVE_SECONDS", 1.0)
    norm = workspace.course.exercise("norm")
    files = watch._WatchedFiles({norm: workspace.path(norm)})
    workspace.path(norm).write_text("")
    changed = asyncio.create_task(files.changed())
    await asyncio.sleep(watch.SAVE_SECONDS / 3)
    workspace.path(norm).write_text("# complete\n")
    assert await changed == {norm}
    assert await files.changed() == set()
    workspace.path(norm).write_text("")
    assert await files.changed() == {norm}, "an empty file can be intended"


async def test_a_save_is_noticed_within_a_fifth_of_a_second(workspace: Workspace) -> None:
    path = workspace.path(workspace.course.exercise("norm"))
    waits = []
    async with watching(workspace, False) as watcher:
        for number in range(5):
            start = time.perf_counter()
            emacs(path, f"# {number}\n")
            await watcher.next()
            waits.append(time.perf_counter() - start)
    assert min(waits) < 0.2


async def test_files_behind_a_symbolic_link_are_watched(workspace: Workspace, tmp_path: Path) -> None:
    path = workspace.path(workspace.course.exercise("norm"))
    elsewhere = tmp_path / "elsewhere.py"
    elsewhere.write_text("# mine\n")
    path.unlink()
    path.symlink_to(elsewhere)
    async with watching(workspace, False) as watcher:
        elsewhere.write_text("# changed\n")
        assert await watcher.next() == {"norm"}


@MODES
async def test_a_workspace_that_was_moved_is_watched_again(workspace: Workspace, tmp_path: Path, poll: bool) -> None:
    path = workspace.path(workspace.course.exercise("norm"))
    async with watching(workspace, poll) as watcher:
        shutil.move(workspace.root, tmp_path / "away")
        await watcher.assert_quiet(0.3)
        shutil.move(tmp_path / "away", workspace.root)
        path.write_text("# new\n")
        assert await watcher.next() == {"norm"}


async def test_a_workspace_can_be_created_later(workspace: Workspace) -> None:
    shutil.rmtree(workspace.root)
    async with watching(workspace, False) as watcher:
        workspace.create()
        assert await watcher.next() == {"norm", "big-block", "late-norm"}


async def test_files_are_polled_if_events_are_not_available(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    def raise_limit_reached(*_: object, **__: object) -> object:
        raise OSError(28, "OS file watch limit reached")

    monkeypatch.setattr("watchfiles.main.RustNotify", raise_limit_reached)
    async with watching(workspace, False) as watcher:
        workspace.path(workspace.course.exercise("norm")).write_text("# new\n")
        assert await watcher.next() == {"norm"}


@MODES
async def test_watching_ends_when_the_stop_event_is_set(workspace: Workspace, poll: bool) -> None:
    stop = anyio.Event()

    async def watch_all() -> None:
        async for _ in watch_saves(workspace, stop, poll):
            pass

    task = asyncio.create_task(watch_all())
    await asyncio.sleep(0.1)
    stop.set()
    await asyncio.wait_for(task, TIMEOUT)


@MODES
async def test_a_cancelled_watcher_does_not_set_the_callers_event(workspace: Workspace, poll: bool) -> None:
    watcher = Watcher(workspace, poll)
    task = asyncio.create_task(watcher.run())
    await asyncio.sleep(0.1)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asyncio.wait_for(task, TIMEOUT)
    assert not watcher.stop.is_set()
