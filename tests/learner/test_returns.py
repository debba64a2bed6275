"""Returns from memory come due at their times, and survive an upgrade, a kill and two programs on one workspace."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest

from exercises.course import Course
from exercises.exercise import Exercise
from learner import from_memory
from learner.errors import ProgressError
from learner.progress import Progress
from learner.returns import TIME_LIMIT, Memory, Return
from learner.upgrade import find_upgrade
from learner.workspace import Workspace

START = datetime(2024, 10, 5, 12, 0, tzinfo=UTC)
PASS = {"version": 1, "outcome": "passed", "checks": [], "seconds": 0.25}


class Clock:
    """A clock that stands still until it is set forward."""

    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> datetime:
        return self.now

    def forward(self, **step: float) -> None:
        self.now += timedelta(**step)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def norm(course: Course) -> Exercise:
    return course.exercise("norm")


@pytest.fixture
def progress(workspace: Workspace, clock: Clock, norm: Exercise) -> Iterator[Progress]:
    """A store in which norm has just passed."""
    with Progress(workspace.progress_path, clock) as progress:
        progress.record("norm", norm.version, b"mine", PASS)
        yield progress


def memory(progress: Progress, course: Course, clock: Clock) -> Memory:
    """The memory of norm, as a newly opened store has it."""
    with Progress(progress.path, clock) as reopened:
        [known] = reopened.memories(course, clock())
    assert [known] == progress.memories(course, clock())
    return known


def write(progress: Progress, workspace: Workspace, exercise: Exercise, passed: bool) -> None:
    """Starts a return and ends it a moment later."""
    started, _ = from_memory.start(workspace, progress, exercise)
    assert progress.end_return(started, passed).passed == passed


def test_returns_come_after_a_week_a_month_and_three_months_and_then_later(
    progress: Progress, workspace: Workspace, course: Course, clock: Clock, norm: Exercise
) -> None:
    intervals = []
    for _ in range(5):
        interval = memory(progress, course, clock).retention.interval
        clock.forward(seconds=interval.total_seconds() - 1)
        assert not memory(progress, course, clock).is_due(clock())
        clock.forward(seconds=1)
        assert memory(progress, course, clock).is_due(clock())
        write(progress, workspace, norm, passed=True)
        intervals.append(interval.days)
    assert intervals[:3] == [7, 30, 91] and intervals[4] > intervals[3] > 91


def test_a_failed_return_shortens_the_interval_and_a_passed_one_lengthens_it_again(
    progress: Progress, workspace: Workspace, course: Course, clock: Clock, norm: Exercise
) -> None:
    for passed, expected in ((True, 30), (False, 3), (True, 7), (True, 30), (True, 91), (True, None), (False, 7)):
        clock.now = memory(progress, course, clock).retention.due
        write(progress, workspace, norm, passed)
        if expected is not None:
            assert memory(progress, course, clock).retention.interval == timedelta(days=expected)


def test_what_is_remembered_fades_and_a_return_refreshes_it(
    progress: Progress, workspace: Workspace, course: Course, clock: Clock, norm: Exercise
) -> None:
    words = []
    for days in (0, 7, 30):
        clock.forward(days=days)
        words.append(memory(progress, course, clock).word)
    assert words == ["fresh", "fading", "faint"]
    write(progress, workspace, norm, passed=True)
    assert memory(progress, course, clock).word == "fresh"


def test_a_return_is_an_empty_stub_in_a_file_of_its_own(
    progress: Progress, workspace: Workspace, course: Course, clock: Clock, norm: Exercise
) -> None:
    workspace.path(norm).write_text("mine")
    clock.forward(days=7)
    summary = progress.summary(course, clock())
    started, path = from_memory.start(workspace, progress, norm)
    assert path == workspace.root / "from_memory" / "norm_1.py" and path.read_text() == norm.stub
    assert workspace.exercise_of(path) is None and workspace.read(norm) == b"mine"
    path.write_text("half a thought")
    assert from_memory.start(workspace, progress, norm) == (started, path), "it continues"
    clock.now = started.deadline
    again, second = from_memory.start(workspace, progress, norm)
    assert second.name == "norm_2.py" and path.read_text() == "half a thought" and again.number == 2
    progress.end_return(again, passed=False)
    after = progress.summary(course, clock())
    assert (after.passed, after.attempts) == (summary.passed, summary.attempts) == (1, 1)
    assert progress.state(norm) == "passed" and progress.last_attempt("norm") == progress.history("norm")[0]
    assert after.streak_days == 1, "a return is practice"


def test_the_time_runs_out_without_a_program_and_nothing_passes_afterwards(
    progress: Progress, workspace: Workspace, course: Course, clock: Clock, norm: Exercise
) -> None:
    clock.forward(days=7)
    started, path = from_memory.start(workspace, progress, norm)
    assert started.seconds_left(clock()) == 300
    path.write_text("not finished")
    clock.forward(minutes=4, seconds=59)
    assert memory(progress, course, clock).open(clock()) == started
    clock.forward(seconds=1)
    after = memory(progress, course, clock)
    assert after.open(clock()) is None and after.retention.due == started.deadline + timedelta(days=3)
    assert not progress.end_return(started, passed=True).passed and path.read_text() == "not finished"
    assert memory(progress, course, clock) == after


def test_a_source_that_was_read_in_time_passes_even_if_its_check_ends_later(
    progress: Progress, workspace: Workspace, course: Course, clock: Clock, norm: Exercise
) -> None:
    clock.forward(days=7)
    started, _ = from_memory.start(workspace, progress, norm)
    read = clock.now + TIME_LIMIT - timedelta(seconds=1)
    clock.forward(minutes=6)
    assert progress.end_return(started, passed=True, at=read).passed
    assert progress.end_return(started, passed=False).ended != clock.now, "the first end counts"


def test_putting_off_waits_for_a_day_or_a_week_and_is_no_practice(
    progress: Progress, course: Course, clock: Clock
) -> None:
    clock.forward(days=7)
    due = memory(progress, course, clock).retention.due
    local = clock.now.astimezone(timezone(timedelta(hours=13)))  # there it is already tomorrow
    for days in (1, 7):
        until = from_memory.tomorrow(local, days)
        assert (until.hour, until.day) == (0, local.day + days)
        progress.put_off("norm", until)
        clock.now = until - timedelta(seconds=1)
        assert not memory(progress, course, clock).is_due(clock())
        clock.now = until
        assert memory(progress, course, clock).is_due(clock())
    assert memory(progress, course, clock).retention.due == due, "the schedule stays"
    assert progress.summary(course, clock()).streak_days == 0


def test_a_return_before_its_time_is_practice_and_changes_no_schedule(
    progress: Progress, workspace: Workspace, course: Course, clock: Clock, norm: Exercise
) -> None:
    clock.forward(days=2)
    before = memory(progress, course, clock).retention.due
    write(progress, workspace, norm, passed=True)
    clock.forward(hours=1)
    write(progress, workspace, norm, passed=False)
    known = memory(progress, course, clock)
    assert known.retention.due == before and known.retention.counted == (False, False)


def test_no_hint_and_no_solution_while_a_return_is_open(
    progress: Progress, workspace: Workspace, clock: Clock, norm: Exercise
) -> None:
    started, _ = from_memory.start(workspace, progress, norm)
    for help in (progress.take_hint, progress.record_solution_view):
        with pytest.raises(ProgressError, match="from memory, without hints, for another 5:00"):
            help("norm")
    assert progress.take_hint("big-block") == 1
    progress.end_return(started, passed=False)
    assert progress.take_hint("norm") == 1


def test_two_programs_that_start_the_same_return_share_one(
    progress: Progress, workspace: Workspace, clock: Clock, norm: Exercise
) -> None:
    clock.forward(days=7)
    stores = [progress, *(Progress(progress.path, clock) for _ in range(3))]
    barrier = threading.Barrier(len(stores))

    def start(store: Progress) -> tuple[Return, Path]:
        barrier.wait()
        return from_memory.start(workspace, store, norm)

    with ThreadPoolExecutor(len(stores)) as pool:
        started = list(pool.map(start, stores))
    assert len(set(started)) == 1 and progress.returns("norm") == [started[0][0]]
    assert sorted(path.name for path in started[0][1].parent.iterdir()) == ["norm_1.py", "parts.py"]
    ends = [store.end_return(started[0][0], passed=number == 0) for number, store in enumerate(stores)]
    assert len(set(ends)) == 1 and ends[0].passed, "one end, too"
    for store in stores[1:]:
        store.close()


def test_a_return_survives_a_kill(progress: Progress, workspace: Workspace, course: Course, clock: Clock) -> None:
    clock.now = datetime.now(UTC) + timedelta(days=8)
    killed = (
        "import os, sys; from pathlib import Path; from learner.progress import Progress\n"
        "Progress(Path(sys.argv[1])).start_return('norm', 'norm_1.py')\n"
        "os.kill(os.getpid(), 9)"
    )
    assert subprocess.run([sys.executable, "-c", killed, str(progress.path)]).returncode == -9
    [started] = progress.returns("norm")
    clock.now = started.started
    assert from_memory.ensure(workspace, course.exercise("norm"), started).read_text()
    assert progress.start_return("norm", "norm_2.py") == started


def test_returns_survive_damage_and_a_store_of_the_format_before(
    progress: Progress, workspace: Workspace, course: Course, clock: Clock, norm: Exercise
) -> None:
    clock.forward(days=7)
    write(progress, workspace, norm, passed=True)
    progress.put_off("norm", clock.now)
    before = memory(progress, course, clock)
    progress.close()
    progress.path.write_bytes(b"damaged" * 1000)
    with Progress(progress.path, clock) as recovered:
        assert recovered.message and recovered.memories(course, clock()) == [before]
        recovered._connection.executescript("DROP TABLE recall; PRAGMA user_version = 2;")
    progress.path.with_suffix(".log").unlink()
    with Progress(progress.path, clock) as upgraded:
        assert upgraded.message is None
        [known] = upgraded.memories(course, clock())
        assert known.returns == () and known.is_due(clock()), "an old pass comes back"


def test_returns_survive_an_upgrade_of_the_course(
    progress: Progress,
    workspace: Workspace,
    clock: Clock,
    norm: Exercise,
    course_root: Path,
    reload: Callable[[], Course],
) -> None:
    clock.forward(days=7)
    write(progress, workspace, norm, passed=True)
    path = workspace.root / "from_memory" / "norm_1.py"
    path.write_text("mine, from memory")
    folder = course_root / "month_1_first/01_norm"
    (folder / "probes.py").write_text("def other(impl): ...\n")
    (folder / "stub.py").write_text("def Norm():\n    ...  # a different stub\n")
    toml = (folder / "exercise.toml").read_text()
    (folder / "exercise.toml").write_text(toml.replace('id = "norm"', 'id = "rms"\nrenamed_from = ["norm"]'))
    (folder / "test_norm.py").rename(folder / "test_rms.py")
    folder.rename(folder.with_name("01_rms"))
    block = course_root / "month_1_first/02_big_block/exercise.toml"
    block.write_text(block.read_text().replace("'norm'", "'rms'"))
    changed = reload()
    upgraded = Workspace(workspace.root, changed)
    upgraded.create()
    progress.apply_renames(changed)
    assert path.read_text() == "mine, from memory" and find_upgrade(upgraded, changed.exercise("rms")) is None
    [known] = progress.memories(changed, clock())
    assert (known.exercise.id, len(known.returns), known.retention.interval.days) == ("rms", 1, 30)
    clock.forward(days=30)
    started, _ = from_memory.start(upgraded, progress, changed.exercise("rms"))
    assert (started.number, started.file) == (2, "rms_1.py")


def test_a_clock_that_was_wrong_for_a_day_does_not_postpone_returns(
    progress: Progress, workspace: Workspace, course: Course, clock: Clock, norm: Exercise
) -> None:
    clock.now = datetime(2031, 1, 1, tzinfo=UTC)
    write(progress, workspace, norm, passed=True)
    clock.now = START + timedelta(days=8)
    write(progress, workspace, norm, passed=False)
    clock.forward(days=1)
    known = memory(progress, course, clock)
    assert known.retention.due < START + timedelta(days=60)
