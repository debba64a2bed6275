"""Runs an exercise's tests against a learner's process, and makes a check of each test as it ends."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable
from functools import cache
from typing import Any, Literal

import msgspec
import pytest

from grader import messages
from grader.judge.learner_process import ProbeResponder, Stopped
from grader.judge.pytest_collection import CollectedTests
from grader.judge.run import ReferenceFailure, Run, SolutionError, WrongResult
from grader.source import locations
from grader.verdict import Check, Outcome

LOADS = ("loads", "The file can be loaded")
ALLOWED = ("allowed_calls", "It is built by hand")
MAX_MESSAGE = 2000  # characters


class PytestPlugin:
    """Runs each collected test in the current TestRun, in place of pytest's own protocol."""

    def __init__(self) -> None:
        self.current: TestRun | None = None
        self.fault = ""

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.failed:
            self.fault = str(report.longrepr)

    def pytest_runtest_protocol(self, item: pytest.Function) -> bool:
        """Calls the test directly: pytest's protocol would format tracebacks and set up plugins that go unused."""
        assert self.current is not None
        self.current.run_test(item)
        return True


class TestRun:
    """One run of an exercise's tests against one responder."""

    __test__ = False

    def __init__(
        self,
        probe_run: Run,
        responder: ProbeResponder,
        emit: Callable[[dict[str, Any]], None],
        find_forbidden: Callable[[], tuple[str, int, str] | None],
        source: str,
        symbols: tuple[str, ...],
    ) -> None:
        self.probe_run = probe_run
        self.responder = responder
        self.emit = emit
        self.find_forbidden = find_forbidden
        self.source = source
        self.symbols = symbols
        self.checks: list[Check] = []
        self.outcome: Outcome = "failed"
        self.notes: list[str] = []
        self.tests_skipped = False
        self.fault = ""
        self.reports: dict[str, dict[str, Any]] = {}

    def run(self, plugin: PytestPlugin, tests: CollectedTests) -> None:
        """Waits until the solution is loaded, then runs every test. If it cannot be loaded, skips them."""
        self.emit({"planned": [(item.name, _title(item)) for item in tests.items]})
        if self._is_loaded(tests.items):
            plugin.current = self
            tests.run()
            plugin.current = None

    def run_test(self, item: pytest.Function) -> None:
        if reason := self._skip_reason(item):
            self._end(Check(item.name, "skipped", reason, 0.0, _title(item)))
            return
        self.probe_run.test = item.name
        arguments = {name: FIXTURES[name](self) for name in _argument_names(item.obj)}
        call = pytest.CallInfo.from_call(lambda: item.obj(**arguments), "call")
        outcome: Literal["passed", "failed"] = "failed" if call.excinfo else "passed"
        message = self._message(item, call.excinfo.value) if call.excinfo else ""
        self._end(Check(item.name, outcome, message, round(call.duration, 4), _title(item)))

    @property
    def is_unwritten(self) -> bool:
        """Whether every failed check fails because the code is not written yet."""
        failed = [self.reports.get(check.name, {}) for check in self.checks if check.outcome == "failed"]
        return bool(failed) and all(messages.is_unwritten(report) for report in failed)

    def location(self, check: str) -> tuple[int | None, str | None]:
        """Returns (line, its text) of the learner's file where a check failed."""
        report = self.reports.get(check, {})
        line = report.get("line")
        return (line, str(report.get("code") or "")) if isinstance(line, int) else (None, None)

    def _is_loaded(self, items: list[pytest.Item]) -> bool:
        forbidden = self.find_forbidden()  # while the learner's process loads the file
        try:
            reply = self.responder.receive()
        except Stopped as stopped:
            self.outcome = stopped.outcome  # type: ignore[assignment]
            return self._skip_all(items, LOADS, str(stopped), {})
        if report := reply.get("broken"):
            self.outcome = "error"
            return self._skip_all(items, LOADS, messages.exception(report, {}, {}), report)
        self.probe_run.actual_signatures = reply.get("loaded") or {}
        if forbidden:
            message, line, code = forbidden
            return self._skip_all(items, ALLOWED, message, {"line": line, "code": code})
        return True

    def _skip_all(self, items: list[pytest.Item], check: tuple[str, str], message: str, report: dict[str, Any]) -> bool:
        self.tests_skipped = True
        name, title = check
        self.reports[name] = report
        self._end(Check(name, "failed", message, 0.0, title))
        for item in items:
            self._end(Check(item.name, "skipped", "not run", 0.0, _title(item)))
        return False

    def _skip_reason(self, item: pytest.Item) -> str:
        if self.responder.stopped is not None:
            return "not run: the code was stopped"
        waits = "rest_passed" in getattr(item, "fixturenames", ())
        if waits and (self.responder.is_reference or any(check.outcome == "failed" for check in self.checks)):
            return "not run until all the others pass"
        return ""

    def _message(self, item: pytest.Item, error: BaseException) -> str:
        if isinstance(error, Stopped):
            self.outcome = error.outcome  # type: ignore[assignment]
        elif isinstance(error, SolutionError):
            self.reports[item.name] = error.report
            if error.report.get("outside"):
                called = error.report.get("kind") == "TypeError"
                method = None if not called else "__init__" if "__init__" in str(error) else "forward"
                symbol = self._symbol_in(str(error))
                self._set_location(item.name, locations.definition(self.source, symbol, method))
        elif isinstance(error, WrongResult) and error.wrong_form:
            self._set_location(item.name, locations.result(self.source, self.symbols[0]))
        elif isinstance(error, ReferenceFailure):
            self.fault = str(error)
        elif not isinstance(error, AssertionError):
            # the test fails on the learner's data, such as a list instead of a tensor
            return f"Your result has the wrong type or shape ({type(error).__name__}: {_first_line(str(error))})."
        message = re.sub(r"\n?assert [\s\S]*$", "", str(error)).strip()
        return message or _first_line(str(error)) or "This check fails."

    def _symbol_in(self, text: str) -> str:
        """Returns the symbol that a message names, or the first symbol."""
        return next((symbol for symbol in self.symbols if symbol in text), self.symbols[0])

    def _set_location(self, check: str, location: locations.Location | None) -> None:
        """Adds a location to the report of an error that has none."""
        if location is not None:
            self.reports[check] = self.reports.get(check, {}) | {"line": location[0], "code": location[1]}

    def _end(self, check: Check) -> None:
        if len(check.message) > MAX_MESSAGE:
            check = msgspec.structs.replace(check, message=check.message[:MAX_MESSAGE] + " …")
        self.checks.append(check)
        self.emit({"tick": msgspec.to_builtins(check)})


# the arguments that tests can declare
FIXTURES: dict[str, Callable[[TestRun], Any]] = {
    "run": lambda test_run: test_run.probe_run,
    # adds a note that learners see although the check passes, such as an erratum
    "note": lambda test_run: test_run.notes.append,
    # marks a slow test, which is the last one and runs only if all others pass
    "rest_passed": lambda test_run: None,
}


@cache
def _argument_names(test: Callable[..., None]) -> list[str]:
    return list(inspect.signature(test).parameters)


def _first_line(text: str) -> str:
    return text.strip().splitlines()[0] if text.strip() else ""


def _title(item: pytest.Item) -> str:
    """Returns the first line of a test's docstring, or its name as words."""
    text = (getattr(getattr(item, "obj", None), "__doc__", None) or "").strip()
    if text:
        return text.splitlines()[0].rstrip(".")
    words = item.name.removeprefix("test_").replace("_", " ")
    return words[:1].upper() + words[1:]
