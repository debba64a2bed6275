"""A progress.db that is damaged, newer, gone, shared, or written by a clock that was wrong."""

from __future__ import annotations

import random
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from benchmarks.faults.harness import App, Learner, Result
from benchmarks.faults.kills import warm_up
from exercises.load import load_course
from learner import store
from learner.progress import Attempt, Progress

WRITE = """
import os, sys
from pathlib import Path
from learner.progress import Progress
with Progress(Path(sys.argv[1])) as progress:
    for number in range(int(sys.argv[2])):
        print(progress.record("norm", "v", os.urandom(1500), {"outcome": "failed"}), flush=True)
"""


def damaged(rounds: int, seed: int = 5) -> Result:
    """Bytes of the store and its journal, anywhere, are overwritten or cut off; also both files at once."""
    result = Result("a damaged progress.db")
    chance = random.Random(seed)
    told = 0
    with tempfile.TemporaryDirectory() as folder:
        before, killed = _left_by_a_kill(Path(folder), chance)
        for number in range(rounds):
            place = Path(folder) / f"try {number}"
            shutil.copytree(killed, place)
            names = [["progress.db"], ["progress.db-wal"], ["progress.db", "progress.db-wal"]][number % 3]
            for name in names:
                _damage(place / name, chance)
            started = time.perf_counter()
            with Progress(place / "progress.db") as progress:
                after = progress.history("norm")
                result.seconds.append(time.perf_counter() - started)
                told += progress.message is not None
            result.tries += 1
            lost = {attempt.source for attempt in before} - {attempt.source for attempt in after}
            result.expect(not lost and len(after) == len(before), f"{len(lost)} of {len(before)} attempts")
            shutil.rmtree(place)
    result.says = f"{told} had to be put together again, and said so; the rest were whole after all"
    return result


def without_log(rounds: int, seed: int = 6) -> Result:
    """The same, where the second copy is gone too: what SQLite can still read is what there is."""
    result = Result("a damaged page of progress.db, and no second copy")
    chance = random.Random(seed)
    worst = 0
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "whole" / "progress.db"
        with Progress(path) as progress:
            for _ in range(60):
                progress.record("norm", "v", chance.randbytes(600), {"outcome": "failed"})
        content = path.read_bytes()
        leaves = [
            at for at in range(4096, len(content), 4096) if content[at] == 13 and b"failed" in content[at:][:4096]
        ]
        for number in range(rounds):
            spoilt = Path(folder) / str(number) / "progress.db"
            spoilt.parent.mkdir()
            at = chance.choice(leaves)
            spoilt.write_bytes(content[:at] + chance.randbytes(4096) + content[at + 4096 :])
            started = time.perf_counter()
            with Progress(spoilt) as progress:
                count = progress.attempt_count("norm")
                result.expect("could not be read" in (progress.message or ""), "not told")
            result.seconds.append(time.perf_counter() - started)
            result.tries += 1
            worst = max(worst, 60 - count)
            result.expect(60 - count <= 6, f"{60 - count} attempts, more than the page held")
    result.bound = f"what the page held: up to {worst} attempts"
    result.says = "all other attempts; told how many could not be read"
    return result


def newer(rounds: int) -> Result:
    """A later fromscratch has made the store; this one goes on beside it, and the later one takes that over."""
    result = Result("a newer progress.db", says="stays as it is; the newer program takes over what was done meanwhile")
    with tempfile.TemporaryDirectory() as folder:
        for number in range(rounds):
            path = Path(folder) / str(number) / "progress.db"
            with Progress(path) as progress:
                progress.record("norm", "v", b"before", {"outcome": "failed"})
            with sqlite3.connect(path) as connection:
                connection.execute("ALTER TABLE attempt ADD COLUMN mood TEXT NOT NULL DEFAULT 'fine'")
                connection.execute(f"PRAGMA user_version = {store.FORMAT_VERSION + 1}")
            connection.close()
            untouched = path.read_bytes()
            with Progress(path) as progress:
                progress.record("norm", "v", b"meanwhile", {"outcome": "passed"})
                result.expect("newer fromscratch" in (progress.message or ""), "not told")
                result.expect(progress.attempt_count("norm") == 2, "the older history is not shown")
            result.expect(path.read_bytes() == untouched, "the newer store was changed")
            code = (
                "import sys; from pathlib import Path; from learner import store\n"
                f"from learner.progress import Progress; store.FORMAT_VERSION = {store.FORMAT_VERSION + 1}\n"
                "with Progress(Path(sys.argv[1])) as progress: print(progress.attempt_count('norm'))"
            )
            started = time.perf_counter()
            done = subprocess.run([sys.executable, "-c", code, str(path)], capture_output=True, text=True)
            result.seconds.append(time.perf_counter() - started)
            result.expect(done.stdout.strip() == "2", f"the newer program sees {done.stdout!r} {done.stderr[-200:]}")
            result.tries += 1
    return result


