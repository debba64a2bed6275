"""Watching: every way in which editors save is noticed once, and nothing else is."""

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

MODES = pytest.mark.parametrize("poll", [False, True], ids=["events", "polling"])


@pytest.fixture(autouse=True)
def quicker(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same watching, with shorter waits."""
    monkeypatch.setattr(watch, "CHECK_INTERVAL_MS", 200)
    monkeypatch.setattr(watch, "POLL_SECONDS", 0.05)


class Seen:
    """What a watcher yields, in the background."""

    def __init__(self, workspace: Workspace, poll: bool) -> None:
        self.stop = asyncio.Event()
        self.yields: asyncio.Queue[set[str]] = asyncio.Queue()
        self._changes = watch_saves(workspace, self.stop, poll)

    async def run(self) -> None:
        async for exercises in self._changes:
            self.yields.put_nowait({exercise.id for exercise in exercises})

    async def next(self) -> set[str]:
        return await asyncio.wait_for(self.yields.get(), 5)

    async def nothing(self, seconds: float = 0.3) -> None:
        await asyncio.sleep(seconds)
        assert self.yields.empty(), self.yields.get_nowait()


@asynccontextmanager
async def watching(workspace: Workspace, poll: bool) -> AsyncIterator[Seen]:
    seen = Seen(workspace, poll)
    task = asyncio.create_task(seen.run())
    await asyncio.sleep(0.1)  # until the watcher listens
    try:
        yield seen
    finally:
        seen.stop.set()
        await asyncio.wait_for(task, 5)


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
    """Writes beside the file and renames over it."""
    temporary = path.with_name(f"#{path.name}#")
    temporary.write_text(text)
    os.replace(temporary, path)


def code(path: Path, text: str) -> None:
    """Empties the file, and writes and syncs in a second step."""
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
    async with watching(workspace, poll) as seen:
        for number in range(3):
            save(path, f"# {number}\n")
            assert await seen.next() == {"norm"}
        await seen.nothing()


@MODES
async def test_what_is_no_new_content_is_no_save(workspace: Workspace, poll: bool) -> None:
    norm = workspace.course.exercise("norm")
    path = workspace.path(norm)
    async with watching(workspace, poll) as seen:
        nano(path, norm.stub)
        vim(path, norm.stub)
        os.utime(path)
        path.chmod(0o600)
        path.with_name(".norm.py.swp").write_text("swap")
        path.with_name("parts.py").write_text("# other")
        (workspace.root / "notes.py").write_text("notes")
        (workspace.state_folder / "progress.db").write_text("")
        await seen.nothing(0.5)
        nano(path, "# new\n")
        assert await seen.next() == {"norm"}


@MODES
async def test_a_deleted_file_counts_once_it_is_back(workspace: Workspace, poll: bool) -> None:
    norm = workspace.course.exercise("norm")
    path = workspace.path(norm)
    async with watching(workspace, poll) as seen:
        path.unlink()
        await seen.nothing()
        path.write_text(norm.stub)
        await seen.nothing()
        path.unlink()
        path.write_text("# new\n")
        assert await seen.next() == {"norm"}


@MODES
async def test_saves_of_several_files_all_count(workspace: Workspace, poll: bool) -> None:
    async with watching(workspace, poll) as seen:
        for exercise in workspace.course.exercises:
            nano(workspace.path(exercise), "# new\n")
        noticed: set[str] = set()
        while noticed != {"norm", "big-block", "late-norm"}:
            noticed |= await seen.next()


@MODES
async def test_a_reset_is_a_save(workspace: Workspace, poll: bool) -> None:
    norm = workspace.course.exercise("norm")
    workspace.path(norm).write_text("# mine\n")
    async with watching(workspace, poll) as seen:
        workspace.reset(norm)
        assert await seen.next() == {"norm"}


@MODES
async def test_same_size_and_same_time_hide_no_save(workspace: Workspace, poll: bool) -> None:
    """As on a disk that stores times in whole seconds."""
    path = workspace.path(workspace.course.exercise("norm"))
    async with watching(workspace, poll) as seen:
        path.write_text("# 1\n")
        os.utime(path, (1_700_000_000, 1_700_000_000))
        assert await seen.next() == {"norm"}
        await asyncio.sleep(0.3)
        path.write_text("# 2\n")
        os.utime(path, (1_700_000_000, 1_700_000_000))
        assert await seen.next() == {"norm"}


async def test_what_was_saved_before_watching_began_counts_from_the_call(workspace: Workspace) -> None:
    path = workspace.path(workspace.course.exercise("norm"))
    path.write_text("# before\n")
    seen = Seen(workspace, False)
    path.write_text("# between the call and the first wait\n")
    task = asyncio.create_task(seen.run())
    assert await seen.next() == {"norm"}
    seen.stop.set()
    await asyncio.wait_for(task, 5)


async def test_a_file_emptied_by_a_save_is_waited_for(workspace: Workspace) -> None:
    norm = workspace.course.exercise("norm")
    files = watch._WatchedFiles(workspace)
    workspace.path(norm).write_text("")
    looking = asyncio.create_task(files.changed())
    await asyncio.sleep(watch.SAVE_SECONDS / 3)
    workspace.path(norm).write_text("# whole\n")
    assert await looking == {norm}
    assert await files.changed() == set()
    workspace.path(norm).write_text("")
    assert await files.changed() == {norm}, "a file may be meant to be empty"


async def test_a_save_is_noticed_within_a_fifth_of_a_second(workspace: Workspace) -> None:
    path = workspace.path(workspace.course.exercise("norm"))
    waits = []
    async with watching(workspace, False) as seen:
        for number in range(5):
            start = time.perf_counter()
            emacs(path, f"# {number}\n")
            await seen.next()
            waits.append(time.perf_counter() - start)
    assert min(waits) < 0.2


async def test_files_behind_a_link_are_seen(workspace: Workspace, tmp_path: Path) -> None:
    path = workspace.path(workspace.course.exercise("norm"))
    elsewhere = tmp_path / "elsewhere.py"
    elsewhere.write_text("# mine\n")
    path.unlink()
    path.symlink_to(elsewhere)
    async with watching(workspace, False) as seen:
        elsewhere.write_text("# changed\n")
        assert await seen.next() == {"norm"}


@MODES
async def test_a_workspace_that_comes_back_is_watched_on(workspace: Workspace, tmp_path: Path, poll: bool) -> None:
    path = workspace.path(workspace.course.exercise("norm"))
    async with watching(workspace, poll) as seen:
        shutil.move(workspace.root, tmp_path / "away")
        await seen.nothing(0.3)
        shutil.move(tmp_path / "away", workspace.root)
        path.write_text("# new\n")
        assert await seen.next() == {"norm"}


async def test_a_workspace_may_be_made_later(workspace: Workspace) -> None:
    shutil.rmtree(workspace.root)
    async with watching(workspace, False) as seen:
        workspace.create()
        assert await seen.next() == {"norm", "big-block", "late-norm"}


async def test_where_there_are_no_events_files_are_polled(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    def none_left(*_: object, **__: object) -> object:
        raise OSError(28, "OS file watch limit reached")

    monkeypatch.setattr("watchfiles.main.RustNotify", none_left)
    async with watching(workspace, False) as seen:
        workspace.path(workspace.course.exercise("norm")).write_text("# new\n")
        assert await seen.next() == {"norm"}


@MODES
async def test_watching_ends_when_told_to(workspace: Workspace, poll: bool) -> None:
    stop = anyio.Event()

    async def watch_all() -> None:
        async for _ in watch_saves(workspace, stop, poll):
            pass

    task = asyncio.create_task(watch_all())
    await asyncio.sleep(0.1)
    stop.set()
    await asyncio.wait_for(task, 2)


@MODES
async def test_a_cancelled_watcher_leaves_the_callers_event_alone(workspace: Workspace, poll: bool) -> None:
    seen = Seen(workspace, poll)
    task = asyncio.create_task(seen.run())
    await asyncio.sleep(0.1)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asyncio.wait_for(task, 2)
    assert not seen.stop.is_set()
