"""A check, test by test: gives tests their `run`, and makes a Check of each as it ends."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable
from functools import cache
from typing import Any, Literal

import pytest

from grader import messages
from grader.judge.learner_process import ProbeResponder, Stopped
from grader.judge.pytest_collection import CollectedTests
from grader.judge.run import Run, SolutionError, WrongResult
from grader.source import locations
from grader.verdict import Check, Outcome

LOADS = ("loads", "The file can be loaded")
MAX_MESSAGE = 2000
ALLOWED = ("allowed_calls", "It is built by hand")


class PytestPlugin:
    """The plugin: reports to the examination under way."""

    def __init__(self) -> None:
        self.under_way: TestRun | None = None
        self.fault = ""

    @property
    def exam(self) -> TestRun:
        assert self.under_way is not None
        return self.under_way

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.failed:
            self.fault = str(report.longrepr)

    def pytest_runtest_protocol(self, item: pytest.Function) -> bool:
        """In place of pytest's own, which would set up plugins and format tracebacks that no check has use for."""
        if not self.exam.skips(item):
            self.exam.run.test = item.name
            given = {name: GIVEN[name](self.exam) for name in _asks_for(item.obj)}
            call = pytest.CallInfo.from_call(lambda: item.obj(**given), "call")
            self.exam.note_outcome(item, call, "failed" if call.excinfo else "passed")
        return True


