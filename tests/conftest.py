"""Fixtures of all tests: the course, and one engine for all tests of a process."""

from __future__ import annotations

import signal
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from exercises.course import Course
from exercises.load import load_course
from tests.support.grading import Service

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    # A background job of a shell ignores SIGINT, and the processes that tests start would inherit this.
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session")
def course() -> Course:
    return load_course()


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


@pytest.fixture(autouse=True)
def no_parts_of_other_tests() -> Iterator[None]:
    """Forgets the module `parts` that a test has installed in this process, as a model's process does."""
    before = sys.modules.get("parts")
    yield
    if before is None:
        sys.modules.pop("parts", None)
    else:
        sys.modules["parts"] = before