def vanished(rounds: int, seed: int = 7) -> Result:
    """progress.db is deleted, or replaced by an older copy, while it is in use."""
    result = Result("progress.db deleted or replaced while in use", says="noticed at the next attempt, and made anew")
    chance = random.Random(seed)
    with tempfile.TemporaryDirectory() as folder:
        for number in range(rounds):
            path = Path(folder) / str(number) / "progress.db"
            with Progress(path) as progress:
                progress.record("norm", "v", b"1", {"outcome": "failed"})
            older = path.read_bytes()
            with Progress(path) as progress:
                progress.record("norm", "v", b"2", {"outcome": "failed"})
                for suffix in ("-wal", "-shm") if chance.random() < 0.5 else ():
                    path.with_name(path.name + suffix).unlink()
                path.unlink()
                if number % 2:
                    path.write_bytes(older)
                started = time.perf_counter()
                progress.record("norm", "v", b"3", {"outcome": "failed"})
                result.seconds.append(time.perf_counter() - started)
            with Progress(path) as progress:
                found = {attempt.source for attempt in progress.history("norm")}
            result.tries += 1
            result.expect(found == {b"1", b"2", b"3"}, f"only {found} are left")
    return result


def shared(rounds: int, seed: int = 8) -> Result:
    """Several programs record into one store at once, and some of them are killed."""
    result = Result("several programs on one store, some killed", says="each finds what all have recorded")
    chance = random.Random(seed)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "progress.db"
        shown: set[int] = set()
        for _ in range(rounds):
            command = [sys.executable, "-c", WRITE, str(path), "12"]
            writers = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(3)]
            time.sleep(chance.uniform(0.1, 0.6))
            writers[0].kill()
            for writer in writers:
                shown |= {int(line) for line in writer.communicate()[0].split("\n")[:-1]}
                result.expect(writer is writers[0] or writer.returncode == 0, "a writer failed")
            started = time.perf_counter()
            with Progress(path) as progress:
                recorded = {attempt.id for attempt in progress.history("norm")}
                result.expect(progress.message is None, str(progress.message))
            result.seconds.append(time.perf_counter() - started)
            result.tries += 1
            result.expect(shown <= recorded, f"attempts {sorted(shown - recorded)}")
    return result


def two_apps(rounds: int) -> Result:
    """Two apps on one workspace see the same saves; one is killed, the other goes on."""
    result = Result(
        "two apps on one workspace", says="both show and record every save; one is killed, the other goes on"
    )
    with tempfile.TemporaryDirectory() as folder:
        learner = Learner(Path(folder) / "work")
        with App(learner) as one:
            one.ready()
            shown: set[str] = set()
            for _ in range(rounds):
                with App(learner) as other:
                    other.ready()
                    warm_up(other, learner)
                    digest = learner.save()
                    for app in (one, other):
                        app.wait(lambda line, digest=digest: line.get("digest") == digest)
                    shown |= other.shown()
                started = time.perf_counter()
                digest = learner.save()
                one.wait(lambda line, digest=digest: line.get("digest") == digest)
                result.seconds.append(time.perf_counter() - started)
                result.tries += 1
                result.expect(not learner.changed(), f"changed: {learner.changed()}")
            shown |= one.shown()
        recorded, message = learner.recorded()
        result.expect(shown <= recorded and message is None, f"attempts: {shown - recorded} {message}")
    return result


def clock(rounds: int, seed: int = 9) -> Result:
    """For one day the clock is years ahead or behind; attempts keep their order, and the streak its other days."""
    result = Result("a clock set wrong for a day, and back", says="order and streak as with a right clock")
    chance = random.Random(seed)
    course = load_course()
    start = datetime(2025, 3, 1, 12, tzinfo=UTC)
    with tempfile.TemporaryDirectory() as folder:
        for number in range(rounds):
            readings = [start]
            days = chance.randrange(6, 15)
            wrong = chance.randrange(2, days - 2)
            with Progress(
                Path(folder) / str(number) / "progress.db", lambda readings=readings: readings[-1]
            ) as progress:
                for day in range(days):
                    error = timedelta(days=chance.choice([-4000, 4000])) if day == wrong else timedelta()
                    for minute in range(3):
                        readings.append(start + timedelta(days=day, minutes=minute) + error)
                        progress.record("norm", "v", b"%d %d" % (day, minute), {"outcome": "failed"})
                started = time.perf_counter()
                history: list[Attempt] = progress.history("norm")
                streak = progress.summary(course, readings[-1]).streak_days
                result.seconds.append(time.perf_counter() - started)
            times = [attempt.at for attempt in history]
            result.tries += 1
            result.expect(times == sorted(times) and len(times) == days * 3, "an order")
            result.expect(streak >= days - wrong - 1, f"a streak: {streak} of {days} days")
    return result


def _left_by_a_kill(folder: Path, chance: random.Random) -> tuple[list[Attempt], Path]:
    """A store as a kill leaves it: half of the attempts are in the file, half in the journal alone."""
    path = folder / "alive" / "progress.db"
    with Progress(path) as progress:
        for _ in range(20):
            progress.record("norm", "v", chance.randbytes(1200), {"outcome": "failed"})
    with Progress(path) as progress:
        for _ in range(20):
            progress.record("norm", "v", chance.randbytes(1200), {"outcome": "failed"})
        shutil.copytree(path.parent, folder / "killed")
        return progress.history("norm"), folder / "killed"


def _damage(path: Path, chance: random.Random) -> None:
    content = bytearray(path.read_bytes())
    for _ in range(chance.randrange(1, 4)):
        at = chance.randrange(len(content))
        junk = chance.randbytes(chance.choice([1, 16, 512, 5000]))
        content[at : at + len(junk)] = junk
    if chance.random() < 0.4:
        del content[chance.randrange(len(content)) :]
    path.write_bytes(content)
