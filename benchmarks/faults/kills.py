"""Faults: SIGKILL of the app, the engine, the judge or the learner's process, at random moments."""

from __future__ import annotations

import os
import random
import signal
import tempfile
import time
from pathlib import Path

from benchmarks.faults.harness import App, Learner, Result, all_exited, generations

NAMES = ("the engine", "the judge", "the process with the learner's code")


def app(rounds: int, longest: float = 5.0, seed: int = 1) -> Result:
    """Kills the app while a learner saves repeatedly, at a random time after its start or after its first verdicts."""
    result = Result("kill -9 of the app", outcome="the next start continues where it stopped")
    rng = random.Random(seed)
    with tempfile.TemporaryDirectory() as folder:
        learner = Learner(Path(folder) / "work")
        shown: set[str] = set()
        for number in range(rounds):
            with App(learner) as app_process:
                longest_run = longest
                if number % 3 == 2:  # one kill in three comes after verdicts, when the engine is warm
                    app_process.wait_ready()
                    started = time.monotonic()
                    warm_up(app_process, learner)
                    longest_run = time.monotonic() - started
                end = time.monotonic() + rng.uniform(0, longest_run)
                while time.monotonic() < end:
                    learner.save()
                    time.sleep(max(0.0, min(rng.uniform(0.1, 1.2), end - time.monotonic())))
                pids = [pid for generation in generations(app_process.process.pid) for pid in generation]
                app_process.kill()
            started = time.perf_counter()
            learner.workspace.create()
            recorded, message = learner.recorded()
            result.recovery_seconds.append(time.perf_counter() - started)
            shown |= app_process.shown()
            result.tries += 1
            result.expect(shown <= recorded, f"{len(shown - recorded)} attempts shown as recorded")
            result.expect(message is None, f"the store: {message}")
            result.expect(not learner.changed(), f"changed: {learner.changed()}")
            result.expect(all_exited(pids, 60), "a process still runs")  # importing torch delays the exit
        result.outcome += f"; {len(shown)} attempts shown as recorded, none missing"
    return result


def processes(rounds: int, seed: int = 2) -> list[Result]:
    """Kills one of the app's processes during a check and saves again, repeatedly in one app."""
    results = [Result(f"kill -9 of {name}") for name in NAMES]
    outcomes: list[dict[str, int]] = [{} for _ in NAMES]
    rng = random.Random(seed)
    with tempfile.TemporaryDirectory() as folder:
        learner = Learner(Path(folder) / "work")
        with App(learner) as app_process:
            app_process.wait_ready()
            warm_up(app_process, learner)
            for number in range(rounds * len(NAMES)):
                which = number % len(NAMES)
                result, counts = results[which], outcomes[which]
                since = len(app_process.reports)
                learner.save()
                time.sleep(rng.uniform(0, 0.25))
                process_tree = list(generations(app_process.process.pid))
                if len(process_tree) <= which:  # no such process runs at this moment
                    app_process.wait(is_check_end, since)
                    continue
                victim = rng.choice(process_tree[which])
                try:
                    os.kill(victim, signal.SIGKILL)
                except ProcessLookupError:
                    app_process.wait(is_check_end, since)
                    continue
                started = time.perf_counter()
                result.tries += 1
                first = app_process.wait(is_check_end, since)
                verdict = str(first.get("shown") or "not checked, with a message")
                counts[verdict] = counts.get(verdict, 0) + 1
                wait_until_passed(app_process, learner)
                result.recovery_seconds.append(time.perf_counter() - started)
                result.expect(not learner.changed(), f"changed: {learner.changed()}")
            shown = app_process.shown()
        recorded, message = learner.recorded()
        for result, counts in zip(results, outcomes, strict=True):
            result.expect(shown <= recorded and message is None, f"attempts: {shown - recorded} {message}")
            verdicts = ", ".join(
                f"{verdict} {count}×" for verdict, count in sorted(counts.items(), key=lambda item: -item[1])
            )
            result.outcome = f"that check: {verdicts or 'not killed in time'}; the next save passes"
    return results


def is_check_end(report: dict[str, object]) -> bool:
    """Whether a report is about the end of a check."""
    return "shown" in report or "fault" in report


def warm_up(app_process: App, learner: Learner) -> None:
    """Runs two checks, because the first one loads modules."""
    for _ in range(2):
        digest = learner.save()
        app_process.wait(lambda report, digest=digest: report.get("digest") == digest)


def wait_until_passed(app_process: App, learner: Learner) -> None:
    """Saves until a save is shown as passed and recorded, as a learner does after an error."""
    for _ in range(20):
        digest = learner.save()
        since = len(app_process.reports)
        try:
            report = app_process.wait(is_check_end, max(0, since - 1), 30)
        except TimeoutError:
            continue
        if report.get("digest") == digest and report["shown"] == "passed":
            return
        end = time.monotonic() + 2
        while time.monotonic() < end:
            if any(report.get("digest") == digest and report["shown"] == "passed" for report in app_process.reports):
                return
            time.sleep(0.01)
    raise TimeoutError("no save passes")
