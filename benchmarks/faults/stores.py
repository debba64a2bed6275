"""Faults of progress.db: damage, a newer format, deletion, several writers, and a wrong clock."""

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
    """Overwrites or cuts off random bytes of the store, of its journal, or of both."""
    result = Result("a damaged progress.db")
    rng = random.Random(seed)
    rebuilt = 0
    with tempfile.TemporaryDirectory() as folder:
        before, killed = _killed_store(Path(folder), rng)
        for number in range(rounds):
            copy = Path(folder) / f"try {number}"
            shutil.copytree(killed, copy)
            names = [["progress.db"], ["progress.db-wal"], ["progress.db", "progress.db-wal"]][number % 3]
            for name in names:
                _damage(copy / name, rng)
            started = time.perf_counter()
            with Progress(copy / "progress.db") as progress:
                after = progress.history("norm")
                result.recovery_seconds.append(time.perf_counter() - started)
                rebuilt += progress.message is not None
            result.tries += 1
            lost = {attempt.source for attempt in before} - {attempt.source for attempt in after}
            result.expect(not lost and len(after) == len(before), f"{len(lost)} of {len(before)} attempts")
            shutil.rmtree(copy)
    result.outcome = f"{rebuilt} were rebuilt, with a message; the others were intact"
    return result


def without_log(rounds: int, seed: int = 6) -> Result:
    """Damages a page of a store without a log: only what SQLite can still read is left."""
    result = Result("a damaged page of progress.db, without its log")
    rng = random.Random(seed)
    most_lost = 0
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "whole" / "progress.db"
        with Progress(path) as progress:
            for _ in range(60):
                progress.record("norm", "v", rng.randbytes(600), {"outcome": "failed"})
        content = path.read_bytes()
        leaves = [
            at for at in range(4096, len(content), 4096) if content[at] == 13 and b"failed" in content[at:][:4096]
        ]
        for number in range(rounds):
            damaged_path = Path(folder) / str(number) / "progress.db"
            damaged_path.parent.mkdir()
            at = rng.choice(leaves)
            damaged_path.write_bytes(content[:at] + rng.randbytes(4096) + content[at + 4096 :])
            started = time.perf_counter()
            with Progress(damaged_path) as progress:
                count = progress.attempt_count("norm")
                result.expect("could not be read" in (progress.message or ""), "no message")
            result.recovery_seconds.append(time.perf_counter() - started)
            result.tries += 1
            most_lost = max(most_lost, 60 - count)
            result.expect(60 - count <= 6, f"{60 - count} attempts, more than the page held")
    result.unavoidable_loss = f"what the page held: up to {most_lost} attempts"
    result.outcome = "all other attempts, and a message with the number that could not be read"
    return result


def newer(rounds: int) -> Result:
    """Opens a store of a newer fromscratch, records an attempt, and opens the store with the newer version again."""
    result = Result("a newer progress.db", outcome="the file is unchanged; the newer program imports the new attempts")
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
                result.expect("newer fromscratch" in (progress.message or ""), "no message")
                result.expect(progress.attempt_count("norm") == 2, "the older history is not shown")
            result.expect(path.read_bytes() == untouched, "the newer store was changed")
            code = (
                "import sys; from pathlib import Path; from learner import store\n"
                f"from learner.progress import Progress; store.FORMAT_VERSION = {store.FORMAT_VERSION + 1}\n"
                "with Progress(Path(sys.argv[1])) as progress: print(progress.attempt_count('norm'))"
            )
            started = time.perf_counter()
            completed = subprocess.run([sys.executable, "-c", code, str(path)], capture_output=True, text=True)
            result.recovery_seconds.append(time.perf_counter() - started)
            result.expect(
                completed.stdout.strip() == "2",
                f"the newer program: {completed.stdout!r} {completed.stderr}",
            )
            result.tries += 1
    return result


def vanished(rounds: int, seed: int = 7) -> Result:
    """Deletes progress.db, or replaces it by an older copy, while it is in use."""
    result = Result("progress.db deleted or replaced while in use", outcome="detected at the next attempt, and rebuilt")
    rng = random.Random(seed)
    with tempfile.TemporaryDirectory() as folder:
        for number in range(rounds):
            path = Path(folder) / str(number) / "progress.db"
            with Progress(path) as progress:
                progress.record("norm", "v", b"1", {"outcome": "failed"})
            older = path.read_bytes()
            with Progress(path) as progress:
                progress.record("norm", "v", b"2", {"outcome": "failed"})
                for suffix in ("-wal", "-shm") if rng.random() < 0.5 else ():
                    path.with_name(path.name + suffix).unlink()
                path.unlink()
                if number % 2:
                    path.write_bytes(older)
                started = time.perf_counter()
                progress.record("norm", "v", b"3", {"outcome": "failed"})
                result.recovery_seconds.append(time.perf_counter() - started)
            with Progress(path) as progress:
                sources = {attempt.source for attempt in progress.history("norm")}
            result.tries += 1
            result.expect(sources == {b"1", b"2", b"3"}, f"only {sources} are left")
    return result