class TestRun:
    """One run of an exercise's tests against one learner's process."""

    def __init__(
        self,
        run: Run,
        learner: ProbeResponder,
        emit: Callable[[dict[str, Any]], None],
        forbidden: Callable[[], tuple[str, int, str] | None],
        source: str,
        symbols: tuple[str, ...],
    ) -> None:
        self.run = run
        self.learner = learner
        self.emit = emit
        self.forbidden = forbidden
        self.source = source
        self.symbols = symbols
        self.checks: list[Check] = []
        self.outcome: Outcome = "failed"
        self.notes: list[str] = []
        self.broken = False
        self.fault = ""
        self.reports: dict[str, dict[str, Any]] = {}

    def hold(self, bench: PytestPlugin, tests: CollectedTests) -> None:
        """Waits for the solution to load, then runs every test; where it does not load, none is run."""
        self.emit({"planned": [(item.name, _title(item)) for item in tests.items]})
        if self._loads(tests.items):
            bench.under_way = self
            tests.run()
            bench.under_way = None

    @property
    def unwritten(self) -> bool:
        """Whether all that fails, fails because it is not written yet."""
        failed = [self.reports.get(check.name, {}) for check in self.checks if check.outcome == "failed"]
        return bool(failed) and all(messages.unwritten(report) for report in failed)

    def place(self, name: str) -> tuple[int | None, str | None]:
        """(line, its text) in the learner's file where a check failed."""
        report = self.reports.get(name, {})
        line = report.get("line")
        return (line, str(report.get("code") or "")) if isinstance(line, int) else (None, None)

    def _loads(self, items: list[pytest.Item]) -> bool:
        hit = self.forbidden()  # looked for while the learner's process loads the file
        try:
            reply = self.learner.receive()
        except Stopped as stopped:
            self.outcome = stopped.outcome  # type: ignore[assignment]
            return self._stop(items, LOADS, str(stopped), {})
        if report := reply.get("broken"):
            self.outcome = "error"
            return self._stop(items, LOADS, messages.of_report(report, {}, {}), report)
        self.run.yours = reply.get("loaded") or {}
        if hit:
            message, line, code = hit
            return self._stop(items, ALLOWED, message, {"line": line, "code": code})
        return True

    def _stop(self, items: list[pytest.Item], check: tuple[str, str], message: str, report: dict[str, Any]) -> bool:
        self.broken = True
        self.reports[check[0]] = report
        self._tick(Check(check[0], "failed", message, 0.0, check[1]))
        for item in items:
            self._tick(Check(item.name, "skipped", "not run", 0.0, _title(item)))
        return False

    def skips(self, item: pytest.Item) -> bool | None:
        """Whether a test is not run: nobody is left to ask, or it must wait until the others pass."""
        if self.learner.stopped is not None:
            why = "not run: the code had been stopped"
        elif self._waits(item):
            why = "not run until all the others pass"
        else:
            return None
        self._tick(Check(item.name, "skipped", why, 0.0, _title(item)))
        return True

    def _waits(self, item: pytest.Item) -> bool:
        if "rest_passed" not in getattr(item, "fixturenames", ()):
            return False
        return self.learner.rehearses or any(check.outcome == "failed" for check in self.checks)

    def note_outcome(
        self, item: pytest.Item, call: pytest.CallInfo[None], outcome: Literal["passed", "failed"]
    ) -> None:
        """Makes a check of a test that has ended."""
        message = self._message(item, call) if call.excinfo else ""
        self._tick(Check(item.name, outcome, message, round(call.duration, 4), _title(item)))

    def _message(self, item: pytest.Item, call: pytest.CallInfo[None]) -> str:
        assert call.excinfo is not None
        error = call.excinfo.value
        if isinstance(error, Stopped):
            self.outcome = error.outcome  # type: ignore[assignment]
        elif isinstance(error, SolutionError):
            self.reports[item.name] = error.report
            if error.report.get("outside"):
                called = error.report.get("kind") == "TypeError"
                method = None if not called else "__init__" if "__init__" in str(error) else "forward"
                self._point(item.name, locations.definition(self.source, self.symbol_in(str(error)), method))
        elif isinstance(error, WrongResult) and error.form:
            self._point(item.name, locations.result(self.source, self.symbols[0]))
        elif isinstance(error, RuntimeError) and "reference fails" in str(error):
            self.fault = str(error)
        elif not isinstance(error, AssertionError):
            # a test that trips over odd data (a list where a tensor should be) is the learner's data's fault
            return (
                f"Your result has not the form that the task asks for ({type(error).__name__}: {_first(str(error))})."
            )
        return re.sub(r"\n?assert [\s\S]*$", "", str(error)).strip() or _first(str(error)) or "It does not hold."

    def symbol_in(self, text: str) -> str:
        """The symbol that a sentence is about: the first if it names none."""
        return next((symbol for symbol in self.symbols if symbol in text), self.symbols[0])

    def _point(self, name: str, place: locations.Location | None) -> None:
        """Notes a line to look at, for an error that has none of its own."""
        if place is not None:
            self.reports[name] = self.reports.get(name, {}) | {"line": place[0], "code": place[1]}

    def _tick(self, check: Check) -> None:
        import msgspec

        if len(check.message) > MAX_MESSAGE:  # a result that is shown may be long
            check = msgspec.structs.replace(check, message=check.message[:MAX_MESSAGE] + " …")
        self.checks.append(check)
        self.emit({"tick": msgspec.to_builtins(check)})


# what a test may ask for by an argument's name
GIVEN: dict[str, Callable[[TestRun], Any]] = {
    "run": lambda exam: exam.run,
    # tests say here what a learner should know although the check passes (an erratum, another way)
    "note": lambda exam: exam.notes.append,
    # a test that asks for it comes last and takes long: it is run only where all before it passed
    "rest_passed": lambda exam: None,
}


@cache
def _asks_for(test: Callable[..., None]) -> list[str]:
    return list(inspect.signature(test).parameters)


def _first(text: str) -> str:
    return text.strip().splitlines()[0] if text.strip() else ""


def _title(item: pytest.Item) -> str:
    """The first sentence of a test's docstring, or its name in words."""
    text = (getattr(getattr(item, "obj", None), "__doc__", None) or "").strip()
    words = text.splitlines()[0].rstrip(".") if text else item.name.removeprefix("test_").replace("_", " ")
    return words if text else words[:1].upper() + words[1:]
