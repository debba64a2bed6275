"""What tests of several rooms share: the course, and one warm engine for all tests of a process."""

from __future__ import annotations

import asyncio
import signal
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from exercises.course import Course, Exercise
from exercises.load import load_course
from grader.check import Grader, new_engine
from grader.verdict import Event, Verdict
from playground.store import gpt2_vocabulary

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:  # so it is in the background of a shell, and all that tests start
    signal.signal(signal.SIGINT, signal.default_int_handler)  # would ignore Ctrl-C as well


@pytest.fixture(scope="session")
def course() -> Course:
    return load_course()


class Service:
    """A grader on an event loop of its own, so that tests of any kind can use the same warm engine."""

    def __init__(self) -> None:
        self.loop = asyncio.new_event_loop()
        self.thread = threading.Thread(target=self.loop.run_forever, daemon=True)
        self.thread.start()
        self.engine = new_engine(gpt2_vocabulary())
        self.grader = Grader(self.engine)
        self.run(self.engine.start())
        self.run(self.engine.ready.wait())

    def run(self, coroutine: Any) -> Any:
        return asyncio.run_coroutine_threadsafe(coroutine, self.loop).result(100)

    def check(self, exercise: Exercise, source: Any, on_event: Callable[[Event], None] | None = None) -> Verdict:
        data = source.encode() if isinstance(source, str) else source
        verdict: Verdict = self.run(self.grader.check(exercise, data, on_event))
        return verdict

    def close(self) -> None:
        self.run(self.engine.close())
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join()


@pytest.fixture(scope="session")
def service() -> Iterator[Service]:
    service = Service()
    yield service
    service.close()


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Prints the results of tests/faults."""
    reports = [report for reports in terminalreporter.stats.values() for report in reports]
    rows = [text for report in reports for name, text in getattr(report, "user_properties", ()) if name == "fault"]
    if rows:
        terminalreporter.section("fault | tries | lost | recovery: median, maximum | what the learner sees")
        for row in dict.fromkeys(rows):
            terminalreporter.write_line(row)