def shared(rounds: int, seed: int = 8) -> Result:
    """Records with several programs into one store, and kills some of them."""
    result = Result("several programs on one store, some killed", outcome="each program reads the attempts of all")
    rng = random.Random(seed)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "progress.db"
        shown: set[int] = set()
        for _ in range(rounds):
            command = [sys.executable, "-c", WRITE, str(path), "12"]
            writers = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(3)]
            time.sleep(rng.uniform(0.1, 0.6))
            writers[0].kill()
            for writer in writers:
                shown |= {int(line) for line in writer.communicate()[0].split("\n")[:-1]}
                result.expect(writer is writers[0] or writer.returncode == 0, "a writer failed")
            started = time.perf_counter()
            with Progress(path) as progress:
                recorded = {attempt.id for attempt in progress.history("norm")}
                result.expect(progress.message is None, str(progress.message))
            result.recovery_seconds.append(time.perf_counter() - started)
            result.tries += 1
            result.expect(shown <= recorded, f"attempts {sorted(shown - recorded)}")
    return result


def two_apps(rounds: int) -> Result:
    """Runs two apps on one workspace, and kills one of them."""
    result = Result(
        "two apps on one workspace", outcome="both show and record every save; after one is killed, the other continues"
    )
    with tempfile.TemporaryDirectory() as folder:
        learner = Learner(Path(folder) / "work")
        with App(learner) as first:
            first.wait_ready()
            shown: set[str] = set()
            for _ in range(rounds):
                with App(learner) as second:
                    second.wait_ready()
                    warm_up(second, learner)
                    digest = learner.save()
                    for app in (first, second):
                        app.wait(lambda report, digest=digest: report.get("digest") == digest)
                    shown |= second.shown()
                started = time.perf_counter()
                digest = learner.save()
                first.wait(lambda report, digest=digest: report.get("digest") == digest)
                result.recovery_seconds.append(time.perf_counter() - started)
                result.tries += 1
                result.expect(not learner.changed(), f"changed: {learner.changed()}")
            shown |= first.shown()
        recorded, message = learner.recorded()
        result.expect(shown <= recorded and message is None, f"attempts: {shown - recorded} {message}")
    return result


def clock(rounds: int, seed: int = 9) -> Result:
    """Sets the clock years ahead or back for a day; attempts keep their order, and the streak its other days."""
    result = Result("a clock set wrong for a day, and back", outcome="order and streak are as with a correct clock")
    rng = random.Random(seed)
    course = load_course()
    start = datetime(2025, 3, 1, 12, tzinfo=UTC)
    with tempfile.TemporaryDirectory() as folder:
        for number in range(rounds):
            readings = [start]
            days = rng.randrange(6, 15)
            wrong = rng.randrange(2, days - 2)
            with Progress(
                Path(folder) / str(number) / "progress.db", lambda readings=readings: readings[-1]
            ) as progress:
                for day in range(days):
                    error = timedelta(days=rng.choice([-4000, 4000])) if day == wrong else timedelta()
                    for minute in range(3):
                        readings.append(start + timedelta(days=day, minutes=minute) + error)
                        progress.record("norm", "v", b"%d %d" % (day, minute), {"outcome": "failed"})
                started = time.perf_counter()
                history: list[Attempt] = progress.history("norm")
                streak = progress.summary(course, readings[-1]).streak_days
                result.recovery_seconds.append(time.perf_counter() - started)
            times = [attempt.at for attempt in history]
            result.tries += 1
            result.expect(times == sorted(times) and len(times) == days * 3, "the order of attempts")
            result.expect(streak >= days - wrong - 1, f"the streak: {streak} of {days} days")
    return result


def _killed_store(folder: Path, rng: random.Random) -> tuple[list[Attempt], Path]:
    """A store as a killed program leaves it: half of the attempts are in the file, half only in the journal."""
    path = folder / "alive" / "progress.db"
    with Progress(path) as progress:
        for _ in range(20):
            progress.record("norm", "v", rng.randbytes(1200), {"outcome": "failed"})
    with Progress(path) as progress:
        for _ in range(20):
            progress.record("norm", "v", rng.randbytes(1200), {"outcome": "failed"})
        shutil.copytree(path.parent, folder / "killed")
        return progress.history("norm"), folder / "killed"


def _damage(path: Path, rng: random.Random) -> None:
    content = bytearray(path.read_bytes())
    for _ in range(rng.randrange(1, 4)):
        at = rng.randrange(len(content))
        junk = rng.randbytes(rng.choice([1, 16, 512, 5000]))
        content[at : at + len(junk)] = junk
    if rng.random() < 0.4:
        del content[rng.randrange(len(content)) :]
    path.write_bytes(content)
