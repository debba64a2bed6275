"""SIGKILL at random moments: of the app, of the engine, of the judge, of the process that runs the learner's code."""

from __future__ import annotations

import os
import random
import signal
import tempfile
import time
from pathlib import Path

from benchmarks.faults.harness import App, Learner, Result, generations, gone

NAMES = ("the engine", "the judge", "the process with the learner's code")


def app(rounds: int, longest: float = 5.0, seed: int = 1) -> Result:
    """Kills the app while a learner saves again and again, from its very start to long after its first verdicts."""
    result = Result("kill -9 of the app", says="the next start goes on where it was")
    chance = random.Random(seed)
    with tempfile.TemporaryDirectory() as folder:
        learner = Learner(Path(folder) / "work")
        shown: set[str] = set()
        for number in range(rounds):
            with App(learner) as running:
                patience = longest
                if number % 3 == 2:  # a third of the kills find a warm engine, and attempts that have been shown
                    running.ready()
                    started = time.monotonic()
                    warm_up(running, learner)
                    patience = time.monotonic() - started
                end = time.monotonic() + chance.uniform(0, patience)
                while time.monotonic() < end:
                    learner.save()
                    time.sleep(max(0.0, min(chance.uniform(0.1, 1.2), end - time.monotonic())))
                family = [pid for generation in generations(running.process.pid) for pid in generation]
                running.kill()
            started = time.perf_counter()
            learner.workspace.create()
            recorded, message = learner.recorded()
            result.seconds.append(time.perf_counter() - started)
            shown |= running.shown()
            result.tries += 1
            result.expect(shown <= recorded, f"{len(shown - recorded)} attempts that were shown as recorded")
            result.expect(message is None, f"the store: {message}")
            result.expect(not learner.changed(), f"changed: {learner.changed()}")
            result.expect(gone(family, 60), "a process was left")  # one that loads torch ends when it has
        result.says += f"; {len(shown)} attempts shown as recorded, all there"
    return result


def processes(rounds: int, seed: int = 2) -> list[Result]:
    """Kills one of the app's processes during a check, over and over in one app, and saves again."""
    results = [Result(f"kill -9 of {name}") for name in NAMES]
    outcomes: list[dict[str, int]] = [{} for _ in NAMES]
    chance = random.Random(seed)
    with tempfile.TemporaryDirectory() as folder:
        learner = Learner(Path(folder) / "work")
        with App(learner) as running:
            running.ready()
            warm_up(running, learner)
            for number in range(rounds * len(NAMES)):
                which = number % len(NAMES)
                result, counts = results[which], outcomes[which]
                since = len(running.lines)
                learner.save()
                time.sleep(chance.uniform(0, 0.25))
                tree = list(generations(running.process.pid))
                if len(tree) <= which:  # nobody of that kind is alive at this moment
                    running.wait(ended, since)
                    continue
                victim = chance.choice(tree[which])
                try:
                    os.kill(victim, signal.SIGKILL)
                except ProcessLookupError:
                    running.wait(ended, since)
                    continue
                started = time.perf_counter()
                result.tries += 1
                first = running.wait(ended, since)
                word = first.get("shown") or "not checked, and said so"
                counts[word] = counts.get(word, 0) + 1
                wait_until_passed(running, learner)
                result.seconds.append(time.perf_counter() - started)
                result.expect(not learner.changed(), f"changed: {learner.changed()}")
            shown = running.shown()
        recorded, message = learner.recorded()
        for result, counts in zip(results, outcomes, strict=True):
            result.expect(shown <= recorded and message is None, f"attempts: {shown - recorded} {message}")
            says = ", ".join(f"{word} {count}×" for word, count in sorted(counts.items(), key=lambda item: -item[1]))
            result.says = f"that check: {says or 'not tried in time'}; the next save passes"
    return results


def ended(line: dict[str, object]) -> bool:
    """Whether a line tells the end of a check."""
    return "shown" in line or "fault" in line


def warm_up(running: App, learner: Learner) -> None:
    """Two checks: the first loads what the later ones find loaded."""
    for _ in range(2):
        digest = learner.save()
        running.wait(lambda line, digest=digest: line.get("digest") == digest)


def wait_until_passed(running: App, learner: Learner) -> None:
    """Saves until a save is shown as passed and recorded, as a learner would who sees that something went wrong."""
    for _ in range(20):
        digest = learner.save()
        since = len(running.lines)
        try:
            line = running.wait(lambda line: ended(line), max(0, since - 1), 30)
        except TimeoutError:
            continue
        if line.get("digest") == digest and line["shown"] == "passed":
            return
        end = time.monotonic() + 2
        while time.monotonic() < end:
            if any(line.get("digest") == digest and line["shown"] == "passed" for line in running.lines):
                return
            time.sleep(0.01)
    raise TimeoutError("no save passes any more")
